package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// noticesFile is what travels beside the binary: the licences of all that is linked into
// it, which its makers ask of whoever hands it on.
const noticesFile = "THIRD-PARTY-NOTICES.txt"

// licence tells the files that a module's maker wants to be kept with it.
var licence = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([._-].*)?$`)

// notices are those of a binary. What is linked into it the binary itself says, so that no
// list of ours can be out of date.
func notices(binary string) ([]byte, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("%s: what is linked into it cannot be told: %w: build it with go build", binary, err)
	}
	out := bytes.NewBufferString("This program contains works of others. Their names and terms follow, in the order of\ntheir import paths; Go's own library and the data of pkg/textfold come first.\n")
	root, err := goTool("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	// Some distributions keep Go's licence elsewhere; ours is a copy of it.
	ours, err := goTool("list", "-f", "{{.Dir}}", "topicgate/pkg/textfold")
	if err != nil {
		return nil, err
	}
	ours = filepath.Join(ours, "licences")
	text, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		text, err = os.ReadFile(filepath.Join(ours, "BSD-3-Clause.txt"))
	}
	if err != nil {
		return nil, err
	}
	heading(out, "Go "+strings.TrimPrefix(info.GoVersion, "go"))
	out.Write(text)
	heading(out, "the data of pkg/textfold")
	if err := appendTexts(out, ours, func(string) bool { return true }); err != nil {
		return nil, err
	}
	for _, module := range info.Deps { // sorted by path
		if module.Replace != nil {
			module = module.Replace
		}
		said, err := goTool("list", "-m", "-f", "{{with .Replace}}{{.Version}} {{.Dir}}{{else}}{{.Version}} {{.Dir}}{{end}}", module.Path)
		if err != nil {
			return nil, err
		}
		version, dir, _ := strings.Cut(said, " ")
		if version != module.Version || dir == "" {
			return nil, fmt.Errorf("%s is built with %s %s, and go.mod says %q: build it again", binary, module.Path, module.Version, version)
		}
		heading(out, module.Path+" "+module.Version)
		before := out.Len()
		if err := appendTexts(out, dir, licence.MatchString); err != nil {
			return nil, err
		}
		if out.Len() == before {
			return nil, fmt.Errorf("%s %s: no licence found: nobody may hand it on", module.Path, module.Version)
		}
	}
	return out.Bytes(), nil
}

func goTool(args ...string) (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", args...).Output() //nolint:gosec // env, or list of a module that a binary names
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func heading(out *bytes.Buffer, title string) {
	fmt.Fprintf(out, "\n%s\n%s\n\n", strings.Repeat("=", 80), title)
}

// appendTexts appends the files of a folder and of those below it that are wanted. Folders
// that Go does not build, and modules of their own, are passed over.
func appendTexts(out *bytes.Buffer, dir string, wanted func(name string) bool) error {
	root := os.DirFS(dir)
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != ".":
			_, nested := fs.Stat(root, name+"/go.mod")
			if nested == nil || strings.ContainsAny(entry.Name()[:1], "._") || slices.Contains([]string{"testdata", "vendor"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir() || !wanted(entry.Name()) || strings.HasSuffix(name, ".go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "--- %s\n\n%s\n\n", name, bytes.TrimSpace(text))
		return nil
	})
}
