package chat

import (
	"strings"
	"testing"
	"time"
)

func TestIsProbe(t *testing.T) {
	now := time.Unix(1669872112, 0)
	mark := ProbeMark("xxxxyyyy", now)
	for what, c := range map[string]struct {
		mark, token string
		now         time.Time
		want        bool
	}{
		"its own":             {mark, "xxxxyyyy", now, true},
		"a minute later":      {mark, "xxxxyyyy", now.Add(MaxSkew), true},
		"a clock behind":      {mark, "xxxxyyyy", now.Add(-MaxSkew), true},
		"later":               {mark, "xxxxyyyy", now.Add(MaxSkew + time.Second), false},
		"far ahead":           {mark, "xxxxyyyy", now.Add(-MaxSkew - time.Second), false},
		"another token":       {mark, "zzzz", now, false},
		"no token":            {ProbeMark("", now), "", now, false},
		"a Sign for it":       {"1669872112." + Sign("xxxxyyyy", "1669872112"), "xxxxyyyy", now, false},
		"another time":        {"1669872113" + mark[10:], "xxxxyyyy", now, false},
		"a longer time":       {"0" + mark, "xxxxyyyy", now, false},
		"cut":                 {mark[:len(mark)-1], "xxxxyyyy", now, false},
		"in capitals":         {strings.ToUpper(mark), "xxxxyyyy", now, false},
		"a time":              {"1669872112", "xxxxyyyy", now, false},
		"no time":             {"." + mark[11:], "xxxxyyyy", now, false},
		"a time out of range": {"9223372036854775807" + mark[10:], "xxxxyyyy", now, false},
		"nothing":             {"", "xxxxyyyy", now, false},
	} {
		p := ParseQuery("topicgateprobe=" + c.mark)
		if got := p.IsProbe(c.token, c.now); got != c.want {
			t.Errorf("%s: got %v, want %v", what, got, c.want)
		}
	}
	var bare Params
	if text := "/?" + ProbeParameter + "=" + mark; !bare.Reveals(text) {
		t.Errorf("%s may be logged", text)
	}
}
