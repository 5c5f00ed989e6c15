package main

import (
	_ "embed"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// halvesFile is the table that makeHalves makes, kept beside this file because its
// source is in no registry of packages.
//
//go:embed halves.txt
var halvesFile []byte

var fromChaizi = flag.String("chaizi", "", "make halves.txt anew from this `file`, kfcd/chaizi's chaizi-jt.txt, and do nothing else")

const (
	chaiziSum    = "c341a99fc6a4a4f3169279c451ca55057a22603a5d7a520094378f65e817ad26"
	cncharSum    = "a4e83c22a558aeef775da632aa729daaf9689fe0a07841ade4b084a10de0b36b"
	maxHalves    = 2 // how many ways to halve a character are kept
	halvesHeader = `# Characters that consist of a left and a right half: the character, then one or two ways
# to write its halves as characters.
#
# Taken from the dictionary of parts chaizi-jt.txt, © 2015 開放詞典 (kaifangcidian.com),
# https://github.com/kfcd/chaizi at e177ab54ce4edf255315a60593ffecbd8167e96b, under Creative
# Commons Attribution 3.0 (http://creativecommons.org/licenses/by/3.0/). Changed: of its
# 17,803 characters only those of 通用规范汉字表 (kTGH of Unihan 15.0.0, Unicode-3.0) are
# left that npm's cnchar-radical 3.2.6 (© theajack, MIT) says stand left and right, or does
# not know and whose first half, or second, stands so in most of those that it knows; and
# of their partitions the first two that have two characters.
`
)

// makeHalves writes halves.txt.
func makeHalves(u *unihan, chaizi string) error {
	text, err := os.ReadFile(chaizi)
	if err != nil {
		return err
	}
	if err := checkSum(chaizi, text, chaiziSum); err != nil {
		return err
	}
	stands, err := readStands()
	if err != nil {
		return err
	}
	halves := map[rune][]string{}
	first, second := map[rune]tally{}, map[rune]tally{}
	for line := range lines(text) {
		fields := strings.Split(line, "\t")
		r, _ := utf8.DecodeRuneInString(fields[0])
		if !u.standard[r] || r > 0xFFFF {
			continue
		}
		for _, parts := range fields[1:] {
			pair := []rune(strings.ReplaceAll(strings.TrimSpace(parts), " ", ""))
			if len(pair) != 2 || slices.ContainsFunc(pair, notHan) || slices.Max(pair) > 0xFFFF ||
				slices.Contains(pair, r) || slices.Contains(halves[r], string(pair)) {
				continue
			}
			halves[r] = append(halves[r], string(pair))
			if how := stands[r]; how != 0 {
				first[pair[0]] = first[pair[0]].add(how == leftRight)
				second[pair[1]] = second[pair[1]].add(how == leftRight)
			}
		}
	}
	var b strings.Builder
	b.WriteString(halvesHeader)
	for _, r := range slices.Sorted(maps.Keys(halves)) {
		pairs := halves[r]
		if stands[r] == 0 {
			pairs = slices.DeleteFunc(pairs, func(pair string) bool {
				p := []rune(pair)
				return !first[p[0]].most() && !second[p[1]].most()
			})
		}
		if len(pairs) > 0 && (stands[r] == 0 || stands[r] == leftRight) {
			fmt.Fprintf(&b, "%c\t%s\n", r, strings.Join(pairs[:min(len(pairs), maxHalves)], "\t"))
		}
	}
	return os.WriteFile("halves.txt", []byte(b.String()), 0o644)
}

// A tally counts characters that have some half, and how many stand left and right.
type tally struct{ all, leftRight int }

func (t tally) add(leftRight bool) tally {
	t.all++
	if leftRight {
		t.leftRight++
	}
	return t
}

func (t tally) most() bool { return t.all >= 3 && 6*t.leftRight >= 5*t.all }

func notHan(r rune) bool { return !unicode.Is(unicode.Han, r) }

// leftRight is how cnchar-radical writes that a character stands left and right.
const leftRight = 'a'

// readStands returns how characters stand after cnchar-radical, whose file holds them as a
// string for each radical, "9:靳a靴a馗d", in which a letter tells it of what is before.
func readStands() (map[rune]rune, error) {
	const file = "cnchar.radical.min.js"
	files, err := fetchNPM("cnchar-radical", cncharVersion, file)
	if err != nil {
		return nil, err
	}
	if err := checkSum(file, files[file], cncharSum); err != nil {
		return nil, err
	}
	stands := map[rune]rune{}
	var last rune
	for _, r := range string(files[file]) {
		if 'a' <= r && r <= 'h' && unicode.Is(unicode.Han, last) {
			stands[last] = r
		}
		last = r
	}
	return stands, nil
}

// halfOf reports whether halves.txt has part as a half of whole.
func halfOf(part, whole rune) bool {
	for line := range lines(halvesFile) {
		if pairs, ok := strings.CutPrefix(line, string(whole)+"\t"); ok {
			return strings.ContainsRune(pairs, part)
		}
	}
	return false
}

// writeHalves writes the table of halves, both as the fold leaves them.
func (f *folder) writeHalves(out *file) error {
	out.header("internal/gen/halves.txt, made from kfcd/chaizi chaizi-jt.txt e177ab54 (CC BY 3.0),\n"+
		"//   npm cnchar-radical "+cncharVersion+" (MIT) and Unihan's kTGH (Unicode-3.0)", fromOpenCC, fromUnihan)
	var whole, left, right []uint16
	for line := range lines(halvesFile) {
		fields := strings.Split(line, "\t")
		r := []rune(fields[0])
		var seen []string
		for _, pair := range fields[1:] {
			var folded string
			for _, h := range pair {
				folded += f.fold(h)
			}
			halves := []rune(folded)
			if len(r) != 1 || len(halves) != 2 || max(r[0], halves[0], halves[1]) > 0xFFFF {
				return fmt.Errorf("halves.txt: line %q", line)
			}
			// What folds is not asked for, and a pair that folds to another is one with it.
			if f.fold(r[0]) != string(r) || slices.Contains(seen, folded) {
				continue
			}
			seen = append(seen, folded)
			whole = append(whole, uint16(r[0]))
			left, right = append(left, uint16(halves[0])), append(right, uint16(halves[1]))
		}
	}
	array(out, "halfWhole, halfLeft and halfRight hold the characters that are written as their two halves,\n"+
		"// sorted by the first; some have two such ways.", "halfWhole", whole)
	array(out, "See halfWhole.", "halfLeft", left)
	array(out, "See halfWhole.", "halfRight", right)
	return nil
}
