package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
)

// A made callback is what sign prints and probe sends.
type made struct {
	target             *url.URL // the callback URL, as the console takes it
	app, token         string
	command            chat.Command
	operator, name     string
	typ                string
	platform, clientIP string
	at                 time.Time
}

// A play is a made callback in the words of a command line.
type play struct {
	made
	where, kind string
}

// playFlags are the flags of all commands that play Chat.
func playFlags(f *flag.FlagSet, operator, name string) *play {
	p := &play{}
	f.StringVar(&p.where, "url", "", "the callback URL; required")
	f.StringVar(&p.app, "app", "", "SDKAppID (the first of "+config.Prefix+"SDK_APP_IDS)")
	f.StringVar(&p.token, "token", "", "token to sign with (the first of "+config.Prefix+"TOKENS; none: not signed)")
	f.StringVar(&p.kind, "command", "topic", "what is to be created: topic or group")
	f.StringVar(&p.operator, "operator", operator, "UserID that asks")
	f.StringVar(&p.name, "name", name, "name that is asked for")
	f.StringVar(&p.typ, "type", anyType, "type of the topic or group")
	f.StringVar(&p.platform, "platform", "RESTAPI", "OptPlatform")
	f.StringVar(&p.clientIP, "client-ip", "", "the end user's address")
	return p
}

// complete takes what was not said from the configuration. The problem says what is
// wrong with the command line.
func (p *play) complete(c *config.Config, at time.Time) (problem string) {
	u, err := url.Parse(p.where)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "-url needs an http or https URL"
	}
	p.target, p.command, p.at = u, chat.Creates(p.kind), at
	if p.command == "" {
		return fmt.Sprintf("-command is topic or group, not %q", p.kind)
	}
	p.app, p.token = orFirst(p.app, c.AppIDs, ""), orFirst(p.token, c.Tokens, "")
	if p.app == "" {
		return "-app or " + config.Prefix + "SDK_APP_IDS is required"
	}
	return ""
}

// url is the callback URL with the parameters that Chat adds to what it has already.
func (m *made) url() string {
	query := []string{"SdkAppid", m.app, "CallbackCommand", string(m.command), "contenttype", "json", "OptPlatform", m.platform}
	if m.clientIP != "" {
		query = append(query, "ClientIP", m.clientIP)
	}
	if m.token != "" {
		at := strconv.FormatInt(m.at.Unix(), 10)
		query = append(query, "RequestTime", at, "Sign", chat.Sign(m.token, at))
	}
	u := *m.target
	u.RawQuery = joinQuery(asciiQuery(u.RawQuery), query)
	return u.String()
}

func (m *made) body() string {
	body, err := json.Marshal(struct {
		CallbackCommand chat.Command
		Operator        string `json:"Operator_Account"`
		Type, Name      string
	}{m.command, m.operator, m.typ, m.name})
	if err != nil {
		panic(err) // four strings
	}
	return oneLine(string(body)) // which is the same JSON, for whoever reads it in a terminal
}

// asciiQuery is the query of a URL as everything else of a URL is written: what is not
// ASCII in it is escaped.
func asciiQuery(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if query[i] < utf8.RuneSelf {
			b.WriteByte(query[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", query[i])
		}
	}
	return b.String()
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
