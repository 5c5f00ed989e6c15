// Package quota counts what has been taken of a limit per window of time, so that one account cannot flood a
// community: exactly, across any number of processes, in Redis, or within one process in memory.
//
// Both counters have one method and one meaning. [Memory.Take] and [Redis.Take] take one unit of a key when fewer
// than limit were taken in the key's current window, and report whether they did. The window is fixed: the first unit
// taken opens it, it lasts for the window of that call, rounded up to whole milliseconds, on the store's own clock,
// and nothing extends it. A refused Take takes nothing. The limit is that of the call and not of the opening, so after
// a deployment that lowers it a key with more units than that has none left, whereas a changed window holds from the
// next opening. A limit below one is never left and asks nobody; a window that is not positive is an error.
//
// # Memory
//
// [Memory] is bounded in keys and, as it keeps a digest in a key's place, in bytes: about 7 MB with all of
// its 65,536 in use. It needs no goroutine. When it is full it forgets the window that ends soonest.
//
// # Redis
//
// [Redis] takes each unit in one atomic round trip that touches one key, on a connection that it keeps. A new one costs
// a round trip more for TCP, and one each for TLS, a password and a database other than 0. It opens nothing before the
// first Take. Of a host with several addresses, whichever answers first is asked; where sentinels are named, they are
// asked for the master, once for each new connection. A Take lasts 300 ms at most, less where its context ends earlier,
// whatever Redis or the network do. A kept connection that turns out to be dead is replaced within that, and the unit
// is still counted once: each Take has a token by which the store knows a repetition.
//
// After a failure Redis is left alone for one second, during which every Take fails at once, saying why; then one
// Take tries again, and the others follow if it succeeds. Every failure is an [ErrUnavailable]. One thing cannot be
// known: whether the unit of a Take that failed for want of an answer was taken. It counts once or not at all.
//
// Counts are as durable as the Redis that holds them: a failover to a replica that lags may forget the last ones.
//
// # Keys
//
// A count lies under "topicgate:q:{1}:" and 22 characters, the first 16 bytes of the SHA-256 of the key in base64
// without padding (RFC 4648, the alphabet for URLs): nobody's account is readable in Redis, and [RedisKey] finds the
// count of a key that one knows. The braces put all counts into one slot of a Redis Cluster, so that a function needs
// one connection and learns once which node to ask. The number is the version of the value's format.
//
// The value is ten digits, the units taken, and the tokens of the last 512 of them, eight bytes each. The key expires
// when its window does. Redis grows by about 200 bytes for a key with a handful of units, tables and all, by 1 kB for one
// with 64, and by 5 kB for one with 512 or more. How to see and to reset a count is in deploy/quotas.md.
//
// A user of Redis needs these rights and no more (and +select with a database other than 0, +asking in a cluster):
//
//	ACL SETUSER topicgate on >password resetkeys ~topicgate:q:* -@all +eval +get +set +setrange
package quota
