package ui

import (
	"reflect"
	"strings"
	"testing"
)

func TestPartsOf(t *testing.T) {
	for name, want := range map[string][]part{
		"":                   {},
		"a f*ck b":           {{Text: "a "}, {Text: "f*ck", Found: true}, {Text: " b"}},
		"加\u200b微 \xff信":     {{Text: "加"}, {Text: "U+200B", Hidden: true}, {Text: "微 "}, {Text: `\xFF`, Hidden: true}, {Text: "信"}},
		"\xff\xe5":           {{Text: `\xFF`, Hidden: true}, {Text: `\xE5`, Hidden: true}},
		"\uFFFD f*ck f*ck !": {{Text: "\uFFFD "}, {Text: "f*ck", Found: true}, {Text: " "}, {Text: "f*ck", Found: true}, {Text: " !"}},
	} {
		if got := partsOf(name, []string{"f*ck"}); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

// Whoever pastes a file without line ends tries one long name. What is made of it grows
// with it, and not with its square.
func TestPartsOfLongName(t *testing.T) {
	name := strings.Repeat("长name", 2000)
	if made := testing.AllocsPerRun(1, func() { partsOf(name, nil) }); made > 50 {
		t.Errorf("%v allocations for one part", made)
	}
}
