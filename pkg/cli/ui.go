package cli

import (
	"cmp"
	"net"
	"os"
	"path/filepath"
	"strings"

	"topicgate/pkg/config"
	"topicgate/pkg/history"
	"topicgate/pkg/ui"
)

func workbench(in *invocation) int {
	f := in.flags()
	policy := f.String("policy", in.usualPolicy(), "policy `FILE` to work on (what "+config.Prefix+"POLICY_FILE names, else policy.yaml)")
	cases := f.String("cases", "", "`FILE` of cases (POLICY.cases.yaml or cases.yaml beside the policy; the first of them when it is made)")
	addr := f.String("addr", "127.0.0.1:9002", "where to listen, on this machine alone; port 0 for any")
	var logs []string
	f.Func("log", "`FILE` of logged decisions, on which to try what is edited; may be given more than once, and more may follow", func(file string) error {
		logs = append(logs, file)
		return nil
	})
	if status, ok := in.parse(f); !ok {
		return status
	}
	if len(in.arguments) > 0 && logs == nil {
		return in.misuse("unexpected argument %q", in.arguments[0])
	}
	if err := ui.Loopback(*addr); err != nil {
		return in.misuse("-addr: %v", err)
	}
	o := ui.Options{Environ: in.environ, Policy: *policy, Cases: cmp.Or(*cases, casesBeside(*policy)), Logs: append(logs, in.arguments...)}
	if logs != nil {
		o.Memory = &history.Memory{}
		counts, ok := in.readLogs(o.Logs, o.Memory.Keep)
		if !ok {
			return statusNo
		}
		if counts.Decisions == 0 {
			in.complain("warning: no decision was found in %s", plural(counts.Lines, "line"))
		}
	}
	listener, err := new(net.ListenConfig).Listen(in.ctx, "tcp", *addr)
	if err != nil {
		in.complain("cannot listen: -addr: %v", err)
		return statusNo
	}
	server, err := ui.New(o, listener)
	if err != nil {
		_ = listener.Close()
		in.complain("%v", err)
		return statusNo
	}
	in.print("%s\n", server.URL())
	in.complain("open this address in a browser; it is good until this ends, and for nobody else")
	if err := server.Serve(in.ctx); err != nil {
		in.complain("%v", err)
		return statusNo
	}
	return statusOK
}

// usualPolicy is the file that is worked on when nobody names one.
func (in *invocation) usualPolicy() string {
	file := ""
	for _, pair := range in.environ {
		if text, ok := strings.CutPrefix(pair, config.Prefix+"POLICY_FILE="); ok {
			file = text
		}
	}
	return cmp.Or(file, "policy.yaml")
}

// casesBeside is the file of cases that belongs to a policy.
func casesBeside(policy string) string {
	own := strings.TrimSuffix(policy, filepath.Ext(policy)) + ".cases.yaml"
	common := filepath.Join(filepath.Dir(policy), "cases.yaml")
	if _, err := os.Stat(own); err != nil {
		if _, err := os.Stat(common); err == nil {
			return common
		}
	}
	return own
}
