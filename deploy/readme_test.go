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
	"unicode"

	"topicgate/pkg/chat"
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
	dir, gate, trial, free string // folder, addresses of the gate, of one in dry run, and one that is free
	environ                []string
}

const readersToken = "a long random token"

func newReader(t *testing.T, name string) *reader {
	t.Helper()
	dir, err := copied(name)
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
	nobody, err := gatetest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	enforcing, err := gatetest.StartServer(tool, dir, append(usual[:2:2], "TOPICGATE_BANNED_WORDS=spam",
		"TOPICGATE_REVIEW=created,renamed", "TOPICGATE_REMEDY=mute", "TOPICGATE_CHAT_API_URL=http://127.0.0.1:"+nobody, "TOPICGATE_CHAT_SECRET_KEY=60c6c5"))
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
			{Token: readersToken, Topic: "best spam", Command: chat.AfterCreateTopic, GroupID: "g", TopicID: "t", Platform: "Web"},
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
		// As journald and Docker hand them out, beside what others say.
		os.WriteFile(filepath.Join(dir, "topicgate.log"), slices.Concat([]byte("Started topicgate.service - admission control.\ntopicgate: cannot listen\n42\n[]\n\n"), log, []byte("{\"torn\":\n")), 0o600),
		os.WriteFile(filepath.Join(dir, "event.json"), event, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	port, err := gatetest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{dir: dir, gate: strings.TrimPrefix(enforcing.URL, "http://"), trial: strings.TrimPrefix(trying.URL, "http://"), free: "127.0.0.1:" + port}
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TOPICGATE_") {
			r.environ = append(r.environ, pair)
		}
	}
	r.environ = append(r.environ, usual...)
	r.environ = append(r.environ, "ADDR="+r.free, "TOPICGATE_ADDR="+r.free)
	return r
}

// awaitLines waits until a server has written so many lines of a kind, and returns them.
func awaitLines(t *testing.T, server *gatetest.Server, message string, n int) []gatetest.Line {
	t.Helper()
	for patience := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
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
var guides = []string{
	"../README.md", "README.md", "reference.md", "under-attack.md", "after-creation.md", "audit.md", "workbench.md", "../.github/SECURITY.md", "CHANGELOG.md",
	"README.zh-CN.md", "policies/README.zh-CN.md",
}

// serves tells a command that does not end by itself.
var serves = regexp.MustCompile(`(^|[ /])(make run|topicgate serve)\b`)

// refused is the remark behind a command whose answer is a refusal, and its status 1.
const refused = "拒绝"

// run runs a block as one script; a server is started, probed and told to stop.
func (r *reader) run(t *testing.T, b docBlock) (out []byte, started int) {
	t.Helper()
	script := "set -euo pipefail\n"
	for _, line := range b.commands {
		line = strings.ReplaceAll(line, "127.0.0.1:9000", r.gate)
		line, remark, _ := strings.Cut(line, "  #") // or what follows would be a comment too
		if strings.TrimSpace(remark) == refused {
			line = "status=0; " + line + " || status=$?; [ $status = 1 ]"
		}
		if !serves.MatchString(line) {
			script += line + "\n"
			continue
		}
		started++
		script += line + " &\njob=$!\n" +
			"until curl -sf http://" + r.free + "/healthz; do kill -0 $job; sleep 0.05; done\n" +
			"dist/topicgate probe -url http://" + r.free + "/\nkill $job\nwait $job || true\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-c", script)
	shell.Dir, shell.Env = r.dir, r.environ
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	shell.WaitDelay = time.Second // of a script that ends, and leaves a server that holds the output
	var output bytes.Buffer
	shell.Stdout, shell.Stderr = &output, &output
	err := shell.Run()
	_ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL)
	if err != nil {
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
	r := newReader(t, "reader")
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

// slug is the anchor that GitHub makes of a heading: letters of any script, digits, hyphens
// and underscores stay, spaces become hyphens, and the rest goes.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func TestSlug(t *testing.T) {
	for heading, want := range map[string]string{
		"Before you start": "before-you-start",
		"Prepare, today":   "prepare-today",
		"更换鉴权 token":       "更换鉴权-token",
		"第三步：换成规则，再解冻":     "第三步换成规则再解冻",
		"`per: name`, a_b": "per-name-a_b",
	} {
		if got := slug(heading); got != want {
			t.Errorf("%s is #%s, want #%s", heading, got, want)
		}
	}
}

// TestDocumentedPlaces: what the guides link to is there.
func TestDocumentedPlaces(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	for _, name := range append([]string{"policies/README.md"}, guides...) {
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
					anchors = append(anchors, slug(h[1]))
				}
			}
			if !slices.Contains(anchors, anchor) {
				t.Errorf("%s: no heading for #%s in %s", name, anchor, path)
			}
		}
	}
}
