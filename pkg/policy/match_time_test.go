package policy

import "testing"

func asked(when string) Creation { return Creation{At: at(when)} }

// 30 January 2026 is a Friday.
var (
	night       = Match{Time: &Time{Between: "23:00-07:00"}}
	fridayNight = Match{Time: &Time{Between: "23:00-07:00", Days: []string{"fri"}}}
	office      = Match{Time: &Time{Between: "09:00-18:00", Days: []string{"mon", "TUE", "wed", "thu", "fri"}, Zone: "Asia/Shanghai"}}
	weekend     = Match{Time: &Time{Days: []string{"sat", "sun"}, Zone: "America/New_York"}}
	evening     = Match{Time: &Time{Between: "18:00-24:00"}}
)

var timeFixtures = fixturesOf([]fixture{
	{"at its start", office, asked("2026-01-30T01:00:00Z"), true, "Fri 09:00 CST"},
	{"a second before its start", office, asked("2026-01-30T00:59:59Z"), false, ""},
	{"in its last second", office, asked("2026-01-30T09:59:59Z"), true, "Fri 17:59 CST"},
	{"its end is outside", office, asked("2026-01-30T10:00:00Z"), false, ""},
	{"on another day", office, asked("2026-01-31T01:00:00Z"), false, ""},
	{"the day is that of the zone", office, asked("2026-02-01T16:00:00-10:00"), true, "Mon 10:00 CST"},

	{"past midnight, before it", night, asked("2026-01-30T23:00:00Z"), true, "Fri 23:00 UTC"},
	{"past midnight, at it", night, asked("2026-01-31T00:00:00Z"), true, "Sat 00:00 UTC"},
	{"past midnight, after it", night, asked("2026-01-31T06:59:59.999Z"), true, "Sat 06:59 UTC"},
	{"past midnight, its end", night, asked("2026-01-31T07:00:00Z"), false, ""},
	{"past midnight, before its start", night, asked("2026-01-30T22:59:59Z"), false, ""},
	// A window past midnight belongs to the day on which it starts.
	{"Friday's night begins on Friday", fridayNight, asked("2026-01-30T23:00:00Z"), true, "Fri 23:00 UTC"},
	{"Friday's night ends on Saturday", fridayNight, asked("2026-01-31T06:59:00Z"), true, "Sat 06:59 UTC"},
	{"Friday's small hours are Thursday's night", fridayNight, asked("2026-01-30T00:00:00Z"), false, ""},
	{"Saturday's night is not Friday's", fridayNight, asked("2026-01-31T23:00:00Z"), false, ""},
	{"the week wraps", Match{Time: &Time{Between: "23:00-07:00", Days: []string{"sat"}}}, asked("2026-02-01T03:00:00Z"), true, "Sun 03:00 UTC"},

	{"until midnight", evening, asked("2026-01-30T23:59:59Z"), true, "Fri 23:59 UTC"},
	{"until midnight, at it", evening, asked("2026-01-31T00:00:00Z"), false, ""},
	{"all day, in hours", Match{Time: &Time{Between: "00:00-24:00", Days: []string{"fri"}}}, asked("2026-01-30T12:00:00Z"), true, "Fri 12:00 UTC"},
	{"all day, in hours, the next", Match{Time: &Time{Between: "00:00-24:00", Days: []string{"fri"}}}, asked("2026-01-31T00:00:00Z"), false, ""},
	{"spaces, and an hour of one digit", Match{Time: &Time{Between: " 9:00 - 18:00 "}}, asked("2026-01-30T09:00:00Z"), true, "Fri 09:00 UTC"},

	{"days alone are whole days", weekend, asked("2026-01-31T05:00:00Z"), true, "Sat 00:00 EST"},
	{"days alone, by the zone's midnight", weekend, asked("2026-01-31T04:59:59Z"), false, ""},
	{"days alone, the end", weekend, asked("2026-02-02T05:00:00Z"), false, ""},

	// The clock on the wall decides: on 29 March 2026 Berlin has no hour from two.
	{"summer time", Match{Time: &Time{Between: "02:00-03:00", Zone: "Europe/Berlin"}}, asked("2026-03-29T01:00:00Z"), false, ""},
	{"summer time, the hour after", Match{Time: &Time{Between: "03:00-04:00", Zone: "Europe/Berlin"}}, asked("2026-03-29T01:00:00Z"), true, "Sun 03:00 CEST"},
	{"a zone of half an hour", Match{Time: &Time{Between: "05:30-05:31", Zone: "Asia/Kolkata"}}, asked("2026-01-30T00:00:00Z"), true, "Fri 05:30 IST"},
})

func TestMatchTime(t *testing.T) { runFixtures(t, timeFixtures) }

func TestMatchTimeProblems(t *testing.T) {
	window := func(between string) problemCase {
		return problemCase{"between " + between, Match{Time: &Time{Between: between}}, []string{
			`time.between | between: "` + between + `" is not a window such as 23:00-07:00`,
		}}
	}
	runProblems(t, []problemCase{
		{"nothing", Match{Time: &Time{}}, []string{"time | time: has no condition; write between or days"}},
		{"a zone alone", Match{Time: &Time{Zone: "Asia/Shanghai"}}, []string{"time | time: has no condition; write between or days"}},
		window("night"), window("23:00"), window("23:00-"), window("-07:00"), window("23-07"), window("23:00-07:60"), window("25:00-26:00"),
		window("24:00-07:00"), window("23:00-24:01"), window("23:00–07:00"), window("11pm-7am"), window("23:00:00-07:00:00"), window("01:00-02:00-03:00"),
		{"an empty window", Match{Time: &Time{Between: "07:00-07:00"}}, []string{`time.between | between: "07:00-07:00" is empty; leave between out for whole days`}},
		{"no days", Match{Time: &Time{Between: "23:00-07:00", Days: []string{}}}, []string{"time.days | days: is empty; leave it out for every day"}},
		{"everything", Match{Time: &Time{Between: "x", Days: []string{"friday", "mon", ""}, Zone: "Peking"}}, []string{
			`time.between | between: "x" is not a window such as 23:00-07:00`,
			`time.days[0] | days: "friday" is not one of sun, mon, tue, wed, thu, fri, sat`,
			`time.days[2] | days: "" is not one of sun, mon, tue, wed, thu, fri, sat`,
			`time.zone | zone: "Peking" is not a time zone such as Asia/Shanghai`,
		}},
		// What the machine calls local differs from one to the next.
		{"the local zone", Match{Time: &Time{Days: []string{"sun"}, Zone: "Local"}}, []string{`time.zone | zone: "Local" is not a time zone such as Asia/Shanghai`}},
		{"a path for a zone", Match{Time: &Time{Days: []string{"sun"}, Zone: "../etc/passwd"}}, []string{`time.zone | zone: "../etc/passwd" is not a time zone such as Asia/Shanghai`}},
	})
}
