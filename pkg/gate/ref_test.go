package gate

import (
	"strings"
	"testing"
)

// No two refusals share a reference, and each can be typed in the forms that people use.
func TestNewRef(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		ref := newRef()
		if parsed, ok := ParseRef(ref); !ok || parsed != ref || seen[ref] {
			t.Fatalf("%q is read as %q, %v; seen before: %v", ref, parsed, ok, seen[ref])
		}
		seen[ref] = true
	}
}

func TestParseRef(t *testing.T) {
	for typed, want := range map[string]string{
		"7K3M9QXA": "7K3M9QXA", "7k3m-9qxa": "7K3M9QXA", "7K3M 9QXA": "7K3M9QXA",
		"oOiIlL00": "00111100", "7K3M9QX": "", "7K3M9QXAA": "", "7K3M9QXU": "", "": "", "７K3M9QX": "",
	} {
		if got, ok := ParseRef(typed); ok != (want != "") || ok && got != want {
			t.Errorf("%q is read as %q, %v, want %q", typed, got, ok, want)
		}
	}
}

func TestFindRefs(t *testing.T) {
	for pasted, want := range map[string]string{
		" 7k3m-9qxa\n": "7K3M9QXA", "7K3M 9QXA": "7K3M9QXA", "7K3M9QXA.": "7K3M9QXA", "编号7K3M9QXA。": "7K3M9QXA",
		"\"spam\" is not allowed in a topic name. Ref 7k3m9qxo, complain there": "7K3M9QX0 C0MP1A1N",
		"ref 7K3M9QX": "", "a.log": "", "": "",
	} {
		if got := strings.Join(FindRefs(pasted), " "); got != want {
			t.Errorf("in %q are %q, want %q", pasted, got, want)
		}
	}
}
