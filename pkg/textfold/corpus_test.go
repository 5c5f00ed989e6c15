package textfold

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var escape = regexp.MustCompile(`\\u\{([0-9A-F]+)\}`)

// corpusLines returns the lines of a file of testdata, unescaped, without
// comments and empty ones.
func corpusLines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		lines = append(lines, escape.ReplaceAllStringFunc(line, func(e string) string {
			n, err := strconv.ParseInt(e[len(`\u{`):len(e)-1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return string(rune(n))
		}))
	}
	return lines
}

func parseOptions(t *testing.T, modifiers string) (o Options) {
	t.Helper()
	if modifiers == "-" {
		return o
	}
	for m := range strings.SplitSeq(modifiers, ",") {
		switch m {
		case "look_alikes":
			o.LookAlikes = true
		case "whole_word":
			o.WholeWord = true
		case "ignore_separators":
			o.IgnoreSeparators = true
		default:
			t.Fatalf("unknown modifier %q", m)
		}
	}
	return o
}

func TestEvasions(t *testing.T) {
	const least, share = 160, 0.95
	total, misses, known := 0, 0, false
	seen := map[string]bool{}
	for _, line := range corpusLines(t, "evasions.txt") {
		if line == "[misses]" {
			known = true
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 3 {
			t.Fatalf("%q: want three fields", line)
		}
		if seen[line] {
			t.Errorf("%q: twice", line)
		}
		seen[line] = true
		total++
		s := mustSet(t, fields[1:2], nil, parseOptions(t, fields[2]))
		_, found := s.Find(fields[0])
		switch {
		case found && known:
			t.Errorf("%+q: %s is found: no miss any more", fields[0], fields[1])
		case !found && !known:
			t.Errorf("%+q: %s is not found with %s", fields[0], fields[1], fields[2])
		case !found:
			misses++
		}
	}
	if total < least || float64(total-misses) < share*float64(total) {
		t.Errorf("%d of %d evasions found, want %.0f %% of at least %d", total-misses, total, 100*share, least)
	}
	t.Logf("%d of %d evasions found", total-misses, total)
}

func TestInnocentNames(t *testing.T) {
	const least = 160
	names := 0
	var set *Set
	for _, line := range corpusLines(t, "innocent.txt") {
		if list, ok := strings.CutPrefix(line, "["); ok {
			modifiers, list, _ := strings.Cut(strings.TrimSuffix(list, "]"), ":")
			words, exempt, _ := strings.Cut(list, "|")
			set = mustSet(t, strings.Fields(words), strings.Fields(exempt), parseOptions(t, modifiers))
			continue
		}
		names++
		if word, found := set.Find(line); found {
			t.Errorf("%q: %s is found", line, word)
		}
		if r, found := Invisible(line); found {
			t.Errorf("%+q: %U is called invisible", line, r)
		}
	}
	if names < least {
		t.Errorf("got %d names, want %d at least", names, least)
	}
	t.Logf("%d innocent names", names)
}
