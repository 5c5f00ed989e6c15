package live

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestState(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	if s, err := LoadState(dir); s != nil || err != nil {
		t.Fatalf("nothing was kept: %v, %v", s, err)
	}
	policy := "version: 1"
	for _, want := range []State{
		{Variables: []string{"TOPICGATE_TOKENS=s3cr3t"}, Files: map[string]string{"/a": "x\n"}, Policy: &policy},
		{Variables: []string{"TOPICGATE_TOKENS=other"}},
	} {
		if err := want.Save(dir); err != nil {
			t.Fatal(err)
		}
		got, err := LoadState(dir)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v: want the one file", files, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, stateFile): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v: it holds secrets", path, info.Mode(), err, want)
		}
	}
}

// TestStateInVain: what cannot be kept or read is an error, and leaves nothing behind.
func TestStateInVain(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, stateFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := LoadState(dir); s != nil || err == nil {
		t.Errorf("half a state: %v, %v", s, err)
	}
	if err := (&State{}).Save("/dev/null/x"); err == nil {
		t.Error("kept in no folder")
	}
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, stateFile), 0o700); err != nil { // which a file does not replace
		t.Fatal(err)
	}
	if err := (&State{}).Save(dir); err == nil {
		t.Error("a folder was replaced")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
