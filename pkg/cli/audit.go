package cli

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/audit"
	"topicgate/pkg/chatapi"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// statusUnfinished says that an audit could not look at everything: what it found may not
// be all.
const statusUnfinished = 3

// mostAtOnce is how many calls are made at a time, at the highest rates; the client keeps as
// many connections.
const mostAtOnce = 16

// asking is how Chat is asked when it does not answer at once.
var asking = audit.Asking{Again: []time.Duration{time.Second, 5 * time.Second}}

// An auditing is one run of the command.
type auditing struct {
	*invocation
	flags *flag.FlagSet

	policyFile, app, remedy, state, save, undo *string
	rate, most                                 *int
	yes, asJSON, asCSV                         *bool

	config *config.Config
	report *audit.Report
	acted  *audit.Acted
	began  time.Time
}

func auditTopics(in *invocation) int {
	f := in.flags()
	a := &auditing{
		invocation: in, flags: f, began: time.Now(), report: audit.NewReport(),
		policyFile: policyFlag(f),
		app:        f.String("app", "", "SDKAppID, where "+config.Prefix+"SDK_APP_IDS names several"),
		rate:       f.Int("rate", 20, "calls a second at most"),
		state:      f.String("state", "", "`FILE` of what is finished, from which another run goes on"),
		remedy:     f.String("remedy", "", "what to do about topics that are refused for their names: rename (to "+config.Prefix+"REMEDY_NAME), mute or destroy, after a question"),
		most:       f.Int("max", 20, "with -remedy: how many topics at most"),
		save:       f.String("save", "", "with -remedy: `FILE` to add to what is changed, before it is (a new one, which is named)"),
		undo:       f.String("undo", "", "put back what an earlier audit changed and saved in this `FILE`"),
		yes:        f.Bool("yes", false, "with -remedy: do not ask"),
		asJSON:     f.Bool("json", false, "print one JSON object"),
		asCSV:      f.Bool("csv", false, "print a table of what was found, for a spreadsheet"),
	}
	if status, ok := in.parse(f); !ok {
		return status
	}
	if wrong := a.misused(); wrong != "" {
		return in.misuse("%s", wrong)
	}
	if !a.load() {
		return statusUnfinished
	}
	switch {
	case len(in.arguments) > 0:
		return a.names()
	case *a.undo != "":
		return a.takeBack()
	}
	return a.sweep()
}

// misused says what is wrong with the command line.
func (a *auditing) misused() string {
	offline, acts := len(a.arguments) > 0, *a.remedy != "" || *a.undo != ""
	kinds := policy.Strings(audit.Acts[:])
	switch {
	case *a.asJSON && *a.asCSV:
		return "-json and -csv exclude one another"
	case *a.rate < 1 || *a.rate > 200_000:
		return fmt.Sprintf("-rate is a number of calls a second from 1, not %d", *a.rate)
	case *a.remedy != "" && !slices.Contains(kinds, *a.remedy):
		return fmt.Sprintf("-remedy %q is none; use %s", *a.remedy, strings.Join(kinds, ", "))
	case *a.most < 1:
		return fmt.Sprintf("-max is a number of topics from 1, not %d", *a.most)
	case *a.remedy != "" && *a.undo != "":
		return "-remedy and -undo exclude one another"
	case *a.undo != "" && (*a.state != "" || *a.save != "" || *a.asCSV):
		return "-undo takes no -state, -save or -csv"
	case *a.remedy == "" && (*a.save != "" || given(a.flags, "max")):
		return "-save and -max belong beside -remedy"
	case offline && (acts || *a.state != ""):
		return "names in files are only looked at: no -state, -remedy or -undo beside them"
	case *a.remedy != "" && !*a.yes && !somebody(a.stdin):
		return "there is nobody to ask whether topics may be changed; say -yes"
	}
	return ""
}

// load reads the configuration, and the policy where it is looked for.
func (a *auditing) load() (ok bool) {
	o := config.Options{Offline: true, PolicyFile: *a.policyFile}
	a.config = config.Load(a.environ, o)
	if a.config.PolicyURL != nil && *a.policyFile == "" {
		found, err := app.FindPolicy(a.ctx, a.config, a.environ)
		if err != nil {
			a.complain("%v", err)
			return false
		}
		o.Found = &found
		a.config = config.Load(a.environ, o)
	}
	if a.config.Broken() {
		a.complainAll(a.config)
	}
	return !a.config.Broken()
}

// client is who calls Chat, and for which app.
func (a *auditing) client() (client *chatapi.Client, id string, ok bool) {
	c := a.config
	id = cmp.Or(*a.app, first(c.AppIDs))
	switch {
	case id == "":
		a.complain("no app is named: %sSDK_APP_IDS: set it to the SDKAppID shown in the Chat console", config.Prefix)
		return nil, "", false
	case *a.app == "" && len(c.AppIDs) > 1:
		a.complain("several apps are served: say which with -app: %s", strings.Join(c.AppIDs, ", "))
		return nil, "", false
	case c.AppIDs != nil && !slices.Contains(c.AppIDs, id):
		a.complain("app %q is not served: say one of %sSDK_APP_IDS: %s", id, config.Prefix, strings.Join(c.AppIDs, ", "))
		return nil, "", false
	}
	var missing []string
	if c.ChatAPIURL == "" {
		missing = append(missing, config.Prefix+"CHAT_API_URL, where the REST API of the app's region is")
	}
	if c.ChatSecretKey == "" {
		missing = append(missing, config.Prefix+"CHAT_SECRET_KEY, the app's secret key")
	}
	if missing != nil {
		a.complain("Chat cannot be asked: set %s; or name files of names", strings.Join(missing, " and "))
		return nil, "", false
	}
	client, err := chatapi.New(chatapi.Options{BaseURL: c.ChatAPIURL, App: id, Admin: c.ChatAdmin, SecretKey: c.ChatSecretKey, Rate: float64(*a.rate)})
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			a.complain("%s", line)
		}
		return nil, "", false
	}
	return client, id, true
}

// sweep looks at every topic of the app, and acts where it was told to.
func (a *auditing) sweep() int {
	client, id, ok := a.client()
	if !ok || !a.mayRemedy() {
		return statusUnfinished
	}
	s := audit.Sweep{
		Chat: client, Policy: a.config.Policy, App: id, Leave: a.config.RemedyName, At: a.began,
		Workers: max(1, min(*a.rate/3, mostAtOnce)), Asking: asking,
	}
	if *a.state != "" {
		state, err := audit.OpenState(*a.state, id, a.config.Digest, a.report)
		if err != nil {
			a.complain("%v", err)
			return statusUnfinished
		}
		defer func() { _ = state.Close() }() // what it holds was written
		s.State = state
	}
	var err error
	if !a.goesBy(s.State, id) {
		err = a.watched(func(done func(done, total int)) error {
			s.Done = done
			return s.Run(a.ctx, a.report)
		})
	}
	if err != nil {
		a.complain("the audit could not finish: %v", a.interrupted(err))
		if s.State != nil {
			a.complain("another run with -state %s goes on from here", *a.state)
		}
	}
	if *a.remedy != "" && err == nil {
		err = a.remedies(client, id)
	} else {
		a.tell()
	}
	return a.status(err)
}

// goesBy reports whether the audit that a state holds will do, and else begins or goes on.
func (a *auditing) goesBy(s *audit.State, id string) bool {
	switch {
	case s == nil:
		return false
	case s.Finished && *a.remedy != "":
		a.complain("going by the audit that %s holds, begun at %s; each topic is looked at again before it is changed", *a.state, s.Begun.Format(time.RFC3339))
		a.report.Finished, a.report.Communities = true, s.Count()
		return true
	case s.Finished:
		a.complain("the audit in %s was finished; this one begins anew", *a.state)
		a.report = audit.NewReport()
		if err := s.Begin(id, a.config.Digest); err != nil {
			a.complain("%v", err) // so will the first community that is finished fails
		}
	case s.Count() > 0:
		a.complain("going on with the audit begun at %s: %d communities are finished", s.Begun.Format(time.RFC3339), s.Count())
	}
	return false
}

// watched runs what takes long, with a progress bar where somebody looks.
func (a *auditing) watched(run func(done func(done, total int)) error) error {
	if !terminal(a.stderr) {
		return run(nil)
	}
	defer func() { _, _ = io.WriteString(a.stderr, "\r\x1b[K") }()
	var shown time.Time
	return run(func(done, total int) {
		if now := time.Now(); now.Sub(shown) > 100*time.Millisecond {
			shown = now
			_, _ = io.WriteString(a.stderr, strings.Replace(progressBar(int64(done), int64(total)), "reading", "auditing", 1))
		}
	})
}

// interrupted says of what a signal ended that it was one.
func (a *auditing) interrupted(err error) error {
	if a.ctx.Err() != nil {
		return errors.New("it was interrupted")
	}
	return err
}

// names looks at names in files.
func (a *auditing) names() int {
	n := audit.Names{Policy: a.config.Policy, App: *a.app, Leave: a.config.RemedyName, At: a.began}
	if n.App == "" && len(a.config.AppIDs) == 1 {
		n.App = a.config.AppIDs[0]
	}
	for _, file := range a.arguments {
		if err := a.namesOf(file, &n); err != nil {
			a.complain("%v", a.interrupted(err))
			a.tell()
			return statusUnfinished
		}
	}
	a.report.Finished = a.report.Failed == 0
	a.tell()
	return a.status(nil)
}

func (a *auditing) namesOf(file string, n *audit.Names) error {
	if file == "-" {
		return n.Read(a.ctx, a.stdin, "standard input", a.report)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	total := int64(0)
	if info, err := f.Stat(); err == nil {
		total = info.Size()
	}
	return a.watched(func(done func(done, total int)) error {
		return n.Read(a.ctx, &told{f, done, 0, total}, file, a.report)
	})
}

// told is a file that says how much of it was read.
type told struct {
	io.Reader
	done        func(done, total int)
	read, total int64
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if t.read += int64(n); t.done != nil {
		t.done(int(t.read), int(t.total))
	}
	return n, err
}

// status is the exit status of an audit that ended with an error, or not.
func (a *auditing) status(err error) int {
	switch {
	case err != nil, !a.report.Finished, a.acted != nil && a.acted.Failed > 0:
		return statusUnfinished
	case a.report.Found > 0:
		return statusNo
	}
	return statusOK
}

// somebody reports whether a person types what is read.
func somebody(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok || !terminal(f) {
		return false
	}
	info, err := f.Stat()
	nobody, _ := os.Stat(os.DevNull) // what schedulers give
	return err == nil && !os.SameFile(info, nobody)
}

// confirmed asks whether to go on, and is true under -yes.
func (a *auditing) confirmed(question string) bool {
	if *a.yes {
		a.complain("%s", question)
		return true
	}
	_, _ = io.WriteString(a.stderr, "topicgate: "+oneLine(question)+". Go on? [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case said := <-answer:
		return said == "y" || said == "yes"
	case <-a.ctx.Done(): // what reads ends with the process
		return false
	}
}
