package cli

import (
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
	"topicgate/pkg/trial"
)

func sign(in *invocation) int {
	f := in.flags()
	cb, address := callbackFlags(f, policy.Creation{Operator: trial.Operator, Type: trial.Type, Name: "MyFirstTopic"})
	at := timeFlag(f, "sign as of this time (RFC 3339) instead of now")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if err := cb.complete(*address, config.Load(in.environ, config.Options{})); err != nil {
		return in.misuse("%v", err)
	}
	cb.At = *at
	in.print("curl -sS -X POST %s -H 'Content-Type: application/json' -d %s\n", shellQuote(cb.url()), shellQuote(cb.body()))
	if cb.token != "" {
		in.complain("valid for %.0f s from %s; run it again for a fresh one", chat.MaxSkew.Seconds(), cb.At.UTC().Format(time.RFC3339))
	}
	return statusOK
}

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
