package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A State keeps what an audit has finished in a file, so that another run goes on from
// there: a line that says whose it is, then one for each community, in the order in which
// they were finished. A line is written at once and never changed: whatever ends the
// process leaves whole lines, and at most a piece of one, which is cut off.
type State struct {
	Begun    time.Time
	Finished bool // by the run before

	file *os.File
	path string
	end  int64 // of the last whole line
	done map[string]bool
}

// A stateLine is one of: the first, the last, or a community's.
type stateLine struct {
	Audit    string    `json:"audit,omitzero"` // the version of this form
	App      string    `json:"app,omitzero"`
	Policy   string    `json:"policy,omitzero"` // its digest
	Begun    time.Time `json:"begun,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	*Result
}

const stateVersion = "1"

// OpenState opens the state of an audit of an app by a policy, told by its digest; r is
// given what was found before. One of another app or policy is refused, and so is one that
// another audit is using, or a file that is none.
func OpenState(path, app, digest string, r *Report) (s *State, err error) {
	file, err := openRegular(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	s = &State{file: file, path: path, done: map[string]bool{}}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	if err := lock(file); err != nil {
		return nil, fmt.Errorf("%s: another audit is using it: %w", path, err)
	}
	found := NewReport()
	head, err := s.read(found)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case head.Audit == "":
		return s, s.Begin(app, digest)
	case head.Audit != stateVersion:
		return nil, fmt.Errorf("%s: it was written by another version of topicgate; remove it to begin anew", path)
	case head.App != app:
		return nil, fmt.Errorf("%s: it belongs to app %q, and this is %q; name another file", path, head.App, app)
	case head.Policy != digest && !s.Finished:
		return nil, fmt.Errorf("%s: it belongs to another policy, %.12s, and this is %.12s; finish it with that, or remove it to begin anew", path, head.Policy, digest)
	case head.Policy != digest:
		return s, s.Begin(app, digest)
	}
	s.Begun = head.Begun
	found.sort() // it may be gone by, and acted upon, as it is
	*r = *found
	return s, nil
}

// read reads the lines there are.
func (s *State) read(r *Report) (head stateLine, err error) {
	lines := bufio.NewReader(s.file)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			// Somebody's text without a line end is no piece of a line of ours.
			if n == 1 && len(text) > 0 && !piece(text, `{"audit":`) {
				return head, errors.New("it is not the state of an audit; name another file")
			}
			return head, s.cut()
		}
		if err != nil {
			return head, err
		}
		var line stateLine
		if err := json.Unmarshal(text, &line); err != nil || (n == 1) != (line.Audit != "") {
			if n == 1 {
				return head, errors.New("it is not the state of an audit; name another file")
			}
			return head, fmt.Errorf("line %d is damaged; remove the file to begin anew", n)
		}
		switch {
		case n == 1:
			head = line
		case !line.Finished.IsZero():
			s.Finished = true
		case line.Result != nil && !s.done[line.Community]:
			s.done[line.Community] = true
			r.add(line.Result)
		}
		s.end += int64(len(text))
	}
}

// cut removes what is behind the last whole line.
func (s *State) cut() error {
	if err := s.file.Truncate(s.end); err != nil {
		return err
	}
	_, err := s.file.Seek(s.end, io.SeekStart)
	return err
}

// Begin forgets what was finished.
func (s *State) Begin(app, digest string) error {
	s.Begun, s.Finished, s.end = time.Now().UTC().Truncate(time.Second), false, 0
	clear(s.done)
	if err := s.cut(); err != nil {
		return err
	}
	return s.write(stateLine{Audit: stateVersion, App: app, Policy: digest, Begun: s.Begun})
}

// Done reports whether a community is finished; of no State, none is.
func (s *State) Done(community string) bool { return s != nil && s.done[community] }

// Count is how many are.
func (s *State) Count() int { return len(s.done) }

// Community notes that a community is finished.
func (s *State) Community(r *Result) error {
	if s == nil {
		return nil
	}
	s.done[r.Community] = true
	return s.write(stateLine{Result: r})
}

// Finish notes that all are: the next audit begins anew.
func (s *State) Finish() error {
	if s == nil {
		return nil
	}
	s.Finished = true
	return s.write(stateLine{Finished: time.Now().UTC().Truncate(time.Second)})
}

// write writes a line, whole or not at all as far as the disk lets it.
func (s *State) write(line stateLine) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(append(text, '\n')); err != nil {
		_ = s.cut() // else the next run does
		return fmt.Errorf("%s: what was finished cannot be kept: %w", s.path, reason(err))
	}
	s.end += int64(len(text)) + 1
	return nil
}

// Close lets others use the file.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.file.Sync(), s.file.Close())
}

// reason is what the system said, without the path.
func reason(err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		return at.Err
	}
	return err
}

// piece reports whether a text can be the beginning of a line of ours.
func piece(text []byte, beginning string) bool {
	return strings.HasPrefix(string(text), beginning) || strings.HasPrefix(beginning, string(text))
}

// openRegular opens a file, and nothing that looks like one: a pipe would wait, and some
// devices never end.
func openRegular(path string, flags int) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no file; name one", path)
	}
	return os.OpenFile(path, flags, 0o600)
}
