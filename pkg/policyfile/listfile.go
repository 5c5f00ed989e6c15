package policyfile

import (
	"iter"
	"strings"
)

// ParseList reads the text of a list file: one item a line, # first on a line makes
// a comment. The items are never nil.
func ParseList(text string) []string {
	items := make([]string, 0, strings.Count(text, "\n")+1)
	for item := range listItems(text) {
		items = append(items, item)
	}
	return items
}

// ItemLines are the line numbers of the items of ParseList. They are apart because
// only problems and warnings ask for them, and most lists have none.
func ItemLines(text string) []int {
	lines := make([]int, 0, strings.Count(text, "\n")+1)
	for _, line := range listItems(text) {
		lines = append(lines, line)
	}
	return lines
}

// listItems are the items of a list file, each with its line number.
func listItems(text string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			item := strings.TrimSpace(line)
			if item != "" && item[0] != '#' && !yield(item, n) {
				return
			}
		}
	}
}
