package app

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/live"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

const (
	fileLook  = 2 * time.Second  // from one look at all files to the next
	urlLook   = 10 * time.Second // for one look at POLICY_URL
	firstLook = 3 * time.Second  // for the one before a server listens
)

// Served is a Live that looks by itself: a server's.
type Served struct {
	*Live
	files      *live.Files
	savedFound *string // of found
	// Problems are why the configuration that was found is broken; there may be a last
	// good one to go by all the same.
	Problems []policy.Problem
}

// Serve loads the configuration of a server: what its environment says or, when that is
// broken, the last good one that STATE_DIR keeps. A machine that starts again months after
// a bad edit must not come back without its rules, or not at all.
func Serve(environ []string, o config.Options) *Served {
	files := live.NewFiles(read)
	load := files.Load()
	o.Seen = load.Seen
	c := config.Load(environ, o)
	o.Seen = nil
	load.Settle(!c.Broken())
	s := &Served{Live: newLive(c, environ, o), files: files, Problems: c.Problems}
	s.server = true
	if c.StateDir != "" {
		s.restore()
	}
	if s.remote != nil && !s.config.Broken() {
		ctx, cancel := context.WithTimeout(context.Background(), firstLook)
		defer cancel()
		s.look(ctx)
	}
	return s
}

// read reads a file as loads do.
func read(path string) (text string, err error) {
	folder := policyfile.Dir("")
	folder.Seen = func(_, seen string, failed error) { text, err = seen, failed }
	_, _ = folder.Read(path)
	return text, err
}

// restore takes from STATE_DIR what is broken now, or cannot be found yet.
func (s *Served) restore() {
	c := s.config
	state, err := live.LoadState(c.StateDir)
	if err != nil {
		c.Warnings = append(c.Warnings, policy.Problem{Where: policy.Origin{Variable: config.Prefix + "STATE_DIR"}, What: err.Error(), How: "the last good configuration is not known"})
	}
	switch {
	case state == nil:
	case c.Broken():
		o := s.options
		o.Kept, o.Found = state.Files, state.Policy
		if kept := config.Load(state.Variables, o); !kept.Broken() {
			s.Live = newLive(kept, s.environ, s.options)
			s.server, s.found = true, state.Policy
		}
	case s.remote != nil && state.Policy != nil:
		if kept := s.load(state.Policy, nil); !kept.Broken() {
			s.config, s.found = kept, state.Policy
		}
	}
}

// Config is what there is to go by, broken or not.
func (s *Served) Config() *config.Config { return s.config }

// Counts are what metrics tell of changes.
func (s *Served) Counts() *Counts { return &s.counts }

// Start makes the gate, and writes its start line: an error when it goes by what was kept.
// It tells of each snapshot that is swapped in later.
func (s *Served) Start(out io.Writer, observer gate.Observer, changed func(*gate.Snapshot)) *gate.Gate {
	s.changed = changed
	if len(s.Problems) == 0 {
		s.save()
	}
	return s.start(out, observer, policy.Texts(s.Problems))
}

// Watch looks at the files every two seconds and at POLICY_URL every REFRESH, and at both
// at once when told to, until the context ends.
func (s *Served) Watch(ctx context.Context, now <-chan os.Signal) {
	asked := make(chan struct{}, 1)
	if s.remote != nil {
		go s.watchURL(ctx, asked)
	}
	tick := time.NewTicker(fileLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-now:
			s.reload("signal")
			select {
			case asked <- struct{}{}:
			default: // it was asked already
			}
		case <-tick.C:
			if s.remote == nil {
				s.counts.Check.Store(time.Now().Unix())
			}
			if s.filesChanged() {
				s.reload("files")
			}
		}
	}
}

func (s *Served) filesChanged() bool {
	s.loading.Lock()
	defer s.loading.Unlock()
	return s.files.Changed()
}

// watchURL looks when it is due, or asked for.
func (s *Served) watchURL(ctx context.Context, asked <-chan struct{}) {
	for {
		// The schedule knows a clock that was set back, if it is asked now and then.
		due := time.NewTimer(min(time.Until(s.schedule.Next()), time.Minute))
		select {
		case <-ctx.Done():
			due.Stop()
			return
		case <-asked:
		case <-due.C:
			if !s.schedule.Due(time.Now()) {
				continue
			}
		}
		due.Stop()
		look, cancel := context.WithTimeout(ctx, urlLook)
		s.looking.Lock()
		s.look(look)
		s.looking.Unlock()
		cancel()
		s.saveFound()
	}
}

// reload loads everything anew.
func (s *Served) reload(source string) {
	s.loading.Lock()
	defer s.loading.Unlock()
	load := s.files.Load()
	c := s.load(s.found, load.Seen)
	if source == "files" && load.Torn() {
		return // it goes on changing: the next look sees it
	}
	problems := policy.Texts(c.Problems)
	for _, path := range load.Emptied() {
		problems = append(problems, path+": the file has become empty, as when a copy fails; put its content back, or leave one comment in it if nothing is meant to be listed")
	}
	load.Settle(len(problems) == 0)
	if len(problems) > 0 {
		s.counts.Failures.Add(1)
		s.refuse(source, problems)
		return
	}
	s.swap(c, source)
	s.save()
}

// saveFound keeps what was found at POLICY_URL, if it is new.
func (s *Served) saveFound() {
	s.loading.Lock()
	defer s.loading.Unlock()
	if s.found != nil && s.found != s.savedFound {
		s.save()
	}
}

// save keeps the configuration, which is good, for a start that finds a broken one.
func (s *Served) save() {
	if s.config.StateDir == "" {
		return
	}
	state := live.State{Files: s.files.Texts(), Policy: s.found}
	for _, pair := range s.environ {
		if strings.HasPrefix(pair, config.Prefix) {
			state.Variables = append(state.Variables, pair)
		}
	}
	s.savedFound = s.found
	if err := state.Save(s.config.StateDir); err != nil {
		s.refuse("state", []string{config.Prefix + "STATE_DIR: the last good configuration cannot be kept: " + err.Error() + "; name a folder that this user may write to"})
	}
}
