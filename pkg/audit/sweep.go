// Package audit looks at what is there already: topics that slipped past the gate, or got
// another name since.
//
// A Sweep goes through every topic of every community of an app, Names through names that
// somebody keeps in a file; both settle each by the policy, as far as that is possible
// without knowing who made it. Remedies act on what was found, and Undo takes that back. A
// Guard acts at once on what the review of a callback found.
package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/policy"
)

// Chat is what a sweep asks of Chat's REST API: a chatapi.Client.
type Chat interface {
	Communities(ctx context.Context, visit func(community string) error) error
	Topics(ctx context.Context, community string, topics ...string) ([]chatapi.Topic, error)
}

// A Sweep looks at every topic of an app.
type Sweep struct {
	Chat   Chat
	Policy *policy.Policy
	App    string
	Leave  string // topics of this name are left: it is what a remedy gave them
	At     time.Time
	// Workers is how many calls are made at a time, so that slow answers do not make the
	// sweep slow. How many are made a second is the client's to say.
	Workers int
	Asking
	State *State                // where finished communities are kept; nil for nowhere
	Done  func(done, total int) // is told of communities, now and then; nil need not be
}

// Listed is what a listing of Chat's does not tell of a topic.
const Listed = policy.Whoever | policy.FactTime

// community is the type of group that has topics.
const community = "Community"

// Settle is what the policy makes of a topic of a listing.
func Settle(p *policy.Policy, app, name string, at time.Time) policy.Settled {
	return p.Settle(policy.Creation{Subject: policy.Topic, App: app, Type: community, Name: name, At: at}, Listed)
}

// mostInARow is how many communities may fail one after the other before a sweep gives
// up: then it is not they that are to blame.
const mostInARow = 20

// Run sweeps, adding to what an earlier run found. The error says why it ended early; what
// failed for single communities is in the report.
func (s *Sweep) Run(ctx context.Context, r *Report) error {
	ids, err := s.communities(ctx)
	if err != nil {
		return err
	}
	var todo []string
	for _, id := range ids {
		if !s.State.Done(id) {
			todo = append(todo, id)
		}
	}
	r.Communities = len(ids)
	err = s.each(ctx, todo, len(ids), r)
	r.sort()
	if err == nil && r.Failed == 0 {
		r.Finished = true
		err = s.State.Finish()
	}
	return err
}

// communities are the ids of all, each once: the list may move while it is read, and is read
// again where it breaks off.
func (s *Sweep) communities(ctx context.Context) (ids []string, err error) {
	seen := map[string]bool{}
	visit := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	err = s.again(ctx, func() error { return s.list(ctx, visit) })
	return ids, err
}

// list reads the list of all communities once.
func (s *Sweep) list(ctx context.Context, visit func(id string)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	patience := s.patience()
	silent := time.AfterFunc(patience, func() { stop(fmt.Errorf("no answer within %s; try again later", patience)) })
	defer silent.Stop()
	err := s.Chat.Communities(ctx, func(id string) error {
		silent.Reset(patience)
		visit(id)
		return nil
	})
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	return err
}

// looked is what one worker says of one community.
type looked struct {
	result Result
	err    error
}

// each looks at communities, several at a time.
func (s *Sweep) each(ctx context.Context, todo []string, total int, r *Report) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next, results := make(chan string), make(chan looked)
	var workers sync.WaitGroup
	for range max(1, s.Workers) {
		workers.Go(func() {
			for id := range next {
				result, err := s.community(ctx, id)
				results <- looked{result, err}
			}
		})
	}
	go func() {
		defer close(results)
		defer workers.Wait()
		defer close(next)
		for _, id := range todo {
			select {
			case next <- id:
			case <-ctx.Done():
				return
			}
		}
	}()
	done, inARow := total-len(todo), 0
	for one := range results {
		switch err := one.err; {
		case ctx.Err() != nil && err != nil: // it did not fail: it was not let
		case err == nil:
			inARow = 0
			r.add(&one.result)
			if err := s.State.Community(&one.result); err != nil {
				stop(err)
			}
		case hopeless(err):
			stop(err)
		default:
			r.add(&one.result) // of what was told
			r.failed(err.Error())
			if inARow++; inARow == mostInARow {
				stop(fmt.Errorf("%d communities in a row could not be looked at, the last: %w", inARow, err))
			}
		}
		done++
		if s.Done != nil {
			s.Done(done, total)
		}
	}
	return context.Cause(ctx)
}

// hopeless reports whether an error would meet every other call too.
func hopeless(err error) bool {
	said, ok := errors.AsType[*chatapi.Error](err)
	if !ok {
		return false
	}
	kind := said.Kind()
	return kind == chatapi.Signature || kind == chatapi.NoTopics || kind == chatapi.TooOften
}

// gone reports whether an error says that what was asked about is not there any more.
func gone(err error) bool {
	said, ok := errors.AsType[*chatapi.Error](err)
	return ok && said.Kind() == chatapi.Gone
}

// community looks at one. Beside an error stands what was seen of it all the same.
func (s *Sweep) community(ctx context.Context, id string) (Result, error) {
	r := Result{Community: id}
	topics, err := s.topics(ctx, s.Chat, id)
	if gone(err) {
		r.Gone = true
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", id, err)
	}
	for i := range topics {
		t := &topics[i]
		switch {
		case gone(t.Err):
		case t.Err != nil:
			err = fmt.Errorf("%s: %w", cmp.Or(t.ID, id), t.Err)
		case s.Leave != "" && t.Name == s.Leave:
			r.Topics++
		default:
			settled := Settle(s.Policy, s.App, t.Name, s.At)
			f := found(t.Name, &settled)
			f.Community, f.Topic = id, t.ID
			r.add(f, &settled)
		}
	}
	return r, err
}
