package quota

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	// redigo is the client because with it all of this package's Redis adds 0.09 MB and 0.1 ms to a function, where
	// go-redis adds 1.9 MB, and because its protocol can be had alone, so that the greeting goes along with the first
	// command and a new connection answers in two round trips and not in five. v1.9.3 is of October 2025, under Apache
	// 2.0, and links nothing else. The protocol is all we use. Its dialing spends a round trip each on AUTH and SELECT;
	// its contexts start a goroutine for every command, which outlives a cancelled one; its pool finds a dead connection
	// by asking it, or not at all. Those are ours, here and in redis.go.
	"github.com/gomodule/redigo/redis"
)

// question is what a Take asks.
type question struct {
	key    string
	limit  int64
	window int64 // milliseconds
	token  string
}

// connection is a connection to one address of Redis. It is used by one Take at a time, and by none after an error.
type connection struct {
	address string
	used    time.Time // when it was last kept, by the wall clock

	wire     *wire
	protocol redis.Conn
	greeting RedisURL // who to be, as long as greeted is false
	greeted  bool

	// interrupted is set when the context ended while an answer was being read: its interruption may still be under
	// way and would hit the next Take.
	interrupted bool
}

// wire is a network connection as redigo sees it. Deadlines are set once for each Take, on the Conn within: redigo
// would set one anew for each reply, and take back the interruption of a context that has ended meanwhile.
type wire struct {
	net.Conn
	plain net.Conn // beneath TLS

	heard  int  // bytes in this Take
	inLine bool // the last byte heard did not end a line
}

// maxHeard is the most that is read in one Take, some twenty times what Redis has to say.
const maxHeard = 8 << 10

var errNotAnswer = errors.New("not an answer that Redis gives to this question")

// Read passes on what may answer a Take: lines that hold a status, an error or a number, and not many. Of anything else
// a peer that is no Redis, or means harm, could announce so much that redigo's allocating it would end the process.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	for i, c := range p[:n] {
		if !w.inLine && c != '+' && c != '-' && c != ':' || w.heard == maxHeard {
			return i, errNotAnswer
		}
		w.inLine = c != '\n'
		w.heard++
	}
	return n, err
}

func (w *wire) SetReadDeadline(time.Time) error { return nil }

// Close leaves out TLS's farewell, for which [crypto/tls.Conn.Close] may wait 5 s on a dead connection.
func (w *wire) Close() error { return w.plain.Close() }

func newConnection(secured, plain net.Conn, address string, greeting RedisURL) *connection {
	w := &wire{Conn: secured, plain: plain}
	return &connection{address: address, wire: w, protocol: redis.NewConn(w, 0, 0), greeting: greeting}
}

func (c *connection) close() { _ = c.protocol.Close() }

// take asks q and waits for the answer until the deadline or the end of ctx. On a new connection it sends who we are
// along with the question, not before it: that saves up to two round trips. (Should Redis refuse the greeting only, it
// has answered the question in the default user's name, or in database 0. That key expires like any other, and the
// Take fails.)
func (c *connection) take(ctx context.Context, deadline time.Time, q question, asking bool) (bool, error) {
	if err := c.wire.SetDeadline(deadline); err != nil {
		return false, fmt.Errorf("asking: %w", err)
	}
	c.wire.heard = 0
	stop := context.AfterFunc(ctx, func() { _ = c.wire.SetDeadline(time.Unix(1, 0)) })
	defer func() { c.interrupted = !stop() }()

	commands := make([]command, 0, 4)
	if !c.greeted {
		commands = append(commands, c.greetings()...)
		c.greeted = true
	}
	if asking {
		commands = append(commands, command{name: "ASKING"})
	}
	commands = append(commands, command{name: "EVAL", args: []any{takeScript, 1, q.key, q.limit, q.window, q.token}})

	for _, command := range commands {
		if err := c.protocol.Send(command.name, command.args...); err != nil {
			return false, transportError(ctx, "asking", err)
		}
	}
	if err := c.protocol.Flush(); err != nil {
		return false, transportError(ctx, "asking", err)
	}
	var reply any
	for _, command := range commands {
		var err error
		if reply, err = c.protocol.Receive(); err != nil {
			var refusal redis.Error
			if errors.As(err, &refusal) {
				return false, replyError{command: command.name, text: string(refusal)}
			}
			return false, transportError(ctx, "waiting for the answer", err)
		}
	}
	switch reply {
	case int64(0):
		return false, nil
	case int64(1):
		return true, nil
	}
	return false, fmt.Errorf("the answer is a %T, not 0 or 1", reply)
}

type command struct {
	name string
	args []any
}

// greetings are the commands with which a connection begins.
func (c *connection) greetings() []command {
	var commands []command
	switch u := c.greeting; {
	case u.user != "":
		commands = append(commands, command{name: "AUTH", args: []any{u.user, u.password}})
	case u.password != "":
		commands = append(commands, command{name: "AUTH", args: []any{u.password}})
	}
	if c.greeting.database != 0 {
		commands = append(commands, command{name: "SELECT", args: []any{c.greeting.database}})
	}
	return commands
}

// transportError names what was being done when the connection failed. The error of a connection that was interrupted
// because ctx ended would say no more than that the time was up.
func transportError(ctx context.Context, doing string, err error) error {
	if cause := ctx.Err(); cause != nil {
		err = cause
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// replyError is an error with which Redis answered: the command was not run.
type replyError struct {
	command string
	text    string
}

func (e replyError) code() string {
	code, _, _ := strings.Cut(e.text, " ")
	return code
}

// Error shows what Redis said, without what it repeats of a command that it does not know and where in the script it
// was. The reply to AUTH it does not show at all but for its code: the password is among what could be repeated.
func (e replyError) Error() string {
	if e.command == "AUTH" {
		switch code := e.code(); code {
		case "WRONGPASS", "NOPERM", "NOAUTH":
			return "Redis refuses the user or password: " + code
		}
		return "Redis refuses the user or password"
	}
	text := e.text
	for _, tail := range []string{", with args beginning with", " script: ", " (call to "} {
		text, _, _ = strings.Cut(text, tail)
	}
	const most = 200
	if len(text) > most {
		text = text[:most]
	}
	return "Redis answered " + e.command + ": " + strings.ToValidUTF8(text, "")
}

func answered(err error) bool {
	var reply replyError
	return errors.As(err, &reply)
}

// redirection is an address that a node of a cluster named. With asking the slot is on its way there: it must be asked
// in a way of its own, and only this once (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/).
type redirection struct {
	address string
	asking  bool
}

// redirected returns where the node at address sends the question: "MOVED 4711 host:port", or ASK. An empty host is
// the same as address's.
func redirected(err error, address string) (redirection, bool) {
	var reply replyError
	if !errors.As(err, &reply) || reply.command != "EVAL" {
		return redirection{}, false
	}
	fields := strings.Fields(reply.text)
	if len(fields) != 3 || fields[0] != "MOVED" && fields[0] != "ASK" {
		return redirection{}, false
	}
	colon := strings.LastIndexByte(fields[2], ':') // IPv6 addresses come without brackets
	if colon < 0 {
		return redirection{}, false
	}
	host, port := strings.Trim(fields[2][:colon], "[]"), fields[2][colon+1:]
	if host == "" {
		host, _, _ = net.SplitHostPort(address)
	}
	return redirection{address: net.JoinHostPort(host, port), asking: fields[0] == "ASK"}, true
}
