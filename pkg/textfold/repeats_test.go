package textfold

import "testing"

func TestRepeated(t *testing.T) {
	tests := []struct {
		name  string
		times int
		what  string // none: not found
	}{
		{"cooooool", 6, "oooooo"},
		{"coooool", 6, ""},
		{"cOoＯ𝓸ōol", 6, "OoＯ𝓸ōo"},
		{"!!!!!!!!!!", 6, "!!!!!!!!!!"},
		{"！!！!！!", 6, "！!！!！!"},
		{"哈哈哈哈哈哈", 6, "哈哈哈哈哈哈"},
		{"哈哈哈哈哈", 6, ""},
		{"hahahahahaha", 6, "hahahahahaha"},
		{"hahahahahah", 6, ""},
		{"加我加我加我", 3, "加我加我加我"},
		{"加微信加微信加微信了", 3, "加微信加微信加微信"},
		{"spamspamspam", 3, "spamspamspam"},
		{"spamsspamsspams", 3, ""}, // a unit of five
		{"spamspam", 3, ""},
		{"👍👍🏽👍", 3, ""}, // a skin tone is a character
		{"👍👍👍", 3, "👍👍👍"},
		{"❤️❤❤️", 3, "❤️❤❤️"},
		{"🇩🇪🇩🇪🇩🇪", 3, "🇩🇪🇩🇪🇩🇪"},
		{"a\u200Ba\u200Ba", 3, "a\u200Ba\u200Ba"},
		{"111111", 6, "111111"},
		{"⑪⑪⑪", 6, "⑪⑪⑪"},
		{"Classics of the valley", 3, ""},
		{"Mississippi", 2, "ss"},
		{"banana split", 3, ""},
		{"木木林森", 3, ""},
		{"三三两两", 3, ""},
		{"www.example.com", 4, ""},
		{"weekend hiking group for beginners", 3, ""},
		{"\xff\xff\xff", 3, "\xff\xff\xff"},
		{"", 2, ""},
		{"aaaa", 1, ""}, // nothing repeats once
		{"aaaa", 0, ""},
	}
	for _, tt := range tests {
		what, found := Repeated(tt.name, tt.times)
		if what != tt.what || found != (tt.what != "") {
			t.Errorf("Repeated(%q, %d) = %q, %v, want %q", tt.name, tt.times, what, found, tt.what)
		}
	}
}
