package chat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/chat"
)

// body is what a test wants of a chat.Body.
type body struct {
	Command              chat.Command
	Operator, Type, Name string
	Problem              string
}

func bodyOf(b *chat.Body) body {
	got := body{b.Command, b.Operator, b.Type, b.Name, ""}
	if err := b.Problem(chat.BeforeCreateTopic); err != nil {
		got.Problem = err.Error()
	}
	return got
}

const usualBody = `{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Type":"Community","Name":"MyFirstTopic"}`

func TestParseBody(t *testing.T) {
	const noOperator, noName = "Operator_Account is missing", "Name is missing"
	tests := []struct {
		name, body string
		want       body
	}{
		{"topic", usualBody, body{chat.BeforeCreateTopic, "leckie", "Community", "MyFirstTopic", ""}},
		{
			"group",
			`{"CallbackCommand":"Group.CallbackBeforeCreateGroup","Operator_Account":"leckie","Owner_Account":"bob","Type":"Public","Name":"n","CreateGroupNum":12,"MemberList":[{"Member_Account":"bob"}],"EventTime":"1670574414123"}`,
			body{chat.BeforeCreateGroup, "leckie", "Public", "n", ""},
		},
		{"a time that is a number", `{"Operator_Account":"o","Name":"n","EventTime":1670574414123}`, body{Operator: "o", Name: "n"}},
		{"white space", " \t\r\n{ \"Name\" : \"n\" ,\n\"Operator_Account\":\"o\" }\n", body{Operator: "o", Name: "n"}},
		{"empty strings are there", `{"Name":"","Operator_Account":""}`, body{}},
		{"empty object", `{}`, body{Problem: noOperator + "\n" + noName}},

		// encoding/json into a struct would take these for the real fields.
		{"keys in another case", `{"callbackcommand":"c","OPERATOR_ACCOUNT":"o","type":"t","name":"n","NAME":"n"}`, body{Problem: noOperator + "\n" + noName}},
		{"keys that fold to the real ones", `{"Operator_Account":"o","Name":"n","Type":"t","name":"x","ＮＡＭＥ":"y","CallbackCommand ":"z"}`, body{Operator: "o", Type: "t", Name: "n"}},
		{"escaped keys", `{"Operator_\u0041ccount":"o","\u004eame":"n"}`, body{Operator: "o", Name: "n"}},

		{"the last of two counts", `{"Operator_Account":"o","Name":"a","Name":"b"}`, body{Operator: "o", Name: "b"}},
		{"the last of two counts, mistyped", `{"Operator_Account":"o","Name":"a","Name":7}`, body{Operator: "o", Problem: "Name is not a string"}},
		{"the last of two counts, mended", `{"Operator_Account":"o","Name":7,"Name":"a"}`, body{Operator: "o", Name: "a"}},

		{"no name", `{"Operator_Account":"o"}`, body{Operator: "o", Problem: noName}},
		{"no operator", `{"Name":"n"}`, body{Name: "n", Problem: noOperator}},
		{"a number", `{"Operator_Account":"o","Name":7}`, body{Operator: "o", Problem: "Name is not a string"}},
		{"null", `{"Operator_Account":null,"Name":"n"}`, body{Name: "n", Problem: "Operator_Account is not a string"}},
		{"a boolean", `{"Operator_Account":true,"Name":"n"}`, body{Name: "n", Problem: "Operator_Account is not a string"}},
		{"an array", `{"Operator_Account":"o","Name":["n"]}`, body{Operator: "o", Problem: "Name is not a string"}},
		{"an object", `{"Operator_Account":{"Name":"n"},"Name":{}}`, body{Problem: "Operator_Account is not a string\nName is not a string"}},
		{"a mistyped command is none", `{"CallbackCommand":1,"Type":null,"Operator_Account":"o","Name":"n"}`, body{Operator: "o", Name: "n"}},
		{"a field inside another is not the field", `{"x":{"Name":"n","Operator_Account":"o"}}`, body{Problem: noOperator + "\n" + noName}},

		{"escapes", `{"Operator_Account":"\u006f\/\"\\","Name":"\u5ba2\u670d \ud83d\ude00\t"}`, body{Operator: `o/"\`, Name: "客服 😀\t"}},
		{"NUL", `{"Operator_Account":"o","Name":"a\u0000b"}`, body{Operator: "o", Name: "a\x00b"}},
		{"a lone surrogate", `{"Operator_Account":"o","Name":"\ud83dx\udc00"}`, body{Operator: "o", Name: "\uFFFDx\uFFFD"}},
		{"not UTF-8", "{\"Operator_Account\":\"o\",\"Name\":\"a\xffb\xe4\xb8\"}", body{Operator: "o", Name: "a\uFFFDb\uFFFD\uFFFD"}},
		{"a key that is not UTF-8", "{\"Operator_Account\":\"o\",\"Name\":\"n\",\"Name\xff\":\"x\"}", body{Operator: "o", Name: "n"}},
		{"invisible characters are kept", "{\"Operator_Account\":\"o\",\"Name\":\"\u202Ea\u200B\uFEFF\"}", body{Operator: "o", Name: "\u202Ea\u200B\uFEFF"}},
		{"nested as deep as may be", `{"Operator_Account":"o","Name":"n","x":` + nested(9999) + `}`, body{Operator: "o", Name: "n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := chat.ParseBody([]byte(tt.body))
			if err != nil {
				t.Fatalf("ParseBody: %v", err)
			}
			if diff := cmp.Diff(tt.want, bodyOf(&b)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func TestParseBodyUnreadable(t *testing.T) {
	tests := []struct{ name, body string }{
		{"empty", ""},
		{"white space", " \n"},
		{"null", "null"},
		{"an array", "[]"},
		{"an array of the object", "[" + usualBody + "]"},
		{"a string", `"{}"`},
		{"a number", "0"},
		{"HTML", "<html>"},
		{"a form", "Name=n&Operator_Account=o"},
		{"cut short", usualBody[:len(usualBody)-1]},
		{"cut inside a string", usualBody[:len(usualBody)-2]},
		{"two objects", usualBody + usualBody},
		{"a trailing comma", `{"Name":"n",}`},
		{"single quotes", `{'Name':'n'}`},
		{"a comment", `{"Name":"n"}//`},
		{"a BOM", "\uFEFF" + usualBody},
		{"a raw control character", "{\"Name\":\"a\nb\"}"},
		{"a bad escape", `{"Name":"\x41"}`},
		{"NUL after the object", usualBody + "\x00"},
		{"nested too deep", `{"x":` + nested(10000) + `}`},
		{"nested without an end", `{"x":` + strings.Repeat("[", chat.MaxBody)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := chat.ParseBody([]byte(tt.body))
			if !errors.Is(err, chat.ErrUnreadable) {
				t.Errorf("ParseBody(%.40q) = %+v, %v, want ErrUnreadable", tt.body, b, err)
			}
			if got := b; got != (chat.Body{}) {
				t.Errorf("ParseBody(%.40q) = %+v with its error, want nothing", tt.body, got)
			}
		})
	}
}

// FuzzParseBody holds what ParseBody can read against encoding/json, and each field
// against what a struct with the same exact keys would hold.
func FuzzParseBody(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", "[]", usualBody, `{"Name":"a","Name":7}`, `{"name":"x"}`, `{"Name":"\ud83d\u0000"}`, "{\"Name\":\"\xff\"}",
		" {\"Operator_Account\" : \"o\"}\n", `{}{}`, `{"Operator_\u0041ccount":"o","Type":{"Name":[]}}`, nested(50), "\uFEFF{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := chat.ParseBody(data)
		trimmed := bytes.TrimLeft(data, " \t\r\n")
		isObject := json.Valid(data) && trimmed[0] == '{'
		if (err == nil) != isObject {
			t.Fatalf("ParseBody(%q): %v, want an object: %v", data, err, isObject)
		}
		if !isObject {
			return
		}
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Skip(err) // valid JSON that does not fit Go's numbers
		}
		want := body{}
		command, _ := fields["CallbackCommand"].(string)
		want.Command = chat.Command(command)
		want.Type, _ = fields["Type"].(string)
		var hasOperator, hasName bool
		want.Operator, hasOperator = fields["Operator_Account"].(string)
		want.Name, hasName = fields["Name"].(string)
		got := bodyOf(&b)
		if hasProblem := got.Problem != ""; hasProblem == (hasOperator && hasName) {
			t.Errorf("ParseBody(%q).Problem() = %q, with operator %v and name %v", data, got.Problem, hasOperator, hasName)
		}
		got.Problem = ""
		if got != want {
			t.Errorf("ParseBody(%q)\n got %+v\nwant %+v", data, got, want)
		}
	})
}

func BenchmarkParseBody(b *testing.B) {
	data := []byte(usualBody)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := chat.ParseBody(data); err != nil {
			b.Fatal(err)
		}
	}
}
