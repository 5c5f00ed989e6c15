package gatetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/rpc"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tencentyun/scf-go-lib/cloudfunction/messages"
)

// patience is how long a driver waits for what must come, on a busy machine.
const patience = 30 * time.Second

// A Process is a built binary, run as its platform runs it. Its standard output goes
// to a file: what a function has logged before it answers is there when it has, and what
// a server has is there when it has settled.
type Process struct {
	command *exec.Cmd
	began   time.Time
	log     *os.File
	settle  func() // nil for what logs before it answers
	exited  chan struct{}
	err     error
}

// start runs a binary with nothing in its environment but what is given.
func start(binary string, args, environ []string, stderr io.Writer) (*Process, error) {
	// In memory where that can be: no platform's log is a file on a disk, and each write
	// to one costs an invocation several microseconds.
	log, err := os.CreateTemp("/dev/shm", "topicgate-log")
	if err != nil {
		log, err = os.CreateTemp("", "topicgate-log")
	}
	if err != nil {
		return nil, err
	}
	if err := os.Remove(log.Name()); err != nil {
		return nil, err
	}
	command := exec.Command(binary, args...)
	command.Env = environ
	command.Stdout, command.Stderr = log, stderr
	p := &Process{command: command, began: time.Now(), log: log, exited: make(chan struct{})}
	if err := command.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		p.err = command.Wait()
		close(p.exited)
	}()
	return p, nil
}

// await tries until ready does not fail. It tries often at first, so that a start is
// not measured in steps, and then seldom, so that a slow one has the machine.
func (p *Process) await(ready func() error) error {
	for {
		err := ready()
		if err == nil {
			return nil
		}
		waited := time.Since(p.began)
		select {
		case <-p.exited:
			return fmt.Errorf("the process has ended: %w", errors.Join(p.err, err))
		default:
		}
		switch {
		case waited > patience:
			return err
		case waited > time.Second:
			pause(5 * time.Millisecond)
		default:
			pause(100 * time.Microsecond)
		}
	}
}

// PID is the process's number.
func (p *Process) PID() int { return p.command.Process.Pid }

// Began is when the process was executed.
func (p *Process) Began() time.Time { return p.began }

// Log is all that the process has logged so far.
func (p *Process) Log() ([]byte, error) {
	if p.settle != nil {
		p.settle()
	}
	data, err := p.written()
	if p.settle != nil {
		data = settling.ReplaceAll(data, nil)
	}
	return data, err
}

// written is all that is in the log.
func (p *Process) written() ([]byte, error) {
	info, err := p.log.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	_, err = p.log.ReadAt(data, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data, err
}

// EmptyLog forgets what the process has written, which must not be writing now.
func (p *Process) EmptyLog() error {
	if p.settle != nil {
		p.settle()
	}
	if err := p.log.Truncate(0); err != nil {
		return err
	}
	_, err := p.log.Seek(0, io.SeekStart) // for the process too: it writes where we do
	return err
}

// Stop asks the process to end, and waits until it has; it returns how it ended.
func (p *Process) Stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.exited:
		return p.err
	case <-time.After(patience):
		_ = p.command.Process.Kill()
		return errors.New("the process did not end when it was told to")
	}
}

// Kill ends the process at once, as a platform does, and releases its log.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	<-p.exited
	_ = p.log.Close()
}

// A Lambda is the Lambda binary under a Runtime API of the test's own.
type Lambda struct {
	*Process

	server  *httptest.Server
	events  chan lambdaEvent
	replies chan lambdaReply
	mu      sync.Mutex
	handed  time.Time
}

type lambdaEvent struct {
	id      string
	payload []byte
}

type lambdaReply struct {
	id     string
	failed bool
	body   []byte
}

// StartLambda runs the binary as Lambda's sandbox does, with root as its task root.
//
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func StartLambda(binary, root string, environ []string, args ...string) (*Lambda, error) {
	l := &Lambda{events: make(chan lambdaEvent), replies: make(chan lambdaReply, 1)}
	l.server = httptest.NewServer(http.HandlerFunc(l.serve))
	environ = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(l.server.URL, "http://"),
		"LAMBDA_TASK_ROOT=" + root,
	}, environ...)
	var err error
	if l.Process, err = start(binary, args, environ, os.Stderr); err != nil {
		l.server.Close()
		return nil, err
	}
	return l, nil
}

func (l *Lambda) serve(w http.ResponseWriter, r *http.Request) {
	switch id := path.Base(path.Dir(r.URL.Path)); path.Base(r.URL.Path) {
	case "next":
		select {
		case e := <-l.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", e.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(3*time.Second).UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:topicgate")
			_, _ = w.Write(e.payload)
		case <-r.Context().Done():
		}
	case "response", "error":
		body, err := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		l.replies <- lambdaReply{id: id, failed: err != nil || path.Base(r.URL.Path) == "error", body: body}
	}
}

// Invoke hands the binary one event and returns its response.
func (l *Lambda) Invoke(id string, payload []byte) ([]byte, error) {
	l.mu.Lock() // an instance has one invocation at a time
	defer l.mu.Unlock()
	select {
	case l.events <- lambdaEvent{id, payload}:
		l.handed = time.Now()
	case <-l.exited:
		return nil, fmt.Errorf("the function has ended: %w", l.err)
	case <-time.After(patience):
		return nil, errors.New("the function does not ask for an invocation")
	}
	select {
	case reply := <-l.replies:
		if reply.failed || reply.id != id {
			return nil, fmt.Errorf("the invocation failed: %q", reply.body)
		}
		return reply.body, nil
	case <-l.exited:
		return nil, fmt.Errorf("the function has ended: %w", l.err)
	case <-time.After(patience):
		return nil, errors.New("the function does not answer")
	}
}

// Handed is when the last event was handed over, which the function had asked for.
func (l *Lambda) Handed() time.Time { return l.handed }

// Close ends the function and its API.
func (l *Lambda) Close() {
	l.Kill()
	l.server.CloseClientConnections()
	l.server.Close()
}

// An SCF is the SCF binary, spoken to as Tencent's agent does.
type SCF struct {
	*Process

	client *rpc.Client
}

// StartSCF runs the binary without any variable of ours: those arrive with each
// invocation.
func StartSCF(binary, root string, platform ...string) (*SCF, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	p, err := start(binary, nil, append([]string{"_LAMBDA_SERVER_PORT=" + port, "USER_CODE_ROOT=" + root}, platform...), os.Stderr)
	if err != nil {
		return nil, err
	}
	var connection net.Conn
	if err := p.await(func() (err error) {
		connection, err = net.Dial("tcp", "127.0.0.1:"+port)
		return err
	}); err != nil {
		p.Kill()
		return nil, err
	}
	return &SCF{p, rpc.NewClient(connection)}, nil
}

// Environment is a function's variables as they come with an invocation.
func Environment(environ []string) (string, error) {
	variables := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		variables[name] = value
	}
	environment, err := json.Marshal(variables)
	return string(environment), err
}

// Invoke hands the binary one event, with the function's variables.
func (s *SCF) Invoke(id string, environ []string, payload []byte) ([]byte, error) {
	environment, err := Environment(environ)
	if err != nil {
		return nil, err
	}
	return s.InvokeIn(id, environment, payload)
}

// InvokeIn is Invoke in an Environment.
func (s *SCF) InvokeIn(id, environment string, payload []byte) ([]byte, error) {
	// The zero deadline is what the platform has been seen to send.
	request := &messages.InvokeRequest{Payload: payload, RequestId: id, Environment: environment}
	var response messages.InvokeResponse
	call := s.client.Go("Function.Invoke", request, &response, nil)
	select {
	case <-call.Done:
	case <-time.After(patience):
		return nil, errors.New("the function does not answer")
	}
	if call.Error != nil {
		return nil, call.Error
	}
	if response.Error != nil {
		return nil, fmt.Errorf("the invocation failed: %s: %s", response.Error.Type, response.Error.Message)
	}
	return response.Payload, nil
}

// Close ends the function.
func (s *SCF) Close() {
	_ = s.client.Close()
	s.Kill()
}

// FreePort is a port of the loopback interface that nobody listens on.
func FreePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// A LockedBuffer takes what a process or a server writes while a test reads it.
type LockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *LockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *LockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Reset forgets what was written.
func (b *LockedBuffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}
