package policyfile_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// The schemas are committed beside the examples that name them.
const (
	schemaFile      = "../../deploy/policies/schema.json"
	casesSchemaFile = "../../deploy/policies/cases.schema.json"
)

// TestSchemaIsFresh fails when a committed schema is not that of the language; go test
// ./pkg/policyfile -update writes it.
func TestSchemaIsFresh(t *testing.T) {
	golden(t, schemaFile, string(policyfile.SchemaJSON()))
	golden(t, casesSchemaFile, string(policyfile.CasesSchemaJSON()))
}

// TestSchemaDescribesEveryKey: an editor has something to say of each.
func TestSchemaDescribesEveryKey(t *testing.T) {
	type properties map[string]struct{ Description string }
	var schema struct {
		Properties properties
		Defs       map[string]struct{ Properties properties } `json:"$defs"`
	}
	if err := json.Unmarshal(policyfile.SchemaJSON(), &schema); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	allKeys(reflect.TypeFor[policy.Spec](), all)
	for key := range all {
		typ, name, _ := strings.Cut(key, ".")
		in := schema.Properties
		if typ != "Spec" {
			in = schema.Defs[strings.ToLower(typ)].Properties
		}
		if in[name].Description == "" {
			t.Errorf("%s has no description", key)
		}
	}
}

// TestSchema holds the schema, as a validator of its own reads it, to the loader: what
// loads is valid, and what is broken in its structure is not.
func TestSchema(t *testing.T) {
	schema := compileSchema(t, policyfile.SchemaJSON())
	var working []string
	for _, root := range []string{"testdata/working", filepath.Dir(schemaFile)} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if filepath.Ext(path) == ".yaml" && !strings.HasSuffix(path, "cases.yaml") {
				working = append(working, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range working {
		if err := schema.Validate(tree(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, name := range []string{
		"actions", "brakes", "code-types", "codes", "durations", "lists-a-list", "lists-empty", "lists-wrong", "matches-empty", "modifiers",
		"not-a-mapping", "nulls", "quotas", "rule-names", "rules-a-mapping", "rules-of-text", "several", "several-json", "types", "unknown-keys", "version",
	} {
		if schema.Validate(tree(t, "testdata/busted/"+name+".yaml")) == nil {
			t.Errorf("%s: the schema has nothing against it", name)
		}
	}
	for _, text := range []string{
		`{}`, `{"rules": []}`, `{"rules": [{"name": "a", "action": "allow"}]}`, `{"refusal": {}}`, `{"lists": {"a": []}}`,
		`{"freeze": true}`, `{"freeze": false}`, `{"freeze": "2026-01-31T18:30:00Z"}`, `{"refusal": {"message": {"default": "No.", "zh": "不行。"}}}`, `{"refusal": {"message": "No."}}`,
		`{"rules": [{"name": "a", "action": "flag", "until": "2026-01-31", "zone": "UTC", "note": "why"}, {"name": "b", "action": "flag", "mode": "enforce", "until": "2026-01-31T18:30:00+08:00"}]}`,
		`{"rules": [{"name": "a", "action": "refuse", "code": 1}, {"name": "b-2", "action": "refuse", "code": 10100}, {"name": "c", "action": "refuse", "code": 10200}]}`,
	} {
		if err := schema.Validate(parse(t, text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		`null`, `[]`, `{"Version": 1}`, `{"version": 2}`, `{"version": "1"}`, `{"govern": "topic"}`, `{"govern": []}`, `{"mode": "off"}`,
		`{"refusal": {"code": 2}}`, `{"refusal": {"code": 10099}}`, `{"refusal": {"code": 10201}}`, `{"lists": {"a": {"file": ""}}}`, `{"lists": {"a": "b"}}`,
		`{"rules": [{"name": "a"}]}`, `{"rules": [{"action": "allow"}]}`, `{"rules": [{"name": "A", "action": "allow"}]}`, `{"rules": [{"name": "a--b", "action": "allow"}]}`,
		`{"rules": [{"name": "a", "action": "deny"}]}`, `{"rules": [{"name": "a", "action": "allow", "match": {}}]}`,
		`{"rules": [{"name": "a", "action": "allow", "match": {"operator": {"in": []}}}]}`, `{"rules": [{"name": "a", "action": "allow", "match": {"operator": {"in": [true]}}}]}`,
		`{"rules": [{"name": "a", "action": "allow", "match": {"any": []}}]}`, `{"rules": [{"name": "a", "action": "allow", "match": {"not": {"not": {"x": 1}}}}]}`,
		`{"rules": [{"name": "a", "action": "refuse", "match": {"name": {"look_alikes": true}}}]}`, `{"rules": [{"name": "a", "action": "refuse", "match": {"name": {"invisible": "yes"}}}]}`,
		`{"rules": [{"name": "a", "action": "refuse", "quota": {"limit": 5}}]}`, `{"rules": [{"name": "a", "action": "refuse", "quota": {"limit": 0, "window": "1h"}}]}`,
		`{"rules": [{"name": "a", "action": "refuse", "quota": {"limit": 5, "window": 3600}}]}`, `{"rules": [{"name": "a", "action": "refuse", "quota": {"limit": 5, "window": "1d"}}]}`,
		`{"rules": [{"name": "a", "action": "refuse", "match": {"time": {"days": ["friday"]}}}]}`,
		`{"freeze": "on"}`, `{"freeze": "true"}`, `{"freeze": 1}`, `{"freeze": "2026-01-31"}`, `{"default": "flag"}`, `{"on_error": "flag"}`,
		`{"refusal": {"message": {"zh": "不行。"}}}`, `{"refusal": {"message": {"en": "No.", "default": "No."}}}`, `{"refusal": {"message": {}}}`, `{"refusal": {"message": {"zh": "", "default": "No."}}}`,
		`{"rules": [{"name": "freeze", "action": "refuse"}]}`, `{"rules": [{"name": "a", "action": "refuse", "zone": "UTC"}]}`, `{"rules": [{"name": "a", "action": "refuse", "until": "tomorrow"}]}`,
		`{"rules": [{"name": "a", "action": "flag", "code": 10100}]}`, `{"rules": [{"name": "a", "action": "flag", "message": "No."}]}`, `{"rules": [{"name": "a", "action": "flag", "mode": "dry_run"}]}`,
		`{"rules": [{"name": "a", "action": "flag", "quota": {"limit": 1, "window": "1h"}}]}`, `{"rules": [{"name": "a", "action": "allow", "message": {"default": "No."}}]}`, `{"rules": [{"name": "a", "action": "refuse", "note": ""}]}`,
	} {
		if schema.Validate(parse(t, text)) == nil {
			t.Errorf("%s: the schema has nothing against it", text)
		}
	}
}

// tree is a YAML file as a validator of JSON knows it.
func tree(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := yaml.Load([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}
