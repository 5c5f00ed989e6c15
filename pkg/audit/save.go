package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A Change is one act, as it is saved before it is done.
type Change struct {
	At        time.Time `json:"at"`
	App       string    `json:"app"`
	Act       Act       `json:"act"`
	Community string    `json:"group_id"`
	Topic     string    `json:"topic_id"`
	Rule      string    `json:"rule"`
	Before    Was       `json:"before"`
	After     *Was      `json:"after"` // nil of what is destroyed
}

// Was is what of a topic an act may change.
type Was struct {
	Name  string `json:"name"`
	Muted bool   `json:"muted"`
}

// A Save is a file of changes, one a line, to which are added those of every audit that
// names it. Each is on the disk before it is done.
type Save struct {
	file *os.File
	path string
	end  int64 // of the last whole line
}

// A savingError says that a change cannot be saved, so that it must not be done.
type savingError struct{ error }

func (e savingError) Unwrap() error { return e.error }

func asSaving(err error) (savingError, bool) { return errors.AsType[savingError](err) }

// OpenSave opens a file of changes, or makes one. A file that holds something else is
// refused.
func OpenSave(path string) (*Save, error) {
	file, err := openRegular(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	s := &Save{file: file, path: path}
	if err := s.open(); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *Save) open() error {
	if err := lock(s.file); err != nil {
		return fmt.Errorf("another audit is using it: %w", err)
	}
	_, end, err := readChanges(s.file)
	if err != nil {
		return err
	}
	s.end = end
	if err := s.cut(); err != nil {
		return err
	}
	// That the file is there must outlive the machine, too.
	folder, err := os.Open(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	if err := folder.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("its folder: %w", reason(err))
	}
	return nil
}

// cut removes what is behind the last whole line: the piece of a change that was not done.
func (s *Save) cut() error {
	if err := s.file.Truncate(s.end); err != nil {
		return err
	}
	_, err := s.file.Seek(s.end, io.SeekStart)
	return err
}

// Write saves a change.
func (s *Save) Write(c *Change) error {
	text, err := json.Marshal(c)
	if err == nil {
		_, err = s.file.Write(append(text, '\n'))
	}
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		_ = s.cut() // else the next audit does
		return savingError{fmt.Errorf("%s: what would be changed cannot be saved, so nothing is: %w", s.path, reason(err))}
	}
	s.end += int64(len(text)) + 1
	return nil
}

// Close lets others use the file.
func (s *Save) Close() error { return s.file.Close() }

// ReadChanges reads a file that was saved.
func ReadChanges(path string) ([]Change, error) {
	file, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	changes, _, err := readChanges(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return changes, nil
}

// readChanges reads whole lines, and where they end. A piece behind them was not done.
func readChanges(r io.Reader) (changes []Change, end int64, err error) {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if !whole && (len(text) == 0 || len(changes) > 0 || piece(text, `{"at":`)) {
			return changes, end, nil
		}
		var c Change
		if err := json.Unmarshal(text, &c); err != nil || !whole || !slices.Contains(Acts[:], c.Act) || c.Topic == "" || c.Community == "" {
			return nil, 0, fmt.Errorf("line %d is not a change that an audit saved; name another file", n)
		}
		changes = append(changes, c)
		end += int64(len(text))
	}
}
