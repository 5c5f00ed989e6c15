// Package deploy_test holds what deploys topicgate to the code: the packages that make
// writes, and the templates that name them.
package deploy_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// scratch is a folder for the whole run of the tests.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "topicgate-deploy"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	return m.Run()
}

// repository is the top level, as the tests see it.
const repository = ".."

// copied is a copy of what make package reads, at a path of its own.
func copied(elsewhere ...string) (string, error) {
	to := filepath.Join(append([]string{scratch}, elsewhere...)...)
	for _, folder := range []string{"functions", "pkg", "deploy"} {
		if err := os.CopyFS(filepath.Join(to, folder), os.DirFS(filepath.Join(repository, folder))); err != nil {
			return "", err
		}
	}
	for _, file := range []string{"Makefile", "go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(repository, file))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(to, file), data, 0o600); err != nil {
			return "", err
		}
	}
	return to, nil
}

// writePolicy makes a policy folder; junk is what must not travel.
func writePolicy(dir string, mode os.FileMode, junk ...string) error {
	files := map[string]string{
		"words.txt":        "# no advertisements\nspam\n",
		"lists/exempt.txt": "spamalot\n",
		"policy.yaml": `version: 1
lists:
  banned: {file: words.txt}
  exempt: {file: lists/exempt.txt}
rules:
  - name: advertisements
    match: {name: {contains: banned, unless_contains: exempt, look_alikes: true}}
    action: refuse
    code: 10150
    message: Not here.
`,
		"policy.cases.yaml": `cases:
  - {name: Cheap Spam, operator: leckie, want: {code: 10150, rule: advertisements}}
`,
	}
	for _, name := range junk {
		files[name] = "not for others"
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return err
		}
	}
	return nil
}

// runMake runs a target with nothing of ours from the environment of who tests.
func runMake(dir string, args ...string) error {
	command := exec.Command("make", args...)
	command.Dir = dir
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); !strings.HasPrefix(name, "TOPICGATE_") && name != "VERSION" && name != "MAKEFLAGS" {
			command.Env = append(command.Env, pair)
		}
	}
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("make %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// packaged is a folder in which make package has been run, once for all tests.
var packaged = sync.OnceValues(func() (string, error) {
	dir, err := copied("one")
	if err != nil {
		return "", err
	}
	policy := filepath.Join(scratch, "policy-one")
	return dir, errors.Join(writePolicy(policy, 0o600), runMake(dir, "package", "VERSION=test", "POLICY_DIR="+policy))
})

// archives are what make package writes.
var archives = []struct {
	name, binary string
	machine      elf.Machine
}{
	{"topicgate-lambda-arm64.zip", "bootstrap", elf.EM_AARCH64},
	{"topicgate-lambda-amd64.zip", "bootstrap", elf.EM_X86_64},
	{"topicgate-scf-amd64.zip", "main", elf.EM_X86_64},
}

// TestReproducible packages again: from a folder with another name and depth, and from
// a policy folder with other modes, times and hidden files.
func TestReproducible(t *testing.T) {
	one, err := packaged()
	if err != nil {
		t.Fatal(err)
	}
	two, err := copied("another", "and deeper")
	if err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(two, "my rules")
	if err := writePolicy(policy, 0o644, ".env", ".git/config", "lists/.words.swp"); err != nil {
		t.Fatal(err)
	}
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(policy, "words.txt"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := runMake(two, "package", "VERSION=test", "POLICY_DIR=my rules"); err != nil {
		t.Fatal(err)
	}
	for _, a := range archives {
		first, err := os.ReadFile(filepath.Join(one, "dist", a.name))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(two, "dist", a.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two folders give two packages: %x and %x", a.name, sha256.Sum256(first), sha256.Sum256(second))
		}
		t.Logf("%s: %d bytes", a.name, len(first))
	}
}

// unpacked unpacks a package as a platform does, and checks every entry on the way.
func unpacked(t *testing.T, archive, binary string) string {
	t.Helper()
	dir, err := packaged()
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.OpenReader(filepath.Join(dir, "dist", archive))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // it was only read
	to := t.TempDir()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		mode := os.FileMode(0o644)
		if f.Name == binary {
			mode = 0o755
		}
		if f.Mode() != mode {
			t.Errorf("%s: %s has mode %v, want %v", archive, f.Name, f.Mode(), mode)
		}
		if want := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC); !f.Modified.Equal(want) {
			t.Errorf("%s: %s was modified %v, want %v", archive, f.Name, f.Modified, want)
		}
		var data bytes.Buffer
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := data.ReadFrom(content); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data.Bytes(), f.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Join(names, " "), "THIRD-PARTY-NOTICES.txt "+binary+" policy/lists/exempt.txt policy/policy.cases.yaml policy/policy.yaml policy/words.txt"; got != want {
		t.Errorf("%s holds %q, want %q", archive, got, want)
	}
	return to
}

// TestNotices: whoever gets a package gets the terms of everything that is linked into its
// binary.
func TestNotices(t *testing.T) {
	for _, a := range archives {
		dir := unpacked(t, a.name, a.binary)
		checkNotices(t, a.name, filepath.Join(dir, a.binary), file(t, filepath.Join(dir, "THIRD-PARTY-NOTICES.txt")))
	}
}

// checkNotices holds notices to what a binary says is linked into it.
func checkNotices(t *testing.T, where, binary, notices string) {
	t.Helper()
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	linked := []string{"Go " + strings.TrimPrefix(info.GoVersion, "go"), "the data of pkg/textfold"}
	for _, module := range info.Deps {
		linked = append(linked, module.Path+" "+module.Version)
	}
	if len(linked) < 12 {
		t.Errorf("%s: only %v is linked", where, linked)
	}
	parts := strings.Split(notices, strings.Repeat("=", 80)+"\n")[1:]
	for i, name := range linked {
		if i >= len(parts) || !strings.HasPrefix(parts[i], name+"\n") || len(parts[i]) < 500 {
			t.Errorf("%s: no terms of %s in the place for them", where, name)
		}
	}
	if len(parts) != len(linked) {
		t.Errorf("%s: the terms of %d works, want %d", where, len(parts), len(linked))
	}
	for _, text := range []string{"UNICODE LICENSE V3", "Apache License", "Creative Commons", "Permission is hereby granted"} {
		if !strings.Contains(notices, text) {
			t.Errorf("%s: the notices lack %q", where, text)
		}
	}
}

// TestMachines: each package holds a binary for its platform, which needs no library
// of the machine that it runs on.
func TestMachines(t *testing.T) {
	for _, a := range archives {
		binary, err := elf.Open(filepath.Join(unpacked(t, a.name, a.binary), a.binary))
		if err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
		if binary.Machine != a.machine || binary.Class != elf.ELFCLASS64 {
			t.Errorf("%s: the binary is for %v %v, want %v", a.name, binary.Machine, binary.Class, a.machine)
		}
		if libraries, err := binary.ImportedLibraries(); err != nil || len(libraries) > 0 || binary.Section(".interp") != nil {
			t.Errorf("%s: the binary is linked to libraries: %q (%v)", a.name, libraries, err)
		}
		if err := binary.Close(); err != nil {
			t.Error(err)
		}
	}
}

// environ makes a function decide by the policy that came with it, and by a list that
// did: both ways in which files are named.
var environ = []string{
	"TOPICGATE_SDK_APP_IDS=" + gatetest.App,
	"TOPICGATE_POLICY_FILE=policy/policy.yaml",
	"TOPICGATE_RESERVED_NAMES_FILE=policy/lists/exempt.txt",
}

// tried is what a packaged function is asked, and must answer by the files that came
// with it.
var tried = []gatetest.Scenario{
	{Name: "allowed", Topic: "weekend plans", Want: gatetest.Want{Reason: "default"}},
	{Name: "banned", Topic: "cheap SPAM", Want: gatetest.Want{Code: 10150, Message: "Not here.", Reason: "rule", Rule: "advertisements"}},
	{Name: "reserved", Topic: "Spam-a-lot", Want: gatetest.Want{Code: 1, Reason: "rule", Rule: "reserved-names"}},
	{Name: "exempt", Topic: "monty python's spamalot", Want: gatetest.Want{Reason: "default"}},
}

// replay asks a started function everything, in every form.
func replay(t *testing.T, forms []gatetest.Form, log func() ([]byte, error), invoke func(string, []byte) ([]byte, error)) {
	t.Helper()
	for _, form := range forms {
		for _, s := range tried {
			call := s.Call(time.Now())
			call.RequestID += " as " + form.Name
			payload, err := json.Marshal(form.Encode(call))
			if err != nil {
				t.Fatal(err)
			}
			response, err := invoke(call.RequestID, payload)
			if err != nil {
				t.Fatalf("%s: %s: %v", form.Name, s.Name, err)
			}
			answer, err := form.Decode(response)
			if err != nil {
				t.Fatalf("%s: %s: %v", form.Name, s.Name, err)
			}
			if err := s.Check(answer, decisions(t, log, call.RequestID)); err != nil {
				t.Errorf("%s: %s: %v", form.Name, s.Name, err)
			}
		}
	}
}

// decisions are the lines that were logged for one request.
func decisions(t *testing.T, log func() ([]byte, error), id string) []gatetest.Line {
	t.Helper()
	text, err := log()
	if err != nil {
		t.Fatal(err)
	}
	all, err := gatetest.Lines(text, "decision")
	if err != nil {
		t.Fatal(err)
	}
	var lines []gatetest.Line
	for _, line := range all {
		if line.RequestID == id {
			lines = append(lines, line)
		}
	}
	return lines
}

// startable skips where the packaged binaries cannot run.
func startable(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the packages that are started are for linux/amd64, and this is " + runtime.GOOS + "/" + runtime.GOARCH)
	}
}

func TestPackagedLambda(t *testing.T) {
	startable(t)
	root := unpacked(t, "topicgate-lambda-amd64.zip", "bootstrap")
	function, err := gatetest.StartLambda(filepath.Join(root, "bootstrap"), root, environ)
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	replay(t, gatetest.AWSForms, function.Log, function.Invoke)
}

func TestPackagedSCF(t *testing.T) {
	startable(t)
	root := unpacked(t, "topicgate-scf-amd64.zip", "main")
	function, err := gatetest.StartSCF(filepath.Join(root, "main"), root)
	if err != nil {
		t.Fatal(err)
	}
	defer function.Close()
	replay(t, gatetest.SCFForms, function.Log, func(id string, payload []byte) ([]byte, error) {
		return function.Invoke(id, environ, payload)
	})
}

// TestFunctionsVersion: a person who runs a package's binary learns what it is.
func TestFunctionsVersion(t *testing.T) {
	startable(t)
	for _, a := range archives[1:] { // the first is for another machine
		out, err := exec.Command(filepath.Join(unpacked(t, a.name, a.binary), a.binary), "--version").CombinedOutput()
		if err != nil || string(out) != "topicgate test\n" {
			t.Errorf("%s: got %q (%v)", a.name, out, err)
		}
	}
}

// TestPackageRefused: a policy that is broken, or does not decide what its cases say,
// is not packaged.
func TestPackageRefused(t *testing.T) {
	dir, err := packaged()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, text string }{
		{"a broken policy", "policy.yaml", "version: 1\nrules: [{name: x, action: perhaps}]\n"},
		{"a failing case", "policy.cases.yaml", "cases: [{name: nobody may, want: refuse}]\n"},
	} {
		policy := t.TempDir()
		if err := os.WriteFile(filepath.Join(policy, c.file), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := runMake(dir, "package", "VERSION=test", "POLICY_DIR="+policy)
		if err == nil || !strings.Contains(err.Error(), "check-policy] Error") {
			t.Errorf("%s: got %v, want the check to stop it", c.name, err)
		}
	}
}
