// Command package puts a built function and its policy together, for a platform to
// unpack: the policy folder is copied beside the binary as policy/, the licences of what is
// linked into it are written there too, and all go into a zip whose bytes depend on nothing else: not on the clock, the file modes or the
// folder they were made in. It stands in for the zip program, which not every machine
// has, and which stores modification times.
package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const usage = "usage: package BINARY POLICY_DIR [ZIP]"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New(usage)
	}
	binary := args[0]
	policy, err := policyFiles(args[1])
	if err != nil {
		return err
	}
	if err := place(policy, args[1], filepath.Join(filepath.Dir(binary), "policy")); err != nil {
		return err
	}
	licences, err := notices(binary)
	if err != nil {
		return err
	}
	beside := filepath.Join(filepath.Dir(binary), noticesFile)
	if err := os.WriteFile(beside, licences, 0o644); err != nil || len(args) == 2 { //nolint:gosec // the platform's user reads it
		return err
	}
	data, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	archive, err := zipped(append(policy, file{filepath.Base(binary), 0o755, data}, file{noticesFile, 0o644, licences}))
	if err != nil {
		return err
	}
	return os.WriteFile(args[2], archive, 0o644) //nolint:gosec // whoever deploys may read it
}

// A file is one entry of a package.
type file struct {
	name string // with slashes, below the function's root
	mode fs.FileMode
	data []byte
}

// policyFiles reads a policy folder. Names that start with a dot are passed over:
// version control, editors and .env live there. A link may point at a file inside the
// folder only: anything else would put into the package what nobody meant to ship.
func policyFiles(dir string) ([]file, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("no policy folder: %w: set POLICY_DIR to a folder", err)
	}
	defer func() { _ = root.Close() }() // it was only read
	var files []file
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case strings.HasPrefix(entry.Name(), ".") && entry.IsDir():
			return fs.SkipDir
		case strings.HasPrefix(entry.Name(), "."), entry.IsDir():
			return nil
		}
		where := filepath.Join(dir, name)
		info, err := root.Stat(name) // of what a link points at
		if err != nil {
			return fmt.Errorf("the link leads out of the folder or nowhere: %s: %w: put a copy in its place", where, err)
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("neither a file nor a link to one: %s: remove it", where)
		}
		data, err := root.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, file{path.Join("policy", name), 0o644, data})
		return nil
	})
	return files, err
}

// place copies the files into a fresh folder, for tools that zip folders themselves.
func place(files []file, from, to string) error {
	overlap, err := overlap(from, to)
	if err != nil {
		return err
	}
	if overlap {
		return fmt.Errorf("the policy would overwrite itself: %s: build the binary elsewhere", to)
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	for _, f := range files {
		target := filepath.Join(filepath.Dir(to), filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // the platform's user reads it
			return err
		}
		if err := os.WriteFile(target, f.data, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// overlap reports whether one folder is the other or lies inside it.
func overlap(a, b string) (bool, error) {
	a, err := filepath.Abs(a)
	if err != nil {
		return false, err
	}
	b, err = filepath.Abs(b)
	if err != nil {
		return false, err
	}
	down, err := filepath.Rel(a, b)
	if err != nil {
		return false, err
	}
	up, err := filepath.Rel(b, a)
	return filepath.IsLocal(down) || filepath.IsLocal(up), err
}

// stamp is the earliest time that a zip can hold.
var stamp = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// zipped is a zip of the files, sorted by name.
func zipped(files []file) ([]byte, error) {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: stamp}
		header.SetMode(f.mode)
		w, err := archive.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return out.Bytes(), err
}
