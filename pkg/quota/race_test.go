//go:build race

package quota

// underRace tells the soaks that the race detector slows them tenfold. They show nothing to it that the concurrent tests
// do not.
const underRace = true
