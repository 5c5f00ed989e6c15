package chat_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"topicgate/pkg/chat"
)

// Chat's parser is not ours: the bytes are the contract.
func TestVerdictJSON(t *testing.T) {
	tests := []struct {
		name    string
		verdict chat.Verdict
		want    string
	}{
		{"zero value", chat.Verdict{}, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`},
		{"allowed", chat.Allowed(), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`},
		{"refused", chat.Refused(1, ""), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":1}`},
		{"refused with a message", chat.Refused(1, "No."), `{"ActionStatus":"OK","ErrorInfo":"No.","ErrorCode":1}`},
		{"first custom code", chat.Refused(10100, ""), `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":10100}`},
		{"last custom code", chat.Refused(10200, "x"), `{"ActionStatus":"OK","ErrorInfo":"x","ErrorCode":10200}`},
		{"HTML stays as it is", chat.Refused(10100, `<b> & "c" \ 'd' />`), `{"ActionStatus":"OK","ErrorInfo":"<b> & \"c\" \\ 'd' />","ErrorCode":10100}`},
		{"Chinese and emoji stay as they are", chat.Refused(10100, "不可以 👨‍👩‍👧"), `{"ActionStatus":"OK","ErrorInfo":"不可以 👨‍👩‍👧","ErrorCode":10100}`},
		{"line ends and NUL are escaped", chat.Refused(10100, "a\nb\r\t\x00"), `{"ActionStatus":"OK","ErrorInfo":"a\nb\r\t\u0000","ErrorCode":10100}`},
		{"a line end at the end", chat.Refused(10100, "a\n"), `{"ActionStatus":"OK","ErrorInfo":"a\n","ErrorCode":10100}`},
		{"zero-width and bidi", chat.Refused(10100, "a\u200B\u202E"), "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"a\u200B\u202E\",\"ErrorCode\":10100}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.verdict.JSON(); got != tt.want {
				t.Errorf("JSON()\n got %s\nwant %s", got, tt.want)
			}
			if got, want := tt.verdict.Allows(), tt.verdict.Code == 0; got != want {
				t.Errorf("Allows() = %v, want %v", got, want)
			}
		})
	}
	if got, want := chat.FailureJSON(), `{"ActionStatus":"FAIL","ErrorInfo":"callbacks are POSTs","ErrorCode":1}`; got != want {
		t.Errorf("FailureJSON() = %s, want %s", got, want)
	}
}

func TestRefusedCutsItsMessage(t *testing.T) {
	a := strings.Repeat("a", chat.MaxErrorInfo)
	tests := []struct{ name, message, want string }{
		{"a byte under the limit", a[:255], a[:255]},
		{"the limit", a, a},
		{"a byte over the limit", a + "b", a},
		{"two bytes, the second over", a[:255] + "é", a[:255]},
		{"two bytes, both inside", a[:254] + "é", a[:254] + "é"},
		{"three bytes, the last over", a[:254] + "界", a[:254]},
		{"three bytes, two over", a[:255] + "界", a[:255]},
		{"three bytes, all inside", a[:253] + "界", a[:253] + "界"},
		{"four bytes, the last over", a[:253] + "😀", a[:253]},
		{"four bytes, two over", a[:254] + "😀", a[:254]},
		{"four bytes, three over", a[:255] + "😀", a[:255]},
		{"four bytes, all inside", a[:252] + "😀", a[:252] + "😀"},
		{"four bytes, all over", a + "😀", a},
		{"many", strings.Repeat("😀", 100), strings.Repeat("😀", 64)},
		// JSON makes three bytes of one that is no UTF-8: they are counted.
		{"not UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"not UTF-8, over the limit", strings.Repeat("\xffa", 128), strings.Repeat("\uFFFDa", 64)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := chat.Refused(10100, tt.message).Message
			if got != tt.want {
				t.Errorf("%d bytes ending in %+q, want %d ending in %+q", len(got), tail(got), len(tt.want), tail(tt.want))
			}
		})
	}
}

func tail(s string) string { return s[max(0, len(s)-8):] }

func TestCut(t *testing.T) {
	tests := []struct {
		s     string
		limit int
		want  string
	}{
		{"", 0, ""},
		{"a", 0, ""},
		{"界", 0, ""},
		{"界", 2, ""},
		{"界", 3, "界"},
		{"界a", 3, "界"},
		{"a界", 3, "a"},
		{"e\u0301", 1, "e"}, // a character here is a code point, as for Chat
	}
	for _, tt := range tests {
		if got := chat.Cut(tt.s, tt.limit); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.s, tt.limit, got, tt.want)
		}
	}
}

func FuzzVerdict(f *testing.F) {
	f.Add(0, "")
	f.Add(1, "")
	f.Add(1, "No.")
	f.Add(10100, `"<&>\`)
	f.Add(10200, strings.Repeat("界", 86))
	f.Add(10150, "\xff\x00\u2028\u202E😀")
	f.Add(10100, strings.Repeat("\x80", 300))
	f.Fuzz(func(t *testing.T, code int, message string) {
		text := chat.Refused(code, message).JSON()
		var fields map[string]any
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := []string{"ActionStatus", "ErrorCode", "ErrorInfo"}
		if got := slices.Sorted(maps.Keys(fields)); !slices.Equal(got, want) {
			t.Fatalf("%s has fields %q, want %q", text, got, want)
		}
		if fields["ActionStatus"] != "OK" || fields["ErrorCode"] != float64(code) {
			t.Errorf("%s: want OK and %d", text, code)
		}
		info, _ := fields["ErrorInfo"].(string)
		if len(info) > chat.MaxErrorInfo {
			t.Errorf("ErrorInfo of %q has %d bytes", message, len(info))
		}
		if utf8.ValidString(message) {
			// No character is lost but at the end, and none of the last that would fit.
			if !strings.HasPrefix(message, info) || len(message) != len(info) && len(info) <= chat.MaxErrorInfo-utf8.UTFMax {
				t.Errorf("ErrorInfo of %q is %q", message, info)
			}
		}
	})
}

func ExampleVerdict_JSON() {
	fmt.Println(chat.Allowed().JSON())
	fmt.Println(chat.Refused(10100, "Topics are created by moderators.").JSON())
	// Output:
	// {"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}
	// {"ActionStatus":"OK","ErrorInfo":"Topics are created by moderators.","ErrorCode":10100}
}
