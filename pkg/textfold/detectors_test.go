package textfold

import (
	"strings"
	"testing"
	"time"
)

// detectors are all of them, each as a policy asks it.
var detectors = map[string]func(name string) (what string, found bool){
	"contacts": Contact,
	"links":    func(name string) (string, bool) { return Link(name, nil) },
	"repeats":  func(name string) (string, bool) { return Repeated(name, 6) },
	"shouting": Shouting,
}

// TestDetectorsAreLinear asks for long names that hold much of what a detector looks for:
// one that is four times as long must not take twelve times as long, at its quickest.
// Where it does, it is asked again: the machine may have been busy.
func TestDetectorsAreLinear(t *testing.T) {
	quickest := func(detect func(string) (string, bool), name string) time.Duration {
		const runs = 10
		least := time.Hour
		for range runs {
			begin := time.Now()
			detect(name)
			least = min(least, time.Since(begin))
		}
		return least
	}
	for _, part := range []string{
		"1,", "1.", "1 ", "12:", "2024-05-01 ", "加", "加+", "加 😀", "微 信", "v信", "a.", "a.b-", "example.", "com.", "://", "http://", "http://@", "http:", "@", "a@", "a at ",
		" dot ", "a dot ", " . ", "[.]", "a。", "点a", "jia", "jia ", "qq:", "tg @", "ab", "abcd", "A b", "\xff", "😀", "e\u0301", "\u200B", "\uFDFA", "１", "①", "一、", "٠", "xn--", "例子.",
	} {
		short, long := strings.Repeat(part, 1024/len(part)), strings.Repeat(part, 4096/len(part))
		for detector, detect := range detectors {
			var few, many time.Duration
			for range 5 {
				few, many = quickest(detect, short), quickest(detect, long)
				if many < 12*few {
					break
				}
			}
			if few > time.Microsecond && many >= 12*few {
				t.Errorf("%s takes %v, then %v for %q again and again", detector, few, many, part)
			}
		}
	}
}

func FuzzDetectors(f *testing.F) {
	for _, tt := range contactNames {
		f.Add(tt.name)
	}
	for _, tt := range linkNames {
		f.Add(tt.name)
	}
	for _, name := range append(reachNobody, leadNowhere...) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for detector, detect := range detectors {
			what, found := detect(name)
			if found != (what != "") || !strings.Contains(name, what) {
				t.Errorf("%s: %q, %v is nothing of %q", detector, what, found, name)
			}
		}
		if what, found := Link(name, []string{"example.com"}); found {
			if _, found := Link(name, nil); !found {
				t.Errorf("only with an exemption %q is a link in %q", what, name)
			}
		}
	})
}

func BenchmarkDetectors(b *testing.B) {
	for kind, name := range cleanNames {
		for detector, detect := range detectors {
			b.Run(detector+"/"+kind, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					detect(name)
				}
			})
		}
		b.Run("all/"+kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				detectAll(name)
			}
		})
	}
}
