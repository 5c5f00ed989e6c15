package deploy_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/config"
)

// The Chinese documents are written for their readers, and not translated line by line.
// Held here is what may not differ: the facts in tables, commands that no test runs, and
// the first refusal that a reader sees.

// A table is one of a Markdown document.
type table struct {
	head string
	rows []string
}

func tables(text string) []table {
	var found []table
	open := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			open = false
		case !open:
			found, open = append(found, table{head: line}), true
		case !strings.HasPrefix(line, "|---"):
			last := &found[len(found)-1]
			last.rows = append(last.rows, line)
		}
	}
	return found
}

// tableOf are the rows of the one table with such a head, in whichever document it stands.
func tableOf(t *testing.T, head string, documents ...string) []string {
	t.Helper()
	var found [][]string
	for _, name := range documents {
		for _, is := range tables(file(t, name)) {
			if is.head == head {
				found = append(found, is.rows)
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d tables are headed %s in %q, want one", len(found), head, documents)
	}
	return found[0]
}

var (
	linkTarget = regexp.MustCompile(`\]\([^)]*\)`)
	codeSpan   = regexp.MustCompile("`[^`]+`")
	figure     = regexp.MustCompile(`[0-9]+`)
)

// facts are what a row says alike in every language: what stands in code, defaults and
// values among it, and the figures.
func facts(row string) []string {
	row = linkTarget.ReplaceAllString(row, "]")
	found := append(codeSpan.FindAllString(row, -1), figure.FindAllString(codeSpan.ReplaceAllString(row, ""), -1)...)
	slices.Sort(found)
	return slices.Compact(found)
}

func sameFacts(t *testing.T, what string, english, chinese []string) {
	t.Helper()
	if len(english) != len(chinese) {
		t.Errorf("%s: %d rows in Chinese, want %d", what, len(chinese), len(english))
	}
	for i := range min(len(english), len(chinese)) {
		got, want := facts(chinese[i]), facts(english[i])
		if slices.Equal(got, want) {
			continue
		}
		t.Errorf("%s, row %d:\n%s\nsays %q, want %q as in\n%s", what, i+1, chinese[i], got, want, english[i])
		if len(english) != len(chinese) {
			return // the rest is out of step
		}
	}
}

// englishDocuments are those beside the Chinese ones, and the README.
func englishDocuments(t *testing.T) []string {
	t.Helper()
	documents, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents = slices.DeleteFunc(documents, func(name string) bool { return strings.Contains(name, ".zh-") })
	return append(documents, "../README.md")
}

// TestChineseTables: the tables in Chinese have the rows, values and defaults of the
// English ones, which are held to the code, and the variables those of the code itself.
func TestChineseTables(t *testing.T) {
	const readme = "README.zh-CN.md"
	chinese := tableOf(t, "| 变量 `TOPICGATE_…` | 文件 | 规则 | 含义（默认值） |", readme)
	var variables []string
	for i, doc := range config.Docs() {
		row := "`" + strings.TrimPrefix(doc.Name, config.Prefix) + "` " + doc.Meaning
		if doc.Rule != "" {
			row += " `" + doc.Rule + "`"
		}
		variables = append(variables, row)
		if i < len(chinese) && (strings.TrimSpace(strings.Split(chinese[i], "|")[2]) == "文件") != doc.File {
			t.Errorf("%s may be a file: %v, and the table says\n%s", doc.Name, doc.File, chinese[i])
		}
	}
	sameFacts(t, "the variables", variables, chinese)
	for english, chinese := range map[string]string{
		"| field | meaning |":                                       "| 字段 | 含义 |",
		"| field of a `reload` | meaning |":                         "| `reload` 的字段 | 含义 |",
		"| symptom | cause | remedy |":                              "| 现象 | 原因 | 怎么办 |",
		"| `TOPICGATE_LOG_PERSONAL` | those four | good for |":      "| `TOPICGATE_LOG_PERSONAL` | 这四样 | 适合 |",
		"| where | what changes without a restart | when it acts |": "| 改哪里 | 不重启就能改什么 | 什么时候生效 |",
	} {
		sameFacts(t, chinese, tableOf(t, english, englishDocuments(t)...), tableOf(t, chinese, readme))
	}
	is, want := tables(file(t, "policies/README.zh-CN.md")), tables(file(t, "policies/README.md"))
	if len(is) != len(want) {
		t.Fatalf("the guide has %d tables in Chinese, want %d", len(is), len(want))
	}
	for i := range want {
		sameFacts(t, is[i].head, want[i].rows, is[i].rows)
	}
}

// TestChineseCommands: a command that no test runs, as it needs what only a reader has,
// stands in the English documents too, where it is looked after.
func TestChineseCommands(t *testing.T) {
	var english []string
	for _, name := range englishDocuments(t) {
		for _, b := range docBlocks(t, name) {
			english = append(english, b.commands...)
		}
	}
	looked := 0
	for _, name := range []string{"README.zh-CN.md", "policies/README.zh-CN.md"} {
		for _, b := range docBlocks(t, name) {
			if b.needs == "" {
				continue
			}
			for _, command := range b.commands {
				looked++
				if !slices.Contains(english, command) {
					t.Errorf("%s: no English document has %s", b.where, command)
				}
			}
		}
	}
	if looked < 3 {
		t.Errorf("%d commands were looked at: blocks are missing", looked)
	}
}

// TestChineseFirstRefusal: what the reader sets and asks first is answered as it is shown.
func TestChineseFirstRefusal(t *testing.T) {
	const name = "README.zh-CN.md"
	blocks := docBlocks(t, name)
	var environ []string
	for _, command := range blocks[0].commands {
		if pair, is := strings.CutPrefix(command, "export "); is {
			environ = append(environ, strings.ReplaceAll(pair, "'", ""))
		}
	}
	asked := regexp.MustCompile(`-name '([^']+)'`).FindStringSubmatch(strings.Join(blocks[1].commands, "\n"))
	shown := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindStringSubmatch(file(t, name))
	if len(environ) < 3 || asked == nil || shown == nil {
		t.Fatalf("%s has no first refusal: %q, %q, %q", name, environ, asked, shown)
	}
	var answer struct{ ErrorInfo string }
	if err := json.Unmarshal([]byte(shown[1]), &answer); err != nil {
		t.Fatal(err)
	}
	_, output := topicgateIn(t, environ, "explain", "-name", asked[1])
	if want := "refuse 10100: rule banned-words\nmessage: " + answer.ErrorInfo + "\n"; !strings.HasSuffix(output, want) || answer.ErrorInfo == "" {
		t.Errorf("%s\nwant %s", output, want)
	}
}
