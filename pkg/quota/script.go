package quota

// takeScript is the whole of a Take, run by Redis as one atomic step on the key KEYS[1], with the limit, the window in
// milliseconds and the token of this Take in ARGV.
//
// The value is the units taken, in ten digits, and a ring of the tokens of the last 512. A Take that is repeated, because
// a connection died before its answer came, is recognised by its token, whether the first one was run before the second,
// is run after it (a server that had stalled works off what it was sent) or never: it counts once. With more than 512
// units of one key between the two, within 300 ms, it would count twice, never too few. Chat does not ask that much, be
// it per app; 64 were too few for 200 callbacks at a time on a busy machine.
//
// SETRANGE leaves the expiry alone, which SET does only since Redis 6 (KEEPTTL); the rest is older still. Nothing here
// is random or reads a clock, so old servers that replicate scripts as such may run it too: the expiry is the clock.
//
// It is sent whole, by EVAL. By EVALSHA a Take would send 400 bytes less, and that is all: Redis spends the same 18 µs
// on either (INFO commandstats), and on loopback the two cannot be told apart (BenchmarkEval). But after a restart, a
// failover or SCRIPT FLUSH the answer to EVALSHA is NOSCRIPT, and the Take needs a second round trip.
const takeScript = `local value = redis.call('GET', KEYS[1])
if not value then
  redis.call('SET', KEYS[1], '0000000001' .. ARGV[3], 'PX', ARGV[2])
  return 1
end
if string.find(value, ARGV[3], 11, true) then return 1 end
local taken = tonumber(string.sub(value, 1, 10)) or 0
if taken >= tonumber(ARGV[1]) then return 0 end
redis.call('SETRANGE', KEYS[1], 0, string.format('%010d', taken + 1))
redis.call('SETRANGE', KEYS[1], 10 + taken % 512 * 8, ARGV[3])
return 1`

const (
	// maxLimit is the most that ten digits hold.
	maxLimit = 9_999_999_999

	// tokenSize is the length of a token: 48 random bits in base64. Of Takes of a key whose ring is full, less than one
	// in 10^10 would be taken for a repetition and not be counted.
	tokenSize = 8
)
