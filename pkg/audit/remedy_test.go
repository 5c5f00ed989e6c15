package audit_test

import (
	"context"
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

func (s *stage) remedies(t *testing.T, act audit.Act, path string) *audit.Remedies {
	t.Helper()
	save, err := audit.OpenSave(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = save.Close() })
	return &audit.Remedies{
		Chat: s.client, Policy: s.policy, App: chatapitest.App, At: time.Now(), Act: act, Name: "Renamed",
		Most: 10, Save: save, Asking: audit.Asking{Again: []time.Duration{0}, Patience: patience},
	}
}

func (s *stage) undo(t *testing.T, path string) audit.Undone {
	t.Helper()
	changes, err := audit.ReadChanges(path)
	if err != nil {
		t.Fatal(err)
	}
	u := audit.Undo{Chat: s.client, App: chatapitest.App, Asking: audit.Asking{Again: []time.Duration{0}, Patience: patience}}
	d, err := u.Run(t.Context(), changes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRemedies: each act does what it says to what was found, once and no more of them than
// were allowed, and undoing them puts back what can be.
func TestRemedies(t *testing.T) {
	for _, tt := range []struct {
		act  audit.Act
		does func(*chatapitest.Topic) // nil: it is gone
		undo audit.Undone
	}{
		{audit.Rename, func(t *chatapitest.Topic) { t.Name = "Renamed" }, audit.Undone{Restored: 2}},
		{audit.Mute, func(t *chatapitest.Topic) { t.Muted = true }, audit.Undone{Restored: 2}},
		{audit.Destroy, nil, audit.Undone{Lost: 2}},
	} {
		t.Run(string(tt.act), func(t *testing.T) {
			s := newStage(t)
			group := s.chat.AddGroup("a")
			for _, name := range []string{"spam 1", "ham", "=spam\u202e\n2", "spam 3"} {
				s.chat.AddTopic(group, name)
			}
			before := s.chat.Topics()
			r := audit.NewReport()
			s.run(t, r)
			path := filepath.Join(t.TempDir(), "save")
			m := s.remedies(t, tt.act, path)
			m.Most = 2
			acted, err := m.Run(t.Context(), r.Findings)
			if diff := cmp.Diff(audit.Acted{Act: tt.act, Changed: 2, Beyond: 1}, acted); diff != "" || err != nil {
				t.Errorf("error %v, -want +got:\n%s", err, diff)
			}
			var want []chatapitest.Topic
			for _, topic := range before {
				if topic.Name == "ham" || topic.Name == "spam 3" {
					want = append(want, topic)
				} else if tt.does != nil {
					tt.does(&topic)
					want = append(want, topic)
				}
			}
			if diff := cmp.Diff(want, s.chat.Topics()); diff != "" {
				t.Errorf("topics -want +got:\n%s", diff)
			}
			if n := len(s.chat.Acts()); n != 2 {
				t.Errorf("%d acts", n)
			}
			// Again, by the same findings: what is remedied already is left.
			if acted, err := m.Run(t.Context(), r.Findings); err != nil || acted.Changed != 1 || acted.Left != 2 {
				t.Errorf("again: %v, %+v", err, acted)
			}
			undone := s.undo(t, path)
			tt.undo.Restored, tt.undo.Lost = tt.undo.Restored*3/2, tt.undo.Lost*3/2
			if diff := cmp.Diff(tt.undo, undone); diff != "" {
				t.Errorf("undone -want +got:\n%s", diff)
			}
			if tt.does != nil {
				if diff := cmp.Diff(before, s.chat.Topics()); diff != "" {
					t.Errorf("undone: topics -before +after:\n%s", diff)
				}
				if again := s.undo(t, path); again.Already != 3 {
					t.Errorf("undone again: %+v", again)
				}
			}
			if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
				t.Errorf("the file has the mode %v", info.Mode())
			}
		})
	}
}

// What is otherwise by the time of the act is left, and so is what is refused for
// something else than its name.
func TestRemediesLookAgain(t *testing.T) {
	s := newStage(t)
	group := s.chat.AddGroup("a")
	var ids []string
	for _, name := range []string{"spam now ham", "spam gone", "spam destroyed", "spam muted", "spam of another kind"} {
		ids = append(ids, s.chat.AddTopic(group, name))
	}
	lost := s.chat.AddGroup("b")
	s.chat.AddTopic(lost, "spam of a community that goes")
	r := audit.NewReport()
	s.run(t, r)
	s.chat.Rename("leckie", ids[0], "ham")
	s.chat.Destroy(ids[1])
	s.chat.FailTopic(ids[2], 110003)
	if err := s.client.MuteTopic(t.Context(), group, ids[3], true); err != nil {
		t.Fatal(err)
	}
	s.chat.Disband(lost)
	s.chat.ForgetCalls()
	r.Findings = slices.DeleteFunc(r.Findings, func(f audit.Finding) bool { return f.Topic == ids[4] })
	r.Findings = append(r.Findings, audit.Finding{Verdict: policy.Refused, Community: group, Topic: ids[4]}, audit.Finding{Verdict: policy.Unsure, ByName: true, Community: group, Topic: ids[4]})
	path := filepath.Join(t.TempDir(), "save")
	acted, err := s.remedies(t, audit.Mute, path).Run(t.Context(), r.Findings)
	if diff := cmp.Diff(audit.Acted{Act: audit.Mute, Left: 5, ByOther: 2}, acted); diff != "" || err != nil {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
	if acts := s.chat.Acts(); len(acts) > 0 || len(readFile(t, path)) > 0 {
		t.Errorf("acts %v, saved %q", acts, readFile(t, path))
	}
}

// A policy under which another name would not help leads to no act, though the topics are
// found.
func TestRemediesByNameOnly(t *testing.T) {
	s := newStage(t, closed)
	s.chat.AddTopic(s.chat.AddGroup("a"), "spam")
	r := audit.NewReport()
	if got := s.run(t, r); len(got) != 1 {
		t.Fatalf("found %q", got)
	}
	acted, err := s.remedies(t, audit.Destroy, filepath.Join(t.TempDir(), "save")).Run(t.Context(), r.Findings)
	if err != nil || acted.ByOther != 1 || len(s.chat.Acts()) > 0 {
		t.Errorf("%v, %+v", err, acted)
	}
}

// TestRemediesFaults: an act that was not answered well counts as one, is told, and is
// undone where it was done all the same; several in a row are enough.
func TestRemediesFaults(t *testing.T) {
	for _, f := range chatapitest.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			group := s.chat.AddGroup("a")
			for range 9 {
				s.chat.AddTopic(group, "spam")
			}
			before := s.chat.Topics()
			r := audit.NewReport()
			s.run(t, r)
			s.chat.Break("modify_topic", f)
			path := filepath.Join(t.TempDir(), "save")
			m := s.remedies(t, audit.Rename, path)
			if f.Slow {
				m.Chat = hanging{s.client}
			}
			acted, err := m.Run(t.Context(), r.Findings)
			s.chat.Mend()
			switch f.Name {
			case "refuses with 10015", "refuses with 110003":
				if err != nil || acted.Left != 9 {
					t.Errorf("gone: %v, %+v", err, acted)
				}
			default:
				if err == nil || acted.Changed > 0 || acted.Failed == 0 || acted.Failed > 5 || !strings.Contains(strings.Join(acted.Problems, "\n"), f.Says) {
					t.Errorf("error %v, %+v", err, acted)
				}
			}
			if d := s.undo(t, path); !d.Whole() {
				t.Errorf("undone: %+v", d)
			}
			if diff := cmp.Diff(before, s.chat.Topics()); diff != "" {
				t.Errorf("undone: topics -before +after:\n%s", diff)
			}
		})
	}
}

// hanging has acts end soon that are not answered, and lets all else take its time.
type hanging struct{ *chatapi.Client }

func (h hanging) RenameTopic(ctx context.Context, group, topic, name string) error {
	ctx, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	return h.Client.RenameTopic(ctx, group, topic, name)
}

// An act that was begun comes to its end when the audit is told to stop, and no other
// begins.
func TestRemediesStop(t *testing.T) {
	s := newStage(t)
	group := s.chat.AddGroup("a")
	for range 3 {
		s.chat.AddTopic(group, "spam")
	}
	r := audit.NewReport()
	s.run(t, r)
	ctx, stop := context.WithCancel(t.Context())
	m := s.remedies(t, audit.Rename, filepath.Join(t.TempDir(), "save"))
	m.Chat = stopping{s.client, stop}
	acted, err := m.Run(ctx, r.Findings)
	if err == nil || acted.Changed != 1 || acted.Beyond != 2 || len(s.chat.Acts()) != 1 {
		t.Errorf("error %v, %+v", err, acted)
	}
}

// stopping is told to stop while it acts.
type stopping struct {
	*chatapi.Client
	stop func()
}

func (s stopping) RenameTopic(ctx context.Context, group, topic, name string) error {
	s.stop()
	return s.Client.RenameTopic(ctx, group, topic, name)
}

// What somebody changed since is left as they want it.
func TestUndoLeaves(t *testing.T) {
	s := newStage(t)
	group := s.chat.AddGroup("a")
	renamed, destroyed, untouched := s.chat.AddTopic(group, "spam 1"), s.chat.AddTopic(group, "spam 2"), s.chat.AddTopic(group, "spam 3")
	r := audit.NewReport()
	s.run(t, r)
	path := filepath.Join(t.TempDir(), "save")
	m := s.remedies(t, audit.Rename, path)
	if _, err := m.Run(t.Context(), r.Findings); err != nil {
		t.Fatal(err)
	}
	_ = m.Save.Close()
	s.chat.Rename("leckie", renamed, "A better name")
	s.chat.Destroy(destroyed)
	if err := s.client.MuteTopic(t.Context(), group, untouched, true); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(audit.Undone{Restored: 1, Left: 2}, s.undo(t, path)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, _ := s.chat.Topic(renamed); got.Name != "A better name" {
		t.Errorf("the name is %q", got.Name)
	}
	if got, _ := s.chat.Topic(untouched); got.Name != "spam 3" || !got.Muted {
		t.Errorf("the topic is %+v", got)
	}
	changes, _ := audit.ReadChanges(path)
	u := audit.Undo{Chat: s.client, App: "1400000001"}
	if _, err := u.Run(t.Context(), changes); err == nil || !strings.Contains(err.Error(), `it is of app "1400000000"`) {
		t.Errorf("of another app: %v", err)
	}
}

// A file of changes only grows, loses at most the piece of one that was not done, and is
// never written over what is something else.
func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "save")
	one := audit.Change{App: chatapitest.App, Act: audit.Mute, Community: "c", Topic: "t", Before: audit.Was{Name: "n"}, After: &audit.Was{Name: "n", Muted: true}}
	for n := range 3 {
		save, err := audit.OpenSave(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.OpenSave(path); err == nil || !strings.Contains(err.Error(), "another audit is using it") {
			t.Errorf("two at once: %v", err)
		}
		if err := save.Write(&one); err != nil {
			t.Fatal(err)
		}
		_ = save.Close()
		torn := append(readFile(t, path), `{"at":"2026-`...)
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		changes, err := audit.ReadChanges(path)
		if err != nil || len(changes) != n+1 {
			t.Errorf("%d changes, want %d: %v", len(changes), n+1, err)
		}
	}
	for name, text := range map[string]string{
		"a policy": "version: 1\n", "no line end": "secret", "JSON": "{}\n",
		"damaged": "{\"at\":\n" + strings.TrimSuffix(string(readFile(t, path)), `{"at":"2026-`),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		save, err := audit.OpenSave(path)
		if err == nil || !strings.Contains(err.Error(), "line 1 is not a change that an audit saved") {
			t.Errorf("%s: %v", name, err)
		}
		if save != nil {
			_ = save.Close()
		}
		if got := string(readFile(t, path)); got != text {
			t.Errorf("%s: the file is now %q", name, got)
		}
	}
}
