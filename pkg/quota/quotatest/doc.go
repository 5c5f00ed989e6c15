// Package quotatest is what tests of quotas run against: a real redis-server in every state in which one may be found,
// and a network that misbehaves on demand. It is for tests alone, those of [topicgate/pkg/quota] and those of built
// binaries, which need no more of it than an address.
//
// [StartServer] starts a redis-server and skips the test by name where there is none; [StartSentinel] starts
// one that says where another is. [StartProxy] stands between a
// client and any address: it counts round trips, delays, stalls, forgets connections and swallows answers.
// [StartPeer] answers everything with the same bytes, or never. [NewAuthority] issues certificates.
package quotatest
