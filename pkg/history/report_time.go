package history

import (
	"slices"
	"time"
)

// A Silence is a stretch in which nothing was decided, though at its time something mostly
// is.
type Silence struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Expected int       `json:"expected"` // decisions
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// cellsOf are the stretches from the first to the last decision, in order, those without a
// decision too: as many as are shown, the last ones.
func (r *Reporter) cellsOf(seconds int64, most int) []Cell {
	cells := []Cell{}
	if r.all.Decisions == 0 {
		return cells
	}
	last := floorDiv(r.to.Unix(), seconds)
	first := max(floorDiv(r.from.Unix(), seconds), last-int64(most)+1)
	for i := first; i <= last; i++ {
		cells = append(cells, Cell{From: time.Unix(i*seconds, 0).UTC()})
	}
	for key, c := range r.cells.of {
		if at := floorDiv(key*tenMinutes, seconds) - first; at >= 0 && at < int64(len(cells)) {
			cells[at].plus(c.value)
		}
	}
	return cells
}

func (r *Reporter) hoursOfDay() (hours [24]Verdicts) {
	for key, c := range r.cells.of {
		hours[((key%144)+144)%144/6].plus(c.value)
	}
	return hours
}

// unusual is how many decisions must be missing before a silence is one: of as many, chance
// takes none.
const unusual = 12

// silences are the stretches of ten minutes and more. What is usual at an hour is the median
// of the other days on which there was anything; in a log of few days, what came in the hour
// before and the hour behind, whichever is less, for nights begin and end slowly.
func (r *Reporter) silences() []Silence {
	cells := r.cellsOf(tenMinutes, keptCells)
	usual := usualHours(r.cellsOf(secondsHour, keptCells/6))
	found := []Silence{}
	for from := 0; from < len(cells); from++ {
		if cells[from].Decisions > 0 {
			continue
		}
		to := from
		for to < len(cells)-1 && cells[to].Decisions == 0 { // the last one has some
			to++
		}
		expected, beside := 0., beside(cells, from, to)
		for i := from; i < to; i++ {
			if one := usual[cells[i].From.Hour()]; one >= 0 {
				expected += float64(one) / 6
			} else {
				expected += beside
			}
		}
		if expected >= unusual {
			found = append(found, Silence{cells[from].From, cells[to].From, int(expected)})
		}
		from = to
	}
	return found
}

// usualHours are the medians of the hours of a day; -1 of one that came too seldom to tell.
// A day without a decision is not usual: else a gate that was off for most of a log, as
// nobody looked, would never be told.
func usualHours(hours []Cell) (usual [24]int) {
	busy := map[int64]bool{}
	for _, c := range hours {
		if c.Decisions > 0 {
			busy[floorDiv(c.From.Unix(), secondsDay)] = true
		}
	}
	var of [24][]int
	for _, c := range hours {
		if busy[floorDiv(c.From.Unix(), secondsDay)] {
			of[c.From.Hour()] = append(of[c.From.Hour()], c.Decisions)
		}
	}
	for h, counts := range of {
		usual[h] = -1
		if len(counts) >= 4 {
			slices.Sort(counts)
			usual[h] = counts[len(counts)/2]
		}
	}
	return usual
}

// beside is how many decisions came in ten minutes before and behind a silence.
func beside(cells []Cell, from, to int) float64 {
	before, behind := 0, 0
	for i := max(0, from-6); i < from; i++ {
		before += cells[i].Decisions
	}
	for i := to; i < min(len(cells), to+6); i++ {
		behind += cells[i].Decisions
	}
	if min(before, behind) < 6 { // too few to tell
		return 0
	}
	return float64(min(before, behind)) / 6
}
