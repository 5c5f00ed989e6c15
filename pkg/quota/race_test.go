//go:build race

package quota

import "time"

// underRace tells the soaks that the race detector slows them tenfold. They show nothing to it that the concurrent tests
// do not.
const underRace = true

// late is what a shared machine may add to a promised time; verifying a certificate takes the race detector half a second.
const late = time.Second
