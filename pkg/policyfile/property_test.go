package policyfile_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"topicgate/pkg/app"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
	"topicgate/pkg/quota"
)

// TestPrintedPolicies: whatever a spec holds, sensible or not, it prints and loads back
// as the same. The values are drawn by type, so that a new key is drawn too.
func TestPrintedPolicies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spec policy.Spec
		draw(t, reflect.ValueOf(&spec).Elem(), "spec", 2)
		printed := policyfile.YAML(spec)
		again, _, problems, _ := policyfile.Load(printed, "printed.yaml", policyfile.Folder{})
		for _, p := range problems {
			t.Error(p)
		}
		if got, want := policy.Digest(again), policy.Digest(spec); got != want {
			t.Errorf("loads back with digest %s, want %s:\n%s", got, want, printed)
		}
	})
}

// draw fills a value. nested is how many matches may still stand in each other.
func draw(t *rapid.T, v reflect.Value, label string, nested int) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[policy.Match]() {
			nested--
		}
		for i := range v.NumField() {
			field := v.Field(i)
			if field.Type() == reflect.TypeFor[policy.Origin]() {
				continue // no part of what is printed
			}
			groups := reflect.TypeFor[policy.Match]()
			if typ := field.Type(); nested < 0 && (typ == reflect.PointerTo(groups) || typ == reflect.SliceOf(groups)) {
				continue
			}
			if rapid.IntRange(0, 2).Draw(t, label+" has "+v.Type().Field(i).Name) > 0 {
				draw(t, field, label+"."+v.Type().Field(i).Name, nested)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		draw(t, v.Elem(), label, nested)
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, label+" length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			draw(t, v.Index(i), label+" item", nested)
		}
	case reflect.String:
		v.SetString(texts.Draw(t, label))
	case reflect.Int:
		v.SetInt(rapid.Int64Range(-1<<31, 1<<31).Draw(t, label))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, label))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, label))
	default:
		t.Fatalf("a %s in a policy", v.Kind())
	}
}

var texts = rapid.OneOf(
	rapid.String(),
	rapid.SampledFrom([]string{"", "~", "null", "TRUE", "no", "1", "1.5", "0o7", "-", "---", "...", "? a", ": a", "a:", "a #b", "#", "&a", "*a", "!a", "|", ">", "%", "@", "`", "'", `"`, `\`, `\n`, "\n", "\r\n", "\t", " a ", "{{word}}", "empty", "2026-01-31", "=", "<<", "加微信", "\u200B", "\uFEFF", "\x00", "\x7f", "\u0085", "\u2028", "\U0010FFFF", "\uFFFD"}),
)

// Policies and creations that meet: values come from the same few.
var (
	words     = []string{"spam", "加微信", "ass", "Administrator"}
	operators = []string{"leckie", "ops-1", "guest-7", "administrator"}
	platforms = []string{"Web", "RESTAPI", "iOS", "Mac"}
	addresses = []string{"203.0.113.7", "10.1.2.3", "2001:db8::1", "junk", ""}
	names     = []string{"MyFirstTopic", "buy ＳＰＡＭ", "classic", "an ass!", "аdministrator", "加-微 信", "новости", "a\u202eb", "", "12345", "👨\u200d👩\u200d👧", "\xff"}
)

func sample(t *rapid.T, label string, from ...string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID).Draw(t, label)
}

// drawMatch is a match that compiles.
func drawMatch(t *rapid.T, nested int) policy.Match {
	kinds := 9
	if nested > 0 {
		kinds = 12
	}
	var m policy.Match
	for range rapid.IntRange(1, 2).Draw(t, "conditions") {
		switch rapid.IntRange(0, kinds-1).Draw(t, "condition") {
		case 0:
			m.Operator = &policy.OneOf{In: sample(t, "operators", "leckie", "ops-*", "*", "a?")}
		case 1:
			m.Operator = &policy.OneOf{NotIn: sample(t, "operators", "leckie", "guest-?")}
		case 2:
			m.Platform = &policy.OneOf{In: sample(t, "platforms", platforms...)}
		case 3:
			m.ClientIP = &policy.OneOf{In: sample(t, "addresses", "203.0.113.0/24", "10.1.2.3", "::/0")}
		case 4:
			m.Command = &policy.OneOf{In: sample(t, "commands", "topic", "group")}
		case 5:
			m.Name = &policy.Name{Contains: sample(t, "words", words...), LookAlikes: rapid.Bool().Draw(t, "look_alikes"), IgnoreSeps: rapid.Bool().Draw(t, "separators")}
		case 6:
			m.Name = &policy.Name{LengthOutside: &policy.Length{MaxChars: rapid.IntRange(1, 12).Draw(t, "max_chars")}}
		case 7:
			m.Name = &policy.Name{Resembles: []string{"Administrator"}, Invisible: rapid.Bool().Draw(t, "invisible")}
		case 8:
			m.Time = &policy.Time{Days: sample(t, "days", "mon", "fri", "sun"), Zone: "Asia/Shanghai"}
		case 9:
			m.All = []policy.Match{drawMatch(t, nested-1), drawMatch(t, nested-1)}
		case 10:
			m.Any = []policy.Match{drawMatch(t, nested-1), drawMatch(t, nested-1)}
		case 11:
			not := drawMatch(t, nested-1)
			m.Not = &not
		}
	}
	return m
}

// drawPolicy is a policy that compiles.
func drawPolicy(t *rapid.T) policy.Spec {
	spec := policy.Spec{
		Default: rapid.SampledFrom([]policy.Action{policy.Allow, policy.Refuse}).Draw(t, "default"),
		Freeze:  rapid.SampledFrom([]policy.Freeze{"", "", policy.Frozen, "2025-07-01T00:00:00+08:00"}).Draw(t, "freeze"),
		Refusal: policy.Refusal{Message: rapid.SampledFrom([]policy.Text{{}, {Default: "No {{word}}."}, {Default: "No.", Zh: "不行。", Ru: "Нет."}}).Draw(t, "message")},
	}
	for _, name := range sample(t, "names of rules", "a", "b") {
		spec.Rules = append(spec.Rules, drawRule(t, name))
	}
	for _, name := range sample(t, "more names", "c", "d", "e") {
		spec.Rules = append(spec.Rules, drawRule(t, name))
	}
	return spec
}

func drawRule(t *rapid.T, name string) policy.Rule {
	r := policy.Rule{
		Name:   name,
		Action: rapid.SampledFrom([]policy.Action{policy.Allow, policy.Refuse, policy.Refuse, policy.Flag}).Draw(t, "action"),
		Mode:   rapid.SampledFrom([]policy.Mode{policy.Enforce, policy.DryRun}).Draw(t, "mode"),
		Until:  rapid.SampledFrom([]string{"", "", "2025-07-01", "2025-07-01T12:00:00Z"}).Draw(t, "until"),
	}
	if r.Action == policy.Flag {
		r.Mode = policy.Enforce
	}
	if r.Action == policy.Refuse && rapid.IntRange(0, 3).Draw(t, "has languages") == 0 {
		r.Message = policy.Text{Zh: "不行。", Ru: "Нет, {{operator}}.", Default: "No."}
	}
	if rapid.IntRange(0, 7).Draw(t, "has a match") > 0 {
		m := drawMatch(t, 2)
		r.Match = &m
	}
	if r.Action == policy.Refuse && rapid.IntRange(0, 3).Draw(t, "has a quota") == 0 {
		r.Quota = drawQuota(t)
	}
	return r
}

// drawQuota is a quota that compiles beside any other: rules of one share count alike.
func drawQuota(t *rapid.T) *policy.Quota {
	q := &policy.Quota{Limit: rapid.IntRange(1, 3).Draw(t, "limit"), Window: policy.Duration(time.Hour)}
	if rapid.Bool().Draw(t, "shares") {
		q.Share, q.Window, q.Zone, q.Per = "both", policy.Day, "Asia/Shanghai", "operator"
		return q
	}
	if rapid.Bool().Draw(t, "by day") {
		q.Window = policy.Day
	}
	q.Per = rapid.SampledFrom([]string{"operator", "client_ip", "app", "name"}).Draw(t, "per")
	if q.Per == "name" && rapid.Bool().Draw(t, "exempts") {
		q.Exempt = sample(t, "exempt", "My first topic", "новости", "\xff")
	}
	return q
}

func drawCreation(t *rapid.T) policy.Creation {
	return policy.Creation{
		Subject:  rapid.SampledFrom([]policy.Subject{policy.Topic, policy.Group}).Draw(t, "subject"),
		App:      "1400000000",
		Operator: rapid.SampledFrom(operators).Draw(t, "operator"),
		Type:     "Community",
		Name:     rapid.OneOf(rapid.SampledFrom(names), rapid.String()).Draw(t, "name"),
		Platform: rapid.SampledFrom(platforms).Draw(t, "platform"),
		ClientIP: rapid.SampledFrom(addresses).Draw(t, "client_ip"),
		At:       time.Unix(rapid.Int64Range(1.7e9, 1.8e9).Draw(t, "at"), 0),
	}
}

// TestExplainAgrees: for any policy and any creations in a row, Explain decides what
// Decide does, and tells truly why. The policy printed and loaded decides the same.
func TestExplainAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawPolicy(t)
		compiled, problems, _ := policy.Compile(spec)
		if problems != nil {
			t.Fatal(problems)
		}
		again, _, problems, _ := policyfile.Load(policyfile.YAML(spec), "printed.yaml", policyfile.Folder{})
		for _, p := range problems {
			t.Fatal(p)
		}
		reloaded, _, _ := policy.Compile(again)
		dryRun := rapid.Bool().Draw(t, "dry run")
		decide, explain, printed := memory(), memory(), memory()
		for range rapid.IntRange(1, 5).Draw(t, "creations") {
			creation := drawCreation(t)
			decision := compiled.Decide(t.Context(), creation, decide, dryRun)
			if diff := cmp.Diff(decision, reloaded.Decide(t.Context(), creation, printed, dryRun)); diff != "" {
				t.Errorf("printed and loaded it decides differently: -as it was +as printed:\n%s", diff)
			}
			steps, explained := compiled.Explain(t.Context(), creation, explain, dryRun)
			for _, wrong := range disagreements(spec.WithDefaults(), steps, decision, explained) {
				t.Error(wrong)
			}
		}
	})
}

// memory counts for quotas of which nothing is used up.
func memory() policy.Counter { return quota.NewMemory() }

// disagreements lists in what an explanation differs from the decision.
func disagreements(spec policy.Spec, steps []policy.Step, decision, explained policy.Decision) []string {
	var wrong []string
	if diff := cmp.Diff(decision, explained); diff != "" {
		wrong = append(wrong, "-Decide +Explain:\n"+diff)
	}
	asked := slices.Clone(spec.Rules)
	if spec.Freeze != "" {
		asked = append(asked, policy.Rule{Name: policy.FreezeRule, Action: policy.Refuse, Mode: policy.Enforce})
	}
	if len(steps) != len(asked) {
		return append(wrong, "not every rule has a step")
	}
	deciding := ""
	var would, flags []string
	for i, step := range steps {
		r := asked[i]
		if step.Rule != r.Name || step.Action != r.Action || step.Mode != r.Mode {
			wrong = append(wrong, "a step is not that of rule "+r.Name)
		}
		all := true
		for _, c := range step.Conditions {
			all = all && c.Matched
		}
		if step.Matched != all {
			wrong = append(wrong, step.Rule+" matches, or not, against its conditions")
		}
		switch {
		case step.Decides && deciding != "":
			wrong = append(wrong, "two steps decide: "+deciding+" and "+step.Rule)
		case step.Decides && (!step.Matched || r.Mode == policy.DryRun || r.Action == policy.Flag):
			wrong = append(wrong, step.Rule+" decides and cannot")
		case step.Decides:
			deciding = step.Rule
		case step.Matched && deciding == "" && r.Action == policy.Flag:
			flags = append(flags, step.Rule)
		case step.Matched && deciding == "" && r.Mode == policy.Enforce:
			wrong = append(wrong, step.Rule+" matches first and does not decide")
		case step.Matched && deciding == "" && r.Action == policy.Refuse:
			would = append(would, step.Rule)
		}
	}
	if deciding != decision.Rule {
		wrong = append(wrong, "the step that decides is "+deciding+", the rule "+decision.Rule)
	}
	if diff := cmp.Diff(decision.Flags, flags); diff != "" {
		wrong = append(wrong, "-Flags +steps:\n"+diff)
	}
	if diff := cmp.Diff(decision.WouldRefuse, would); diff != "" {
		wrong = append(wrong, "-WouldRefuse +steps:\n"+diff)
	}
	return wrong
}

// TestExplainAgreesForTheCorpus: the same for every scenario that reaches the policy,
// whose decision is what the scenario wants of every transport.
func TestExplainAgreesForTheCorpus(t *testing.T) {
	const least = 100
	explained := 0
	for _, s := range gatetest.Scenarios() {
		root := t.TempDir()
		if err := s.WriteFiles(root); err != nil {
			t.Fatal(err)
		}
		c := config.Load(append(s.Environ(), "LAMBDA_TASK_ROOT="+root), config.Options{})
		if c.Broken() != s.Broken {
			t.Errorf("%s: broken is %v: %v", s.Name, c.Broken(), c.Problems)
		}
		if s.Want.Reason != string(gate.ReasonRule) && s.Want.Reason != string(gate.ReasonDefault) {
			continue
		}
		creation, ok := asked(t.Context(), c, &s)
		if !ok {
			continue
		}
		explained++
		dryRun := c.Spec.Mode == policy.DryRun
		decide, explain := memory(), memory()
		if c.RedisURL != "" { // the store of these scenarios is down
			decide, explain = down{}, down{}
		}
		for range s.Before {
			c.Policy.Decide(t.Context(), creation, decide, dryRun)
			c.Policy.Explain(t.Context(), creation, explain, dryRun)
		}
		decision := c.Policy.Decide(t.Context(), creation, decide, dryRun)
		if decision.Rule != s.Want.Rule {
			t.Errorf("%s: rule %q decides, want %q", s.Name, decision.Rule, s.Want.Rule)
		}
		steps, again := c.Policy.Explain(t.Context(), creation, explain, dryRun)
		decision.QuotaError, again.QuotaError = nil, nil
		for _, wrong := range disagreements(c.Spec, steps, decision, again) {
			t.Errorf("%s: %s", s.Name, wrong)
		}
		if policy.Digest(load(t, policyfile.YAML(c.Spec), "printed.yaml", filepath.Dir(root))) != c.Digest {
			t.Errorf("%s: its policy does not load back as the same", s.Name)
		}
	}
	if explained < least {
		t.Errorf("%d scenarios were explained, want %d at least", explained, least)
	}
}

// asked is what the gate makes of a scenario's request.
func asked(ctx context.Context, c *config.Config, s *gatetest.Scenario) (policy.Creation, bool) {
	g := gate.New(app.Snapshot(c), gate.Settings{Counter: memory()})
	now := time.Now()
	call := s.Call(now)
	o := g.Judge(ctx, gate.Request{Method: call.Method, Params: chat.ParseQuery(call.Query), Body: []byte(call.Body), Received: now})
	return o.Creation, o.Reason == gate.ReasonRule || o.Reason == gate.ReasonDefault
}

// down is a store that nobody reaches.
type down struct{}

func (down) Take(context.Context, string, int, time.Duration) (bool, error) {
	return false, context.DeadlineExceeded
}
