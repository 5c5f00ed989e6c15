package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

func guideText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// guidePart is the part of a guide between two comments <!-- name --> and
// <!-- /name -->.
func guidePart(t *testing.T, guide, name string) string {
	t.Helper()
	_, rest, begins := strings.Cut(guideText(t, guide), "<!-- "+name+" -->\n")
	part, _, ends := strings.Cut(rest, "<!-- /"+name+" -->")
	if !begins || !ends {
		t.Fatalf("%s has no part %q", guide, name)
	}
	return part
}

// guideRows are the rows of a Markdown table, without its head.
func guideRows(part string) [][]string {
	var rows [][]string
	for line := range strings.Lines(part) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows[min(1, len(rows)):]
}

// problemsOf are the problems and warnings of a policy that stands beside the examples.
func problemsOf(t *testing.T, text string) []string {
	t.Helper()
	// Relative paths in it are those of the guide; a file that is not there may be.
	dir, err := filepath.Abs("policies")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Load([]string{"TOPICGATE_POLICY=" + text, "USER_CODE_ROOT=" + dir}, config.Options{Offline: true})
	return policy.Texts(slices.Concat(c.Problems, c.Warnings))
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestGuideBlocks loads every block of YAML in the guides, and in the README: policies as
// policies, cases as cases. A policy must be valid without a warning; the cases are those
// of a policy that the guide shows, and only their form is looked at.
func TestGuideBlocks(t *testing.T) {
	for file, least := range map[string]int{"policies/README.md": 6, "policies/README.zh-CN.md": 10, "../README.md": 1} {
		blocks := yamlBlock.FindAllStringSubmatch(guideText(t, file), -1)
		if len(blocks) < least {
			t.Errorf("%s: %d blocks, want %d at least", file, len(blocks), least)
		}
		for i, block := range blocks {
			text := block[1]
			if strings.HasPrefix(text, "cases:") {
				cases := filepath.Join(t.TempDir(), "cases.yaml")
				if err := os.WriteFile(cases, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if _, output := topicgate(t, "test", cases); !strings.Contains(output, " failed\n") {
					t.Errorf("%s, block %d: %s", file, i+1, output)
				}
				continue
			}
			for _, problem := range problemsOf(t, text) {
				t.Errorf("%s, block %d: %s", file, i+1, problem)
			}
		}
	}
}

// TestGuideConditions: the guide's table is what the conditions say of themselves, and
// each example uses its key and compiles. go test ./deploy -run TestGuideConditions
// -update writes the table.
func TestGuideConditions(t *testing.T) {
	var keys, rows []string
	guideKeys(reflect.TypeFor[policy.Match](), "", &keys)
	table := "\n| key | example | it holds for |\n|---|---|---|\n"
	for _, key := range policy.MatchKeys() {
		if key.Example == "" {
			continue // an object of several keys
		}
		path := key.Path.String()
		rows = append(rows, path)
		table += "| `" + path + "` | `" + key.Example + "` | " + key.Holds + " |\n"
		if last := key.Path.Last(); !strings.Contains(key.Example, last+":") {
			t.Errorf("%s: the example does not use it", path)
		}
		text := "govern: [topic, group]\nrules: [{name: r, match: {" + key.Example + "}, action: refuse}]\n"
		if strings.Contains(text, "staff") {
			text = "lists: {staff: [a]}\n" + text
		}
		for _, problem := range problemsOf(t, text) {
			t.Errorf("%s: %s", path, problem)
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(rows)), slices.Sorted(slices.Values(keys))) {
		t.Errorf("there are examples for\n%q\nthe language has\n%q", rows, keys)
	}
	const guide = "policies/README.md"
	is := guidePart(t, guide, "conditions")
	if *update {
		text := strings.Replace(guideText(t, guide), is, table+"\n", 1)
		if err := os.WriteFile(guide, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if strings.TrimSpace(is) != strings.TrimSpace(table) {
		t.Errorf("the guide's table is not what the conditions say; -update writes\n%s", table)
	}
}

// guideKeys collects the paths of the keys of a match.
func guideKeys(t reflect.Type, path string, keys *[]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		at := strings.TrimPrefix(path+"."+name, ".")
		if inner := field.Type; inner.Kind() == reflect.Pointer && inner.Elem() != t {
			guideKeys(inner.Elem(), at, keys)
			continue
		}
		*keys = append(*keys, at)
	}
}

// TestGuideMisses: the guides own up to every miss of the corpus of evasions, and to its
// figures.
func TestGuideMisses(t *testing.T) {
	found, misses := 0, []string{}
	missed := false
	for line := range strings.Lines(guideText(t, "../pkg/textfold/testdata/evasions.txt")) {
		line = strings.TrimSuffix(line, "\n")
		fields := strings.Split(line, "\t")
		switch {
		case line == "[misses]":
			missed = true
		case strings.HasPrefix(line, "#") || len(fields) != 3:
		case missed:
			misses = append(misses, fmt.Sprintf("%s for %s with %s", fields[0], fields[1], strings.TrimPrefix(fields[2], "-")))
		default:
			found++
		}
	}
	innocent := 0
	for line := range strings.Lines(guideText(t, "../pkg/textfold/testdata/innocent.txt")) {
		if line != "\n" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "[") {
			innocent++
		}
	}
	for guide, figures := range map[string][]string{
		"policies/README.md": {
			fmt.Sprintf("has %d spellings, of which %d are found", found+len(misses), found),
			fmt.Sprintf("none of its %d innocent names", innocent),
		},
		"policies/README.zh-CN.md": {
			fmt.Sprintf("有 %d 种写法，其中 %d 种", found+len(misses), found),
			fmt.Sprintf("%d 个正常名称没有一个被误拒", innocent),
		},
	} {
		var told []string
		for _, row := range guideRows(guidePart(t, guide, "misses")) {
			plain := strings.NewReplacer("`", "", ", ", ",").Replace(strings.Join(row, "\t"))
			cells := strings.Split(plain+"\t\t", "\t")
			told = append(told, fmt.Sprintf("%s for %s with %s", cells[0], cells[1], cells[2]))
		}
		if !slices.Equal(told, misses) {
			t.Errorf("%s tells of the misses\n%q\nthe corpus has\n%q", guide, told, misses)
		}
		text := strings.Join(strings.Fields(guideText(t, guide)), " ")
		for _, figure := range figures {
			if !strings.Contains(text, figure) {
				t.Errorf("%s does not say: %s", guide, figure)
			}
		}
	}
}

// TestGuideNamesEveryExample: the tables at their heads have every policy beside them.
func TestGuideNamesEveryExample(t *testing.T) {
	for _, guide := range []string{"policies/README.md", "policies/README.zh-CN.md"} {
		text := guideText(t, guide)
		for _, file := range examplePolicies(t) {
			if name := filepath.Base(file); !strings.Contains(text, "["+name+"]("+name+")") {
				t.Errorf("%s does not name %s", guide, name)
			}
		}
	}
}
