package chat_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chat"
)

// The check vector that the vendor publishes.
const (
	vendorToken = "xxxxyyyy"
	vendorTime  = "1669872112"
	vendorSign  = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"
)

func TestSign(t *testing.T) {
	long := strings.Repeat("a", 200) // more than the buffer holds
	tests := []struct{ name, token, requestTime, want string }{
		{"the vendor's vector", vendorToken, vendorTime, vendorSign},
		{"nothing between token and time", "xxxx", "yyyy" + vendorTime, vendorSign},
		{"no token and no time", "", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"a long token", long, "", "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := chat.Sign(tt.token, tt.requestTime); got != tt.want {
				t.Errorf("Sign(%q, %q) = %s, want %s", tt.token, tt.requestTime, got, tt.want)
			}
		})
	}
}

func TestCheckSignature(t *testing.T) {
	const now = 1669872112
	at := func(seconds int64) chat.Params {
		text := strconv.FormatInt(seconds, 10)
		return chat.Params{RequestTime: text, Sign: chat.Sign(vendorToken, text)}
	}
	signed := func(text string) chat.Params {
		return chat.Params{RequestTime: text, Sign: chat.Sign(vendorToken, text)}
	}
	one, two := []string{vendorToken}, []string{"another", vendorToken}
	tests := []struct {
		name   string
		params chat.Params
		tokens []string
		want   chat.SignatureProblem
		behind int64
	}{
		{"the vendor's vector", chat.Params{RequestTime: vendorTime, Sign: vendorSign}, one, chat.SignatureOK, 0},
		{"the second of two tokens", at(now), two, chat.SignatureOK, 0},
		{"the first of two tokens", at(now), []string{vendorToken, "another"}, chat.SignatureOK, 0},
		{"neither of two tokens", at(now), []string{"another", "a third"}, chat.SignatureWrong, 0},
		{"no tokens", at(now), nil, chat.SignatureWrong, 0},

		{"60 s behind", at(now - 60), one, chat.SignatureOK, 0},
		{"61 s behind", at(now - 61), one, chat.SignatureStale, 61},
		{"60 s ahead", at(now + 60), one, chat.SignatureOK, 0},
		{"61 s ahead", at(now + 61), one, chat.SignatureStale, -61},
		{"an hour behind", at(now - 3600), two, chat.SignatureStale, 3600},

		{"no Sign", chat.Params{RequestTime: vendorTime}, one, chat.SignatureMissing, 0},
		{"no RequestTime", chat.Params{Sign: vendorSign}, one, chat.SignatureMissing, 0},
		{"neither", chat.Params{}, one, chat.SignatureMissing, 0},
		{"a signature of no time", chat.Params{Sign: chat.Sign(vendorToken, "")}, one, chat.SignatureMissing, 0},

		{"upper case", chat.Params{RequestTime: vendorTime, Sign: strings.ToUpper(vendorSign)}, one, chat.SignatureWrong, 0},
		{"a digit short", chat.Params{RequestTime: vendorTime, Sign: vendorSign[:63]}, one, chat.SignatureWrong, 0},
		{"a digit more", chat.Params{RequestTime: vendorTime, Sign: vendorSign + "0"}, one, chat.SignatureWrong, 0},
		{"another first digit", chat.Params{RequestTime: vendorTime, Sign: "0" + vendorSign[1:]}, one, chat.SignatureWrong, 0},
		{"another last digit", chat.Params{RequestTime: vendorTime, Sign: vendorSign[:63] + "0"}, one, chat.SignatureWrong, 0},
		{"white space", chat.Params{RequestTime: vendorTime, Sign: vendorSign + " "}, one, chat.SignatureWrong, 0},
		// The string as received is what is signed, not the number.
		{"another spelling of the time", chat.Params{RequestTime: "0" + vendorTime, Sign: vendorSign}, one, chat.SignatureWrong, 0},
		// Wrong comes before stale: a stranger learns nothing of our clock.
		{"wrong and stale", chat.Params{RequestTime: "1", Sign: vendorSign}, one, chat.SignatureWrong, 0},

		{"signed, no number", signed("soon"), one, chat.SignatureStale, now},
		{"signed, a fraction", signed(vendorTime + ".0"), one, chat.SignatureStale, now},
		{"signed, hexadecimal", signed("0x6388C8B0"), one, chat.SignatureStale, now},
		{"signed, milliseconds", signed(vendorTime + "000"), one, chat.SignatureStale, now - now*1000},
		{"signed, zero", signed("0"), one, chat.SignatureStale, now},
		{"signed, negative", signed("-" + vendorTime), one, chat.SignatureStale, now},
		{"signed, the least number", signed("-9223372036854775808"), one, chat.SignatureStale, now},
		{"signed, the greatest number", signed("9223372036854775807"), one, chat.SignatureStale, now - math.MaxInt64},
		{"signed, one over the greatest", signed("9223372036854775808"), one, chat.SignatureStale, now},
		{"signed, over 64 bits", signed("18446744075379423728"), one, chat.SignatureStale, now}, // 2^64 + now
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The last nanosecond of a second is that second still.
			for _, clock := range []time.Time{time.Unix(now, 0), time.Unix(now, 999_999_999)} {
				problem, behind := tt.params.CheckSignature(tt.tokens, clock)
				if problem != tt.want || behind != tt.behind {
					t.Errorf("at %v: got %v, %d, want %v, %d", clock.UTC(), problem, behind, tt.want, tt.behind)
				}
			}
		})
	}
}

// Checking a signature is on every request's way.
func TestCheckSignatureAllocatesNothing(t *testing.T) {
	token := strings.Repeat("t", 64) // twice as long as Chat's
	p := chat.Params{RequestTime: vendorTime, Sign: chat.Sign(token, vendorTime)}
	tokens := []string{"another", token}
	now := time.Unix(1669872112, 0)
	got := testing.AllocsPerRun(100, func() {
		if problem, _ := p.CheckSignature(tokens, now); problem != chat.SignatureOK {
			t.Fatalf("problem %v", problem)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

func BenchmarkCheckSignature(b *testing.B) {
	p := chat.Params{RequestTime: vendorTime, Sign: vendorSign}
	tokens := []string{vendorToken}
	now := time.Unix(1669872112, 0)
	b.ReportAllocs()
	for b.Loop() {
		if problem, _ := p.CheckSignature(tokens, now); problem != chat.SignatureOK {
			b.Fatal(problem)
		}
	}
}

func ExampleSign() {
	fmt.Println(chat.Sign("xxxxyyyy", "1669872112"))
	// Output: 17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061
}
