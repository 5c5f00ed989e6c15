package policyfile_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

var update = flag.Bool("update", false, "write what was got over what is wanted")

// TestBusted holds everything that is said of broken policies to the letter, as a user
// reads it: what cannot be read and what cannot be compiled, in the order of the file.
func TestBusted(t *testing.T) {
	const least = 25
	t.Chdir("testdata/busted")
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < least {
		t.Errorf("%d broken policies, want %d at least", len(files), least)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			c := config.Load(nil, config.Options{Offline: true, PolicyFile: file})
			if !c.Broken() || c.Policy != nil {
				t.Fatal("nothing is wrong with it")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".want", strings.Join(policy.Texts(c.Problems), "\n")+"\n")
		})
	}
}

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-%s +got:\n%s", file, diff)
	}
}
