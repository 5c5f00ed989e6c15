package audit

import (
	"context"
	"fmt"
	"time"

	"topicgate/pkg/policy"
)

// An Act is what is done to a topic.
type Act string

// The acts. The first two can be undone.
const (
	Rename  Act = "rename"
	Mute    Act = "mute"
	Destroy Act = "destroy"
)

// Acts lists them all.
var Acts = [...]Act{Rename, Mute, Destroy}

// Actor is what remedies ask of Chat's REST API: a chatapi.Client.
type Actor interface {
	Chat
	RenameTopic(ctx context.Context, community, topic, name string) error
	MuteTopic(ctx context.Context, community, topic string, muted bool) error
	DestroyTopic(ctx context.Context, community, topic string) error
}

// Remedies act on what was found.
type Remedies struct {
	Chat   Actor
	Policy *policy.Policy
	App    string
	At     time.Time
	Act    Act
	Name   string       // what Rename gives; topics of this name are left
	Most   int          // acts
	Save   *Save        // where each is written before it is done
	Tell   func(Change) // is told of each act that was done
	Asking
}

// Acted is what remedies came to.
type Acted struct {
	Act     Act `json:"act"`
	Changed int `json:"changed"`
	Left    int `json:"left"`      // what is otherwise by now: renamed, muted, gone
	Failed  int `json:"failed"`    // Chat did not do it, or did not say so
	Beyond  int `json:"beyond"`    // more than were to be acted upon
	ByOther int `json:"no_remedy"` // what is refused for something else than its name

	Problems []string `json:"problems,omitempty"`
}

// Remediable reports whether a remedy may act on a finding: another name would help.
func (f *Finding) Remediable() bool { return f.Verdict == policy.Refused && f.ByName && f.Topic != "" }

// Run acts on findings, each of which is looked at again before: what is stored by now must
// be refused for its name, whoever made it. The error says why it ended early.
func (m *Remedies) Run(ctx context.Context, findings []Finding) (a Acted, err error) {
	a.Act = m.Act
	inARow := 0
	for i := range findings {
		f := &findings[i]
		switch {
		case !f.Remediable():
			a.ByOther++
			continue
		case a.Changed+a.Failed == m.Most || err != nil:
			a.Beyond++
			continue
		case ctx.Err() != nil:
			a.Beyond++
			err = context.Cause(ctx)
			continue
		}
		done, failed := m.one(ctx, f)
		switch {
		case failed == nil && done:
			a.Changed++
			inARow = 0
		case failed == nil:
			a.Left++
			inARow = 0
		default:
			a.Failed++
			a.Problems = note(a.Problems, failed.Error())
			inARow++
			if _, broken := asSaving(failed); broken || hopeless(failed) || inARow == mostActsInARow {
				err = failed
			}
		}
	}
	return a, err
}

// mostActsInARow is how many acts may fail one after the other.
const mostActsInARow = 5

// one acts on one finding; done is false where there is nothing to do any more.
func (m *Remedies) one(ctx context.Context, f *Finding) (done bool, err error) {
	t, err := m.stored(ctx, m.Chat, f.Community, f.Topic)
	if err != nil || t == nil {
		return false, err
	}
	settled := Settle(m.Policy, m.App, t.Name, m.At)
	if settled.Outcome != policy.Refused || !settled.ByName || m.Name != "" && t.Name == m.Name {
		return false, nil
	}
	c := Change{
		At: time.Now().UTC().Truncate(time.Second), App: m.App, Act: m.Act, Community: f.Community, Topic: f.Topic, Rule: settled.Rule,
		Before: Was{Name: t.Name, Muted: t.Muted},
	}
	switch m.Act {
	case Rename:
		c.After = &Was{m.Name, t.Muted}
	case Mute:
		if t.Muted {
			return false, nil
		}
		c.After = &Was{t.Name, true}
	}
	if err := m.Save.Write(&c); err != nil {
		return false, err
	}
	err = m.whole(ctx, func(ctx context.Context) error {
		switch m.Act {
		case Rename:
			return m.Chat.RenameTopic(ctx, f.Community, f.Topic, m.Name)
		case Mute:
			return m.Chat.MuteTopic(ctx, f.Community, f.Topic, true)
		}
		return m.Chat.DestroyTopic(ctx, f.Community, f.Topic)
	})
	switch {
	case gone(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%s: %w", f.Topic, err)
	}
	if m.Tell != nil {
		m.Tell(c)
	}
	return true, nil
}
