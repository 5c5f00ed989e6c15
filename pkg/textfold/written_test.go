package textfold

import "testing"

// TestWritten: a hit is told as the name writes it, in whichever reading it was found.
func TestWritten(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		options    Options
	}{
		{"Best ＳＰＡＭ!", "ＳＰＡＭ", Options{}},
		{"best s p-a.m here", "s p-a.m", Options{IgnoreSeparators: true}},
		{"a ѕраm b", "ѕраm", Options{LookAlikes: true}},
		{"a ѕ_р_а_m b", "ѕ_р_а_m", Options{LookAlikes: true, IgnoreSeparators: true}},
		{"x 加\u200b微\u202e信 y", "加\u200b微\u202e信", Options{}},
		{"我加-微 信", "加-微 信", Options{IgnoreSeparators: true}},
		{"no $pam, sp4m", "$pam", Options{Disguised: true}},
		{"Spám", "Spám", Options{}},
	} {
		set, err := NewSet([]string{"spam", "加微信"}, nil, tt.options)
		if err != nil {
			t.Fatal(err)
		}
		text := NewText(tt.name)
		h, found := set.FindIn(text)
		if got := text.Written(h); !found || got != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.name, got, found, tt.want)
		}
		text.Release()
	}
}
