package chatapitest

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxSig is longer than any UserSig, unpacked, in bytes.
const maxSig = 4 << 10

// verify returns the code of what is wrong with a UserSig, or 0. It goes by what Chat's pages say of how one is made
// (https://trtc.io/document/34385): a JSON object with its HMAC-SHA-256, deflated, in base 64 with three characters
// that a URL can carry.
func verify(sig, app, account, key string, now time.Time) int {
	packed, err := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(sig))
	if err != nil || sig == "" {
		return codeSigBroken
	}
	unpacking, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return codeSigBroken
	}
	text, err := io.ReadAll(io.LimitReader(unpacking, maxSig))
	if err != nil {
		return codeSigBroken
	}
	var signed struct {
		Version    string      `json:"TLS.ver"`
		Identifier string      `json:"TLS.identifier"`
		App        json.Number `json:"TLS.sdkappid"`
		Time       json.Number `json:"TLS.time"`
		Expire     json.Number `json:"TLS.expire"`
		Sig        []byte      `json:"TLS.sig"`
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if strict.Decode(&signed) != nil || signed.Version != "2.0" {
		return codeSigBroken
	}
	at, err1 := signed.Time.Int64()
	expire, err2 := signed.Expire.Int64()
	if err1 != nil || err2 != nil {
		return codeSigBroken
	}
	h := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(h, "TLS.identifier:%s\nTLS.sdkappid:%s\nTLS.time:%s\nTLS.expire:%s\n", signed.Identifier, signed.App, signed.Time, signed.Expire)
	switch {
	case !hmac.Equal(h.Sum(nil), signed.Sig):
		return codeSigWrong
	case signed.Identifier != account:
		return codeSigAccount
	case signed.App.String() != app:
		return codeSigApp
	case now.Unix() > at+expire:
		return codeSigExpired
	}
	return 0
}
