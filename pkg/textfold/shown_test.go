package textfold

import "testing"

// TestShown: what a screen would obey or not show is escaped, and what is kept is kept.
func TestShown(t *testing.T) {
	for _, tt := range []struct{ text, kept, want string }{
		{"新手村 ❤️", "", "新手村 ❤️"}, {"a\x1b[31m\tb", "\t", "a\\u001b[31m\tb"}, {"a\u202eb\xff\U000e0041", "", `a\u202eb\xff\udb40\udc41`},
	} {
		if got := Shown(tt.text, tt.kept); got != tt.want {
			t.Errorf("%+q: got %s, want %s", tt.text, got, tt.want)
		}
	}
	for item, want := range map[string]string{"fuck*": "fuck", "*porn*": "porn", `a\*`: "a*", "*": "*", "plain": "plain"} {
		if got := BareWord(item); got != want {
			t.Errorf("%s: got %s, want %s", item, got, want)
		}
	}
}
