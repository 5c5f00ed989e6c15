package deploy_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"topicgate/pkg/gate/gatetest"
)

// TestMakeRun: the line that make run prints plays Chat as it stands, wherever the gate
// was told to listen.
func TestMakeRun(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	dir, err := copied("run")
	if err != nil {
		t.Fatal(err)
	}
	var environ []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TOPICGATE_") && !strings.HasPrefix(pair, "ADDR=") {
			environ = append(environ, pair)
		}
	}
	for _, tt := range []struct {
		host, variable string
		more           []string
	}{
		{"", "TOPICGATE_ADDR", nil},
		{"0.0.0.0", "TOPICGATE_ADDR", []string{"TOPICGATE_TOKENS=xxxxyyyy"}},
		{"127.0.0.1", "TOPICGATE_ADDR", nil},
		{"127.0.0.1", "ADDR", []string{"TOPICGATE_ADDR=127.0.0.1:1"}},
	} {
		t.Run(tt.variable+"="+tt.host, func(t *testing.T) {
			port, err := gatetest.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			serve := exec.Command("make", "run")
			serve.Dir, serve.Stderr = dir, os.Stderr
			serve.Env = append(append(environ[:len(environ):len(environ)], tt.variable+"="+tt.host+":"+port), tt.more...)
			serve.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			stdout, err := serve.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := serve.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = syscall.Kill(-serve.Process.Pid, syscall.SIGKILL)
				_ = serve.Wait()
			}()
			curl := ""
			for lines := bufio.NewScanner(stdout); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "curl ") {
					curl = lines.Text()
				}
				if strings.Contains(lines.Text(), `"message":"listening"`) {
					break
				}
			}
			out, err := exec.Command("bash", "-c", curl).CombinedOutput()
			if want := (gatetest.Want{}).Verdict(); err != nil || string(out) != want {
				t.Errorf("%s\nanswers %s (%v), want %s", curl, out, err, want)
			}
		})
	}
}
