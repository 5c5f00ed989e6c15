package audit

import (
	"context"
	"fmt"
)

// An Undo puts back what acts changed.
type Undo struct {
	Chat Actor
	App  string
	Tell func(c Change, what string) // is told what became of each change
	Asking
}

// Undone is what that came to.
type Undone struct {
	Restored int `json:"restored"`
	Already  int `json:"already"` // it is as it was before
	Left     int `json:"left"`    // somebody changed it since, or it is gone
	Lost     int `json:"lost"`    // it was destroyed, which nobody can undo
	Failed   int `json:"failed"`

	Problems []string `json:"problems,omitempty"`
}

// Whole reports whether everything is as it was before.
func (u *Undone) Whole() bool { return u.Left+u.Lost+u.Failed == 0 }

// Run puts changes back, the last first. The error says why it ended early.
func (u *Undo) Run(ctx context.Context, changes []Change) (d Undone, err error) {
	for i := range changes {
		if changes[i].App != u.App {
			return d, fmt.Errorf("it is of app %q, and this is %q", changes[i].App, u.App)
		}
	}
	inARow := 0
	for i := len(changes) - 1; i >= 0; i-- {
		if ctx.Err() != nil {
			return d, context.Cause(ctx)
		}
		c := &changes[i]
		n, what, failed := u.one(ctx, c, &d)
		if failed != nil {
			d.Failed++
			d.Problems = note(d.Problems, failed.Error())
			if inARow++; hopeless(failed) || inARow == mostActsInARow {
				return d, failed
			}
			continue
		}
		inARow = 0
		*n++
		if u.Tell != nil {
			u.Tell(*c, what)
		}
	}
	return d, nil
}

// one puts one change back, if the topic is still as the act left it.
func (u *Undo) one(ctx context.Context, c *Change, d *Undone) (n *int, what string, err error) {
	if c.Act == Destroy || c.After == nil {
		return &d.Lost, "destroyed, which cannot be undone", nil
	}
	t, err := u.stored(ctx, u.Chat, c.Community, c.Topic)
	if err != nil {
		return nil, "", err
	}
	now, before, after := Was{}, c.Before, *c.After
	if t != nil {
		now = Was{t.Name, t.Muted}
	}
	if c.Act == Rename { // who muted it meanwhile is somebody else
		now.Muted, before.Muted, after.Muted = false, false, false
	} else {
		now.Name, before.Name, after.Name = "", "", ""
	}
	switch {
	case t == nil:
		return &d.Left, "not there any more", nil
	case now == before:
		return &d.Already, "as it was already", nil
	case now != after:
		return &d.Left, "changed since by somebody else, and left so", nil
	}
	err = u.whole(ctx, func(ctx context.Context) error {
		if c.Act == Rename {
			return u.Chat.RenameTopic(ctx, c.Community, c.Topic, c.Before.Name)
		}
		return u.Chat.MuteTopic(ctx, c.Community, c.Topic, c.Before.Muted)
	})
	switch {
	case gone(err):
		return &d.Left, "not there any more", nil
	case err != nil:
		return nil, "", fmt.Errorf("%s: %w", c.Topic, err)
	}
	return &d.Restored, "put back", nil
}
