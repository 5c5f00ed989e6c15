//go:build !race

package textfold

import (
	"strings"
	"testing"

	"topicgate/pkg/textfold/textfoldtest"
)

// The race detector makes sync.Pool drop at random, so that these are left
// out under it.

func TestAllocations(t *testing.T) {
	words := append(textfoldtest.Some(1000), "рак", "саsino")
	long := strings.Repeat("weekend 徒步 ", 1000)
	var buffer [512]byte
	for _, o := range []Options{{}, {LookAlikes: true}, {LookAlikes: true, WholeWord: true, IgnoreSeparators: true}} {
		s := mustSet(t, words, []string{"classic"}, o)
		for _, name := range []string{cleanNames["mixed"], "Весна и ёлка ΝΊΚΗ हिन्दी", "ѕрär тест", "CАSІNО", long} {
			if n := testing.AllocsPerRun(100, func() { s.Find(name) }); n != 0 {
				t.Errorf("Set.Find(%.30q…) with %+v allocates %v times", name, o, n)
			}
		}
	}
	names, err := NewNames([]string{"Official Support"})
	if err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func(){
		"Fold of folded text": func() { Fold(cleanNames["english"]) },
		"AppendFold":          func() { AppendFold(buffer[:0], "Ｗｅｅｋｅｎｄ é й\u0323") },
		"Names.Find":          func() { names.Find("Оffiсiаl Suрроrt 한국") },
		"Invisible":           func() { Invisible("می\u200Cخواهم 👩\u200D💻 \u200B") },
		"StripInvisible":      func() { StripInvisible(cleanNames["mixed"]) },
	} {
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s allocates %v times", what, n)
		}
	}
}

func TestDetectorsAllocateNothing(t *testing.T) {
	names := append([]string{cleanNames["english"], cleanNames["chinese"], cleanNames["mixed"]}, reachNobody...)
	names = append(names, leadNowhere...)
	for detector, detect := range detectors {
		for _, name := range names {
			// What could be a host is asked of the public list, which allocates.
			hosts := 0
			if detector == "links" || strings.Contains(name, "@") {
				hosts = strings.Count(name, ".")
			}
			if n := testing.AllocsPerRun(10, func() { detect(name) }); n > float64(hosts) {
				t.Errorf("%s of %q allocates %v times", detector, name, n)
			}
		}
	}
}
