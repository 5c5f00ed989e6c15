package chat_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"topicgate/pkg/chat"
)

const usualQuery = "SdkAppid=1400000000&CallbackCommand=Group.CallbackBeforeCreateTopic&contenttype=json&ClientIP=203.0.113.7&OptPlatform=RESTAPI&RequestTime=1669872112&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"

// values are the fields of Params that a test can set and compare.
type values struct {
	Command, SDKAppID, Sign, RequestTime, ClientIP, Platform string
}

func valuesOf(p *chat.Params) values {
	return values{string(p.Command), p.SDKAppID, p.Sign, p.RequestTime, p.ClientIP, p.Platform}
}

func TestParseQuery(t *testing.T) {
	tests := []struct {
		name, query string
		want        values
	}{
		{"empty", "", values{}},
		{"usual", usualQuery, values{
			"Group.CallbackBeforeCreateTopic", "1400000000", "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061",
			"1669872112", "203.0.113.7", "RESTAPI",
		}},
		{"the samples' spellings", "SDKAppID=1&callbackcommand=c&SIGN=s&requesttime=2&clientip=3&optPlatform=4", values{"c", "1", "s", "2", "3", "4"}},
		{"sdkappid", "sdkappid=1", values{SDKAppID: "1"}},
		{"SdkAppId", "SdkAppId=1", values{SDKAppID: "1"}},
		{"foreign parameters", "a=1&Sig=2&Signs=3&_Sign=4&contenttype=JSON&=5&Sign.=6", values{}},

		// strings.EqualFold takes these for Sign and CallbackCommand.
		{"U+017F is no s", "\u017Fign=x&%C5%BFign=y&\u017Fdkappid=z", values{}},
		{"U+212A is no k", "Callbac\u212ACommand=x&SD\u212AAppID=y", values{}},
		{"full-width is another name", "Ｓｉｇｎ=x", values{}},

		{"escapes", "%53ign=a%2Bb+c%26%3d&ClientIP=2001%3adb8%3A%3A1", values{Sign: "a+b c&=", ClientIP: "2001:db8::1"}},
		{"escaped equals sign in a name", "Sign%3Dx=y", values{}},
		{"equals sign in a value", "Sign=a=b==", values{Sign: "a=b=="}},
		{"a malformed value stays raw", "Sign=%zz&RequestTime=16%&SdkAppid=%4", values{Sign: "%zz", RequestTime: "16%", SDKAppID: "%4"}},
		{"a malformed name is nobody's", "Sign%=x&%zzSign=y&S%69gn%=z", values{}},
		{"a malformed foreign parameter is passed over", "a=%&%zz=1&Sign=x", values{Sign: "x"}},
		{"a semicolon separates nothing", "SdkAppid=1;Sign=x", values{SDKAppID: "1;Sign=x"}},
		{"a semicolon in a foreign parameter", "a;b=%;&Sign=x", values{Sign: "x"}},
		{"empty pairs", "&&Sign=x&&&RequestTime=1&", values{Sign: "x", RequestTime: "1"}},
		{"no equals sign", "Sign&ClientIP", values{}},
		{"the first of two counts", "ClientIP=a&clientip=b&OptPlatform=&OptPlatform=Web", values{ClientIP: "a"}},
		{"NUL and bytes that are not UTF-8", "Sign=%00%ff\xfe&\x00Sign=y", values{Sign: "\x00\xff\xfe"}},
		{"a question mark is no separator", "?Sign=x", values{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := chat.ParseQuery(tt.query)
			if got := valuesOf(&p); got != tt.want {
				t.Errorf("ParseQuery(%q)\n got %+v\nwant %+v", tt.query, got, tt.want)
			}
		})
	}
}

func TestParamsRepeated(t *testing.T) {
	tests := []struct {
		name, query, want string
	}{
		{"nothing", "", ""},
		{"usual", usualQuery, ""},
		{"SdkAppid", "SdkAppid=1&SdkAppid=1", "SdkAppid"},
		{"CallbackCommand", "CallbackCommand=a&CallbackCommand=a", "CallbackCommand"},
		{"Sign", "Sign=a&Sign=b", "Sign"},
		{"RequestTime", "RequestTime=1&RequestTime=1", "RequestTime"},
		{"two spellings", "SdkAppid=1&SDKAPPID=1", "SdkAppid"},
		{"one spelling escaped", "Sign=1&%53%49%47%4e=1", "Sign"},
		{"an empty value", "Sign=1&Sign=", "Sign"},
		{"no value", "Sign&Sign", "Sign"},
		{"an empty first value", "Sign=&Sign=1", "Sign"},
		{"three", "Sign=1&Sign=2&Sign=3", "Sign"},
		{"the command is named first", "Sign=1&Sign=1&RequestTime=1&RequestTime=1&SdkAppid=1&SdkAppid=1&CallbackCommand=a&CallbackCommand=a", "CallbackCommand"},

		// Neither decides who may speak.
		{"ClientIP may repeat", "ClientIP=1&ClientIP=2", ""},
		{"OptPlatform may repeat", "OptPlatform=1&OptPlatform=2", ""},
		{"a foreign parameter may repeat", "room=1&room=2&=&=", ""},
		{"another name that folds to Sign", "Sign=1&%C5%BFign=2", ""},
		{"a name that cannot be decoded", "Sign=1&Sign%=2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := chat.ParseQuery(tt.query)
			if got := p.Repeated(); got != tt.want {
				t.Errorf("Repeated() of %q = %q, want %q", tt.query, got, tt.want)
			}
		})
	}
}

// A repeat must not hide a governed command behind another.
func TestParamsCommands(t *testing.T) {
	tests := []struct {
		query string
		want  []chat.Command
	}{
		{"", nil},
		{"CallbackCommand=", []chat.Command{""}},
		{"CallbackCommand=a", []chat.Command{"a"}},
		{"CallbackCommand=a&callbackcommand=b&CALLBACKCOMMAND=a", []chat.Command{"a", "b", "a"}},
		{"CallbackCommand&CallbackCommand=b", []chat.Command{"", "b"}},
	}
	for _, tt := range tests {
		p := chat.ParseQuery(tt.query)
		if got := slices.Collect(p.Commands); !slices.Equal(got, tt.want) {
			t.Errorf("Commands of %q = %q, want %q", tt.query, got, tt.want)
		}
		var first []chat.Command
		for c := range p.Commands {
			first = append(first, c)
			break
		}
		if want := tt.want[:min(1, len(tt.want))]; !slices.Equal(first, want) {
			t.Errorf("Commands of %q, stopped after one = %q, want %q", tt.query, first, want)
		}
	}
}

// An event with a map has its values decoded already: another pass would make one
// value of two.
func TestParamsAdd(t *testing.T) {
	var decoded, encoded chat.Params
	decoded.Add("sign", "%41+")
	decoded.Add("Sig%6e", "x")
	encoded.AddEncoded("sign", "%41+")
	encoded.AddEncoded("Sig%6e", "x")
	if got, want := decoded.Sign, "%41+"; got != want {
		t.Errorf("Add: Sign = %q, want %q", got, want)
	}
	if got := decoded.Repeated(); got != "" {
		t.Errorf("Add: Repeated() = %q, want none", got)
	}
	if got, want := encoded.Sign, "A "; got != want {
		t.Errorf("AddEncoded: Sign = %q, want %q", got, want)
	}
	if got := encoded.Repeated(); got != "Sign" {
		t.Errorf("AddEncoded: Repeated() = %q, want Sign", got)
	}
}

// FuzzParseQuery holds ParseQuery against net/url wherever that takes the query too.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		"", usualQuery, "&&=&", "Sign=1&sign=2", "%53ign=a%2Bb+c", "Sign=%zz", "a;b=1&SdkAppid=2", "\u017Fign=1",
		"CallbackCommand=a&CallbackCommand=b", "Sign=\xff%ff%00", "Sign&RequestTime=", "ClientIP=+&OptPlatform=%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) { readsLikeNetURL(t, query) })
}

// TestQueries does the same on queries that are put together from what Chat sends and
// from what breaks it; with -rapid.checks for as long as one likes.
func TestQueries(t *testing.T) {
	pieces := []string{
		"CallbackCommand", "SdkAppid", "Sign", "RequestTime", "ClientIP", "OptPlatform", "contenttype", "sign", "SDKAPPID", "%53ign", "\u017Fign",
		"=", "=", "=", "&", "&", "&", ";", "?", "#", "+", "%", "%2", "%zz", "%00", "%26", "%3D", "%2B", "%E5%8A%A0", "\xff", " ", "加",
		"1400000000", "Group.CallbackBeforeCreateTopic", "0123456789abcdef", "203.0.113.7", "a",
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range 100 {
			var query strings.Builder
			for range r.IntN(16) {
				query.WriteString(pieces[r.IntN(len(pieces))])
			}
			readsLikeNetURL(t, query.String())
		}
	})
}

func readsLikeNetURL(t interface{ Errorf(string, ...any) }, query string) {
	p := chat.ParseQuery(query)
	want, err := url.ParseQuery(query)
	if err != nil {
		return
	}
	got := valuesOf(&p)
	for name, value := range map[string]string{
		"CallbackCommand": got.Command, "SdkAppid": got.SDKAppID, "Sign": got.Sign,
		"RequestTime": got.RequestTime, "ClientIP": got.ClientIP, "OptPlatform": got.Platform,
	} {
		// net/url keeps no order between two spellings of a name: the first value
		// of any of them may be the first.
		var firsts []string
		count := 0
		for key, values := range want {
			if isASCII(key) && strings.EqualFold(key, name) {
				firsts = append(firsts, values[0])
				count += len(values)
			}
		}
		if firsts == nil && value != "" || firsts != nil && !slices.Contains(firsts, value) {
			t.Errorf("%q: %s = %q, want one of %q", query, name, value, firsts)
		}
		if name == "CallbackCommand" {
			if got := len(slices.Collect(p.Commands)); got != count {
				t.Errorf("%q: %d commands, want %d", query, got, count)
			}
		}
		if p.Repeated() == name && count < 2 {
			t.Errorf("%q: Repeated() = %s, which came %d times", query, name, count)
		}
		authenticated := name != "ClientIP" && name != "OptPlatform"
		if authenticated && count > 1 && p.Repeated() == "" {
			t.Errorf("%q: Repeated() = none, want %s", query, name)
		}
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

func BenchmarkParseQuery(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := chat.ParseQuery(usualQuery)
		if p.SDKAppID == "" {
			b.Fatal("no SDKAppID")
		}
	}
}

func ExampleParseQuery() {
	p := chat.ParseQuery("room=7&sdkappid=1400000000&CallbackCommand=Group.CallbackBeforeCreateTopic&OptPlatform=RESTAPI")
	fmt.Println(p.SDKAppID, p.Command, p.Platform)

	p = chat.ParseQuery("SdkAppid=1400000000&SDKAppID=1400000001")
	fmt.Println("repeated:", p.Repeated())
	// Output:
	// 1400000000 Group.CallbackBeforeCreateTopic RESTAPI
	// repeated: SdkAppid
}

// TestReveals: what holds a parameter or a signature is told from what merely looks odd.
func TestReveals(t *testing.T) {
	sign := chat.Sign("xxxxyyyy", "1669872112")
	p := chat.ParseQuery(usualQuery)
	empty := chat.ParseQuery("")
	for text, want := range map[string]bool{
		"":                       false,
		"Web":                    false,
		"2001:db8::1":            false,
		"Root=1-67891233-abcdef": false,
		"Sign":                   false,
		"Sign=":                  true,
		"Web;sign=x":             true,
		"x?SDKAPPID=1":           true,
		"%53ign=x":               true,
		"Sign%3Dx":               true,
		"optplatform=Web":        true,
		sign:                     true,
		strings.ToUpper(sign):    true,
		"id-" + sign + "-1":      true,
		sign[1:]:                 false,
		strings.Repeat("a", 128): false,
	} {
		for name, query := range map[string]*chat.Params{"a signed query": &p, "an empty one": &empty} {
			if got := query.Reveals(text); got != want {
				t.Errorf("%s: Reveals(%q) = %v", name, text, got)
			}
		}
	}
	if within := "3D" + sign; !p.Reveals(within) {
		t.Errorf("Reveals(%q) = false, and it is the query's own", within)
	}
}

func TestCommandWords(t *testing.T) {
	for command, want := range map[chat.Command][2]string{ // word, counted
		"":                                    {"", "none"},
		chat.BeforeCreateTopic:                {string(chat.BeforeCreateTopic), string(chat.BeforeCreateTopic)},
		"State.StateChange":                   {"State.StateChange", "State.StateChange"},
		"state.statechange":                   {"state.statechange", "other"},
		"Group.CallbackBeforeCreate":          {"Group.CallbackBeforeCreate", "other"},
		"a;Sign=b":                            {"", "other"},
		"a b":                                 {"", "other"},
		"回调":                                  {"", "other"},
		chat.Command(strings.Repeat("a", 61)): {"", "other"},
	} {
		if got := [2]string{command.Word(), command.Counted()}; got != want {
			t.Errorf("%q: got %q, want %q", command, got, want)
		}
	}
}
