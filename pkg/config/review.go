package config

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/policy"
)

// An Event is what an after-callback tells of.
type Event string

// The events that can be reviewed.
const (
	Created Event = "created"
	Renamed Event = "renamed"
)

// A Remedy is what is done about a topic that exists although the policy refuses it.
type Remedy string

// The remedies. Report does nothing but log.
const (
	Report  Remedy = "report"
	Rename  Remedy = "rename" // to REMEDY_NAME
	Mute    Remedy = "mute"
	Destroy Remedy = "destroy" // of topics just created
)

// Acts reports whether a remedy changes anything.
func (r Remedy) Acts() bool { return r != Report && r != "" }

// A Limit is so many of something in a window of time.
type Limit struct {
	N      int
	Window time.Duration
}

func parseReview(l *loader, v value) {
	items, ok := l.list(v, listSeparators)
	var events []Event
	for _, item := range items {
		event := Event(item)
		if event != Created && event != Renamed {
			l.bad(v, fmt.Sprintf("unknown value %q", item), "use created, renamed or both")
			ok = false
		} else if !slices.Contains(events, event) {
			events = append(events, event)
		}
	}
	if ok {
		l.config.Review = events
	}
}

// The longest name of a topic, in bytes, as the SDKs' documents say, and as those of the
// REST API do, which writes REMEDY_NAME.
const (
	maxTopicName = 150
	maxRESTName  = 30
)

func parseRemedyName(l *loader, v value) {
	name := v.word()
	switch {
	case len(name) > maxTopicName:
		l.bad(v, fmt.Sprintf("%d bytes are more than the name of a topic may have", len(name)), "use 30 at most, to be safe")
		return
	case strings.ContainsFunc(name, unseen):
		l.bad(v, "the name holds a character that is invisible", "write it anew")
		return
	case len(name) > maxRESTName:
		l.config.Warnings = append(l.config.Warnings, policy.Problem{Where: v.where,
			What: fmt.Sprintf("it has %d bytes, and Chat's REST API takes names of 30", len(name)), How: "use a shorter one; a Chinese character has three"})
	}
	l.config.RemedyName = name
}

func parseRemedyLimit(l *loader, v value) {
	n, window, ok := limitIn(v)
	if d := time.Duration(window); !ok || n < 1 || window == policy.Day || d < time.Second || d > policy.MaxWindow {
		l.bad(v, fmt.Sprintf("%q is not a number of acts and a window of time from 1s", v.scalar()), "use one such as 20/1h")
		return
	}
	l.config.RemedyLimit = Limit{n, time.Duration(window)}
}

// limitIn reads LIMIT/WINDOW.
func limitIn(v value) (n int, window policy.Duration, ok bool) {
	limit, rest, _ := strings.Cut(v.word(), "/")
	n, errLimit := strconv.Atoi(limit)
	window, errWindow := policy.ParseDuration(rest)
	return n, window, errLimit == nil && errWindow == nil
}

// parseChatAPIURL and the two below quote nothing of what may hold a secret.
func parseChatAPIURL(l *loader, v value) {
	if text, ok := l.plainURL(v); ok {
		if u, err := chatapi.ParseURL(text); err != nil {
			l.bad(v, err.Error(), "")
		} else {
			l.config.ChatAPIURL = u.String()
		}
	}
}

func parseChatAdmin(l *loader, v value) {
	l.config.ChatAdmin = v.word()
	if err := chatapi.CheckAdmin(l.config.ChatAdmin); err != nil {
		l.bad(v, err.Error(), "")
	}
}

func parseChatSecretKey(l *loader, v value) {
	if !l.filled(v) {
		return
	}
	l.config.ChatSecretKey = v.word()
	if err := chatapi.CheckSecretKey(l.config.ChatSecretKey); err != nil {
		l.bad(v, err.Error(), "")
	}
}

// needed is a variable without which no remedy acts, and how to put that right.
type needed struct {
	variable, how string
	there         bool
}

// checkRemedy checks what acts need. Each of them is somebody's topic: nobody may make us
// act who is not Chat, and nothing may act without a limit that is counted.
func (l *loader) checkRemedy(o Options) {
	c := l.config
	if !c.Remedy.Acts() {
		return
	}
	how := "or set " + Prefix + "REMEDY to report"
	for _, n := range []needed{
		{"REVIEW", "set it to created, renamed or both, ", c.Review != nil},
		{"CHAT_API_URL", "set it to that of the app's region, such as https://console.tim.qq.com, ", c.ChatAPIURL != ""},
		{"CHAT_SECRET_KEY", "set it to the key that the Chat console shows for the app, ", c.ChatSecretKey != ""},
		{"REMEDY_NAME", "set it to the name that such a topic gets, ", c.RemedyName != "" || c.Remedy != Rename},
		{"TOKENS", "set it to the callback authentication token of the Chat console, for each app, ", c.AppIDs == nil || len(c.unchecked()) == 0},
		{"REDIS_URL", "set it, for the limit on acts to hold across instances, ", c.RedisURL != "" || !o.Function},
	} {
		if !n.there && !l.failed[n.variable] {
			l.problem(fmt.Sprintf("%s=%s needs it", Prefix+"REMEDY", c.Remedy), Prefix+n.variable, n.how+how)
		}
	}
	if len(c.AppIDs) > 1 {
		l.problem("several apps are served, and "+Prefix+"CHAT_SECRET_KEY is of one", Prefix+"SDK_APP_IDS", "give the app whose topics are remedied a gate of its own, "+how)
	}
	if c.Remedy == Destroy && slices.Equal(c.Review, []Event{Renamed}) {
		l.warn("destroy acts on topics just created alone, so that it does nothing here", Prefix+"REMEDY", "add created to "+Prefix+"REVIEW, or use rename or mute")
	}
}

// checkRemedyName looks for a policy that refuses the name that is to stand in place of
// those that it refuses: an ordinary member asks for it, at no time of any day, or a
// configuration would break overnight. And for one that is of groups only, on which nothing
// acts.
func (l *loader) checkRemedyName(p *policy.Policy) {
	c := l.config
	if c.Remedy.Acts() && !slices.Contains(c.Spec.Govern, policy.Topic) {
		l.warn("groups are only reported, and no topics are governed, so that it does nothing", Prefix+"REMEDY", "add topic to "+Prefix+"GOVERN, or use report")
	}
	if c.RemedyName == "" || p == nil {
		return
	}
	steps, _ := p.Explain(context.Background(), policy.Creation{
		Subject: policy.Topic, App: first(c.AppIDs), Type: "Community", Name: c.RemedyName, At: time.Now(),
	}, plenty{}, false)
	for i, r := range c.Spec.Rules {
		switch {
		case !steps[i].Matched || r.Mode == policy.DryRun || r.Action == policy.Flag || r.Match.ReadsTime():
		case r.Action == policy.Allow:
			return
		case r.Match.ReadsName():
			l.problem(fmt.Sprintf("rule %q refuses this name", r.Name), Prefix+"REMEDY_NAME", "use another, or let the rule pass this one")
			return
		}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// plenty is a counter by which no quota is used up.
type plenty struct{}

func (plenty) Take(context.Context, string, int, time.Duration) (bool, error) { return true, nil }
