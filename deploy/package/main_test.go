package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeBinary writes what can say what is linked into it: this test's own program.
func writeBinary(t *testing.T, path string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(program))
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// TestPackage: what goes in, under which names, and that a new policy replaces an old.
func TestPackage(t *testing.T) {
	dir := t.TempDir()
	binary, policy, archive := filepath.Join(dir, "out", "main"), filepath.Join(dir, "mine"), filepath.Join(dir, "out.zip")
	writeBinary(t, binary)
	write(t, filepath.Join(dir, "out", "policy", "old.txt"), "stale")
	write(t, filepath.Join(policy, "words", "b.txt"), "b")
	write(t, filepath.Join(policy, "a.txt"), "a")
	write(t, filepath.Join(policy, ".env"), "TOKEN=secret")
	write(t, filepath.Join(policy, ".git", "config"), "secret")
	link(t, filepath.Join("words", "b.txt"), filepath.Join(policy, "c.txt"))
	if err := run([]string{binary, policy, archive}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.File {
		got = append(got, f.Mode().String()+" "+f.Name)
		if !f.Modified.Equal(stamp) {
			t.Errorf("%s: modified %v, want %v", f.Name, f.Modified, stamp)
		}
	}
	want := []string{"-rw-r--r-- " + noticesFile, "-rwxr-xr-x main", "-rw-r--r-- policy/a.txt", "-rw-r--r-- policy/c.txt", "-rw-r--r-- policy/words/b.txt"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "policy", "old.txt")); err == nil {
		t.Error("a file of an older policy is still there")
	}
	if text, err := os.ReadFile(filepath.Join(dir, "out", "policy", "c.txt")); string(text) != "b" {
		t.Errorf("the folder beside the binary holds %q (%v), want what the link points at", text, err)
	}
}

// TestRefused: what must not get into a package.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		prepare    func(t *testing.T, dir string)
	}{
		{"a link out of the folder", "leads out of the folder", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "secret"), "x")
			link(t, filepath.Join("..", "secret"), filepath.Join(dir, "policy-source", "words.txt"))
		}},
		{"an absolute link", "leads out of the folder", func(t *testing.T, dir string) {
			link(t, "/etc/passwd", filepath.Join(dir, "policy-source", "words.txt"))
		}},
		{"a link to nothing", "or nowhere", func(t *testing.T, dir string) {
			link(t, "gone.txt", filepath.Join(dir, "policy-source", "words.txt"))
		}},
		{"a link to a folder", "neither a file", func(t *testing.T, dir string) {
			link(t, ".", filepath.Join(dir, "policy-source", "again"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			binary, archive := filepath.Join(dir, "out", "main"), filepath.Join(dir, "out.zip")
			write(t, binary, "\x7fELF")
			write(t, filepath.Join(dir, "policy-source", "a.txt"), "a")
			c.prepare(t, dir)
			err := run([]string{binary, filepath.Join(dir, "policy-source"), archive})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
			if _, err := os.Stat(archive); err == nil {
				t.Error("a zip was written all the same")
			}
		})
	}
}

// TestNoBinary: what does not say what is linked into it is not handed on.
func TestNoBinary(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "out", "main"), "\x7fELF")
	write(t, filepath.Join(dir, "mine", "a.txt"), "a")
	archive := filepath.Join(dir, "out.zip")
	if err := run([]string{filepath.Join(dir, "out", "main"), filepath.Join(dir, "mine"), archive}); err == nil || !strings.Contains(err.Error(), "build it with go build") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(archive); err == nil {
		t.Error("a zip was written all the same")
	}
}

// TestLicences: which files of a module are its terms.
func TestLicences(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"LICENSE", "sub/LICENCE.md", "sub/deep/COPYING", "NOTICE", "PATENTS", "license.go", "licensed.txt", "README", "UNLICENSE",
		"testdata/LICENSE", "vendor/x/LICENSE", "_old/LICENSE", ".git/LICENSE", "nested/LICENSE", "nested/go.mod", "go.mod",
	} {
		write(t, filepath.Join(dir, name), "the text of "+name)
	}
	var out bytes.Buffer
	if err := appendTexts(&out, dir, licence.MatchString); err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, name := range []string{"LICENSE", "NOTICE", "PATENTS", "UNLICENSE", "sub/LICENCE.md", "sub/deep/COPYING"} {
		want += "--- " + name + "\n\nthe text of " + name + "\n\n"
	}
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

// TestOverwrite: the copy beside the binary never takes the place of its source.
func TestOverwrite(t *testing.T) {
	dir := t.TempDir()
	binary, policy := filepath.Join(dir, "main"), filepath.Join(dir, "policy")
	write(t, binary, "\x7fELF")
	write(t, filepath.Join(policy, "a.txt"), "a")
	for _, source := range []string{policy, dir} {
		if err := run([]string{binary, source}); err == nil || !strings.Contains(err.Error(), "overwrite itself") {
			t.Errorf("%s: got %v, want an error", source, err)
		}
	}
	if _, err := os.Stat(filepath.Join(policy, "a.txt")); err != nil {
		t.Error(err)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"main"}, {"main", "policy", "zip", "more"}} {
		if err := run(args); err == nil || err.Error() != usage {
			t.Errorf("%q: got %v, want %q", args, err, usage)
		}
	}
	if err := run([]string{"main", filepath.Join(t.TempDir(), "none")}); err == nil || !strings.Contains(err.Error(), "set POLICY_DIR") {
		t.Errorf("no folder: got %v", err)
	}
}
