//go:build !race

// A million names are searched here, which the race detector makes ten times as long and
// has nothing to say about.

package textfold

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/textfold/textfoldtest"
)

// A finder makes of a word list a search: the first word that is found in a name.
type finder func(t *testing.T, words, exempt []string) func(name string) (word string, found bool)

// measured is what the figures below are of: words as BANNED_WORDS writes them.
func measured(t *testing.T, words, exempt []string) func(name string) (string, bool) {
	t.Helper()
	return mustSet(t, words, exempt, Options{WholeWord: true, LookAlikes: true, IgnoreSeparators: true, Disguised: true}).Find
}

// plain is what every community accepts: the word itself, whole.
func plain(t *testing.T, words, exempt []string) func(name string) (string, bool) {
	t.Helper()
	return mustSet(t, words, exempt, Options{WholeWord: true}).Find
}

// What measured reaches at least, in percent of the disguised words, held-out ones
// apart, and what it may cost at most: refusals among 10,000 innocent names that plain
// does not make. Whoever improves disguises raises the former and lowers the latter.
const (
	leastLatinFound, leastLatinHeldOut = 80.0, 80.0
	leastHan, leastHanHeldOut          = 75.0, 75.0
	mostFurther                        = 0.2
	leastInnocent, leastLanguages      = 20_000, 15
)

// A disguise is one line of testdata/disguises.
type disguise struct{ written, word, kind string }

func disguises(t *testing.T, file string) (all []disguise) {
	t.Helper()
	for _, line := range corpusLines(t, "disguises/"+file) {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 {
			t.Fatalf("%s: %q: want three fields", file, line)
		}
		d := disguise{fields[0], fields[1], fields[2]}
		if slices.Contains(all, d) {
			t.Errorf("%s: %q: twice", file, line)
		}
		all = append(all, d)
	}
	return all
}

// TestMeasureDisguises prints how many disguised words are found, by kind: each is
// searched for with its own word alone.
func TestMeasureDisguises(t *testing.T) {
	for _, corpus := range []struct {
		name           string
		entries        int
		least, heldOut float64
	}{
		{"latin", 300, leastLatinFound, leastLatinHeldOut},
		{"han", 300, leastHan, leastHanHeldOut},
	} {
		open := disguises(t, corpus.name+".txt")
		held := disguises(t, corpus.name+".heldout.txt")
		if n := len(open) + len(held); n < corpus.entries || len(held) < n/4 {
			t.Errorf("%s: %d entries, of which %d held out", corpus.name, n, len(held))
		}
		table, share := tabulate(t, measured, open)
		heldTable, heldShare := tabulate(t, measured, held)
		t.Logf("%s\n%s\nheld out\n%s", corpus.name, table, heldTable)
		if share < corpus.least {
			t.Errorf("%s: %.1f %% found, want %.1f %%", corpus.name, share, corpus.least)
		}
		if heldShare < corpus.heldOut {
			t.Errorf("%s, held out: %.1f %% found, want %.1f %%", corpus.name, heldShare, corpus.heldOut)
		}
	}
}

// tabulate counts by kind what is found, and returns the share of all in percent.
func tabulate(t *testing.T, finds finder, entries []disguise) (table string, share float64) {
	t.Helper()
	type count struct{ found, all int }
	kinds := map[string]*count{}
	searches := map[string]func(string) (string, bool){}
	total := count{}
	for _, d := range entries {
		if searches[d.word] == nil {
			searches[d.word] = finds(t, []string{d.word}, nil)
		}
		if kinds[d.kind] == nil {
			kinds[d.kind] = &count{}
		}
		kinds[d.kind].all++
		total.all++
		if _, found := searches[d.word](d.written); found {
			kinds[d.kind].found++
			total.found++
		}
	}
	var lines strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		fmt.Fprintf(&lines, "%-14s %4d / %d\n", kind, kinds[kind].found, kinds[kind].all)
	}
	share = 100 * float64(total.found) / float64(total.all)
	fmt.Fprintf(&lines, "%-14s %4d / %d  %.1f %%", "all", total.found, total.all, share)
	return lines.String(), share
}

// policyWords returns the words of the lists that are shipped, and those that excuse
// them.
func policyWords(t *testing.T) (words, exempt []string) {
	t.Helper()
	for _, file := range []string{"latin-words", "zh-adverts", "zh-gambling", "zh-fraud", "zh-sex", "zh-drugs", "zh-insults"} {
		words = append(words, listFile(t, file)...)
	}
	for _, file := range []string{"exempt", "exempt-zh"} {
		exempt = append(exempt, listFile(t, file)...)
	}
	return words, exempt
}

func listFile(t *testing.T, name string) (items []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/policies/words/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			items = append(items, line)
		}
	}
	return items
}

// TestMeasureInnocent prints how many real names the shipped lists refuse, and lists
// those that they refuse only because they look past disguises.
func TestMeasureInnocent(t *testing.T) {
	names := textfoldtest.Innocent(t)
	words, exempt := policyWords(t)
	find, findPlain := measured(t, words, exempt), plain(t, words, exempt)
	all, further := 0, 0
	var table, hits strings.Builder
	fmt.Fprintf(&table, "%-8s %8s %14s %14s   per 10,000", "language", "names", "plainly", "further")
	plainHits := map[string][]string{}
	for _, language := range slices.Sorted(maps.Keys(names)) {
		var plainly, more int
		for _, name := range names[language] {
			if word, found := findPlain(name); found {
				plainly++
				plainHits[word] = append(plainHits[word], name)
			} else if word, found := find(name); found {
				more++
				fmt.Fprintf(&hits, "%s\t%s\t%s\n", language, word, name)
			}
		}
		n := len(names[language])
		all += n
		further += more
		fmt.Fprintf(&table, "\n%-8s %8d %14s %14s", language, n, per10000(plainly, n), per10000(more, n))
	}
	t.Logf("%s\n%-8s %8d %14s %14s", table.String(), "all", all, "", per10000(further, all))
	t.Logf("refused, but not plainly:\n%s", hits.String())
	for _, word := range slices.Sorted(maps.Keys(plainHits)) {
		t.Logf("plainly %s: %d, such as %q", word, len(plainHits[word]), plainHits[word][:min(4, len(plainHits[word]))])
	}
	if all < leastInnocent || len(names) < leastLanguages {
		t.Errorf("%d names in %d languages, want %d in %d", all, len(names), leastInnocent, leastLanguages)
	}
	if rate := 10_000 * float64(further) / float64(all); rate > mostFurther {
		t.Errorf("%.2f of 10,000 innocent names are refused that plain words do not refuse, want %.2f at most", rate, mostFurther)
	}
}

func per10000(n, of int) string {
	return fmt.Sprintf("%d (%.2f)", n, 10_000*float64(n)/float64(of))
}
