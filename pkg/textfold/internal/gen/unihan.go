package main

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ucdDir holds the files of the Unicode Character Database that no Go module carries,
// plain or compressed by bzip2: Debian's package unicode-data puts them there.
var ucdDir = flag.String("ucd", "/usr/share/unicode", "the `directory` of the Unicode Character Database")

// ucdSums are the SHA-256 of the files as Unicode publishes them, so that another edition
// fails the generation instead of changing verdicts.
var ucdSums = map[string]string{
	"Unihan_OtherMappings.txt":       "3e60f525d47eef6ea20b4673e22a14282669cb29ad7e94f1b249a197250534b1",
	"Unihan_Readings.txt":            "7f4b628de153e639e5100fe3aa46e8869e332d6f9ed8acff5f3790642d7046c1",
	"Unihan_Variants.txt":            "eaf54a2a5ea0df3e030cabe7917b04b7556e539874668eaaa106fce7c4b8bf46",
	"EquivalentUnifiedIdeograph.txt": "f2e04bae8c856fad3a16353a99d4cc2de6c72770260379f5e4974a97548aad2a",
}

// readUCD returns a file of the Unicode Character Database.
func readUCD(name string) ([]byte, error) {
	text, err := os.ReadFile(*ucdDir + "/" + name)
	if os.IsNotExist(err) {
		var packed []byte
		if packed, err = os.ReadFile(*ucdDir + "/" + name + ".bz2"); err == nil {
			text, err = io.ReadAll(bzip2.NewReader(bytes.NewReader(packed)))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the Unicode Character Database (Debian's unicode-data, or -ucd): %w", err)
	}
	return text, checkSum(name, text, ucdSums[name])
}

func checkSum(name string, text []byte, want string) error {
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != want {
		return fmt.Errorf("%s has SHA-256 %x, want %s", name, sum, want)
	}
	return nil
}

// Unihan is what the generator asks of the Unihan Database.
type unihan struct {
	mandarin map[rune]string // the reading that mainland China prefers, with its tone
	standard map[rune]bool   // in 通用规范汉字表, the 8105 characters of today's Chinese
	earlier  map[rune]bool   // in GB 2312, the standard before
	semantic map[rune][]rune // kSemanticVariant: another writing with the same meaning
	shape    map[rune][]rune // kZVariant: the same character, which Unicode has twice
	radicals map[rune]rune   // Equivalent_Unified_Ideograph, of radicals
}

func readUnihan() (*unihan, error) {
	u := &unihan{
		mandarin: map[rune]string{}, standard: map[rune]bool{}, earlier: map[rune]bool{},
		semantic: map[rune][]rune{}, shape: map[rune][]rune{}, radicals: map[rune]rune{},
	}
	for _, file := range []string{"Unihan_OtherMappings.txt", "Unihan_Readings.txt", "Unihan_Variants.txt"} {
		text, err := readUCD(file)
		if err != nil {
			return nil, err
		}
		for line := range lines(text) {
			fields := strings.Split(line, "\t")
			if len(fields) != 3 {
				return nil, fmt.Errorf("%s: line %q has not three fields", file, line)
			}
			r, err := codePoint(fields[0])
			if err != nil {
				return nil, err
			}
			switch fields[1] {
			case "kMandarin":
				u.mandarin[r], _, _ = strings.Cut(fields[2], " ")
			case "kTGH":
				u.standard[r] = true
			case "kGB0":
				u.earlier[r] = true
			case "kSemanticVariant":
				err = addVariants(u.semantic, r, fields[2])
			case "kZVariant":
				err = addVariants(u.shape, r, fields[2])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	text, err := readUCD("EquivalentUnifiedIdeograph.txt")
	if err != nil {
		return nil, err
	}
	for line := range lines(text) {
		line, _, _ = strings.Cut(line, "#")
		from, to, _ := strings.Cut(line, ";")
		first, last, found := strings.Cut(strings.TrimSpace(from), "..")
		if !found {
			last = first
		}
		a, err1 := strconv.ParseInt(first, 16, 32)
		z, err2 := strconv.ParseInt(last, 16, 32)
		t, err3 := strconv.ParseInt(strings.TrimSpace(to), 16, 32)
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, fmt.Errorf("EquivalentUnifiedIdeograph.txt: line %q", line)
		}
		for r := rune(a); r <= rune(z); r++ {
			// The strokes, which no script has, are symbols and stay so.
			if unicode.Is(unicode.Han, r) {
				u.radicals[r] = rune(t)
			}
		}
	}
	return u, nil
}

// lines yields the lines of a file of data that are neither empty nor comments.
func lines(text []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
			if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") && !yield(line) {
				return
			}
		}
	}
}

func codePoint(s string) (rune, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, "U+"), 16, 32)
	return rune(n), err
}

// addVariants adds the characters of a variant field such as "U+5CF0<kMatthews U+5CEF".
// The relations are symmetric, and Unihan does not always have both sides.
func addVariants(variants map[rune][]rune, r rune, field string) error {
	for v := range strings.FieldsSeq(field) {
		v, _, _ = strings.Cut(v, "<")
		to, err := codePoint(v)
		if err != nil {
			return err
		}
		variants[r] = append(variants[r], to)
		variants[to] = append(variants[to], r)
	}
	return nil
}

// tone is that of the reading of a character: 1 to 4, and 0 for none.
func (u *unihan) tone(r rune) uint16 {
	for i, mark := range [...]string{"\u0304", "\u0301", "\u030C", "\u0300"} {
		if strings.Contains(norm.NFD.String(u.mandarin[r]), mark) {
			return uint16(1 + i)
		}
	}
	return 0
}

// syllable returns the letters of the Mandarin reading of r, ü as v, without the tone,
// and "" for none or one without a vowel, as the interjections hm and ng.
func (u *unihan) syllable(r rune) string {
	var b strings.Builder
	vowel := false
	for _, r := range norm.NFD.String(u.mandarin[r]) {
		switch {
		case r == '\u0308': // the dots of ü
			s := strings.TrimSuffix(b.String(), "u")
			b.Reset()
			b.WriteString(s + "v")
		case r == '\u0302': // ê
			return ""
		case 'a' <= r && r <= 'z':
			vowel = vowel || strings.ContainsRune("aeiou", r)
			b.WriteRune(r)
		}
	}
	if !vowel {
		return ""
	}
	return b.String()
}
