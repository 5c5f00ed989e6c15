package cli

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"topicgate/pkg/callback"
	"topicgate/pkg/config"
)

func sign(in *invocation) int {
	f := in.flags()
	target := f.String("url", "", "the callback URL; required")
	app := f.String("app", "", "SDKAppID (the first of "+config.Prefix+"SDK_APP_IDS)")
	token := f.String("token", "", "token to sign with (the first of "+config.Prefix+"TOKENS; none: not signed)")
	kind := f.String("command", "topic", "what is to be created: topic or group")
	operator := f.String("operator", "leckie", "UserID that asks")
	name := f.String("name", "MyFirstTopic", "name that is asked for")
	typ := f.String("type", "Community", "type of the topic or group")
	platform := f.String("platform", "RESTAPI", "OptPlatform")
	clientIP := f.String("client-ip", "", "the end user's address")
	at := timeFlag(f, "sign as of this time (RFC 3339) instead of now")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	u, err := url.Parse(*target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return in.misuse("-url needs an http or https URL")
	}
	command, ok := map[string]callback.Command{"topic": callback.BeforeCreateTopic, "group": callback.BeforeCreateGroup}[*kind]
	if !ok {
		return in.misuse("-command is topic or group, not %q", *kind)
	}
	c := config.Load(in.environ, config.Options{})
	if *app == "" && len(c.AppIDs) > 0 {
		*app = c.AppIDs[0]
	}
	if *app == "" {
		return in.misuse("-app or %sSDK_APP_IDS is required", config.Prefix)
	}
	if *token == "" && len(c.Tokens) > 0 {
		*token = c.Tokens[0]
	}
	query := []string{"SdkAppid", *app, "CallbackCommand", string(command), "contenttype", "json", "OptPlatform", *platform}
	if *clientIP != "" {
		query = append(query, "ClientIP", *clientIP)
	}
	if *token != "" {
		now := strconv.FormatInt(at.Unix(), 10)
		query = append(query, "RequestTime", now, "Sign", callback.Sign(*token, now))
	}
	u.RawQuery = joinQuery(u.RawQuery, query)
	body, err := json.Marshal(struct {
		CallbackCommand callback.Command
		Operator        string `json:"Operator_Account"`
		Type, Name      string
	}{command, *operator, *typ, *name})
	if err != nil {
		panic(err) // four strings
	}
	in.print("curl -sS -X POST %s -H 'Content-Type: application/json' -d %s\n", shellQuote(u.String()), shellQuote(string(body)))
	return statusOK
}

// joinQuery adds names and values, in turn, to what a URL's query holds already.
func joinQuery(query string, pairs []string) string {
	var b strings.Builder
	b.WriteString(query)
	for i := 0; i < len(pairs); i += 2 {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String()
}

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
