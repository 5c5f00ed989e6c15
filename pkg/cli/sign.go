package cli

import (
	"strings"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
)

func sign(in *invocation) int {
	f := in.flags()
	var m made
	target := f.String("url", "", "the callback URL; required")
	f.StringVar(&m.app, "app", "", "SDKAppID (the first of "+config.Prefix+"SDK_APP_IDS)")
	f.StringVar(&m.token, "token", "", "token to sign with (the first of "+config.Prefix+"TOKENS; none: not signed)")
	kind := f.String("command", "topic", "what is to be created: topic or group")
	f.StringVar(&m.operator, "operator", "leckie", "UserID that asks")
	f.StringVar(&m.name, "name", "MyFirstTopic", "name that is asked for")
	f.StringVar(&m.typ, "type", "Community", "type of the topic or group")
	f.StringVar(&m.platform, "platform", "RESTAPI", "OptPlatform")
	f.StringVar(&m.clientIP, "client-ip", "", "the end user's address")
	at := timeFlag(f, "sign as of this time (RFC 3339) instead of now")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	u, ok := callbackURL(*target)
	if !ok {
		return in.misuse("-url needs an http or https URL")
	}
	if m.command = chat.Creates(*kind); m.command == "" {
		return in.misuse("-command is topic or group, not %q", *kind)
	}
	c := config.Load(in.environ, config.Options{})
	m.app, m.token, m.at = orFirst(m.app, c.AppIDs, ""), orFirst(m.token, c.Tokens, ""), *at
	if m.app == "" {
		return in.misuse("-app or %sSDK_APP_IDS is required", config.Prefix)
	}
	in.print("curl -sS -X POST %s -H 'Content-Type: application/json' -d %s\n", shellQuote(m.on(u)), shellQuote(m.body()))
	return statusOK
}

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
