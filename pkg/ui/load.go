package ui

import (
	"path/filepath"
	"slices"
	"sync"
	"time"

	"topicgate/pkg/config"
)

// A loaded is a text of the policy as the gate would load it, in the environment of the
// workbench.
type loaded struct {
	*config.Config
	lists []listFile

	text string
	at   time.Time
	once sync.Once
}

// A listFile is a file that the policy names. It is shown, and not written.
type listFile struct {
	File string `json:"file"`
	Text string `json:"text"`
	Cut  bool   `json:"cut"` // there is more of it than is shown
}

const (
	keptLoads  = 4               // texts: the one that is edited, the one that was opened, and those before
	loadsFor   = 3 * time.Second // then files of lists are read anew
	shownBytes = 64 << 10        // of a file of a list
)

// loads remembers what the last texts were loaded as: one edit asks several times.
type loads struct {
	server *Server
	mu     sync.Mutex
	last   []*loaded // latest last
}

// load loads a text of the policy.
func (l *loads) load(text string) *loaded {
	one := l.find(text)
	one.once.Do(func() {
		path := l.server.policy.path
		edited := map[string]string{filepath.Clean(path): text}
		if absolute, err := filepath.Abs(path); err == nil {
			edited[absolute] = text
		}
		seen := func(file, text string, err error) {
			if _, is := edited[file]; is || err != nil {
				return
			}
			shown := text[:min(len(text), shownBytes)]
			one.lists = append(one.lists, listFile{file, shown, len(shown) < len(text)})
		}
		one.Config = config.Load(l.server.options.Environ, config.Options{Offline: true, PolicyFile: path, Edited: edited, Seen: seen})
	})
	return one
}

// find is the place of a text among the last.
func (l *loads) find(text string) *loaded {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = slices.DeleteFunc(l.last, func(one *loaded) bool { return time.Since(one.at) > loadsFor })
	for _, one := range l.last {
		if one.text == text {
			return one
		}
	}
	if len(l.last) == keptLoads {
		l.last = l.last[1:]
	}
	one := &loaded{text: text, at: time.Now()}
	l.last = append(l.last, one)
	return one
}
