package policyfile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// load reads a policy that is expected to be whole.
func load(t *testing.T, text, file, dir string) policy.Spec {
	t.Helper()
	spec, _, problems, _ := policyfile.Load(text, file, policyfile.Dir(dir))
	for _, p := range problems {
		t.Error(p)
	}
	if t.Failed() {
		t.FailNow()
	}
	return spec
}

// reload prints a policy and loads what was printed: it must be the same policy, and
// print the same.
func reload(t *testing.T, spec policy.Spec) {
	t.Helper()
	printed := policyfile.YAML(spec)
	again := load(t, printed, "printed.yaml", "")
	if got, want := policy.Digest(again), policy.Digest(spec); got != want {
		t.Errorf("loads back with digest %s, want %s:\n%s", got, want, printed)
	}
	if twice := policyfile.YAML(again); twice != printed {
		t.Errorf("prints differently when loaded back:\n%s\nand\n%s", printed, twice)
	}
}

// TestWorking holds what topicgate makes of whole policies: the effective policy, in
// full, and that printing it loses nothing.
func TestWorking(t *testing.T) {
	t.Chdir("testdata/working")
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			c := config.Load(nil, config.Options{Offline: true, PolicyFile: file})
			if c.Broken() {
				t.Fatal(c.Problems)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".want", policyfile.YAML(c.Spec))
			reload(t, c.Spec)
		})
	}
}

const everything = "testdata/working/everything.yaml"

// A changed digest is a breaking change: it is how a log line names the policy that
// decided, how a deployment tells whether it runs what was reviewed, and it is kept
// across versions. A new key must not change it where the key is not written.
func TestGoldenDigest(t *testing.T) {
	const golden = "testdata/working/golden.yaml"
	const want = "03c7ec34c7c4dd1d8f6c48e570035f2a8954d2c443419ecdf1a2cf19f0481c26"
	if got := policy.Digest(load(t, read(t, golden), golden, filepath.Dir(golden))); got != want {
		t.Errorf("the digest of %s is %s, want %s", golden, got, want)
	}
}

// JSON is YAML: the same policy in JSON is the same policy.
func TestJSONIsYAML(t *testing.T) {
	spec := load(t, read(t, everything), everything, filepath.Dir(everything))
	var tree any
	if err := yaml.Load([]byte(policyfile.YAML(spec)), &tree); err != nil {
		t.Fatal(err)
	}
	for _, indent := range []string{"", "\t", "  "} {
		var text bytes.Buffer
		encoded, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Indent(&text, encoded, "", indent); err != nil {
			t.Fatal(err)
		}
		if got, want := policy.Digest(load(t, text.String(), "policy.json", "")), policy.Digest(spec); got != want {
			t.Errorf("indented by %q: digest %s, want %s", indent, got, want)
		}
	}
}

// A file may say which YAML it is in. The directive moves no line of a report.
func TestDirective(t *testing.T) {
	for _, start := range []string{"%YAML 1.1\n", "%YAML 1.2\n", "# a policy\n%YAML 1.2 # in YAML\r\n"} {
		if got := load(t, start+"---\nmode: dry_run\n", "p.yaml", ""); got.Mode != policy.DryRun {
			t.Errorf("%q: %+v", start, got)
		}
		want := fmt.Sprintf("p.yaml:%d: mood: unknown key; did you mean mode?", strings.Count(start, "\n")+2)
		if _, _, problems, _ := policyfile.Load(start+"---\nmood: dry_run\n", "p.yaml", policyfile.Folder{}); len(problems) != 1 || problems[0].String() != want {
			t.Errorf("%q: %q, want %q", start, problems, want)
		}
	}
	for _, text := range []string{"%YAML 1.3\n---\nmode: dry_run\n", "%YAML 2.0\n---\nmode: dry_run\n", "%YAML 1.2\nmode: dry_run\n", "mode: dry_run\n%YAML 1.2\n---\n"} {
		if _, _, problems, _ := policyfile.Load(text, "p.yaml", policyfile.Folder{}); len(problems) == 0 {
			t.Errorf("%q loads", text)
		}
	}
}

// TestEverythingIsThere fails when a key of the language is not in everything.yaml.
func TestEverythingIsThere(t *testing.T) {
	spec := load(t, read(t, everything), everything, filepath.Dir(everything))
	written := map[string]bool{}
	writtenKeys(reflect.ValueOf(spec), written)
	all := map[string]bool{}
	allKeys(reflect.TypeFor[policy.Spec](), all)
	if len(all) < 45 {
		t.Fatalf("only %d keys found", len(all))
	}
	for key := range all {
		if !written[key] {
			t.Errorf("%s is not written", key)
		}
	}
}

// allKeys collects the keys of a type and of those below it, as Type.key.
func allKeys(t reflect.Type, keys map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		key := fieldKey(t, i)
		if !strings.HasSuffix(key, ".-") && !keys[key] { // else no file has it
			keys[key] = true
			allKeys(t.Field(i).Type, keys)
		}
	}
}

// writtenKeys collects the keys that have a value.
func writtenKeys(v reflect.Value, keys map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		writtenKeys(v.Elem(), keys)
	case reflect.Slice:
		for i := range v.Len() {
			writtenKeys(v.Index(i), keys)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				keys[fieldKey(v.Type(), i)] = true
				writtenKeys(v.Field(i), keys)
			}
		}
	}
}

func fieldKey(t reflect.Type, i int) string {
	key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
	return t.Name() + "." + key
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzLoad: no text makes loading or compiling panic, every report has a line of the
// text, and a policy that compiles prints and loads back as the same policy.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/busted/*.yaml", "testdata/working/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			f.Add(read(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		const file = "policy.yaml"
		spec, source, problems, warnings := policyfile.Load(text, file, policyfile.Dir("testdata/working"))
		p, more, moreWarnings := policy.Compile(spec)
		lines := 1 + strings.Count(text, "\n") + strings.Count(text, "\r") + strings.Count(text, "\u0085") + strings.Count(text, "\u2028") + strings.Count(text, "\u2029")
		for _, list := range [][]policy.Problem{problems, warnings, more, moreWarnings} {
			for _, p := range list {
				var line int
				if p.Where == (policy.Origin{}) {
					p.Where = source.Locate(p.Path)
				}
				report := p.String()
				if rest, ok := strings.CutPrefix(report, file+":"); ok {
					if _, err := fmt.Sscanf(rest, "%d:", &line); err != nil || line < 1 || line > lines {
						t.Errorf("%q is at no line of the text, which has %d", report, lines)
					}
				}
			}
		}
		if len(problems) > 0 || len(more) > 0 {
			if p != nil && len(more) > 0 {
				t.Error("a policy with problems was compiled")
			}
			return
		}
		reload(t, spec)
	})
}
