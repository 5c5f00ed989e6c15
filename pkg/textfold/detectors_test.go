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

// TestDetectorsTerminate asks for names that are as long as a name may be and hold much
// of what a detector looks for: what is slow on them is not linear.
func TestDetectorsTerminate(t *testing.T) {
	for _, part := range []string{
		"1,", "1.", "1 ", "12:", "2024-05-01 ", "加", "加+", "加 😀", "微 信", "v信", "a.", "a.b-", "example.", "com.", "://", "http://", "http://@", "http:", "@", "a@", "a at ",
		" dot ", "a dot ", " . ", "[.]", "a。", "点a", "jia", "jia ", "qq:", "tg @", "ab", "abcd", "A b", "\xff", "😀", "e\u0301", "\u200B", "\uFDFA", "１", "①", "一、", "٠", "xn--", "例子.",
	} {
		name := strings.Repeat(part, 1024/len(part))
		for detector, detect := range detectors {
			const runs = 20
			quickest := time.Hour
			for range runs {
				begin := time.Now()
				detect(name)
				quickest = min(quickest, time.Since(begin))
			}
			if quickest > time.Millisecond {
				t.Errorf("%s takes %v for %q again and again", detector, quickest, part)
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
			if _, any := Link(name, nil); !any {
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
				Contact(name)
				Link(name, nil)
				Repeated(name, 6)
				Shouting(name)
			}
		})
	}
}
