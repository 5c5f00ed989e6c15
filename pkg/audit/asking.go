package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"topicgate/pkg/chatapi"
)

// Asking is how Chat is asked.
type Asking struct {
	// Again are the waits before a question is put again that got no answer. Chat's own
	// refusals the client has dealt with.
	Again []time.Duration
	// Patience is how long Chat may take for one question, its turn and what the client tries
	// again included; zero is a minute.
	Patience time.Duration
}

func (a *Asking) patience() time.Duration { return cmp.Or(a.Patience, time.Minute) }

// again puts a question, and again where it got no answer. What Chat refuses it has answered.
func (a *Asking) again(ctx context.Context, ask func() error) error {
	for try := 0; ; try++ {
		err := ask()
		if _, refused := errors.AsType[*chatapi.Error](err); err == nil || refused || ctx.Err() != nil || try == len(a.Again) {
			return err
		}
		select {
		case <-time.After(a.Again[try]):
		case <-ctx.Done():
			return err
		}
	}
}

// topics asks for topics of a community.
func (a *Asking) topics(ctx context.Context, chat Chat, community string, ids ...string) (all []chatapi.Topic, err error) {
	err = a.again(ctx, func() (err error) {
		within, stop := context.WithTimeout(ctx, a.patience())
		defer stop()
		all, err = chat.Topics(within, community, ids...)
		return err
	})
	return all, err
}

// stored is a topic as it is by now; nil where it is gone.
func (a *Asking) stored(ctx context.Context, chat Chat, community, topic string) (*chatapi.Topic, error) {
	all, err := a.topics(ctx, chat, community, topic)
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", topic, err)
	}
	for i := range all {
		t := &all[i]
		if t.ID != topic && (t.ID != "" || t.Err == nil) {
			continue // it was not asked for
		}
		switch {
		case gone(t.Err):
			return nil, nil
		case t.Err != nil:
			return nil, fmt.Errorf("%s: %w", topic, t.Err)
		}
		return t, nil
	}
	return nil, nil
}

// whole lets an act that was begun come to its end when the audit is told to stop: else
// nobody would know whether it was done.
func (a *Asking) whole(ctx context.Context, act func(context.Context) error) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), a.patience())
	defer stop()
	return act(ctx)
}
