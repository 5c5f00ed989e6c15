package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// The text that is hashed is a promise: a digest is compared across versions.
func TestDigest(t *testing.T) {
	tests := []struct {
		name      string
		spec      Spec
		canonical string
	}{
		{"nothing written", Spec{}, `{"version":1,"govern":["topic"],"mode":"enforce","default":"allow","on_error":"refuse","refusal":{},"rules":[]}`},
		{"a rule", rules(Rule{
			Name: "r", Match: &Match{Name: &Name{Contains: []string{"spam", "广告"}, LookAlikes: true}, Operator: &OneOf{NotIn: []string{}}},
			Quota: &Quota{Limit: 5, Window: hour}, Action: Refuse, Code: 10100, Message: Text{Default: "No."},
		}), `{"version":1,"govern":["topic"],"mode":"enforce","default":"allow","on_error":"refuse","refusal":{},"rules":[` +
			`{"name":"r","match":{"operator":{"not_in":[]},"name":{"contains":["spam","广告"],"look_alikes":true}},` +
			`"quota":{"limit":5,"window":"1h","per":"operator","if_unavailable":"skip"},"action":"refuse","code":10100,"message":"No.","mode":"enforce"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sum := sha256.Sum256([]byte(tt.canonical))
			if got, want := Digest(tt.spec), hex.EncodeToString(sum[:]); got != want {
				t.Errorf("Digest = %s, want %s, of %s", got, want, tt.canonical)
			}
			if got, want := Digest(tt.spec), marshalled(t, tt.spec); got != want {
				t.Errorf("Digest = %s, json.Marshal's %s", got, want)
			}
		})
	}
}

// marshalled is the digest by its definition.
func marshalled(t *testing.T, s Spec) string {
	t.Helper()
	s = s.WithDefaults()
	for i := range s.Rules {
		s.Rules[i].Note = ""
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func FuzzDigest(f *testing.F) {
	for _, text := range []string{
		"", "spam\n加微信", "\"\\/</b>&amp;\t\x00\x1f\x7f", "\u2027\u2028\u2029\u202a", "\xff\xe2\x80\xa8\xe2\x80 \xed\xa0\x80\xf4\x90\x80\x80", "\uFFFC\uFFFD\uFFFE\uFFFF😀",
		strings.Repeat("徒步\n<\n", 800),
	} {
		f.Add(text, 0, true)
		f.Add(text, 5, false)
	}
	f.Fuzz(func(t *testing.T, text string, n int, written bool) {
		list := List(strings.Split(text, "\n"))
		spec := fullSpec()
		spec.Mode, spec.Refusal.Message.Default, spec.Version = Mode(text), text, n
		r := &spec.Rules[0]
		r.Name, r.Quota.Window, r.Quota.Limit = text, Duration(n), n
		r.Match.Name.Contains, r.Match.Name.ScriptsNotIn, r.Match.Name.Folded = list, list, written
		r.Match.Operator.In, r.Match.Time.Between = list[:0], text
		if !written {
			spec.Govern, r.Match.All, r.Match.Any, r.Match.Not, r.Quota = []Subject{}, nil, []Match{}, &Match{}, nil
			r.Match.Operator.In, r.Match.App = nil, &OneOf{}
		}
		if got, want := Digest(spec), marshalled(t, spec); got != want {
			t.Errorf("Digest = %s, want %s, of %+v", got, want, spec)
		}
	})
}

// What behaves the same by default has the same digest, written or not.
func TestDigestOfDefaults(t *testing.T) {
	tests := []struct {
		name            string
		written, silent Spec
	}{
		{"settings", Spec{Version: 1, Govern: []Subject{Topic}, Mode: Enforce, Default: Allow, OnError: Refuse}, Spec{}},
		{"an empty list of rules", Spec{Rules: []Rule{}}, Spec{}},
		{"a rule's mode", rules(Rule{Name: "r", Action: Allow, Mode: Enforce}), rules(Rule{Name: "r", Action: Allow})},
		{
			"a quota", rules(quotaRule(Quota{Limit: 1, Window: hour, Per: PerOperator, IfUnavailable: SkipRule})),
			rules(quotaRule(Quota{Limit: 1, Window: hour})),
		},
		{"a zone", rules(zoned("UTC")), rules(zoned(""))},
		{"a quota's zone", rules(quotaRule(Quota{Limit: 1, Window: Day, Zone: "UTC"})), rules(quotaRule(Quota{Limit: 1, Window: Day}))},
		{"defaults filled in before", fullSpec().WithDefaults(), fullSpec()},
	}
	for _, tt := range tests {
		if got, want := Digest(tt.written), Digest(tt.silent); got != want {
			t.Errorf("%s: digest %s when written, %s when not", tt.name, got, want)
		}
	}
}

// zoned has windows in a zone, at every depth.
func zoned(zone string) Rule {
	m := func() Match { return Match{Time: &Time{Days: []string{"fri"}, Zone: zone}} }
	not := m()
	return Rule{Name: "r", Action: Refuse, Match: &Match{Time: m().Time, All: []Match{m()}, Any: []Match{m()}, Not: &not}}
}

// A list that was written, though empty, is another policy than none.
func TestDigestOfEmptyLists(t *testing.T) {
	written := rules(Rule{Name: "r", Action: Refuse, Match: &Match{Operator: &OneOf{In: []string{}, NotIn: []string{"a"}}}})
	silent := rules(Rule{Name: "r", Action: Refuse, Match: &Match{Operator: &OneOf{NotIn: []string{"a"}}}})
	if Digest(written) == Digest(silent) {
		t.Error("an empty list and no list have one digest")
	}
}

// fullSpec has every field written, and to something else than its default.
func fullSpec() Spec {
	var s Spec
	fill(reflect.ValueOf(&s).Elem(), 2)
	s.Rules[0].Mode, s.Mode, s.Default, s.OnError = DryRun, DryRun, Refuse, Allow
	return s
}

// fill writes every field; matches stand in each other as deep as nested says.
func fill(v reflect.Value, nested int) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), nested)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Match]() {
			nested--
		}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if name == "Origin" || nested == 0 && (name == "All" || name == "Any" || name == "Not") {
				continue
			}
			fill(v.Field(i), nested)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), nested)
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	}
}

// TestDigestCoversEveryField changes one value after the other: each must show.
func TestDigestCoversEveryField(t *testing.T) {
	spec := fullSpec()
	seen := map[string]string{Digest(spec): "the whole"}
	changed := 0
	eachLeaf(t, reflect.ValueOf(&spec).Elem(), "", func(path string) {
		changed++
		digest := Digest(spec)
		if other, taken := seen[digest]; taken {
			t.Errorf("a change of %s has the digest of %s", path, other)
		}
		seen[digest] = path
	})
	if changed < 100 { // four matches of 27 values
		t.Errorf("only %d values were changed", changed)
	}
}

// eachLeaf changes each value below v, calls f, and changes it back.
func eachLeaf(t *testing.T, v reflect.Value, path string, f func(path string)) {
	t.Helper()
	nested := path != "" && v.Type() == reflect.TypeFor[Match]() // groups of groups end somewhere
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			t.Fatalf("%s is not written", path)
		}
		eachLeaf(t, v.Elem(), path, f)
	case reflect.Struct:
		for i := range v.NumField() {
			field, name := v.Field(i), v.Type().Field(i).Name
			if field.Type() == reflect.TypeFor[Origin]() || name == "Note" {
				continue // says where or why, not what
			}
			if nested && field.IsZero() && (name == "All" || name == "Any" || name == "Not") {
				continue
			}
			eachLeaf(t, field, path+"."+name, f)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			t.Fatalf("%s is not written", path)
		}
		for i := range v.Len() {
			eachLeaf(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), f)
		}
	case reflect.String:
		old := v.String()
		v.SetString(old + "x")
		f(path)
		v.SetString(old)
	case reflect.Int, reflect.Int64:
		old := v.Int()
		v.SetInt(old + 1_000_000_000) // a second, of a duration
		f(path)
		v.SetInt(old)
	case reflect.Bool:
		v.SetBool(!v.Bool())
		f(path)
		v.SetBool(!v.Bool())
	default:
		t.Fatalf("%s is a %s", path, v.Kind())
	}
}
