package history

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"topicgate/pkg/policy"
)

// A Memory keeps the decisions of logs, for policies that are replayed on them again and
// again while somebody edits one. Its Keep is for Reader.Each. What a replay does not look
// at it forgets, and decisions that are alike but for their time it keeps once: a hundred
// thousand of a hundred thousand names take some 40 MB.
type Memory struct {
	alike []alike
	known map[likeness]int // index in alike
	texts map[string]string

	mu  sync.Mutex
	old struct { // answers of the policy that was the old one last
		digest  string
		timed   bool
		answers []asked
	}
}

// alike are decisions that differ in their time alone.
type alike struct {
	Decision
	times []time.Time // in the order of the log
}

// A likeness is what a replay looks at, but for the time.
type likeness struct {
	command, app, operator, kind, name, platform, clientIP string
	verdict, rule, reason, mode, would, policy, cut        string
	code                                                   int
	hashed, withheld                                       bool
}

// Keep keeps one decision.
func (m *Memory) Keep(d *Decision) error {
	would := ""
	if n := len(d.WouldRefuse); n > 0 {
		would = d.WouldRefuse[n-1] // which is all that is looked at
	}
	key := likeness{
		d.Command, d.App, d.Operator, d.Type, d.Name, d.Platform, d.ClientIP,
		d.Verdict, d.Rule, d.Reason, d.Mode, would, d.Policy, strings.Join(d.Cut, " "), d.Code, d.Hashed, d.Withheld,
	}
	if i, ok := m.known[key]; ok {
		m.alike[i].times = append(m.alike[i].times, d.Time)
		return nil
	}
	if m.known == nil {
		m.known, m.texts = map[likeness]int{}, map[string]string{}
	}
	for _, text := range [...]*string{
		&key.command, &key.app, &key.operator, &key.kind, &key.name, &key.platform, &key.clientIP,
		&key.verdict, &key.rule, &key.reason, &key.mode, &key.would, &key.policy, &key.cut,
	} {
		*text = m.text(*text)
	}
	kept := Decision{
		Command: key.command, App: key.app, Operator: key.operator, Type: key.kind, Name: key.name, Platform: key.platform, ClientIP: key.clientIP,
		Verdict: key.verdict, Code: d.Code, Rule: key.rule, Reason: key.reason, Mode: key.mode, Policy: key.policy,
		Cut: d.Cut, Hashed: d.Hashed, Withheld: d.Withheld,
	}
	if would != "" {
		kept.WouldRefuse = []string{key.would}
	}
	m.known[key] = len(m.alike)
	m.alike = append(m.alike, alike{kept, []time.Time{d.Time}})
	return nil
}

// text is a text, the one of those that read so which was met first.
func (m *Memory) text(s string) string {
	if known, ok := m.texts[s]; ok {
		return known
	}
	s = strings.Clone(s) // what it was cut out of may be long
	m.texts[s] = s
	return s
}

// Decisions is how many are kept.
func (m *Memory) Decisions() (n int) {
	for i := range m.alike {
		n += len(m.alike[i].times)
	}
	return n
}

// Replay is what a Replay of the same policies would find in the decisions. The error is
// the context's: who edits on does not want the answer any more.
func (m *Memory) Replay(ctx context.Context, next, old *policy.Spec) (Result, error) {
	r := NewReplay(next, old)
	timed := next.Timed() || old != nil && old.Timed()
	questions := m.questions(timed)
	answers, err := m.answers(ctx, r, r.next, questions)
	if err != nil {
		return Result{}, err
	}
	var before []asked
	if old != nil {
		if before, err = m.before(ctx, r, old, questions, timed); err != nil {
			return Result{}, err
		}
	}
	for i := range questions {
		q := &questions[i]
		d := m.alike[q.of].Decision
		d.Time = q.at
		r.decision(&d, q.times, asking{
			next: func(c policy.Creation) asked {
				if timed && !c.At.Equal(q.at) {
					return r.next.ask(ctx, c)
				}
				return answers[i]
			},
			old: func(policy.Creation) asked { return before[i] },
		})
		if !timed {
			for _, at := range m.alike[q.of].times {
				r.during(at)
			}
		}
	}
	return r.Result(), nil
}

// A question is asked of a policy for decisions that it answers alike.
type question struct {
	of    int // in alike
	at    time.Time
	times int
}

// questions are asked of policies: of each decision where they look at its time, else once
// of those that are alike.
func (m *Memory) questions(timed bool) (questions []question) {
	for i := range m.alike {
		if times := m.alike[i].times; timed {
			for _, at := range times {
				questions = append(questions, question{i, at, 1})
			}
		} else {
			questions = append(questions, question{i, times[0], len(times)})
		}
	}
	return questions
}

// before are the answers of the old policy, which stays the same while another is edited.
func (m *Memory) before(ctx context.Context, r *Replay, old *policy.Spec, questions []question, timed bool) ([]asked, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	digest := policy.Digest(old.WithDefaults())
	if m.old.digest == digest && m.old.timed == timed {
		return m.old.answers, nil
	}
	answers, err := m.answers(ctx, r, r.old, questions)
	if err == nil {
		m.old.digest, m.old.timed, m.old.answers = digest, timed, answers
	}
	return answers, err
}

// together is how many questions are asked between two looks at the context.
const together = 256

// answers asks a policy, on all processors.
func (m *Memory) answers(ctx context.Context, r *Replay, s *side, questions []question) ([]asked, error) {
	answers := make([]asked, len(questions))
	var done atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for ctx.Err() == nil {
				from := int(done.Add(together)) - together
				if from >= len(questions) {
					return
				}
				for i, q := range questions[from:min(from+together, len(questions))] {
					d := m.alike[q.of].Decision
					if d.Time = q.at; r.unknown(&d) == "" {
						answers[from+i] = s.ask(ctx, creation(&d))
					}
				}
			}
		})
	}
	workers.Wait()
	return answers, ctx.Err()
}
