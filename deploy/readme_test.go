package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// A docBlock is a fenced block of shell commands in a document.
type docBlock struct {
	where    string // file:line
	commands []string
	needs    string // what it says that it needs, and a test has not
}

// docBlocks reads the ```sh blocks of a document, those in lists too.
func docBlocks(t *testing.T, name string) []docBlock {
	t.Helper()
	var blocks []docBlock
	var open *docBlock
	n := 0
	for line := range strings.Lines(file(t, name)) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case open == nil && line == "```sh":
			open = &docBlock{where: fmt.Sprintf("%s:%d", filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), n)}
		case open != nil && line == "```":
			blocks, open = append(blocks, *open), nil
		case open != nil && len(open.commands) == 0 && strings.HasPrefix(line, "# needs "):
			open.needs = strings.TrimPrefix(line, "# needs ")
		case open != nil:
			open.commands = append(open.commands, line)
		}
	}
	return blocks
}

// A reader stands where a reader of the documents would: in the top folder, with the
// tool built, a gate listening, an event captured and a log written.
type reader struct {
	dir, gate, free string // folder, address of the gate, address that is free
	environ         []string
}

const readersToken = "a long random token"

func newReader(t *testing.T) *reader {
	t.Helper()
	dir, err := copied("reader")
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("make", "dist/topicgate")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	tool := filepath.Join(dir, "dist", "topicgate")
	usual := []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + readersToken}
	enforcing, err := gatetest.StartServer(tool, dir, append(usual[:2:2], "TOPICGATE_BANNED_WORDS=spam"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(enforcing.Close)
	trying, err := gatetest.StartServer(tool, dir, append(usual[:2:2], "TOPICGATE_BANNED_WORDS=spam", "TOPICGATE_MODE=dry_run"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(trying.Close)
	// A look that was asked for leaves a line.
	if err := syscall.Kill(enforcing.PID(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	awaitLines(t, enforcing, "reload", 1)
	var log []byte
	for _, server := range []*gatetest.Server{enforcing, trying} {
		for _, s := range []gatetest.Scenario{
			{Token: readersToken}, {Token: readersToken, Topic: "best spam"}, {}, {Token: "another"}, {Token: readersToken, Body: "{"},
		} {
			if _, err := server.Do(t.Context(), s.Call(time.Now())); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := server.Log()
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, lines...)
	}
	event, err := json.Marshal(gatetest.AWSForms[2].Encode((&gatetest.Scenario{Token: readersToken}).Call(time.Now())))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "topicgate.log"), log, 0o600),
		os.WriteFile(filepath.Join(dir, "event.json"), event, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	port, err := gatetest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{dir: dir, gate: strings.TrimPrefix(enforcing.URL, "http://"), free: "127.0.0.1:" + port}
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TOPICGATE_") {
			r.environ = append(r.environ, pair)
		}
	}
	r.environ = append(r.environ, usual...)
	r.environ = append(r.environ, "PATH="+filepath.Join(dir, "dist")+":"+os.Getenv("PATH"), "ADDR="+r.free, "TOPICGATE_ADDR="+r.free)
	return r
}

// awaitLines waits until a server has written so many lines of a kind, and returns them.
func awaitLines(t *testing.T, server *gatetest.Server, message string, n int) []gatetest.Line {
	t.Helper()
	for patience := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		log, err := server.Log()
		if err != nil {
			t.Fatal(err)
		}
		lines, err := gatetest.Lines(log, message)
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) >= n {
			return lines
		}
		if time.Now().After(patience) {
			t.Fatalf("%d lines of %s, want %d: %s", len(lines), message, n, log)
		}
	}
}

// guides are the documents whose commands are run and whose links are followed.
var guides = []string{"../README.md", "README.md", "under-attack.md", "workbench.md"}

// serves tells a command that does not end by itself.
var serves = regexp.MustCompile(`(^|[ /])(make run|topicgate serve)\b`)

// run runs a block as one script; a server is started, probed and told to stop.
func (r *reader) run(t *testing.T, b docBlock) (out []byte, started int) {
	t.Helper()
	script := "set -euo pipefail\n"
	for _, line := range b.commands {
		line = strings.ReplaceAll(line, "127.0.0.1:9000", r.gate)
		line, _, _ = strings.Cut(line, "  #") // or what follows would be a comment too
		if !serves.MatchString(line) {
			script += line + "\n"
			continue
		}
		started++
		script += line + " &\njob=$!\n" +
			"until curl -sf http://" + r.free + "/healthz; do kill -0 $job; sleep 0.05; done\n" +
			"topicgate probe -url http://" + r.free + "/\nkill $job\nwait $job || true\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-c", script)
	shell.Dir, shell.Env = r.dir, r.environ
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	var output bytes.Buffer
	shell.Stdout, shell.Stderr = &output, &output
	if err := shell.Run(); err != nil {
		t.Errorf("%s: %v\n%s\n%s", b.where, err, script, output.Bytes())
	}
	return output.Bytes(), started
}

// inCI are the commands that .ci/run runs, and so not a test below it.
var inCI = []string{"make test", "make build", "make package", "make lint"}

// TestDocumentedCommands runs every command of the guides that needs nothing that
// only their readers have.
func TestDocumentedCommands(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "jq", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: documented commands are not tested", tool)
		}
	}
	r := newReader(t)
	ci := file(t, "../.ci/run")
	var blocks []docBlock
	for _, name := range guides {
		blocks = append(blocks, docBlocks(t, name)...)
	}
	commands, started, skipped := 0, 0, 0
	for _, b := range blocks {
		if b.needs != "" {
			skipped++
			continue
		}
		b.commands = slices.DeleteFunc(b.commands, func(line string) bool {
			command, _, _ := strings.Cut(line, "  ")
			covered := slices.Contains(inCI, strings.TrimSpace(command))
			if covered && !strings.Contains(ci, "\n"+strings.TrimSpace(command)+"\n") {
				t.Errorf("%s: %s is not in .ci/run", b.where, command)
			}
			return covered
		})
		out, n := r.run(t, b)
		if strings.HasPrefix(b.commands[0], "jq ") && len(bytes.TrimSpace(out)) == 0 {
			t.Errorf("%s: finds nothing in a log that has it", b.where)
		}
		commands, started = commands+len(b.commands), started+n
	}
	if commands < 25 || started < 3 {
		t.Errorf("%d commands were run, %d servers started: blocks are missing", commands, started)
	}
	t.Logf("%d commands run, %d servers started and probed; %d blocks need more", commands, started, skipped)
}

// TestDocumentedPlaces: what the READMEs link to is there.
func TestDocumentedPlaces(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	for _, name := range guides {
		for _, found := range link.FindAllStringSubmatch(file(t, name), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.HasPrefix(target, "https://") {
				continue
			}
			path := name
			if target != "" {
				path = filepath.Join(filepath.Dir(name), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			anchors := []string{""}
			if anchor != "" {
				for _, h := range heading.FindAllStringSubmatch(file(t, path), -1) {
					anchors = append(anchors, strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(h[1], ",", "")), " ", "-"))
				}
			}
			if !slices.Contains(anchors, anchor) {
				t.Errorf("%s: no heading for #%s in %s", name, anchor, path)
			}
		}
	}
}
