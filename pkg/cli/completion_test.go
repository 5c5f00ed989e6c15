package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// completionScript writes what completion prints for a shell into a folder that has files
// to complete.
func completionScript(t *testing.T, shell string) (dir, script string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("%s is not installed: its completion is not tried", shell)
	}
	var stdout, stderr bytes.Buffer
	if status := Run(t.Context(), []string{"completion", shell}, nil, nil, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	dir = t.TempDir()
	for _, name := range []string{"policy one.yaml", "policy.cases.yaml", "gate.log", "script"} {
		text := ""
		if name == "script" {
			text = stdout.String()
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, "script"
}

func shellLines(t *testing.T, dir, shell string, args ...string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a shell that waits for more than it gets
	defer cancel()
	command := exec.CommandContext(ctx, shell, args...)
	command.Dir = dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=dumb", "LC_ALL=C.UTF-8"}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	text := strings.TrimRight(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// completions are lines as somebody has typed them so far, by words, and what may follow.
var completions = []struct {
	typed []string
	want  []string
}{
	{[]string{"che"}, []string{"check"}},
	{[]string{"repl"}, []string{"replay"}},
	{[]string{"check", "-s"}, []string{"-strict"}},
	{[]string{"probe", "-on"}, []string{"-on-error"}},
	{[]string{"check", "-policy", "policy o"}, []string{"policy one.yaml"}},
	{[]string{"test", "policy."}, []string{"policy.cases.yaml"}},
	{[]string{"replay", "gate.log", "-words", "gate"}, []string{"gate.log"}},
	{[]string{"serve", "gate"}, nil},
	{[]string{"completion", "f"}, []string{"fish"}},
	{[]string{"help", "vers"}, []string{"version"}},
}

func TestBashCompletion(t *testing.T) {
	dir, script := completionScript(t, "bash")
	if got := shellLines(t, dir, "bash", "--norc", "-c", "source ./"+script+"; complete -p topicgate"); len(got) != 1 || got[0] != "complete -F _topicgate topicgate" {
		t.Errorf("got %q", got)
	}
	ask := `source ./script; COMP_WORDS=(topicgate "$@"); COMP_CWORD=$#; _topicgate 2>&1; printf '%s\n' "${COMPREPLY[@]}"`
	more := append(slices.Clone(completions), []struct{ typed, want []string }{
		{[]string{"check", "-policy", "=", "gate"}, []string{"gate.log"}}, // as bash takes -policy=gate
		{[]string{"check", "-policy", "="}, []string{"gate.log", "policy one.yaml", "policy.cases.yaml", "script"}},
		{[]string{"check", "--policy", "gate"}, []string{"gate.log"}},
		{[]string{"explain", "-name", "gate"}, nil}, // a name is no file
		{[]string{"chekc", ""}, nil},
	}...)
	for _, c := range more {
		got := shellLines(t, dir, "bash", append([]string{"--norc", "-c", ask, "bash"}, c.typed...)...)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.typed, got, c.want)
		}
	}
	all := shellLines(t, dir, "bash", "--norc", "-c", ask, "bash", "")
	var names []string
	for _, cmd := range commands() {
		names = append(names, cmd.name)
	}
	if !slices.Equal(all, names) {
		t.Errorf("the commands are %q, want %q", all, names)
	}
}

func TestFishCompletion(t *testing.T) {
	dir, _ := completionScript(t, "fish")
	for _, c := range completions {
		typed := slices.Clone(c.typed)
		for i := range typed {
			typed[i] = strings.ReplaceAll(typed[i], " ", `\ `)
		}
		var got []string
		for _, line := range shellLines(t, dir, "fish", "--no-config", "-c", "source ./script; complete -C $argv[1]", "topicgate "+strings.Join(typed, " ")) {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, strings.ReplaceAll(word, `\ `, " "))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.typed, got, c.want)
		}
	}
}

// TestZshCompletion asks zsh's own completion in a terminal of its own, which is the only
// place where it answers.
func TestZshCompletion(t *testing.T) {
	dir, _ := completionScript(t, "zsh")
	if got := shellLines(t, dir, "zsh", "-f", "-c", "autoload -U compinit; compinit -u -d ./dump; source ./script; print $_comps[topicgate]"); !slices.Equal(got, []string{"_topicgate"}) {
		t.Errorf("got %q", got)
	}
	// What compinit has found is kept, since it takes seconds.
	const ask = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; PROMPT2=; unsetopt prompt_cr prompt_sp; stty -echo; autoload -U compinit; compinit -C -u -d ./dump; source ./script; bindkey '^I' expand-or-complete; setopt no_list_beep no_auto_list; show() { print -r -- \"<<\$BUFFER>>\"; BUFFER=; zle accept-line }; zle -N show; bindkey '^T' show; print ready"
zpty -r -m z line '*ready*'
zpty -n -w z "topicgate $1"$'\t'$'\x14'
zpty -r -m z line '*<<*>>*'
line=${line##*<<}
print -r -- ${line%%>>*}`
	for _, c := range completions {
		if len(c.want) != 1 || strings.Contains(c.want[0], " ") {
			continue
		}
		got := shellLines(t, dir, "zsh", "-f", "-c", ask, "zsh", strings.Join(c.typed, " "))
		want := "topicgate " + strings.Join(append(slices.Clone(c.typed[:len(c.typed)-1]), c.want[0]), " ")
		if len(got) != 1 || strings.TrimRight(got[0], " ") != want {
			t.Errorf("%q: zsh makes %q of it, want %q", c.typed, got, want)
		}
	}
}

// TestCompletionKnowsFlags: each command's own flags, from the command itself.
func TestCompletionKnowsFlags(t *testing.T) {
	in := &invocation{ctx: t.Context()}
	all := in.completed()
	if len(all) != len(commands()) {
		t.Fatalf("%d commands, want %d", len(all), len(commands()))
	}
	for _, c := range all {
		var stdout, stderr bytes.Buffer
		if status := Run(t.Context(), []string{"help", c.name}, nil, strings.NewReader(""), &stdout, &stderr); status != 0 {
			t.Fatalf("%s: %s", c.name, &stderr)
		}
		for _, f := range c.flags {
			if !strings.Contains(stdout.String(), "\n  -"+f.name) {
				t.Errorf("%s has no flag -%s", c.name, f.name)
			}
		}
		if documented := strings.Count(stdout.String(), "\n  -"); c.name != "help" && documented != len(c.flags) {
			t.Errorf("%s: %d flags are completed, and %d documented", c.name, len(c.flags), documented)
		}
		for _, f := range c.flags {
			if named := slices.Contains([]string{"policy", "old", "words", "cases", "html", "state", "save", "undo", "log"}, f.name); named && !f.file {
				t.Errorf("%s: -%s is not completed with files", c.name, f.name)
			}
		}
	}
}
