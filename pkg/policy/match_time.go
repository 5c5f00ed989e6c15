package policy

import (
	"slices"
	"strings"
	"time"

	// Functions run on images without a time-zone database (0.4 MB in the binary, and
	// nothing at start-up until a zone is looked up).
	_ "time/tzdata"
)

// timeOfWeek restricts when something may be created, by the wall clock of a zone. A
// window past midnight belongs to the day on which it starts: {between: 23:00-07:00,
// days: [fri]} covers Saturday's small hours, not Friday's.
var timeOfWeek = Condition{
	Keys: []Key{
		{Path: PathOf("time"), About: "When it is asked."},
		{Path: PathOf("time", "between"),
			About:   "A window such as 23:00-07:00, its end excluded. Past midnight it belongs to the day on which it starts.",
			Example: `time: {between: "23:00-07:00"}`, Holds: "23:00 to 06:59; past midnight it belongs to the day on which it starts"},
		{Path: PathOf("time", "days"), Enum: weekdays[:], AnyCase: true, Schema: atLeastOne,
			About:   "The days on which the window starts.",
			Example: "time: {days: [sat, sun]}", Holds: "the weekend"},
		{Path: PathOf("time", "zone"), Modifies: []string{"between", "days"},
			About:   "An IANA time zone such as Asia/Shanghai (default: UTC).",
			Example: `time: {between: "09:00-18:00", zone: Asia/Shanghai}`, Holds: "the hours of a place; without a zone, of UTC"},
	},
	Sentence: "This cannot be created at this time.",
	Telling:  1,
	compile: func(c *compiler, m *Match) []test {
		w := c.window(m.Time)
		return []test{{"time", func(q *question) (hit, bool) {
			at := q.At.In(w.zone)
			if !w.contains(at) {
				return hit{}, false
			}
			return hit{detail: at.Format("Mon 15:04 MST")}, true
		}}}
	},
}

type window struct {
	from, to int // minutes of the day; from > to passes midnight; equal: the whole day
	days     [7]bool
	zone     *time.Location
}

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *compiler) window(t *Time) window {
	var w window
	if t.Between == "" && t.Days == nil {
		c.add(c.path, "time", "write between or days", "has no condition")
	}
	if t.Between != "" {
		from, to, _ := strings.Cut(t.Between, "-")
		var okFrom, okTo bool
		w.from, okFrom = minuteOfDay(strings.TrimSpace(from))
		w.to, okTo = minuteOfDay(strings.TrimSpace(to))
		w.to %= 24 * 60 // 24:00 is the next midnight
		switch {
		case !okFrom || !okTo || w.from == 24*60:
			c.problem("between", "", "%q is not a window such as 23:00-07:00", t.Between)
		case w.from == w.to && w.from != 0:
			c.problem("between", "leave between out for whole days", "%q is empty", t.Between)
		}
	}
	if t.Days == nil {
		w.days = [7]bool{true, true, true, true, true, true, true}
	} else if len(t.Days) == 0 {
		c.problem("days", "leave it out for every day", "is empty")
	}
	for n, day := range t.Days {
		i := slices.Index(weekdays[:], strings.ToLower(day))
		if i < 0 {
			c.itemProblem("days", n, "", "%q is not one of %s", day, strings.Join(weekdays[:], ", "))
			continue
		}
		w.days[i] = true
	}
	w.zone = c.location(t.Zone)
	return w
}

// location is the zone of a name at the place at hand; UTC of none, and of one that is
// none.
func (c *compiler) location(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		c.problem("zone", "", "%q is not a time zone such as Asia/Shanghai", name)
		return time.UTC
	}
	return zone
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
