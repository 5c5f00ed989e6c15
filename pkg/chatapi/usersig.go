package chatapi

import (
	"errors"
	"sync"
	"time"

	// Chat's own module makes the UserSig: MIT, 400 lines on the standard library, released 2024-11. What is signed and
	// how it is packed is Chat's to change. The module proxy lists no version of it; v1.4.0 it has when asked.
	"github.com/tencentyun/tls-sig-api-v2-golang/tencentyun"
)

const (
	// sigLife is how long a UserSig holds. Whoever gets hold of one may do anything to the app, so it is short.
	sigLife = 2 * time.Hour
	// sigFresh is how long one is used. The rest is for clocks that differ.
	sigFresh = time.Hour
)

// A signer makes UserSigs of one account and keeps the last.
type signer struct {
	sign func() (string, error)

	mu   sync.Mutex
	sig  string
	made time.Time // without its monotonic part, which stands still in a frozen process
}

func newSigner(app int, account, key string) *signer {
	return &signer{sign: func() (string, error) {
		return tencentyun.GenUserSig(app, key, account, int(sigLife/time.Second))
	}}
}

// get returns a UserSig that holds.
func (s *signer) get(now time.Time) (string, error) {
	now = now.Round(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.made); s.sig == "" || age < 0 || age >= sigFresh {
		sig, err := s.sign()
		if err != nil {
			return "", errors.New("no UserSig could be made")
		}
		s.sig, s.made = sig, now
	}
	return s.sig, nil
}

// forget makes the next one anew: Chat did not take this one, perhaps as the clock was wrong when it was made.
func (s *signer) forget(sig string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sig == sig {
		s.sig = ""
	}
}
