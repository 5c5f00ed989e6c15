package audit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/audit"
	"topicgate/pkg/chatapi"
	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/policy"
)

// A stage is a played Chat, and who calls it by a clock that does not wait.
type stage struct {
	chat   *chatapitest.Chat
	client *chatapi.Client
	policy *policy.Policy
}

// patience is for what is not about time-outs: the machine may be shared.
const patience = time.Hour

func newStage(t *testing.T, rules ...policy.Rule) *stage {
	t.Helper()
	clock := &chatapitest.Clock{}
	chat := chatapitest.New(t, chatapitest.Settings{Now: clock.Now})
	client, err := chatapi.New(chatapi.Options{BaseURL: chat.URL(), App: chatapitest.App, SecretKey: chatapitest.SecretKey, Now: clock.Now, Sleep: clock.Sleep, Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	if rules == nil {
		rules = []policy.Rule{refusing("spam", "spam")}
	}
	return &stage{chat, client, compiled(t, rules...)}
}

func compiled(t *testing.T, rules ...policy.Rule) *policy.Policy {
	t.Helper()
	p, problems, _ := policy.Compile(policy.Spec{Rules: rules})
	if problems != nil {
		t.Fatal(problems)
	}
	return p
}

func refusing(name string, words ...string) policy.Rule {
	return policy.Rule{Name: name, Match: &policy.Match{Name: &policy.Name{Contains: words}}, Action: policy.Refuse}
}

var (
	staff  = policy.Rule{Name: "staff", Match: &policy.Match{Operator: &policy.OneOf{In: []string{"admin"}}}, Action: policy.Allow}
	webTry = policy.Rule{Name: "try", Match: &policy.Match{Name: &policy.Name{Contains: []string{"try"}}}, Action: policy.Refuse, Mode: policy.DryRun}
	closed = policy.Rule{Name: "closed", Action: policy.Refuse}
)

func (s *stage) sweep() *audit.Sweep {
	return &audit.Sweep{Chat: s.client, Policy: s.policy, App: chatapitest.App, Leave: "Renamed", At: time.Now(), Workers: 3, Asking: audit.Asking{Again: []time.Duration{0, 0}, Patience: patience}}
}

// run sweeps, and returns the names that were found.
func (s *stage) run(t *testing.T, r *audit.Report) (found []string) {
	t.Helper()
	if err := s.sweep().Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return names(r.Findings)
}

func names(findings []audit.Finding) (names []string) {
	for i := range findings {
		names = append(names, findings[i].Name)
	}
	return names
}

func TestSweep(t *testing.T) {
	s := newStage(t, webTry, refusing("spam", "spam"), staff, refusing("scam", "scam"))
	a, b, empty := s.chat.AddGroup("a"), s.chat.AddGroup("b"), s.chat.AddGroup("empty")
	spam := s.chat.AddTopic(a, "spam")
	for _, name := range []string{"ham", "Renamed", "try this"} {
		s.chat.AddTopic(a, name)
	}
	scam := s.chat.AddTopic(b, "a scam")
	_ = empty
	r := audit.NewReport()
	s.run(t, r)
	want := &audit.Report{
		Finished: true, Communities: 3, Topics: 5, Found: 1, Unsure: 1, Would: map[string]int{"try": 1},
		Findings: []audit.Finding{{Verdict: policy.Refused, Community: a, Topic: spam, Name: "spam", Rule: "spam", Detail: "spam", Word: "spam", ByName: true}},
		Doubts:   []audit.Finding{{Verdict: policy.Unsure, Community: b, Topic: scam, Name: "a scam", Rule: "scam", Unless: "staff", Unknown: []string{"operator"}, Detail: "scam", Word: "scam"}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Communities and topics that go while they are looked at are no failure.
func TestSweepGone(t *testing.T) {
	s := newStage(t)
	left, went, topicWent := s.chat.AddGroup("left"), s.chat.AddGroup("went"), s.chat.AddGroup("topic went")
	s.chat.AddTopic(left, "spam")
	s.chat.AddTopic(went, "spam too")
	s.chat.AddTopic(topicWent, "spam there")
	s.chat.FailTopic(s.chat.AddTopic(topicWent, "spam gone"), 110003)
	sweep := s.sweep()
	sweep.Chat = disbanding{s.client, func() { s.chat.Disband(went) }}
	r := audit.NewReport()
	if err := sweep.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := names(r.Findings), []string{"spam", "spam there"}; !slices.Equal(got, want) || !r.Finished || r.Gone != 1 || r.Failed != 0 {
		t.Errorf("found %q, want %q: %+v", got, want, r)
	}
}

// disbanding does something between the list and the topics.
type disbanding struct {
	*chatapi.Client
	then func()
}

func (d disbanding) Communities(ctx context.Context, visit func(string) error) error {
	defer d.then()
	return d.Client.Communities(ctx, visit)
}

// TestSweepFaults: whatever Chat does, a sweep ends, says what it could not look at, and
// never says that it is finished when it is not.
func TestSweepFaults(t *testing.T) {
	for _, f := range chatapitest.Faults() {
		for _, command := range []string{"get_topic", "get_appid_group_list"} {
			t.Run(command+" "+f.Name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t)
				s.chat.AddTopic(s.chat.AddGroup("a"), "spam")
				s.chat.Break(command, f)
				r := audit.NewReport()
				sweep := s.sweep()
				if f.Slow {
					sweep.Patience = 50 * time.Millisecond
					sweep.Chat = onlyShort{s.client, command}
				}
				err := sweep.Run(t.Context(), r)
				if command == "get_topic" && (f.Name == "refuses with 10015" || f.Name == "refuses with 110003") {
					if err != nil || !r.Finished || r.Gone != 1 {
						t.Errorf("gone: %v, %+v", err, r)
					}
					return
				}
				said := strings.Join(append(r.Problems, fmt.Sprint(err)), "\n")
				says := f.Says
				if f.Slow && command == "get_appid_group_list" {
					says = "no answer within 50ms"
				}
				if r.Finished || err == nil && r.Failed == 0 || !strings.Contains(said, says) {
					t.Errorf("error %v, want one with %q; %+v", err, says, r)
				}
				if strings.Contains(said, chatapitest.SecretKey) || strings.Contains(said, "usersig=") {
					t.Errorf("it tells a secret: %s", said)
				}
			})
		}
	}
}

// onlyShort lets one command run out of time, and gives the other all that it needs: what
// is in time is not for this machine to decide.
type onlyShort struct {
	*chatapi.Client
	command string
}

func (o onlyShort) Communities(ctx context.Context, visit func(string) error) error {
	if o.command != "get_appid_group_list" {
		ctx = context.WithoutCancel(ctx)
	}
	return o.Client.Communities(ctx, visit)
}

// A fault that passes costs nothing but the question asked again.
func TestSweepAsksAgain(t *testing.T) {
	s := newStage(t)
	s.chat.AddTopic(s.chat.AddGroup("a"), "spam")
	for _, command := range []string{"get_topic", "get_appid_group_list"} {
		s.chat.BreakTimes(command, chatapitest.FaultNamed("closes"), 2)
		r := audit.NewReport()
		if got := s.run(t, r); len(got) != 1 || !r.Finished {
			t.Errorf("%s fails: found %q: %+v", command, got, r)
		}
	}
}

// One community that may not be looked at is told, and the others are looked at; what every
// one would meet ends the sweep.
func TestSweepGivesUp(t *testing.T) {
	const communities = 40
	for _, tt := range []struct {
		code, least int // calls
	}{
		{11000, 1}, {70001, 1}, {10007, 20}, {99999, 20},
	} {
		s := newStage(t)
		for range communities {
			s.chat.AddGroup("a")
		}
		s.chat.Break("get_topic", chatapitest.Refusal(tt.code))
		r := audit.NewReport()
		err := s.sweep().Run(t.Context(), r)
		if n := len(s.chat.Calls("get_topic")); err == nil || n >= communities || n < tt.least { // some are under way when it gives up
			t.Errorf("%d: %d calls, want %d and not all; error %v", tt.code, n, tt.least, err)
		}
	}
	s := newStage(t)
	denied := s.chat.AddGroup("a")
	s.chat.FailTopic(s.chat.AddTopic(denied, "spam here"), 10007)
	s.chat.AddTopic(denied, "spam beside it")
	s.chat.AddTopic(s.chat.AddGroup("b"), "spam elsewhere")
	state := filepath.Join(t.TempDir(), "state")
	for range 2 { // what failed is not finished, and looked at again
		r := audit.NewReport()
		sweep := s.sweep()
		sweep.State = openState(t, state, r)
		err := sweep.Run(t.Context(), r)
		if got, want := names(r.Findings), []string{"spam beside it", "spam elsewhere"}; err != nil || r.Finished || r.Failed != 1 || !slices.Equal(got, want) {
			t.Errorf("found %q, want %q: %v, %+v", got, want, err, r)
		}
		if err := sweep.State.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A sweep that is told to stop says so, and counts nothing as failed for it.
func TestSweepStops(t *testing.T) {
	s := newStage(t)
	for range 50 {
		s.chat.AddTopic(s.chat.AddGroup("a"), "spam")
	}
	ctx, stop := context.WithCancel(t.Context())
	sweep := s.sweep()
	sweep.Done = func(done, total int) {
		if total != 50 {
			t.Errorf("of %d communities", total)
		}
		if done == 10 {
			stop()
		}
	}
	r := audit.NewReport()
	err := sweep.Run(ctx, r)
	if err == nil || r.Finished || r.Failed != 0 || r.Found < 10 || r.Found > 20 {
		t.Errorf("error %v, %+v", err, r)
	}
}

// What a state holds is in the order of every report, not in that of the answers.
func TestStateIsSorted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s := openState(t, path, audit.NewReport())
	for _, id := range []string{"c", "a", "b"} {
		one := audit.Result{Community: id, Topics: 1, Findings: []audit.Finding{{Verdict: policy.Refused, Community: id, Name: id}}}
		if err := s.Community(&one); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Finish(), s.Close()); err != nil {
		t.Fatal(err)
	}
	r := audit.NewReport()
	_ = openState(t, path, r).Close()
	if got := names(r.Findings); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("found %q", got)
	}
}

func openState(t *testing.T, path string, r *audit.Report) *audit.State {
	t.Helper()
	s, err := audit.OpenState(path, chatapitest.App, "digest-1", r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestState: a run goes on where the one before ended, whatever ended it; what was found
// then is found still; and one that finished is begun anew.
func TestState(t *testing.T) {
	s := newStage(t)
	for i := range 20 {
		s.chat.AddTopic(s.chat.AddGroup("a"), fmt.Sprintf("spam %02d", i))
	}
	path := filepath.Join(t.TempDir(), "state")
	looked := 0
	for range 3 {
		ctx, stop := context.WithCancel(t.Context())
		r := audit.NewReport()
		sweep := s.sweep()
		sweep.State = openState(t, path, r)
		sweep.Done = func(done, _ int) {
			if done == looked+4 {
				stop()
			}
		}
		if err := sweep.Run(ctx, r); err == nil {
			t.Fatal("it was not stopped")
		}
		if r.Found < looked+4 {
			t.Errorf("%d are found after %d before", r.Found, looked)
		}
		looked = r.Found
		_ = sweep.State.Close()
		torn := append(readFile(t, path), `{"community":"torn`...) // as a crash leaves it
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := len(s.chat.Calls("get_topic"))
	r := audit.NewReport()
	sweep := s.sweep()
	sweep.State = openState(t, path, r)
	if err := sweep.Run(t.Context(), r); err != nil || !r.Finished || r.Found != 20 {
		t.Errorf("%v, %+v", err, r)
	}
	// What was under way when the last run was stopped may be counted late.
	if n := len(s.chat.Calls("get_topic")) - before; n < 20-looked || n > 20-looked+sweep.Workers {
		t.Errorf("%d communities are looked at after %d of 20", n, looked)
	}
	_ = sweep.State.Close()
	again := openState(t, path, audit.NewReport())
	if !again.Finished || again.Count() != 20 {
		t.Errorf("it is finished: %v, with %d", again.Finished, again.Count())
	}
	if err := again.Begin(chatapitest.App, "digest-2"); err != nil || again.Count() != 0 {
		t.Errorf("begun anew: %v, with %d", err, again.Count())
	}
	_ = again.Close()
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %v", info.Mode())
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What is no state of ours is never written over, nor what somebody else is using.
func TestStateRefused(t *testing.T) {
	head := `{"audit":"1","app":"1400000000","policy":"digest-1","begun":"2026-01-01T00:00:00Z"}` + "\n"
	for _, tt := range []struct{ name, text, want string }{
		{"another app", strings.Replace(head, "1400000000", "1400000001", 1), `it belongs to app "1400000001"`},
		{"another policy", strings.Replace(head, "digest-1", "digest-0", 1), "it belongs to another policy, digest-0"},
		{"another version", strings.Replace(head, `"1"`, `"2"`, 1), "another version"},
		{"a policy", "version: 1\nrules: []\n", "not the state of an audit"},
		{"a text without a line end", "secret", "not the state of an audit"},
		{"JSON", "{}\n", "not the state of an audit"},
		{"damaged", head + "{\n" + `{"community":"a","topics":1}` + "\n", "line 2 is damaged"},
	} {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := audit.OpenState(path, chatapitest.App, "digest-1", audit.NewReport())
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
		if s != nil {
			_ = s.Close()
		}
		if got := string(readFile(t, path)); got != tt.text {
			t.Errorf("%s: the file is now %q", tt.name, got)
		}
	}
	path := filepath.Join(t.TempDir(), "state")
	first := openState(t, path, audit.NewReport())
	if _, err := audit.OpenState(path, chatapitest.App, "digest-1", audit.NewReport()); err == nil || !strings.Contains(err.Error(), "another audit is using it") {
		t.Errorf("two at once: %v", err)
	}
	_ = first.Close()
	_ = openState(t, path, audit.NewReport()).Close()
}

// What is no file has no end, or nobody writes it.
func TestNoFile(t *testing.T) {
	for _, path := range []string{os.DevNull, "/dev/full", t.TempDir()} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if s, err := audit.OpenState(path, chatapitest.App, "digest-1", audit.NewReport()); err == nil {
			t.Errorf("%s is taken for a state", path)
			_ = s.Close()
		}
		if s, err := audit.OpenSave(path); err == nil {
			t.Errorf("%s is taken for a file of changes", path)
			_ = s.Close()
		}
		if _, err := audit.ReadChanges(path); err == nil {
			t.Errorf("%s is read", path)
		}
	}
}
