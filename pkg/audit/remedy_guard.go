package audit

import (
	"context"
	"errors"
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/chatapi"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
)

const (
	// fetches may be made in fetchWindow: who makes callbacks that are refused must not use
	// up Chat's patience with the app.
	fetches     = 200
	fetchWindow = time.Hour
	// onceWindow is for how long a topic is not acted on again for the same name: a callback
	// comes more than once, perhaps at a time. After that its state says what is done.
	onceWindow = time.Minute
	// perTopic is how often a topic is acted on in topicWindow: who renames it back and
	// forth must not use up what is there for others.
	perTopic    = 3
	topicWindow = time.Hour
	// newFor is for how long a topic counts as just created.
	newFor = 10 * time.Minute
	// leastTime is what an act needs to be begun.
	leastTime = 100 * time.Millisecond
)

// The words for why nothing was done. Those of the first block lie in what was found, and
// are nobody's concern; those of the second are for whoever runs the gate.
const (
	whyGroup      = "no_topic"    // a group, of which Chat does not tell what it is called now
	whyNotCreated = "not_created" // destroy is for what was just created
	whyGone       = "gone"        // no such topic any more
	whyRenamed    = "renamed"     // no topic has the name any more
	whyDone       = "remedied"    // it is done already
	whyPasses     = "passes"      // what it is called now is not refused
	whyUnsure     = "unsure"      // whether it is hangs on who made it
	whyOther      = "not_by_name" // it is refused for something else than its name
	whyRepeated   = "repeated"    // the same was done within a minute

	whyBackAndForth = "back_and_forth" // it was acted on three times within the hour
	whyLimit        = "limit"
	whyFetches      = "fetch_limit"
	whyUncounted    = "not_counted"
	whyTime         = "deadline"
	whyUnfetched    = "fetch_failed"
)

// A Guard acts on topics that a review found, at once. A callback is only what it goes to
// look for: what it acts on is what Chat says is there, and never more than the limit. It
// is safe for concurrent use, in as many processes as share the counter.
type Guard struct {
	Chat    Actor
	Counter policy.Counter
	Remedy  Act
	Name    string // what Rename calls a topic; those of this name are left
	Limit   int    // acts in Window
	Window  time.Duration
}

var _ gate.Remedy = (*Guard)(nil)

// Word is the remedy.
func (g *Guard) Word() string { return string(g.Remedy) }

// Would reports whether a guard would act, did Chat say the same as the callback.
func (g *Guard) Would(f gate.Found) bool { return Would(g.Remedy, g.Name, f) }

// Would reports whether a remedy, which calls topics name, would act on what was found, did
// Chat say the same as the callback and were nothing a dry run.
func Would(remedy Act, name string, f gate.Found) bool {
	isNew := f.Event == chat.Created
	if f.Creation.Subject != policy.Topic || remedy == Destroy && !isNew || f.Creation.Name == name && name != "" {
		return false
	}
	s := settleFound(&f, f.Creation.Name, isNew)
	return s.WouldByName || s.Outcome == policy.Refused && s.ByName
}

// settleFound is what the policy makes of a topic of this name. Who made it is known of one
// that was just created under it. Of any other nobody knows who gave it its name, nor when:
// what is refused then is refused whoever did.
func settleFound(f *gate.Found, name string, isNew bool) policy.Settled {
	if isNew {
		return f.Policy.Settle(f.Creation, 0)
	}
	return Settle(f.Policy, f.Creation.App, name, f.Creation.At)
}

// Act acts on what was found, and tells of each topic what became of it.
func (g *Guard) Act(ctx context.Context, f gate.Found) []gate.Act {
	about := gate.Act{GroupID: f.GroupID, TopicID: f.TopicID, Before: f.Creation.Name}
	switch {
	case f.Creation.Subject != policy.Topic:
		return quietly(about, whyGroup)
	case g.Remedy == Destroy && f.Event != chat.Created:
		return quietly(about, whyNotCreated)
	}
	topics, why := g.fetch(ctx, &f)
	if why != nil {
		why.GroupID, why.TopicID, why.Before = about.GroupID, about.TopicID, about.Before
		return []gate.Act{*why}
	}
	var acts []gate.Act
	var failed error
	for i := range topics {
		t := &topics[i]
		switch {
		case t.Err != nil && !gone(t.Err):
			failed = t.Err
		case t.Err == nil && (f.Event == chat.Created || t.Name == f.Creation.Name):
			a := gate.Act{GroupID: f.GroupID, TopicID: t.ID, Before: t.Name}
			g.remedy(ctx, &f, t, &a)
			acts = append(acts, a)
		}
	}
	switch {
	case len(acts) > 0:
		return acts
	case failed != nil: // it may be that one
		about.Result, about.Reason, about.Err = gate.Skipped, whyUnfetched, failed
		return []gate.Act{about}
	case f.Event == chat.Renamed:
		return quietly(about, whyRenamed)
	}
	return quietly(about, whyGone)
}

func quietly(a gate.Act, reason string) []gate.Act {
	a.Result, a.Reason, a.Quiet = gate.Skipped, reason, true
	return []gate.Act{a}
}

// fetch asks Chat what is there: the topic that was created, or all of the community of one
// that was renamed, since its callback does not say which.
func (g *Guard) fetch(ctx context.Context, f *gate.Found) ([]chatapi.Topic, *gate.Act) {
	if why, err := g.take(ctx, f.Creation.App, whyFetches, fetches, fetchWindow); why != "" {
		return nil, &gate.Act{Result: gate.Skipped, Reason: why, Err: err}
	}
	var once Asking // within a callback there is no time for more
	var list []chatapi.Topic
	var err error
	if f.Event == chat.Created {
		var t *chatapi.Topic
		if t, err = once.stored(ctx, g.Chat, f.GroupID, f.TopicID); t != nil {
			list = append(list, *t)
		}
	} else if list, err = once.topics(ctx, g.Chat, f.GroupID); gone(err) {
		err = nil
	}
	if err != nil {
		return nil, &gate.Act{Result: gate.Skipped, Reason: whyUnfetched, Err: err}
	}
	return list, nil
}

// remedy acts on one topic, if what Chat says of it is reason to.
func (g *Guard) remedy(ctx context.Context, f *gate.Found, t *chatapi.Topic, a *gate.Act) {
	a.Result = gate.Skipped
	if a.Reason = g.leave(f, t, a); a.Reason != "" {
		a.Quiet = true
		return
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < leastTime {
		a.Reason = whyTime
		return
	}
	for _, unit := range []struct {
		over   string
		key    []string
		limit  int
		window time.Duration
	}{
		{whyRepeated, []string{t.ID, t.Name}, 1, onceWindow},
		{whyBackAndForth, []string{t.ID}, perTopic, topicWindow},
		{whyLimit, nil, g.Limit, g.Window},
	} {
		if a.Reason, a.Err = g.take(ctx, f.Creation.App, unit.over, unit.limit, unit.window, unit.key...); a.Reason != "" {
			a.Quiet = a.Reason == whyRepeated
			return
		}
	}
	switch g.Remedy {
	case Rename:
		a.After = g.Name
		a.Err = g.Chat.RenameTopic(ctx, f.GroupID, t.ID, g.Name)
	case Mute:
		a.Err = g.Chat.MuteTopic(ctx, f.GroupID, t.ID, true)
	case Destroy:
		a.Err = g.Chat.DestroyTopic(ctx, f.GroupID, t.ID)
	default:
		a.Err = errors.New("there is no such remedy")
	}
	switch {
	case gone(a.Err):
		a.After, a.Reason, a.Quiet, a.Err = "", whyGone, true, nil
	case a.Err != nil:
		a.Result = gate.Failed
	default:
		a.Result = gate.Done
	}
}

// leave says why a topic is left as it is, or "".
func (g *Guard) leave(f *gate.Found, t *chatapi.Topic, a *gate.Act) string {
	isNew := f.Event == chat.Created && t.Name == f.Creation.Name && (t.Made.IsZero() || f.Creation.At.Sub(t.Made).Abs() <= newFor)
	switch {
	case t.Name == g.Name && g.Name != "", g.Remedy == Mute && t.Muted:
		return whyDone
	case g.Remedy == Destroy && !isNew:
		return whyNotCreated
	}
	s := settleFound(f, t.Name, isNew)
	a.Rule, a.Detail, a.Unless = s.Rule, s.Detail, s.Unless
	switch {
	case s.Outcome == policy.Passes:
		return whyPasses
	case s.Outcome != policy.Refused:
		return whyUnsure
	case !s.ByName:
		return whyOther
	}
	return ""
}

// take takes a unit of a limit. It returns why there is none: that it is used up, as over
// says, or that nobody could count it.
func (g *Guard) take(ctx context.Context, app, over string, limit int, window time.Duration, key ...string) (why string, err error) {
	// No count of a policy's begins so.
	name := strings.Join(append([]string{"remedy", over, app}, key...), "\x00")
	switch taken, err := g.Counter.Take(ctx, name, limit, window); {
	case err != nil:
		return whyUncounted, err
	case !taken:
		return over, nil
	}
	return "", nil
}
