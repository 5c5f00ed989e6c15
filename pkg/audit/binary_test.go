package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/audit"
	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// build builds the tool.
func build(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "topicgate")
	if out, err := exec.Command("go", "build", "-o", binary, "topicgate/functions/topicgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// A plantedApp is a played one in which names are planted among others, and the tool that is to
// find them.
type plantedApp struct {
	*chatapitest.Chat
	binary  string
	environ []string
	dir     string
	planted map[string]string // names by topic
}

// corpus are the lines of a file of textfold's tests; \u{XXXX} is a character.
func corpus(t *testing.T, file string) (lines []string) {
	t.Helper()
	escaped := regexp.MustCompile(`\\u\{([0-9A-Fa-f]+)\}`)
	for line := range strings.Lines(string(readFile(t, "../textfold/testdata/"+file))) {
		line = strings.TrimSuffix(line, "\n")
		if line == "[misses]" {
			break
		}
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "[") {
			lines = append(lines, escaped.ReplaceAllStringFunc(line, func(s string) string {
				r, _ := strconv.ParseInt(s[3:len(s)-1], 16, 32)
				return string(rune(r))
			}))
		}
	}
	return lines
}

// plant makes communities with topics, among them so many whose names evade a list.
func plant(t *testing.T, communities, topics, planted int, s chatapitest.Settings) *plantedApp {
	t.Helper()
	a := &plantedApp{Chat: chatapitest.New(t, s), binary: build(t), dir: t.TempDir(), planted: map[string]string{}}
	words, whole := map[string]bool{}, map[string]bool{}
	var evasions []string
	for _, line := range corpus(t, "evasions.txt") {
		fields := strings.Split(line, "\t")
		if evasions = append(evasions, fields[0]); strings.Contains(fields[2], "whole_word") {
			whole[fields[1]] = true
		} else {
			words[fields[1]] = true
		}
	}
	list := func(set map[string]bool) policy.List {
		var list policy.List
		for word := range set {
			list = append(list, word)
		}
		slices.Sort(list)
		return list
	}
	spec := policy.Spec{Rules: []policy.Rule{{Name: "evasions", Action: policy.Refuse, Match: &policy.Match{Any: []policy.Match{
		{Name: &policy.Name{Contains: list(words), LookAlikes: true, IgnoreSeps: true}},
		{Name: &policy.Name{Contains: list(whole), LookAlikes: true, IgnoreSeps: true, WholeWord: true}},
	}}}}}
	text, err := json.Marshal(spec.WithDefaults())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(a.dir, "policy.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	a.environ = append(os.Environ(), config.Prefix+"POLICY_FILE="+path, config.Prefix+"SDK_APP_IDS="+chatapitest.App,
		config.Prefix+"CHAT_API_URL="+a.URL(), config.Prefix+"CHAT_SECRET_KEY="+chatapitest.SecretKey, config.Prefix+"REMEDY_NAME=Renamed")

	// What is planted, and nothing else, is refused to whoever asks.
	p := compiled(t, spec.Rules...)
	allowed := func(name string) bool {
		return p.Decide(t.Context(), policy.Creation{Subject: policy.Topic, Operator: "leckie", Name: name}, nil, false).Allowed
	}
	for _, name := range evasions {
		if allowed(name) {
			t.Fatalf("%+q is not refused", name)
		}
	}
	innocent := slices.DeleteFunc(corpus(t, "innocent.txt"), func(name string) bool { return !allowed(name) })
	random := rand.New(rand.NewPCG(1, 2))
	at := map[int]bool{}
	for len(at) < planted {
		at[random.IntN(topics)] = true
	}
	groups := make([]string, communities)
	for i := range groups {
		groups[i] = a.AddGroup(fmt.Sprint("community ", i))
	}
	for i := range topics {
		group := groups[random.IntN(communities)]
		if at[i] {
			name := evasions[random.IntN(len(evasions))]
			a.planted[a.AddTopic(group, name)] = name
			continue
		}
		name := fmt.Sprint(innocent[random.IntN(len(innocent))], " ", i)
		if !allowed(name) {
			t.Fatalf("%q is refused", name)
		}
		a.AddTopic(group, name)
	}
	return a
}

func (a *plantedApp) command(args ...string) *exec.Cmd {
	cmd := exec.Command(a.binary, append([]string{"audit"}, args...)...)
	cmd.Env, cmd.Dir = a.environ, a.dir
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	return cmd
}

// run runs the tool, which must end with a status.
func (a *plantedApp) run(t *testing.T, status int, args ...string) (report audit.Report) {
	t.Helper()
	cmd := a.command(args...)
	<-start(t, cmd)
	a.ended(t, cmd, status)
	if slices.Contains(args, "-json") {
		if err := json.Unmarshal(cmd.Stdout.(*bytes.Buffer).Bytes(), &report); err != nil {
			t.Fatalf("%v: %s", err, cmd.Stdout)
		}
	}
	return report
}

// maxRSS is how much of the memory an audit may take, in KiB: what the tool takes for
// itself, and little for each community.
const maxRSS = 96 << 10

// start starts the tool, whose end is told, and watches how much of the memory it takes.
// What the system says of that in the end may be what the test took when it forked.
func start(t *testing.T, cmd *exec.Cmd) (ended chan struct{}) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan struct{})
	go func() {
		_ = cmd.Wait() // the status tells
		close(ended)
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		most := regexp.MustCompile(`VmHWM:\s*(\d+) kB`)
		peak, status := 0, fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
		for running := true; running; {
			select {
			case <-ended:
				running = false
			case <-time.After(10 * time.Millisecond):
				if text, err := os.ReadFile(status); err == nil {
					if found := most.FindSubmatch(text); found != nil {
						peak, _ = strconv.Atoi(string(found[1]))
					}
				}
			}
		}
		if peak > maxRSS {
			t.Errorf("%q took %d KiB, over %d", cmd.Args[1:], peak, maxRSS)
		}
		t.Logf("%q took %d KiB", cmd.Args[1:], peak)
	}()
	t.Cleanup(func() { <-done })
	return ended
}

func (a *plantedApp) ended(t *testing.T, cmd *exec.Cmd, status int) {
	t.Helper()
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Fatalf("%q: status %d, want %d: %s", cmd.Args[1:], got, status, cmd.Stderr)
	}
}

// interrupt starts an audit, and ends it with a signal when Chat was asked for the topics
// of so many communities.
func (a *plantedApp) interrupt(t *testing.T, calls int, with syscall.Signal, args ...string) {
	t.Helper()
	cmd := a.command(args...)
	ended := start(t, cmd)
	for len(a.Calls("get_topic")) < calls {
		select {
		case <-ended:
			t.Fatalf("it ended by itself: %s", cmd.Stderr)
		case <-time.After(50 * time.Millisecond):
		}
	}
	_ = cmd.Process.Signal(with)
	<-ended
	if with == syscall.SIGKILL {
		return
	}
	a.ended(t, cmd, 3)
	if stderr := fmt.Sprint(cmd.Stderr); !strings.Contains(stderr, "it was interrupted") || !strings.Contains(stderr, "goes on from here") {
		t.Errorf("interrupted, it says %s", stderr)
	}
}

// TestPlanted is acceptance of the sweep, on a smaller app; TestSoakPlanted on the whole.
func TestPlanted(t *testing.T) { testPlanted(t, 2000, 10_000) }

func TestSoakPlanted(t *testing.T) {
	if os.Getenv("AUDIT_SOAK") == "" {
		t.Skip("AUDIT_SOAK is not set")
	}
	testPlanted(t, 40_000, 200_000)
}

func testPlanted(t *testing.T, communities, topics int) {
	const planted, most = 300, 50
	// Chat's clock stands still, and so its limits are none: the rate has a test of its own.
	a := plant(t, communities, topics, planted, chatapitest.Settings{Unlimited: true})
	before := a.Topics()
	args := []string{"-state", "state", "-rate", "100000", "-json"}
	a.interrupt(t, communities/4, syscall.SIGINT, args...)
	a.interrupt(t, communities/2, syscall.SIGTERM, args...)
	a.interrupt(t, communities*3/4, syscall.SIGKILL, args...)
	r := a.run(t, 1, args...)
	if !r.Finished || r.Communities != communities || r.Topics != topics || r.Found != planted || r.Unsure != 0 {
		t.Errorf("it found %d, and is %+v", r.Found, audit.Report{Finished: r.Finished, Communities: r.Communities, Topics: r.Topics, Unsure: r.Unsure, Problems: r.Problems})
	}
	found := map[string]string{}
	for i := range r.Findings {
		found[r.Findings[i].Topic] = r.Findings[i].Name
	}
	if diff := cmp.Diff(a.planted, found); diff != "" {
		t.Errorf("-planted +found:\n%s", diff)
	}
	// Of those that were being looked at when it ended, each is asked for again; and the
	// first in each run finds out that Chat wants an account.
	asked := map[string]int{}
	for _, call := range a.Calls("get_topic") {
		if call.Code == 0 {
			asked[call.Value("GroupId")]++
		}
	}
	again := 0
	for _, n := range asked {
		again += n - 1
	}
	if len(asked) != communities || again > 3*16 {
		t.Errorf("%d communities were asked for, %d of them again", len(asked), again)
	}

	a.ForgetCalls()
	a.run(t, 1, "-state", "state", "-rate", "100000", "-remedy", "rename", "-max", strconv.Itoa(most), "-yes", "-save", "save")
	renamed := 0
	for i, topic := range a.Topics() {
		was := before[i]
		if topic == was {
			continue
		}
		renamed++
		if was.Name = "Renamed"; topic != was || a.planted[topic.ID] == "" {
			t.Errorf("%+v is now %+v", before[i], topic)
		}
	}
	if acts := a.Acts(); renamed != most || len(acts) != most {
		t.Errorf("%d are renamed by %d calls, want %d", renamed, len(acts), most)
	}
	a.run(t, 0, "-undo", "save", "-rate", "100000", "-yes")
	if diff := cmp.Diff(before, a.Topics()); diff != "" {
		t.Errorf("undone: -before +after:\n%s", diff)
	}
}

// TestRate: Chat sees no more calls than -rate lets through. Calls that a busy machine
// holds up may come together, so that it is from the list, whose answer the others wait
// for, to the last that they are counted.
func TestRate(t *testing.T) {
	const rate, communities = 40, 60
	a := plant(t, communities, communities, 1, chatapitest.Settings{AccountOptional: true})
	a.run(t, 1, "-rate", strconv.Itoa(rate), "-json")
	calls := a.Calls()
	if n := len(a.Calls("get_topic")); n != communities {
		t.Errorf("%d calls for %d communities", n, communities)
	}
	took := calls[len(calls)-1].At.Sub(calls[0].At)
	// The first may have been held up on its way here.
	if least := (communities - 1) * time.Second / rate * 3 / 4; took < least {
		t.Errorf("%d calls came within %v, want %v at least", len(calls), took, least)
	}
	for _, call := range calls {
		if call.Code != 0 {
			t.Errorf("%s was answered %d", call.Command, call.Code)
		}
	}
}
