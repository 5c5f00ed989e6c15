package ui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"topicgate/pkg/policy"
	"topicgate/pkg/textfold"
)

// A part of a name, as it is shown: what is hidden in it by its code, and what a rule found
// apart from the rest.
type part struct {
	Text   string `json:"text"`
	Found  bool   `json:"found,omitempty"`
	Hidden bool   `json:"hidden,omitempty"`
}

// partsOf are the parts of a name of which some were found.
func partsOf(name string, found []string) []part {
	marked := make([]bool, len(name)) // bytes that were found
	for _, text := range found {
		for at := 0; text != ""; {
			i := strings.Index(name[at:], text)
			if i < 0 {
				break
			}
			for j := range len(text) {
				marked[at+i+j] = true
			}
			at += i + len(text)
		}
	}
	parts := []part{}
	begins := 0 // the last part, which grows by what follows: names that are pasted may be long
	for i, r := range name {
		end := i + utf8.RuneLen(r)
		one := part{Text: name[i:min(end, len(name))], Found: marked[i]}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(name[i:], "\uFFFD"):
			one.Text, one.Hidden = fmt.Sprintf(`\x%02X`, name[i]), true
		case textfold.Hidden(r):
			one.Text, one.Hidden = fmt.Sprintf("U+%04X", r), true
		}
		last := len(parts) - 1
		if last >= 0 && !one.Hidden && !parts[last].Hidden && parts[last].Found == one.Found {
			parts[last].Text = name[begins:end]
		} else {
			parts, begins = append(parts, one), i
		}
	}
	return parts
}

// writtenIn are the parts of a name that made rules hold.
func writtenIn(steps []policy.Step) (written []string) {
	for _, step := range steps {
		if step.Matched {
			written = append(written, step.Written...)
		}
	}
	return written
}
