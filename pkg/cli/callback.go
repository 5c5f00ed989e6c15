package cli

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"topicgate/pkg/chat"
)

// A made callback is what sign prints and probe sends.
type made struct {
	app, token         string
	command            chat.Command
	operator, name     string
	typ                string
	platform, clientIP string
	at                 time.Time
}

// callbackURL reads a callback URL as the console takes it.
func callbackURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, false
	}
	return u, true
}

// on is a callback URL with the parameters that Chat adds to what it has already.
func (m *made) on(target *url.URL) string {
	query := []string{"SdkAppid", m.app, "CallbackCommand", string(m.command), "contenttype", "json", "OptPlatform", m.platform}
	if m.clientIP != "" {
		query = append(query, "ClientIP", m.clientIP)
	}
	if m.token != "" {
		at := strconv.FormatInt(m.at.Unix(), 10)
		query = append(query, "RequestTime", at, "Sign", chat.Sign(m.token, at))
	}
	u := *target
	u.RawQuery = joinQuery(u.RawQuery, query)
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
	return string(body)
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
