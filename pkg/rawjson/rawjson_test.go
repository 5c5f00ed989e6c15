package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

var seeds = []string{
	`{}`, ` { } `, `{"a":1}`, `{"a":"b","a":"c"}`, `{"a":{"b":[1,{"c":null}]},"d":true,"e":false}`, `{"\u0061\n":"\ud83d\ude00\u0000"}`,
	`{"a":-0.5e+10,"b":0,"c":1E2}`, `{"a":01}`, `{"a":.5}`, `{"a":1.}`, `{"a":-}`, `{"a":1e}`, `{"a":tru}`, `{"a" "b"}`, `{"a":1,}`, `{,}`, `{"a":[1,]}`,
	`{"a":"\"\\\/\b\f\n\r\t","b":"\ud83d","c":"\ud83dx","d":"\ud83d\u0041\uDE00","e":"\u00E9\u00e9é\\u0041"}`, "{\"a\":\"\xff\\n\xe5\"}",
	`[]`, `null`, `"x"`, ``, ` `, `{`, `{"a`, `{"a":"\x"}`, `{"a":"\u12"}`, "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "{\"\xff\":1}", `{} {}`, `{"a":1}x`, "\ufeff{}",
}

// FuzzMembers holds what is read to encoding/json: it accepts the same, and finds the
// same keys and values.
func FuzzMembers(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(data, &want)
		got := map[string][]byte{}
		err := Members(data, func(key, value []byte) { got[string(key)] = bytes.Clone(value) })
		if isObject := wantErr == nil && want != nil; isObject != (err == nil) {
			t.Fatalf("%q: got error %v, encoding/json has %v", data, err, wantErr)
		}
		if err != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: got %q, want %q", data, got, want)
		}
		for key, value := range want {
			if !bytes.Equal(got[key], value) {
				t.Errorf("%q: %q is %q, want %q", data, key, got[key], value)
			}
			var wantText string
			isText := value[0] == '"' && json.Unmarshal(value, &wantText) == nil
			if text, ok := Text(got[key]); ok != isText || text != wantText {
				t.Errorf("%q: text %q %v, want %q %v", data, text, ok, wantText, isText)
			}
			var wantElements []json.RawMessage
			if value[0] == '[' {
				_ = json.Unmarshal(value, &wantElements)
			}
			n := 0
			Elements(got[key], func(element []byte) {
				if n >= len(wantElements) || !bytes.Equal(element, wantElements[n]) {
					t.Errorf("%q: element %d is %q", data, n, element)
				}
				n++
			})
			if n != len(wantElements) {
				t.Errorf("%q: %d elements, want %d", data, n, len(wantElements))
			}
		}
	})
}

// TestRead: members are found at every depth, the last of those of a path, and what is no
// object has none.
func TestRead(t *testing.T) {
	for data, want := range map[string]string{
		`{"a":{"b":1,"c":{"d":2}},"c":{"d":3},"b":4}`: `1 2 4`,
		`{"a":{"b":1},"a":{"b":2}}`:                   `2  `,
		`{"a":[{"b":1}],"b":{}}`:                      `  {}`,
		`{"a":"b","b":null}`:                          `  null`,
		`{"\u0061":{"c":{"d":{"b":1}}}}`:              ` {"b":1} `,
		`{"a":{"b":1}`:                                `1   not a JSON object`,
		`{"a":{"b":1,}}`:                              `1   not a JSON object`,
		`{"a":{"c":{"d":1]}}`:                         ` 1  not a JSON object`,
		`{"a":{}} {}`:                                 `   not a JSON object`,
	} {
		var ab, acd, b []byte
		err := Read([]byte(data), Field{"a.b", &ab}, Field{"a.c.d", &acd}, Field{"b", &b})
		got := fmt.Sprintf("%s %s %s", ab, acd, b)
		if err != nil {
			got += " " + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", data, got, want)
		}
	}
}

// FuzzAppendText holds what is written to what encoding/json reads.
func FuzzAppendText(f *testing.F) {
	for _, seed := range append(seeds, "\x7f", "<&>", "\u2028", "新手") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := AppendText([]byte("before"), text)
		var read string
		if err := json.Unmarshal(written[len("before"):], &read); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); read != want && strings.ToValidUTF8(text, "") == text {
			t.Errorf("%q reads back as %q", text, read)
		}
	})
}

func TestDepth(t *testing.T) {
	for depth, ok := range map[int]bool{9999: true, 10000: false} {
		data := `{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		if err := Members([]byte(data), func(_, _ []byte) {}); (err == nil) != ok {
			t.Errorf("depth %d: %v", depth+1, err)
		}
		if json.Valid([]byte(data)) != ok {
			t.Errorf("encoding/json is of another mind about depth %d", depth+1)
		}
	}
}

func TestText(t *testing.T) {
	for _, value := range []string{
		`""`, `"a"`, `"\""`, `"\\"`, `"\/\b\f\n\r\t"`, `"\u0041\u00e9\u00E9\u65b0"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`,
		`"\ud83d\ud83d\ude00"`, `"\ud83d\n"`, "\"\xff\"", "\"\xe6\x96\\n\"", `"新\u0000手"`, "\"\uFFFD\"", `"\ufffd"`,
	} {
		var want string
		if err := json.Unmarshal([]byte(value), &want); err != nil {
			t.Fatal(value, err)
		}
		if got, ok := Text([]byte(value)); got != want || !ok {
			t.Errorf("%s: got %q %v, want %q", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "null", "1", "true", "{}", `["a"]`} {
		if got, ok := Text([]byte(value)); ok {
			t.Errorf("%s: got %q", value, got)
		}
	}
}

// BenchmarkText reads a callback's body as an event carries it.
func BenchmarkText(b *testing.B) {
	body := []byte(`"{\"CallbackCommand\":\"Group.CallbackBeforeCreateTopic\",\"Operator_Account\":\"leckie\",\"Type\":\"Community\",\"Name\":\"新手报到区 Welcome\"}"`)
	b.Run("rawjson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := Text(body); !ok {
				b.Fatal("not a text")
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var text string
			if json.Unmarshal(body, &text) != nil {
				b.Fatal("not a text")
			}
		}
	})
}

func BenchmarkMembers(b *testing.B) {
	body := []byte(`{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Type":"Community","Name":"新手报到区 Welcome"}`)
	b.Run("rawjson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if Members(body, func(_, _ []byte) {}) != nil {
				b.Fatal("not an object")
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var m map[string]json.RawMessage
			if json.Unmarshal(body, &m) != nil {
				b.Fatal("not an object")
			}
		}
	})
}
