package policy

import (
	"slices"
	"strings"
	"time"

	// Functions run on images without a time-zone database (0.4 MB in the binary, and
	// nothing at start-up until a zone is looked up).
	_ "time/tzdata"
)

// time restricts when something may be created, by the wall clock of a zone. A
// window past midnight belongs to the day on which it starts: {between: 23:00-07:00,
// days: [fri]} covers Saturday's small hours, not Friday's.
func (c *compiler) time(t *Time) []condition {
	if t == nil {
		return nil
	}
	var w window
	c.below("time", func() { w = c.window(t) })
	return []condition{{"time", func(q *question) (hit, bool) {
		at := q.At.In(w.zone)
		if !w.contains(at) {
			return hit{}, false
		}
		return hit{detail: at.Format("Mon 15:04 MST")}, true
	}}}
}

type window struct {
	from, to int // minutes of the day; from > to passes midnight; equal: the whole day
	days     [7]bool
	zone     *time.Location
}

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *compiler) window(t *Time) window {
	w := window{zone: time.UTC}
	if t.Between == "" && t.Days == nil {
		c.problem("", "time: has no condition; write between or days")
	}
	if t.Between != "" {
		from, to, ok := strings.Cut(t.Between, "-")
		var okFrom, okTo bool
		w.from, okFrom = minuteOfDay(strings.TrimSpace(from))
		w.to, okTo = minuteOfDay(strings.TrimSpace(to))
		w.to %= 24 * 60 // 24:00 is the next midnight
		switch {
		case !ok || !okFrom || !okTo || w.from == 24*60:
			c.problem("between", "between: %q is not a window such as 23:00-07:00", t.Between)
		case w.from == w.to && w.from != 0:
			c.problem("between", "between: %q is empty; leave between out for whole days", t.Between)
		}
	}
	if t.Days == nil {
		w.days = [7]bool{true, true, true, true, true, true, true}
	} else if len(t.Days) == 0 {
		c.problem("days", "days: is empty; leave it out for every day")
	}
	for n, day := range t.Days {
		i := slices.Index(weekdays[:], strings.ToLower(day))
		if i < 0 {
			c.problem(item("days", n), "days: %q is not one of %s", day, strings.Join(weekdays[:], ", "))
			continue
		}
		w.days[i] = true
	}
	if t.Zone != "" {
		zone, err := time.LoadLocation(t.Zone)
		if err != nil || t.Zone == "Local" {
			c.problem("zone", "zone: %q is not a time zone such as Asia/Shanghai", t.Zone)
		} else {
			w.zone = zone
		}
	}
	return w
}

// minuteOfDay reads 00:00 to 24:00.
func minuteOfDay(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil
}

func (w window) contains(at time.Time) bool {
	minute, today := at.Hour()*60+at.Minute(), at.Weekday()
	yesterday := (today + 6) % 7
	switch {
	case w.from < w.to:
		return w.days[today] && w.from <= minute && minute < w.to
	case w.from == w.to: // 00:00-00:00, or no window: the whole day
		return w.days[today]
	default:
		return w.days[today] && minute >= w.from || w.days[yesterday] && minute < w.to
	}
}
