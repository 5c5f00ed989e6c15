package cli

import (
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
)

func sign(in *invocation) int {
	f := in.flags()
	m := playFlags(f, "leckie", "MyFirstTopic")
	at := timeFlag(f, "sign as of this time (RFC 3339) instead of now")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if problem := m.complete(config.Load(in.environ, config.Options{}), *at); problem != "" {
		return in.misuse("%s", problem)
	}
	in.print("curl -sS -X POST %s -H 'Content-Type: application/json' -d %s\n", shellQuote(m.url()), shellQuote(m.body()))
	if m.token != "" {
		in.complain("valid for %.0f s from %s; run it again for a fresh one", chat.MaxSkew.Seconds(), m.at.UTC().Format(time.RFC3339))
	}
	return statusOK
}

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
