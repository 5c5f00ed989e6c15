package live

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

// disk is files by path; one that is not there cannot be read.
type disk map[string]string

func (d disk) read(path string) (string, error) {
	text, ok := d[path]
	if !ok {
		return "", errors.New("no such file")
	}
	return text, nil
}

// load reads files as a configuration does.
func (d disk) load(f *Files, good bool, paths ...string) *Load {
	l := f.Load()
	for _, path := range paths {
		text, err := d.read(path)
		l.Seen(path, text, err)
	}
	l.Settle(good)
	return l
}

// TestFilesChanged: a change counts once two looks agree on it; what comes back to what
// was loaded is none, and a file that appears is one.
func TestFilesChanged(t *testing.T) {
	d := disk{"policy": "1"}
	f := NewFiles(d.read)
	d.load(f, true, "policy", "list")
	steps := []struct {
		what  string
		write func()
		want  bool
	}{
		{"nothing", func() {}, false},
		{"half of a change", func() { d["policy"] = "2" }, false},
		{"more of it", func() { d["policy"] = "22" }, false},
		{"no more of it", func() {}, true},
		{"and it is not loaded", func() {}, true},
		{"it is taken back", func() { d["policy"] = "1" }, false},
		{"and stays so", func() {}, false},
		{"a file appears", func() { d["list"] = "x" }, false},
		{"and stays", func() {}, true},
		{"a file that nobody reads", func() { delete(d, "list"); d["other"] = "x" }, false},
	}
	for _, step := range steps {
		step.write()
		if got := f.Changed(); got != step.want {
			t.Errorf("%s: changed %v", step.what, got)
		}
	}
}

// TestTorn: what changes between the looks and the load is seen.
func TestTorn(t *testing.T) {
	d := disk{"policy": "1"}
	f := NewFiles(d.read)
	d.load(f, true, "policy")
	d["policy"] = "2"
	f.Changed()
	if !f.Changed() {
		t.Fatal("not changed")
	}
	l := f.Load()
	l.Seen("policy", "2", nil)
	l.Seen("list", "new", nil) // which the policy names now
	if l.Torn() {
		t.Error("torn, though it is as it was looked at")
	}
	l.Seen("policy", "3", nil)
	if !l.Torn() {
		t.Error("not torn")
	}
}

// TestEmptied: a file is missed once a good load has seen something in it, however many
// loads came to nothing since.
func TestEmptied(t *testing.T) {
	d := disk{"words": "spam", "empty": "", "policy": "1"}
	f := NewFiles(d.read)
	d.load(f, true, "policy", "words", "empty")
	d.load(f, false, "policy") // broken: its list was not read
	d["words"], d["policy"] = "", "# nothing\n"
	if got := d.load(f, false, "policy", "words", "empty").Emptied(); !slices.Equal(got, []string{"words"}) {
		t.Errorf("emptied %q", got)
	}
	delete(d, "words") // an error of its own
	if got := d.load(f, false, "policy", "words").Emptied(); got != nil {
		t.Errorf("emptied %q", got)
	}
	if got, want := f.Texts(), map[string]string{"policy": "1", "words": "spam", "empty": ""}; !maps.Equal(got, want) {
		t.Errorf("the last good files are %q, want %q", got, want)
	}
}
