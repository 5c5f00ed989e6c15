package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// TokensFor are the tokens that may sign for an app: its own where it has any, so that who
// holds another's cannot speak for it. None: its signatures are not checked.
func (c *Config) TokensFor(app string) []string {
	if own := c.AppTokens[app]; len(own) > 0 {
		return own
	}
	return c.Tokens
}

// unchecked are the apps whose signatures nobody checks.
func (c *Config) unchecked() []string {
	var apps []string
	for _, app := range c.AppIDs {
		if len(c.TokensFor(app)) == 0 {
			apps = append(apps, app)
		}
	}
	return apps
}

func isAppID(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func parseAppIDs(l *loader, v value) {
	items, ok := l.list(v, listSeparators)
	for i, id := range items {
		if !isAppID(id) {
			l.bad(v.item(i), fmt.Sprintf("%q is not an SDKAppID", id), "use the number that the Chat console shows")
			ok = false
		}
	}
	if ok && len(items) > 0 {
		l.config.AppIDs = items
	}
}

// parseTokens never quotes a token. An empty file is an error here, not the warning
// that it is elsewhere: it would switch the signature check off unnoticed.
func parseTokens(l *loader, v value) {
	if v.file && len(policyfile.ParseList(v.text)) == 0 {
		l.bad(v, "the file holds no token", "write one token a line, or unset "+Prefix+"TOKENS_FILE")
		return
	}
	items, _ := l.list(v, tokenSeparators)
	for i, token := range items {
		app, own, found := strings.Cut(token, ":")
		if found = found && isAppID(app); found {
			token = policyfile.Trim(own)
		}
		switch {
		case token == "":
			l.bad(v.item(i), "the token of app "+app+" is empty", "write "+app+":TOKEN")
		case strings.ContainsFunc(token, unseen):
			l.bad(v.item(i), "a token holds a character that is invisible", "copy it anew from the Chat console")
		case found:
			if l.config.AppTokens == nil {
				l.config.AppTokens = map[string][]string{}
			}
			l.config.AppTokens[app] = append(l.config.AppTokens[app], token)
		default:
			l.config.Tokens = append(l.config.Tokens, token)
		}
	}
}

// unseen is true of what shows nothing, and is no blank: nobody means to write it.
func unseen(r rune) bool { return !unicode.IsGraphic(r) }

// warnTokens looks for apps that anybody can sign for, and for tokens that nobody needs.
func (l *loader) warnTokens() {
	c := l.config
	switch {
	case l.failed["TOKENS"]:
		return
	case c.Tokens == nil && c.AppTokens == nil:
		l.warn("signatures are not checked", Prefix+"TOKENS", setTokens)
		return
	case c.AppIDs == nil:
		return
	}
	for _, app := range c.unchecked() {
		l.warn("signatures of app "+app+" are not checked", Prefix+"TOKENS", "add a token for it, as "+app+":TOKEN")
	}
	for _, app := range slices.Sorted(maps.Keys(c.AppTokens)) {
		if !slices.Contains(c.AppIDs, app) {
			l.warn("a token is for app "+app+", which is not served", Prefix+"TOKENS", notServed(app, c.AppIDs))
		}
	}
}

func notServed(app string, served []string) string {
	_, how := policy.Suggest(app, served)
	return how
}

// warnApps looks in a match, and in those within it, for apps that are not served.
func (l *loader) warnApps(rule string, m *policy.Match, at policy.Path) {
	if m == nil {
		return
	}
	if m.App != nil {
		l.warnNotServed(rule, at.Key("app").Key("in"), m.App.In)
		l.warnNotServed(rule, at.Key("app").Key("not_in"), m.App.NotIn)
	}
	for i := range m.All {
		l.warnApps(rule, &m.All[i], at.Key("all").Item(i))
	}
	for i := range m.Any {
		l.warnApps(rule, &m.Any[i], at.Key("any").Item(i))
	}
	l.warnApps(rule, m.Not, at.Key("not"))
}

func (l *loader) warnNotServed(rule string, at policy.Path, list policy.List) {
	for i, id := range list {
		if l.config.AppIDs != nil && isAppID(id) && !slices.Contains(l.config.AppIDs, id) {
			w, _ := l.located(policy.Problem{Rule: rule, Path: at.Item(i), Key: at.Last(),
				What: "app " + id + " is not served", How: notServed(id, l.config.AppIDs)})
			l.config.Warnings = append(l.config.Warnings, w)
		}
	}
}
