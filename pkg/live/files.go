package live

import (
	"maps"
	"slices"
)

// Files are those that a configuration was read from, watched for changes. They are not
// safe for concurrent use.
type Files struct {
	read    func(path string) (string, error)
	loaded  map[string]content // as the last load found them
	good    map[string]content // as the last good one did
	pending map[string]content // as the last look found them, where that is a change
}

// A content is what a file holds, or why it cannot be read.
type content struct{ text, err string }

func contentOf(text string, err error) content {
	if err != nil {
		return content{err: err.Error()}
	}
	return content{text: text}
}

// NewFiles watches nothing yet. It reads files as loads do.
func NewFiles(read func(path string) (string, error)) *Files { return &Files{read: read} }

// Changed looks at all files, and reports whether they are others than those that were
// loaded. It takes two looks that agree: a file that is being written is none yet.
func (f *Files) Changed() bool {
	now := map[string]content{}
	for path := range f.loaded {
		now[path] = contentOf(f.read(path))
	}
	if maps.Equal(now, f.loaded) {
		f.pending = nil
		return false
	}
	agreed := f.pending != nil && maps.Equal(now, f.pending)
	f.pending = now
	return agreed
}

// A Load is one reading of all files.
type Load struct {
	files *Files
	found map[string]content
}

// Load begins one.
func (f *Files) Load() *Load { return &Load{f, map[string]content{}} }

// Seen is told of each file that is read.
func (l *Load) Seen(path, text string, err error) { l.found[path] = contentOf(text, err) }

// Torn reports whether a file has changed since the looks that agreed.
func (l *Load) Torn() bool {
	for path, c := range l.found {
		if looked, ok := l.files.pending[path]; ok && looked != c {
			return true
		}
	}
	return false
}

// Emptied are the files that hold nothing, not a byte, and held something in the last good
// load: somebody's copy has failed.
func (l *Load) Emptied() []string {
	var emptied []string
	for path, c := range l.found {
		if before := l.files.good[path]; c == (content{}) && before.text != "" {
			emptied = append(emptied, path)
		}
	}
	slices.Sort(emptied)
	return emptied
}

// Settle ends a load: what differs from it is a change from now on.
func (l *Load) Settle(good bool) {
	l.files.loaded, l.files.pending = l.found, nil
	if good {
		l.files.good = l.found
	}
}

// Texts are the files of the last good load that could be read, by path.
func (f *Files) Texts() map[string]string {
	texts := map[string]string{}
	for path, c := range f.good {
		if c.err == "" {
			texts[path] = c.text
		}
	}
	return texts
}
