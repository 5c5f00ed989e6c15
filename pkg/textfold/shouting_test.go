package textfold

import "testing"

func TestShouting(t *testing.T) {
	tests := []struct{ name, what string }{
		{"BUY NOW CHEAP", "BUY NOW CHEAP"},
		{"!!! BUY NOW OK !!!", "BUY NOW OK"},
		{"DON'T SHOUT", "DON'T SHOUT"},
		{"ＢＵＹ ＮＯＷ ＣＨＥＡＰ", "ＢＵＹ ＮＯＷ ＣＨＥＡＰ"},
		{"КУПИ СЕЙЧАС", "КУПИ СЕЙЧАС"},
		{"ΑΓΟΡΑΣΕ ΤΩΡΑ", "ΑΓΟΡΑΣΕ ΤΩΡΑ"},
		{"免费 BUY NOW CHEAP 看片", "BUY NOW CHEAP"},
		{"FREE看片MOVIES", "FREE看片MOVIES"},
		{"FREE-MOVIES", "FREE-MOVIES"},
		{"BUY CHEAP for me", ""},         // 8 of 13
		{"ABCDEF Ghi", "ABCDEF Ghi"},     // 7 of 9
		{"ABC DEFG hij", "ABC DEFG hij"}, // 7 of 10
		{"ABC DEF ghij", ""},             // 6 of 10
		{"𝐁𝐔𝐘 𝐍𝐎𝐖 𝐎𝐊", "𝐁𝐔𝐘 𝐍𝐎𝐖 𝐎𝐊"},
		{"BUY NOW", ""},  // six letters
		{"BUY NOWS", ""}, // seven
		{"BUY NOWSI", "BUY NOWSI"},
		{"JAVASCRIPT", ""}, // one word
		{"DON'TSHOUT", ""}, // one word
		{"NASA 新闻", ""},    // four letters
		{"iPhone 15 Pro Max", ""},
		{"WeChat Developers", ""},
		{"Weekend Hiking Group", ""},
		{"weekend hiking group", ""},
		{"周末徒步新手群欢迎大家", ""},
		{"한국어 공부 모임", ""},
		{"HTML/CSS", ""}, // seven
		{"1234 5678 9012", ""},
		{"", ""},
		{"\xff\xfe", ""},
	}
	for _, tt := range tests {
		what, found := Shouting(tt.name)
		if what != tt.what || found != (tt.what != "") {
			t.Errorf("Shouting(%q) = %q, %v, want %q", tt.name, what, found, tt.what)
		}
	}
}
