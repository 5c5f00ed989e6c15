package quota

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/gomodule/redigo/redis"
)

// What is announced is looked at as one stream, however a peer cuts it into pieces and answers.
func TestWireHoldsAcrossAnswers(t *testing.T) {
	for name, answers := range map[string][]string{
		"a length in one piece":             {"$1099511627776\r\n"},
		"half of it sent with the first":    {":1\r\n$1099", "511627776\r\n"},
		"of a list":                         {":1\r\n*109", "9511627776\r\n"},
		"behind the text before":            {"$3\r\na\nb\r\n$1099511627776\r\n"},
		"in a list":                         {"*2\r\n$1\r\na\r\n$1000\r\n"},
		"a length that nobody ends":         {"$000000000000000000000001\r\n"},
		"an answer of more than all we ask": {"+" + string(make([]byte, maxHeard)) + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer func() { _ = theirs.Close() }()
			go func() {
				question := make([]byte, 1<<10)
				for _, answer := range answers {
					if _, err := theirs.Read(question); err != nil {
						return
					}
					if _, err := io.WriteString(theirs, answer); err != nil {
						return
					}
				}
			}()
			c := redis.NewConn(&wire{Conn: ours, plain: ours}, 0, 0)
			defer func() { _ = c.Close() }()
			var err error
			for range answers {
				if _, err = c.Do("PING"); err != nil {
					break
				}
			}
			if !errors.Is(err, errNotAnswer) {
				t.Errorf("%v, want %v", err, errNotAnswer)
			}
		})
	}
}

// The longest answers that we ask for are heard.
func TestWireHearsSentinels(t *testing.T) {
	for _, answer := range []string{"*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n", "*-1\r\n", "$-1\r\n", "*2\r\n$253\r\n" + string(make([]byte, 253)) + "\r\n$5\r\n65535\r\n"} {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = theirs.Read(make([]byte, 1<<10))
			_, _ = io.WriteString(theirs, answer)
		}()
		c := redis.NewConn(&wire{Conn: ours, plain: ours}, 0, 0)
		if _, err := c.Do("SENTINEL"); err != nil {
			t.Errorf("%.20q: %v", answer, err)
		}
		_ = c.Close()
	}
}
