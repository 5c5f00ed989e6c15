package audit

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/policy"
)

// A disk that is full ends what needs it: a sweep, and an act before it is done.
func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = full.Close() }()
	const said = "no space left"
	state, err := OpenState(filepath.Join(t.TempDir(), "state"), "1", "d", NewReport())
	if err != nil {
		t.Fatal(err)
	}
	state.file = full
	sweep := Sweep{Chat: one{}, Policy: new(policy.Policy), State: state}
	r := NewReport()
	if err := sweep.Run(t.Context(), r); err == nil || !strings.Contains(err.Error(), said) || r.Finished {
		t.Errorf("a sweep: %v, %+v", err, r)
	}
	p, _, _ := policy.Compile(policy.Spec{Rules: []policy.Rule{{Name: "r", Action: policy.Refuse, Match: &policy.Match{Name: &policy.Name{Contains: policy.List{"spam"}}}}}})
	m := Remedies{Chat: one{}, Policy: p, Act: Destroy, Most: 9, Save: &Save{file: full, path: "full"}}
	found := Finding{Verdict: policy.Refused, ByName: true, Community: "c", Topic: "t"}
	acted, err := m.Run(t.Context(), []Finding{found, found, found})
	if err == nil || !strings.Contains(err.Error(), said) || acted.Failed != 1 || acted.Beyond != 2 {
		t.Errorf("an act: %v, %+v", err, acted)
	}
}

// one is a Chat with one topic, whose acts nobody may reach.
type one struct{ Actor }

func (one) Communities(_ context.Context, visit func(string) error) error { return visit("c") }

func (one) Topics(context.Context, string, ...string) ([]chatapi.Topic, error) {
	return []chatapi.Topic{{ID: "t", Name: "spam"}}, nil
}
