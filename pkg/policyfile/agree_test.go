package policyfile_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// beyond are the kinds of problems that no schema can see: those that its description
// names. The loader may have them where the schema has nothing against a document, and
// never the other way around.
var beyond = map[string]*regexp.Regexp{
	"regular expressions":           regexp.MustCompile(`is not a regular expression`),
	"what takes too long":           regexp.MustCompile(`takes too long`),
	"matches nested too deep":       regexp.MustCompile(`is nested deeper than anybody reads`),
	"globs":                         regexp.MustCompile(`ends in a backslash`),
	"invisible characters":          regexp.MustCompile(`holds a character that is invisible`),
	"exempt words that go on":       regexp.MustCompile(`goes on at its star`),
	"hosts":                         regexp.MustCompile(`is no host`),
	"addresses":                     regexp.MustCompile(`is neither an address nor a CIDR`),
	"time zones":                    regexp.MustCompile(`is not a time zone`),
	"times of day":                  regexp.MustCompile(`is not a window such as|^between: ".*" is empty`),
	"windows of time":               regexp.MustCompile(`is not between 1s and 744h|^window: "[0-9]{7,}h.*is not a duration`),
	"commands":                      regexp.MustCompile(`^(in|not_in)\[\d+\]: .*is not one of topic, group`),
	"scripts":                       regexp.MustCompile(`is no Unicode script`),
	"placeholders":                  regexp.MustCompile(`\}\} is not known|needs a quota`),
	"rules of one name":             regexp.MustCompile(`another rule above has this name`),
	"rules of one share":            regexp.MustCompile(`^share: .* is that of rule`),
	"lists that are not there":      regexp.MustCompile(`there is no list`),
	"files that are not there":      regexp.MustCompile(`cannot read`),
	"nothing left once folded":      regexp.MustCompile(`is nothing once folded|is empty once cleaned`),
	"bounds that no name is within": regexp.MustCompile(`^min_chars: \d+ is more than`),
	"times that no calendar has":    regexp.MustCompile(`^(at|until|freeze): "\d{4}-\d\d-\d\d(T.*)?" is (not a time|neither)`),
}

// TestSchemaAgrees holds the loader and the schemas together on documents that are made
// up, right and wrong, and on working ones in which something was changed. With
// -rapid.checks it does so as long as one likes.
func TestSchemaAgrees(t *testing.T) {
	const each = 15
	folder := policyfile.Folder{FS: fstest.MapFS{"words.txt": {Data: []byte("spam\nscam\n")}}}
	decidePolicy := func(text string) []policy.Problem {
		spec, source, problems, _ := policyfile.Load(text, "p.yaml", folder)
		_, more, _ := policy.Compile(spec)
		more = slices.DeleteFunc(more, func(p policy.Problem) bool { return source.Explains(p.Path) })
		return append(problems, more...)
	}
	decideCases := func(text string) []policy.Problem {
		_, problems := policyfile.LoadCases(text, "c.yaml")
		return problems
	}
	for _, of := range []struct {
		name   string
		schema []byte
		files  []string
		decide func(string) []policy.Problem
	}{
		{"policies", policyfile.SchemaJSON(), []string{"testdata/working/*.yaml", "testdata/busted/*.yaml", "../../deploy/policies/*.yaml"}, decidePolicy},
		{"cases", policyfile.CasesSchemaJSON(), []string{"../../deploy/policies/*.cases.yaml"}, decideCases},
	} {
		t.Run(of.name, func(t *testing.T) {
			w := writer{schema: compileSchema(t, of.schema), corpus: documents(t, of.files)}
			if err := json.Unmarshal(of.schema, &w.root); err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				w.Rand = rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
				for range each {
					text := w.document()
					problems := of.decide(text)
					if wrong := disagreement(w.schema, text, problems); wrong != "" {
						t.Fatalf("%s:\n%s", wrong, text)
					}
				}
			})
		})
	}
}

// disagreement says how schema and loader differ about a text, or nothing.
func disagreement(schema *jsonschema.Schema, text string, problems []policy.Problem) string {
	r := reader{}
	value, ok := r.document(text)
	switch {
	case !ok && len(problems) == 0:
		return "it loads, although not every reader of YAML reads it alike"
	case !ok:
		return ""
	}
	err := schema.Validate(value)
	switch {
	case err != nil && len(problems) == 0:
		return "it loads, and the schema says " + err.Error()
	case err != nil || r.ambiguous:
		return ""
	}
	for _, p := range problems {
		said := p.Key + ": " + p.What
		known := false
		for _, kind := range beyond {
			known = known || kind.MatchString(said)
		}
		if !known {
			return "the schema has nothing against it, and the loader says " + p.String()
		}
	}
	return ""
}

func compileSchema(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// documents are files as the writer changes them.
func documents(t *testing.T, patterns []string) []*node {
	t.Helper()
	var all []*node
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var document yaml.Node
			if yaml.Load(text, &document) == nil && len(document.Content) > 0 {
				all = append(all, nodeOf(document.Content[0]))
			}
		}
	}
	return all
}

// A reader makes of YAML what a validator of JSON knows, as YAML 1.2 has it and editors
// do. It shares nothing with the loader but the library's syntax.
type reader struct {
	ambiguous bool // a scalar that YAML 1.1 takes for something else
}

// document is ok of text that can be said in JSON, and that is one document.
func (r *reader) document(text string) (any, bool) {
	loader, err := yaml.NewLoader(strings.NewReader(strings.Replace(text, "%YAML 1.2", "%YAML 1.1", 1)))
	if err != nil {
		return nil, false
	}
	var document, second yaml.Node
	if loader.Load(&document) != nil || len(document.Content) != 1 || loader.Load(&second) == nil || second.Kind != 0 {
		return nil, false
	}
	return r.value(document.Content[0])
}

var (
	integer12 = regexp.MustCompile(`^[-+]?[0-9]+$`)
	based12   = regexp.MustCompile(`^0(x[0-9a-fA-F]+|o[0-7]+)$`)
	float12   = regexp.MustCompile(`^([-+]?)(\.[0-9]+|[0-9]+(?:\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	infinite  = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

func (r *reader) value(n *yaml.Node) (any, bool) {
	if n.Anchor != "" || n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" {
		return nil, false
	}
	switch n.Kind {
	case yaml.SequenceNode:
		list := []any{}
		for _, one := range n.Content {
			value, ok := r.value(one)
			if !ok {
				return nil, false
			}
			list = append(list, value)
		}
		return list, true
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			value, ok := r.value(n.Content[i+1])
			_, twice := object[key.Value]
			if !ok || twice || key.Kind != yaml.ScalarNode || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0 || key.Tag == "!" || key.Tag == "!!merge" {
				return nil, false
			}
			object[key.Value] = value
		}
		return object, true
	}
	return r.scalar(n)
}

func (r *reader) scalar(n *yaml.Node) (any, bool) {
	text := n.Value
	if n.Style != 0 {
		return text, true
	}
	number := func(value json.Number, as ...string) (any, bool) {
		r.ambiguous = r.ambiguous || !slices.Contains(as, n.Tag)
		return value, true
	}
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil, true
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	switch {
	case infinite.MatchString(text):
		return nil, false
	case integer12.MatchString(text):
		sign, digits := text[:len(text)-len(strings.TrimLeft(text, "+-"))], strings.TrimLeft(text, "+-")
		r.ambiguous = r.ambiguous || len(digits) > 1 && digits[0] == '0'
		digits = strings.TrimLeft(digits, "0")
		return number(json.Number(strings.TrimPrefix(sign, "+")+strings.Repeat("0", max(0, 1-len(digits)))+digits), "!!int", "!!float")
	case based12.MatchString(text):
		value, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			return json.Number("1e30"), true
		}
		return number(json.Number(strconv.FormatUint(value, 10)), "!!int")
	case float12.MatchString(text):
		part := float12.FindStringSubmatch(text)
		whole, fraction, _ := strings.Cut(part[2], ".")
		whole = strings.TrimLeft(whole, "0")
		return number(json.Number(strings.TrimPrefix(part[1], "+")+strings.Repeat("0", max(0, 1-len(whole)))+whole+"."+fraction+"0"+part[3]), "!!float")
	}
	r.ambiguous = r.ambiguous || n.Tag != "!!str" && n.Tag != "!!timestamp"
	return text, true
}
