package callback_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/callback"
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
			if got := callback.Sign(tt.token, tt.requestTime); got != tt.want {
				t.Errorf("Sign(%q, %q) = %s, want %s", tt.token, tt.requestTime, got, tt.want)
			}
		})
	}
}

func TestCheckSignature(t *testing.T) {
	const now = 1669872112
	at := func(seconds int64) callback.Params {
		text := strconv.FormatInt(seconds, 10)
		return callback.Params{RequestTime: text, Sign: callback.Sign(vendorToken, text)}
	}
	signed := func(text string) callback.Params {
		return callback.Params{RequestTime: text, Sign: callback.Sign(vendorToken, text)}
	}
	one, two := []string{vendorToken}, []string{"another", vendorToken}
	tests := []struct {
		name   string
		params callback.Params
		tokens []string
		want   callback.SignatureProblem
		behind int64
	}{
		{"the vendor's vector", callback.Params{RequestTime: vendorTime, Sign: vendorSign}, one, callback.SignatureOK, 0},
		{"the second of two tokens", at(now), two, callback.SignatureOK, 0},
		{"the first of two tokens", at(now), []string{vendorToken, "another"}, callback.SignatureOK, 0},
		{"neither of two tokens", at(now), []string{"another", "a third"}, callback.SignatureWrong, 0},
		{"no tokens", at(now), nil, callback.SignatureWrong, 0},

		{"60 s behind", at(now - 60), one, callback.SignatureOK, 0},
		{"61 s behind", at(now - 61), one, callback.SignatureStale, 61},
		{"60 s ahead", at(now + 60), one, callback.SignatureOK, 0},
		{"61 s ahead", at(now + 61), one, callback.SignatureStale, -61},
		{"an hour behind", at(now - 3600), two, callback.SignatureStale, 3600},

		{"no Sign", callback.Params{RequestTime: vendorTime}, one, callback.SignatureMissing, 0},
		{"no RequestTime", callback.Params{Sign: vendorSign}, one, callback.SignatureMissing, 0},
		{"neither", callback.Params{}, one, callback.SignatureMissing, 0},
		{"a signature of no time", callback.Params{Sign: callback.Sign(vendorToken, "")}, one, callback.SignatureMissing, 0},

		{"upper case", callback.Params{RequestTime: vendorTime, Sign: strings.ToUpper(vendorSign)}, one, callback.SignatureWrong, 0},
		{"a digit short", callback.Params{RequestTime: vendorTime, Sign: vendorSign[:63]}, one, callback.SignatureWrong, 0},
		{"a digit more", callback.Params{RequestTime: vendorTime, Sign: vendorSign + "0"}, one, callback.SignatureWrong, 0},
		{"another first digit", callback.Params{RequestTime: vendorTime, Sign: "0" + vendorSign[1:]}, one, callback.SignatureWrong, 0},
		{"another last digit", callback.Params{RequestTime: vendorTime, Sign: vendorSign[:63] + "0"}, one, callback.SignatureWrong, 0},
		{"white space", callback.Params{RequestTime: vendorTime, Sign: vendorSign + " "}, one, callback.SignatureWrong, 0},
		// The string as received is what is signed, not the number.
		{"another spelling of the time", callback.Params{RequestTime: "0" + vendorTime, Sign: vendorSign}, one, callback.SignatureWrong, 0},
		// Wrong comes before stale: a stranger learns nothing of our clock.
		{"wrong and stale", callback.Params{RequestTime: "1", Sign: vendorSign}, one, callback.SignatureWrong, 0},

		{"signed, no number", signed("soon"), one, callback.SignatureStale, now},
		{"signed, a fraction", signed(vendorTime + ".0"), one, callback.SignatureStale, now},
		{"signed, hexadecimal", signed("0x6388C8B0"), one, callback.SignatureStale, now},
		{"signed, milliseconds", signed(vendorTime + "000"), one, callback.SignatureStale, now - now*1000},
		{"signed, zero", signed("0"), one, callback.SignatureStale, now},
		{"signed, negative", signed("-" + vendorTime), one, callback.SignatureStale, now},
		{"signed, the least number", signed("-9223372036854775808"), one, callback.SignatureStale, now},
		{"signed, the greatest number", signed("9223372036854775807"), one, callback.SignatureStale, now - math.MaxInt64},
		{"signed, one over the greatest", signed("9223372036854775808"), one, callback.SignatureStale, now},
		{"signed, over 64 bits", signed("18446744075379423728"), one, callback.SignatureStale, now}, // 2^64 + now
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
	p := callback.Params{RequestTime: vendorTime, Sign: callback.Sign(token, vendorTime)}
	tokens := []string{"another", token}
	now := time.Unix(1669872112, 0)
	got := testing.AllocsPerRun(100, func() {
		if problem, _ := p.CheckSignature(tokens, now); problem != callback.SignatureOK {
			t.Fatalf("problem %v", problem)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

func BenchmarkCheckSignature(b *testing.B) {
	p := callback.Params{RequestTime: vendorTime, Sign: vendorSign}
	tokens := []string{vendorToken}
	now := time.Unix(1669872112, 0)
	b.ReportAllocs()
	for b.Loop() {
		if problem, _ := p.CheckSignature(tokens, now); problem != callback.SignatureOK {
			b.Fatal(problem)
		}
	}
}

func ExampleSign() {
	fmt.Println(callback.Sign("xxxxyyyy", "1669872112"))
	// Output: 17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061
}
