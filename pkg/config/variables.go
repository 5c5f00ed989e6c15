package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// A variable is one row of the table: a setting, or shorthand for a rule.
type variable struct {
	name    string // without Prefix
	file    bool   // may be given as a file, with _FILE appended
	secret  bool   // never told, nor is what may be it
	server  bool   // means nothing to a function
	meaning string // for the reference, default included
	parse   func(*loader, value)

	// A rule variable says which rule it writes; the order of the rules is that of
	// the table. The path leads to what it writes, in the rule or in the policy.
	rule string
	path policy.Path
}

// A Doc is what a person is told of a variable.
type Doc struct {
	Name    string // with prefix
	File    bool   // works with _FILE appended
	Secret  bool   // its value is for nobody to see
	Server  bool   // means nothing to a function
	Rule    string // the rule that it is shorthand for, or ""
	Meaning string
}

// Docs describes every variable, in the order of the table.
func Docs() []Doc {
	docs := make([]Doc, len(variables))
	for i, v := range variables {
		meaning := v.meaning
		if v.server {
			meaning = "server only: " + meaning
		}
		docs[i] = Doc{Prefix + v.name, v.file, v.secret, v.server, v.rule, meaning}
	}
	return docs
}

var logLevels = []string{"trace", "debug", "info", "warn", "error", "fatal", "panic", "disabled"}

// variables is the table.
var variables = []variable{
	{name: "SDK_APP_IDS", file: true, parse: parseAppIDs, meaning: "the SDKAppIDs that are served; required"},
	{name: "TOKENS", file: true, secret: true, parse: parseTokens, meaning: "callback authentication tokens, any of which may sign for any served app; two while you rotate. `APP:TOKEN` signs for that app only, which then accepts no others (none: signatures are not checked, and a warning says so)"},
	{name: "GOVERN", parse: parseGovern, meaning: "what is decided: `topic`, `group` or both (`topic`)"},
	{name: "MODE", parse: func(l *loader, v value) { choice(l, v, &l.config.Spec.Mode, policy.Enforce, policy.DryRun) },
		meaning: "`enforce`, or `dry_run`: log what would be refused, refuse nothing (`enforce`)"},
	{name: "FREEZE", path: policy.PathOf("freeze"), file: true, parse: parseFreeze,
		meaning: "`on`, or an RFC 3339 time until which: nothing is created but what a rule allows, which `TRUSTED_PLATFORMS=RESTAPI` does for your back end; `off` wins over the policy's `freeze` (what the policy says)"},
	{name: "DEFAULT", parse: func(l *loader, v value) { choice(l, v, &l.config.Spec.Default, policy.Allow, policy.Refuse) },
		meaning: "`allow` or `refuse` when no rule matches (`allow`)"},
	{name: "ON_ERROR", parse: func(l *loader, v value) { choice(l, v, &l.config.Spec.OnError, policy.Refuse, policy.Allow) },
		meaning: "`refuse` or `allow` when nothing can be decided (`refuse`)"},
	{name: "TIMEOUT", parse: parseTimeout, meaning: "own deadline for one verdict (`1s`, at most `1800ms`)"},

	list("TRUSTED_OPERATORS", "trusted-operators", "operator", "UserIDs that may always create; globs",
		policy.Allow, func(m *policy.Match, items []string) { m.Operator = &policy.OneOf{In: items} }),
	list("TRUSTED_PLATFORMS", "trusted-platforms", "platform", "platforms from which anyone may always create",
		policy.Allow, func(m *policy.Match, items []string) { m.Platform = &policy.OneOf{In: items} }),
	list("BLOCKED_OPERATORS", "blocked-operators", "operator", "UserIDs that may never create; globs",
		policy.Refuse, func(m *policy.Match, items []string) { m.Operator = &policy.OneOf{In: items} }),
	list("ALLOWED_OPERATORS", "allowed-operators", "operator", "only these UserIDs may create; globs",
		policy.Refuse, func(m *policy.Match, items []string) { m.Operator = &policy.OneOf{NotIn: items} }),
	list("ALLOWED_PLATFORMS", "allowed-platforms", "platform", "only from these platforms, e.g. `RESTAPI`: only your back end",
		policy.Refuse, func(m *policy.Match, items []string) { m.Platform = &policy.OneOf{NotIn: items} }),
	list("BLOCKED_CLIENT_IPS", "blocked-client-ips", "client_ip", "never from these addresses and CIDRs of the **end user**, who is often absent for `RESTAPI`",
		policy.Refuse, func(m *policy.Match, items []string) { m.ClientIP = &policy.OneOf{In: items} }),
	list("ALLOWED_CLIENT_IPS", "allowed-client-ips", "client_ip", "only from these; an absent address is not one of them",
		policy.Refuse, func(m *policy.Match, items []string) { m.ClientIP = &policy.OneOf{NotIn: items} }),
	length("NAME_MIN_CHARS", "min_chars", "shortest name, in characters as a user counts them", "2",
		func(l *policy.Length) *int { return &l.MinChars }),
	length("NAME_MAX_CHARS", "max_chars", "longest name, in such characters", "30",
		func(l *policy.Length) *int { return &l.MaxChars }),
	length("NAME_MAX_BYTES", "max_bytes", "longest name, in bytes of UTF-8", "150",
		func(l *policy.Length) *int { return &l.MaxBytes }),
	{name: "NAME_PATTERN", file: true, rule: "name-pattern", path: policy.PathOf("match", "name", "not_matches"), parse: parsePattern,
		meaning: "regular expression (RE2) that the whole name must match"},
	list("BANNED_WORDS", "banned-words", "name.contains", "words that a name may not contain, however they are written: whole words, disguised ones too; `fuck*` goes on",
		policy.Refuse, func(m *policy.Match, items []string) {
			n := m.Name
			n.Contains, n.WholeWord, n.LookAlikes, n.IgnoreSeps, n.Disguised = items, true, true, true, true
		}),
	list("EXEMPT_WORDS", "banned-words", "name.unless_contains", "longer words in which a banned one is excused: `classic` for `ass`",
		policy.Refuse, func(m *policy.Match, items []string) { m.Name.Unless = items }),
	list("RESERVED_NAMES", "reserved-names", "name.resembles", "names that no name may resemble",
		policy.Refuse, func(m *policy.Match, items []string) { m.Name.Resembles = items }),

	{name: "QUOTA", rule: "quota", path: policy.PathOf("quota"), parse: parseQuota, meaning: "`5/1h`, `3/day`: how many an operator may create in a window of time, or on a day (UTC)"},

	{name: "REDIS_URL", file: true, secret: true, parse: parseRedisURL, meaning: "where quotas are shared: `rediss://user:password@host:6379/0` (none: counted by each process, with a warning in a function)"},
	{name: "UPSTREAM_URL", file: true, secret: true, parse: parseUpstreamURL, meaning: "the handler that was on the callback URL before: what is not governed is relayed to it (none: answered with \"go ahead\")"},
	{name: "REFUSE_CODE", path: policy.PathOf("refusal", "code"),
		parse:   func(l *loader, v value) { l.number(v, &l.config.Spec.Refusal.Code, "10100") },
		meaning: "code of a refusal: 1, or 10100 to 10200 to reach the user (`10100` with a message, else `1`)"},
	{name: "REFUSE_MESSAGE", path: policy.PathOf("refusal", "message"), file: true, parse: parseRefuseMessage,
		meaning: "what the user reads; may use `{{word}}`, `{{name}}`, `{{operator}}`, `{{ref}}` (a sentence for each rule, with a code above 1)"},
	{name: "POLICY", file: true, parse: parsePolicy, meaning: "a policy, YAML or JSON: everything the variables can say, and more"},
	{name: "POLICY_URL", file: true, secret: true, parse: parsePolicyURL,
		meaning: "where the policy is looked for while it serves: `https://…`, `http://…` on loopback, or `s3://bucket/key?region=…` with `&endpoint=https://…` where it is not Amazon's (none)"},
	{name: "REFRESH", parse: parseRefresh, meaning: "how often it is looked for at most, `5s` to `1h` (`30s`)"},
	{name: "STATE_DIR", server: true, parse: parseStateDir,
		meaning: "a folder where the last good configuration is kept, secrets included, for a start that finds a broken one (none)"},
	{name: "REVIEW", parse: parseReview, meaning: "`created`, `renamed` or both: what Chat tells afterwards is decided too, and logged as a `review` (nothing)"},
	{name: "REMEDY", parse: func(l *loader, v value) { choice(l, v, &l.config.Remedy, Report, Rename, Mute, Destroy) },
		meaning: "what is done about a topic that exists although a rule on its name refuses it: `report`, `rename`, `mute` or, just created, `destroy`; all but `report` need `TOKENS`, the `CHAT_` variables and, on a function, `REDIS_URL` (`report`)"},
	{name: "REMEDY_NAME", parse: parseRemedyName, meaning: "what `rename` calls it, 30 bytes at most; topics of this name are left alone (none)"},
	{name: "REMEDY_LIMIT", parse: parseRemedyLimit, meaning: "acts in a window of time, beyond which is only reported (`20/1h`)"},
	{name: "CHAT_API_URL", parse: parseChatAPIURL, meaning: "Chat's REST API in the app's region: `https://console.tim.qq.com`, `https://adminapisgp.im.qcloud.com`, … (none)"},
	{name: "CHAT_ADMIN", parse: parseChatAdmin, meaning: "the administrator of the app that acts; what it does by the REST API is not reviewed (`administrator`)"},
	{name: "CHAT_SECRET_KEY", file: true, secret: true, parse: parseChatSecretKey, meaning: "the app's secret key, which can sign as any of its users: read *After creation* first (none)"},
	{name: "LOG_LEVEL", parse: parseLogLevel, meaning: "`trace` to `error`, or `disabled` (`info`, or what `AWS_LAMBDA_LOG_LEVEL` says)"},
	{name: "LOG_PERSONAL", parse: func(l *loader, v value) { choice(l, v, &l.config.LogPersonal, Full, Hash, Off) },
		meaning: "operator, name, client_ip and detail in the log: `full`, `hash` (HMAC-SHA-256 under LOG_KEY, 16 hex digits) or `off` (`full`)"},
	{name: "LOG_KEY", file: true, secret: true, parse: func(l *loader, v value) { l.config.LogKey = []byte(v.scalar()) }, meaning: "key of `LOG_PERSONAL=hash`"},
	{name: "ADDR", server: true, parse: func(l *loader, v value) { parseAddr(l, v, &l.config.Addr, "127.0.0.1:9000 or :9000") },
		meaning: "where it listens (`127.0.0.1:9000`)"},
	{name: "METRICS_ADDR", server: true, parse: func(l *loader, v value) { parseAddr(l, v, &l.config.MetricsAddr, "127.0.0.1:9001") },
		meaning: "where Prometheus may scrape `/metrics`, rule names included: not for the public (none)"},
	{name: "MAX_CONNECTIONS", server: true, parse: func(l *loader, v value) { l.number(v, &l.config.MaxConnections, "1024") },
		meaning: "how many connections at once; beyond, the one that has waited longest without a request gives way (`1024`)"},
}

// list is a variable that is shorthand for a rule with a list, at a key of its match.
func list(name, rule, key, meaning string, action policy.Action, write func(*policy.Match, []string)) variable {
	return variable{name: name, file: !strings.Contains(name, "PLATFORMS"), rule: rule, meaning: meaning,
		path: policy.PathOf(strings.Split("match."+key, ".")...),
		parse: func(l *loader, v value) {
			if items, ok := l.list(v, listSeparators); ok {
				write(l.match(v, rule, action), items)
			}
		}}
}

// length is a variable that is shorthand for one bound of the rule name-length.
func length(name, key, meaning, example string, bound func(*policy.Length) *int) variable {
	return variable{name: name, rule: "name-length", meaning: meaning,
		path: policy.PathOf("match", "name", "length_outside", key),
		parse: func(l *loader, v value) {
			var n int
			if l.number(v, &n, example); n == 0 {
				return
			}
			m := l.match(v, "name-length", policy.Refuse)
			if m.Name.LengthOutside == nil {
				m.Name.LengthOutside = &policy.Length{}
			}
			*bound(m.Name.LengthOutside) = n
		}}
}

// match is the match of a shorthand rule, made when its first variable is met.
func (l *loader) match(v value, rule string, action policy.Action) *policy.Match {
	if i := slices.IndexFunc(l.shorthand, func(r policy.Rule) bool { return r.Name == rule }); i >= 0 {
		return l.shorthand[i].Match
	}
	m := &policy.Match{}
	if v.row.path.Within(policy.PathOf("match", "name")) {
		m.Name = &policy.Name{}
	}
	origin := policy.Origin{Variable: Prefix + v.row.name}
	l.shorthand = append(l.shorthand, policy.Rule{Name: rule, Action: action, Match: m, Origin: origin})
	return m
}

func parseGovern(l *loader, v value) {
	items, ok := l.list(v, listSeparators)
	var govern []policy.Subject
	for _, item := range items {
		subject := policy.Subject(item)
		if !slices.Contains(policy.Subjects[:], subject) {
			l.bad(v, fmt.Sprintf("unknown value %q", item), "use topic, group or both")
			ok = false
		} else if !slices.Contains(govern, subject) {
			govern = append(govern, subject)
		}
	}
	if ok {
		l.config.Spec.Govern = govern
	}
}

// parseFreeze reads what a person writes in a hurry.
func parseFreeze(l *loader, v value) {
	word := v.word()
	if !l.filled(v) {
		return
	}
	switch strings.ToLower(word) {
	case "on", "1", "true", "yes":
		l.config.Spec.Freeze = policy.Frozen
	case "off", "0", "false", "no":
		l.config.Spec.Freeze = "" // and that it is set, override looks for
	default:
		if _, ok := policy.ParseTime(word); !ok {
			l.bad(v, fmt.Sprintf("unknown value %q", word), "use on, off or a time such as 2026-01-31T18:30:00Z")
			return
		}
		l.config.Spec.Freeze = policy.Freeze(word)
	}
}

func parseTimeout(l *loader, v value) {
	d, err := time.ParseDuration(v.word())
	if err != nil || d <= 0 || d > MaxTimeout {
		l.bad(v, fmt.Sprintf("%q is not a duration up to %v", v.scalar(), MaxTimeout), "use one such as 1s or 800ms")
		return
	}
	l.config.Timeout = d
}

// parsePattern anchors the pattern. It is compiled alone first: what is unbalanced
// alone, like a)|(b, could be balanced inside the anchors.
func parsePattern(l *loader, v value) {
	pattern := v.scalar()
	if !l.filled(v) {
		return
	}
	if policyfile.Trim(pattern) != pattern || strings.ContainsAny(pattern, policyfile.LineEnds) {
		l.config.Warnings = append(l.config.Warnings, policy.Problem{Where: v.where,
			What: "the pattern has white space or a line end at its end or in it, which a name must have too", How: `remove it, or write it as \x20 or \n`})
	}
	if _, err := regexp.Compile(pattern); err != nil {
		l.bad(v, fmt.Sprintf("%q is not a regular expression: %v", pattern, err), "write it in RE2 syntax")
		return
	}
	anchored := `\A(?:` + pattern + `)\z`
	if _, err := regexp.Compile(anchored); err != nil { // \Q quotes the end as well
		anchored = `\A(?:` + pattern + `\E)\z`
	}
	l.match(v, "name-pattern", policy.Refuse).Name.NotMatches = anchored
}

// parsePolicy reads a policy in place or from a file; the files of its lists are
// relative to it, or to where _FILE paths start. One that was found elsewhere replaces it.
func parsePolicy(l *loader, v value) {
	l.config.Bundled = true
	if l.options.Found != nil {
		return
	}
	dir := l.root
	if v.file {
		dir = filepath.Dir(v.where.File)
	}
	var warnings []policy.Problem
	l.policy, l.source, l.inFile, warnings = policyfile.Load(v.text, v.where.String(), l.folder(dir))
	l.config.Warnings = append(l.config.Warnings, warnings...)
}

func parseQuota(l *loader, v value) {
	n, d, ok := limitIn(v)
	if !ok {
		l.bad(v, fmt.Sprintf("%q is not a number and a window of time", v.scalar()), "use one such as 5/1h or 3/day")
		return
	}
	l.shorthand = append(l.shorthand, policy.Rule{
		Name: "quota", Action: policy.Refuse, Quota: &policy.Quota{Limit: n, Window: d},
		Origin: policy.Origin{Variable: Prefix + v.row.name},
	})
}

func parseRefuseMessage(l *loader, v value) {
	if l.filled(v) {
		l.config.Spec.Refusal.Message = policy.Text{Default: v.scalar()}
	}
}

func parseLogLevel(l *loader, v value) {
	level := strings.ToLower(v.word())
	if !slices.Contains(logLevels, level) {
		l.bad(v, fmt.Sprintf("unknown value %q", level), "use one of "+strings.Join(logLevels, ", "))
		return
	}
	l.config.LogLevel = level
}
