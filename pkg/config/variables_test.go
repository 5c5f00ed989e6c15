package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

// usual is an environment that nothing is wrong with.
var usual = []string{"TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_TOKENS=xxxxyyyy"}

// with is the usual environment and more: the last of two equal names counts.
func with(pairs ...string) []string {
	environ := usual[:len(usual):len(usual)]
	for _, pair := range pairs {
		environ = append(environ, Prefix+pair)
	}
	return environ
}

// ruleOf finds a rule of the effective policy, without its default mode.
func ruleOf(name string) func(*Config) any {
	return func(c *Config) any {
		for _, r := range c.Spec.Rules {
			if r.Name == name {
				r.Mode = ""
				return r
			}
		}
		return nil
	}
}

func refusing(name string, m policy.Match) policy.Rule {
	return policy.Rule{Name: name, Match: &m, Action: policy.Refuse}
}

func allowing(name string, m policy.Match) policy.Rule {
	return policy.Rule{Name: name, Match: &m, Action: policy.Allow}
}

func onName(n policy.Name) policy.Match { return policy.Match{Name: &n} }

// The getters that several good values share.
var (
	appIDs   = func(c *Config) any { return c.AppIDs }
	tokens   = func(c *Config) any { return c.Tokens }
	govern   = func(c *Config) any { return c.Spec.Govern }
	mode     = func(c *Config) any { return c.Spec.Mode }
	freeze   = func(c *Config) any { return c.Spec.Freeze }
	byDeflt  = func(c *Config) any { return c.Spec.Default }
	onError  = func(c *Config) any { return c.Spec.OnError }
	timeout  = func(c *Config) any { return c.Timeout }
	refusal  = func(c *Config) any { return c.Spec.Refusal }
	logLevel = func(c *Config) any { return c.LogLevel }
	personal = func(c *Config) any { return c.LogPersonal }
	logKey   = func(c *Config) any { return string(c.LogKey) }
	addr     = func(c *Config) any { return c.Addr }

	metricsAddr = func(c *Config) any { return c.MetricsAddr }

	maxConnections = func(c *Config) any { return c.MaxConnections }
)

// good values, and what each leads to. More is set beside, where a value needs it.
var good = []struct {
	variable, value, more string
	got                   func(*Config) any
	want                  any
}{
	{"SDK_APP_IDS", "1400000000", "", appIDs, []string{"1400000000"}},
	{"SDK_APP_IDS", " 1,2，3、4\r\n5\n\n, ", "", appIDs, []string{"1", "2", "3", "4", "5"}},
	{"SDK_APP_IDS", "1\r2\v3\f4\u00855\u20286\u20297", "", appIDs, []string{"1", "2", "3", "4", "5", "6", "7"}},
	{"TOKENS", "a", "", tokens, []string{"a"}},
	// The other separators may stand in a token.
	{"TOKENS", "a，b、c, d e \r\nf", "", tokens, []string{"a，b、c", "d e", "f"}},
	{"GOVERN", "topic", "", govern, []policy.Subject{policy.Topic}},
	{"GOVERN", "group", "", govern, []policy.Subject{policy.Group}},
	{"GOVERN", "group、topic,group", "", govern, []policy.Subject{policy.Group, policy.Topic}},
	{"GOVERN", "", "", govern, []policy.Subject{policy.Topic}},
	{"MODE", "enforce", "", mode, policy.Enforce},
	{"MODE", " dry_run\n", "", mode, policy.DryRun},
	{"MODE", "", "", mode, policy.Enforce},
	{"FREEZE", "on", "TRUSTED_PLATFORMS=RESTAPI", freeze, policy.Frozen},
	{"FREEZE", " ON\n", "TRUSTED_PLATFORMS=RESTAPI", freeze, policy.Frozen},
	{"FREEZE", "1", "TRUSTED_PLATFORMS=RESTAPI", freeze, policy.Frozen},
	{"FREEZE", "True", "TRUSTED_PLATFORMS=RESTAPI", freeze, policy.Frozen},
	{"FREEZE", "yes", "TRUSTED_PLATFORMS=RESTAPI", freeze, policy.Frozen},
	{"FREEZE", "2999-01-31T18:30:00+08:00", "TRUSTED_PLATFORMS=RESTAPI", freeze, policy.Freeze("2999-01-31T18:30:00+08:00")},
	{"FREEZE", "off", "", freeze, policy.Freeze("")},
	{"FREEZE", "0", "", freeze, policy.Freeze("")},
	{"FREEZE", "false", "", freeze, policy.Freeze("")},
	{"FREEZE", "No", "", freeze, policy.Freeze("")},
	{"FREEZE", "", "", freeze, policy.Freeze("")},
	{"DEFAULT", "allow", "", byDeflt, policy.Allow},
	{"DEFAULT", "refuse", "", byDeflt, policy.Refuse},
	{"DEFAULT", "", "", byDeflt, policy.Allow},
	{"ON_ERROR", "allow", "", onError, policy.Allow},
	{"ON_ERROR", "refuse", "", onError, policy.Refuse},
	{"ON_ERROR", " ", "", onError, policy.Refuse},
	{"TIMEOUT", "", "", timeout, time.Second},
	{"TIMEOUT", "1ns", "", timeout, time.Nanosecond},
	{"TIMEOUT", " 1800ms ", "", timeout, MaxTimeout},
	{"TIMEOUT", "1.5s", "", timeout, 1500 * time.Millisecond},

	{"TRUSTED_OPERATORS", "administrator,ops-*", "", ruleOf("trusted-operators"),
		allowing("trusted-operators", policy.Match{Operator: &policy.OneOf{In: []string{"administrator", "ops-*"}}})},
	{"TRUSTED_PLATFORMS", "RESTAPI", "", ruleOf("trusted-platforms"),
		allowing("trusted-platforms", policy.Match{Platform: &policy.OneOf{In: []string{"RESTAPI"}}})},
	{"BLOCKED_OPERATORS", `a\*、b c`, "", ruleOf("blocked-operators"),
		refusing("blocked-operators", policy.Match{Operator: &policy.OneOf{In: []string{`a\*`, "b c"}}})},
	{"ALLOWED_OPERATORS", "a", "", ruleOf("allowed-operators"),
		refusing("allowed-operators", policy.Match{Operator: &policy.OneOf{NotIn: []string{"a"}}})},
	{"ALLOWED_PLATFORMS", "Web,iPad", "", ruleOf("allowed-platforms"),
		refusing("allowed-platforms", policy.Match{Platform: &policy.OneOf{NotIn: []string{"Web", "iPad"}}})},
	{"BLOCKED_CLIENT_IPS", "10.0.0.0/8,2001:db8::1", "", ruleOf("blocked-client-ips"),
		refusing("blocked-client-ips", policy.Match{ClientIP: &policy.OneOf{In: []string{"10.0.0.0/8", "2001:db8::1"}}})},
	{"ALLOWED_CLIENT_IPS", "10.0.0.1", "", ruleOf("allowed-client-ips"),
		refusing("allowed-client-ips", policy.Match{ClientIP: &policy.OneOf{NotIn: []string{"10.0.0.1"}}})},
	{"NAME_MIN_CHARS", "2", "", ruleOf("name-length"), refusing("name-length", onName(policy.Name{LengthOutside: &policy.Length{MinChars: 2}}))},
	{"NAME_MAX_CHARS", " 30 ", "NAME_MIN_CHARS=2", ruleOf("name-length"), refusing("name-length", onName(policy.Name{LengthOutside: &policy.Length{MinChars: 2, MaxChars: 30}}))},
	{"NAME_MAX_BYTES", "150", "", ruleOf("name-length"), refusing("name-length", onName(policy.Name{LengthOutside: &policy.Length{MaxBytes: 150}}))},
	{"NAME_PATTERN", "a|b, c", "", ruleOf("name-pattern"), refusing("name-pattern", onName(policy.Name{NotMatches: `\A(?:a|b, c)\z`}))},
	{"BANNED_WORDS", "spam、加微信", "", ruleOf("banned-words"), refusing("banned-words", onName(policy.Name{Contains: []string{"spam", "加微信"}, WholeWord: true, LookAlikes: true, IgnoreSeps: true, Disguised: true}))},
	{"EXEMPT_WORDS", "classic", "BANNED_WORDS=ass", ruleOf("banned-words"),
		refusing("banned-words", onName(policy.Name{Contains: []string{"ass"}, WholeWord: true, LookAlikes: true, IgnoreSeps: true, Disguised: true, Unless: []string{"classic"}}))},
	{"RESERVED_NAMES", "Official\n客服", "", ruleOf("reserved-names"), refusing("reserved-names", onName(policy.Name{Resembles: []string{"Official", "客服"}}))},
	{"QUOTA", "5/1h", "", ruleOf("quota"),
		policy.Rule{Name: "quota", Action: policy.Refuse, Quota: &policy.Quota{Limit: 5, Window: policy.Duration(time.Hour), Per: "operator", IfUnavailable: "skip"}}},
	{"QUOTA", "3/day", "", ruleOf("quota"),
		policy.Rule{Name: "quota", Action: policy.Refuse, Quota: &policy.Quota{Limit: 3, Window: policy.Day, Zone: "UTC", Per: "operator", IfUnavailable: "skip"}}},
	{"UPSTREAM_URL", " https://chat.example.com/im?key=1 ", "", func(c *Config) any { return c.Upstream.String() }, "https://chat.example.com/im?key=1"},
	{"REDIS_URL", " rediss://u:p@cache.example:6380/2 ", "", func(c *Config) any { return c.RedisURL }, "rediss://u:p@cache.example:6380/2"},
	{"POLICY", "rules: [{name: r, match: {type: {in: [Public]}}, action: refuse}]", "", ruleOf("r"),
		refusing("r", policy.Match{Type: &policy.OneOf{In: policy.List{"Public"}}})},
	{"POLICY", `{"default": "refuse"}`, "", byDeflt, policy.Refuse},

	{"REFUSE_CODE", "10150", "", refusal, policy.Refusal{Code: 10150}},
	{"REFUSE_CODE", "1", "", refusal, policy.Refusal{Code: 1}},
	{"REFUSE_MESSAGE", ` No, "{{name}}". `, "", refusal, policy.Refusal{Message: policy.Text{Default: ` No, "{{name}}". `}}},
	{"LOG_LEVEL", "", "", logLevel, "info"},
	{"LOG_LEVEL", " WARN", "", logLevel, "warn"},
	{"LOG_LEVEL", "disabled", "", logLevel, "disabled"},
	{"LOG_PERSONAL", "", "", personal, Full},
	{"LOG_PERSONAL", "full", "", personal, Full},
	{"LOG_PERSONAL", "off", "", personal, Off},
	{"LOG_PERSONAL", "hash", "LOG_KEY=k", personal, Hash},
	{"LOG_KEY", " a key, and a long one ", "", logKey, " a key, and a long one "},
	{"ADDR", "", "", addr, "127.0.0.1:9000"},
	{"ADDR", ":80", "", addr, ":80"},
	{"ADDR", " [::1]:9000 ", "", addr, "[::1]:9000"},
	{"ADDR", "127.0.0.1:0", "", addr, "127.0.0.1:0"}, // any port that is free
	{"ADDR", "[fe80::1%eth0]:65535", "", addr, "[fe80::1%eth0]:65535"},
	{"METRICS_ADDR", "", "", metricsAddr, ""},
	{"METRICS_ADDR", " :9001 ", "", metricsAddr, ":9001"},
	{"POLICY_URL", " https://config.example.com/policy.yaml?key=1 ", "POLICY=version: 1", func(c *Config) any { return c.PolicyURL.String() }, "https://config.example.com/policy.yaml"},
	{"REFRESH", "", "", func(c *Config) any { return c.Refresh }, 30 * time.Second},
	{"REFRESH", " 5s ", "", func(c *Config) any { return c.Refresh }, 5 * time.Second},
	{"STATE_DIR", " /not/there/yet ", "", func(c *Config) any { return c.StateDir }, "/not/there/yet"},
	{"MAX_CONNECTIONS", "", "", maxConnections, 1024},
	{"MAX_CONNECTIONS", " 1 ", "", maxConnections, 1},
	{"REVIEW", "", "", func(c *Config) any { return c.Review }, []Event(nil)},
	{"REVIEW", " renamed、created,renamed", "", func(c *Config) any { return c.Review }, []Event{Renamed, Created}},
	{"REMEDY", "", "", func(c *Config) any { return c.Remedy }, Report},
	{"REMEDY", " report ", "", func(c *Config) any { return c.Remedy }, Report},
	{"REMEDY_NAME", " 已改名 ", "", func(c *Config) any { return c.RemedyName }, "已改名"},
	{"REMEDY_LIMIT", "", "", func(c *Config) any { return c.RemedyLimit }, Limit{20, time.Hour}},
	{"REMEDY_LIMIT", " 3/10m ", "", func(c *Config) any { return c.RemedyLimit }, Limit{3, 10 * time.Minute}},
	{"CHAT_API_URL", " https://console.tim.qq.com/ ", "", func(c *Config) any { return c.ChatAPIURL }, "https://console.tim.qq.com"},
	{"CHAT_API_URL", "http://127.0.0.1:8080", "", func(c *Config) any { return c.ChatAPIURL }, "http://127.0.0.1:8080"},
	{"CHAT_ADMIN", "", "", func(c *Config) any { return c.ChatAdmin }, "administrator"},
	{"CHAT_ADMIN", "gate keeper", "", func(c *Config) any { return c.ChatAdmin }, "gate keeper"},
	{"CHAT_SECRET_KEY", " 60c6c5 ", "", func(c *Config) any { return c.ChatSecretKey }, "60c6c5"},
}

func TestGoodValues(t *testing.T) {
	for _, tt := range good {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			pairs := []string{tt.variable + "=" + tt.value}
			if tt.more != "" {
				pairs = append(pairs, tt.more)
			}
			c := Load(with(pairs...), Options{})
			if c.Broken() {
				t.Fatalf("problems %q", c.Problems)
			}
			if c.Warnings != nil {
				t.Errorf("warnings %q", c.Warnings)
			}
			if c.Policy == nil || len(c.Digest) != 64 {
				t.Errorf("there is no policy: %v, digest %q", c.Policy, c.Digest)
			}
			if diff := cmp.Diff(tt.want, tt.got(c)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// bad values, and everything that is said of each.
var bad = []struct {
	variable, value string
	want            []string
}{
	{"SDK_APP_IDS", "", []string{"no app is served: TOPICGATE_SDK_APP_IDS: set it to the SDKAppID shown in the Chat console"}},
	{"SDK_APP_IDS", ", 、", []string{"the list is empty: TOPICGATE_SDK_APP_IDS: write at least one item, or unset it"}},
	{"SDK_APP_IDS", "1400000000,myApp,１４,-1,1 2", []string{
		`"myApp" is not an SDKAppID: TOPICGATE_SDK_APP_IDS: use the number that the Chat console shows`,
		`"１４" is not an SDKAppID: TOPICGATE_SDK_APP_IDS: use the number that the Chat console shows`,
		`"-1" is not an SDKAppID: TOPICGATE_SDK_APP_IDS: use the number that the Chat console shows`,
		`"1 2" is not an SDKAppID: TOPICGATE_SDK_APP_IDS: use the number that the Chat console shows`,
	}},
	{"TOKENS", ",", []string{"the list is empty: TOPICGATE_TOKENS: write at least one item, or unset it"}},
	{"GOVERN", "topics", []string{`unknown value "topics": TOPICGATE_GOVERN: use topic, group or both`}},
	{"GOVERN", "both,topic,Group", []string{
		`unknown value "both": TOPICGATE_GOVERN: use topic, group or both`, `unknown value "Group": TOPICGATE_GOVERN: use topic, group or both`,
	}},
	{"FREEZE", "frozen", []string{`unknown value "frozen": TOPICGATE_FREEZE: use on, off or a time such as 2026-01-31T18:30:00Z`}},
	{"FREEZE", "2026-01-31", []string{`unknown value "2026-01-31": TOPICGATE_FREEZE: use on, off or a time such as 2026-01-31T18:30:00Z`}},
	{"FREEZE", "1h", []string{`unknown value "1h": TOPICGATE_FREEZE: use on, off or a time such as 2026-01-31T18:30:00Z`}},
	{"MODE", "Enforce", []string{`unknown value "Enforce": TOPICGATE_MODE: use enforce or dry_run`}},
	{"MODE", "dry-run", []string{`unknown value "dry-run": TOPICGATE_MODE: use enforce or dry_run`}},
	{"DEFAULT", "deny", []string{`unknown value "deny": TOPICGATE_DEFAULT: use allow or refuse`}},
	{"ON_ERROR", "alow", []string{`unknown value "alow": TOPICGATE_ON_ERROR: use refuse or allow`}},
	{"TIMEOUT", "1", []string{`"1" is not a duration up to 1.8s: TOPICGATE_TIMEOUT: use one such as 1s or 800ms`}},
	{"TIMEOUT", "0s", []string{`"0s" is not a duration up to 1.8s: TOPICGATE_TIMEOUT: use one such as 1s or 800ms`}},
	{"TIMEOUT", "-1s", []string{`"-1s" is not a duration up to 1.8s: TOPICGATE_TIMEOUT: use one such as 1s or 800ms`}},
	{"TIMEOUT", "1801ms", []string{`"1801ms" is not a duration up to 1.8s: TOPICGATE_TIMEOUT: use one such as 1s or 800ms`}},

	{"TRUSTED_OPERATORS", `a\`, []string{"`a\\` ends in a backslash with nothing to escape: TOPICGATE_TRUSTED_OPERATORS: write \\\\ for a backslash"}},
	{"TRUSTED_PLATFORMS", ",", []string{"the list is empty: TOPICGATE_TRUSTED_PLATFORMS: write at least one item, or unset it"}},
	{"BLOCKED_OPERATORS", `a,b\,c\`, []string{
		"`b\\` ends in a backslash with nothing to escape: TOPICGATE_BLOCKED_OPERATORS: write \\\\ for a backslash",
		"`c\\` ends in a backslash with nothing to escape: TOPICGATE_BLOCKED_OPERATORS: write \\\\ for a backslash",
	}},
	{"ALLOWED_OPERATORS", `\`, []string{"`\\` ends in a backslash with nothing to escape: TOPICGATE_ALLOWED_OPERATORS: write \\\\ for a backslash"}},
	{"ALLOWED_PLATFORMS", "、", []string{"the list is empty: TOPICGATE_ALLOWED_PLATFORMS: write at least one item, or unset it"}},
	{"BLOCKED_CLIENT_IPS", "10.0.0.1,localhost", []string{`"localhost" is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32: TOPICGATE_BLOCKED_CLIENT_IPS`}},
	// A slip for a comma: the value must come whole.
	{"BLOCKED_CLIENT_IPS", "10.0.0.1; 10.0.0.2", []string{`"10.0.0.1; 10.0.0.2" is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32: TOPICGATE_BLOCKED_CLIENT_IPS`}},
	{"ALLOWED_CLIENT_IPS", "10.0.0.0/33", []string{`"10.0.0.0/33" is neither an address nor a CIDR, such as 203.0.113.7 or 2001:db8::/32: TOPICGATE_ALLOWED_CLIENT_IPS`}},
	{"NAME_MIN_CHARS", "0", []string{`"0" is not a positive number: TOPICGATE_NAME_MIN_CHARS: use one such as 2`}},
	{"NAME_MAX_CHARS", "-3", []string{`"-3" is not a positive number: TOPICGATE_NAME_MAX_CHARS: use one such as 30`}},
	{"NAME_MAX_CHARS", "ten", []string{`"ten" is not a positive number: TOPICGATE_NAME_MAX_CHARS: use one such as 30`}},
	{"NAME_MAX_BYTES", "99999999999999999999", []string{`"99999999999999999999" is not a positive number: TOPICGATE_NAME_MAX_BYTES: use one such as 150`}},
	{"NAME_PATTERN", "(", []string{"\"(\" is not a regular expression: error parsing regexp: missing closing ): `(`: TOPICGATE_NAME_PATTERN: write it in RE2 syntax"}},
	// Unbalanced alone, balanced inside the anchors.
	{"NAME_PATTERN", "a)|(b", []string{"\"a)|(b\" is not a regular expression: error parsing regexp: unexpected ): `a)|(b`: TOPICGATE_NAME_PATTERN: write it in RE2 syntax"}},
	{"BANNED_WORDS", "spam,\u200B", []string{`"\u200b" is nothing once folded: TOPICGATE_BANNED_WORDS: remove it, or write the word in letters`}},
	{"EXEMPT_WORDS", "classic", []string{"nothing to excuse from: TOPICGATE_EXEMPT_WORDS: set TOPICGATE_BANNED_WORDS too, or unset this"}},
	{"RESERVED_NAMES", "客服,\u200B", []string{`"\u200b" is nothing once folded: TOPICGATE_RESERVED_NAMES: remove it, or write the word in letters`}},
	{"RESERVED_NAMES", ",", []string{"the list is empty: TOPICGATE_RESERVED_NAMES: write at least one item, or unset it"}},
	{"QUOTA", "5", []string{`"5" is not a number and a window of time: TOPICGATE_QUOTA: use one such as 5/1h or 3/day`}},
	{"QUOTA", "5/hour", []string{`"5/hour" is not a number and a window of time: TOPICGATE_QUOTA: use one such as 5/1h or 3/day`}},
	{"QUOTA", "0/0s", []string{"0 is not a positive number of creations: TOPICGATE_QUOTA", "0s is not between 1s and 744h: TOPICGATE_QUOTA"}},
	{"POLICY", "rules: []\nfoo: 1", []string{"TOPICGATE_POLICY:2: foo: unknown key; write version, govern, mode, freeze, default, on_error, refusal, rules or lists"}},

	{"REFUSE_CODE", "10099", []string{"10099 means nothing to Chat: TOPICGATE_REFUSE_CODE: use 1 or 10100 to 10200"}},
	{"REFUSE_CODE", "10201", []string{"10201 means nothing to Chat: TOPICGATE_REFUSE_CODE: use 1 or 10100 to 10200"}},
	{"REFUSE_CODE", "0", []string{`"0" is not a positive number: TOPICGATE_REFUSE_CODE: use one such as 10100`}},
	{"REFUSE_MESSAGE", "{{words}}", []string{"{{words}} is not known: TOPICGATE_REFUSE_MESSAGE: use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}"}},
	{"REFUSE_MESSAGE", "{{a; b}}", []string{"{{a; b}} is not known: TOPICGATE_REFUSE_MESSAGE: use {{word}}, {{name}}, {{operator}}, {{ref}} or, beside a quota, {{limit}}"}},
	{"REFUSE_MESSAGE", "{{limit}}", []string{"{{limit}} needs a quota in the same rule: TOPICGATE_REFUSE_MESSAGE"}},
	{"UPSTREAM_URL", "chat.example.com?key=secret", []string{"not an http or https URL: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com/callback"}},
	{"UPSTREAM_URL", "https://", []string{"not an http or https URL: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com/callback"}},
	{"UPSTREAM_URL", "https://chat.example.com/#part", []string{"not an http or https URL: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com/callback"}},
	{"REDIS_URL", "http://user:secret@host", []string{"a Redis URL must begin with redis:// or rediss://, or with redis+sentinel:// or rediss+sentinel://: TOPICGATE_REDIS_URL: use one such as rediss://user:password@host:6379/0"}},
	{"BANNED_WORDS", "spam\xff", []string{"not UTF-8: TOPICGATE_BANNED_WORDS: write it in UTF-8"}},
	{"LOG_LEVEL", "verbose", []string{`unknown value "verbose": TOPICGATE_LOG_LEVEL: use one of trace, debug, info, warn, error, fatal, panic, disabled`}},
	{"LOG_PERSONAL", "none", []string{`unknown value "none": TOPICGATE_LOG_PERSONAL: use full or hash or off`}},
	{"LOG_PERSONAL", "hash", []string{"hashing needs a key: TOPICGATE_LOG_KEY: set it to a long random text, and keep it"}},
	{"ADDR", "9000", []string{`"9000" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"METRICS_ADDR", "9001", []string{`"9001" is not host:port: TOPICGATE_METRICS_ADDR: use one such as 127.0.0.1:9001`}},
	{"POLICY_URL", "http://config.example.com/?key=secret", []string{"over http:// anybody on the way could change the policy: use https:// (http:// is for localhost, 127.0.0.0/8 and ::1): TOPICGATE_POLICY_URL: use one such as https://config.example.com/policy.yaml or s3://bucket/policy.yaml?region=eu-central-1"}},
	{"REFRESH", "1s", []string{`"1s" is not a duration from 5s to 1h: TOPICGATE_REFRESH: use one such as 30s`}},
	{"REFRESH", "2h", []string{`"2h" is not a duration from 5s to 1h: TOPICGATE_REFRESH: use one such as 30s`}},
	{"STATE_DIR", "/dev/null", []string{`"/dev/null" is not a folder: TOPICGATE_STATE_DIR: name one that this user may write to`}},
	{"REVIEW", "create", []string{`unknown value "create": TOPICGATE_REVIEW: use created, renamed or both`}},
	{"REVIEW", ",", []string{`the list is empty: TOPICGATE_REVIEW: write at least one item, or unset it`}},
	{"REMEDY", "delete", []string{`unknown value "delete": TOPICGATE_REMEDY: use report or rename or mute or destroy`}},
	{"REMEDY_NAME", strings.Repeat("x", 151), []string{"151 bytes are more than the name of a topic may have: TOPICGATE_REMEDY_NAME: use 30 at most, to be safe"}},
	{"REMEDY_NAME", "re\u200bnamed", []string{"the name holds a character that is invisible: TOPICGATE_REMEDY_NAME: write it anew"}},
	{"REMEDY_LIMIT", "20", []string{`"20" is not a number of acts and a window of time from 1s: TOPICGATE_REMEDY_LIMIT: use one such as 20/1h`}},
	{"REMEDY_LIMIT", "0/1h", []string{`"0/1h" is not a number of acts and a window of time from 1s: TOPICGATE_REMEDY_LIMIT: use one such as 20/1h`}},
	{"REMEDY_LIMIT", "3/day", []string{`"3/day" is not a number of acts and a window of time from 1s: TOPICGATE_REMEDY_LIMIT: use one such as 20/1h`}},
	{"REMEDY_LIMIT", "3/1ms", []string{`"3/1ms" is not a number of acts and a window of time from 1s: TOPICGATE_REMEDY_LIMIT: use one such as 20/1h`}},
	{"CHAT_API_URL", "console.tim.qq.com", []string{"the REST API's URL: does not begin with https://; write https://console.tim.qq.com: TOPICGATE_CHAT_API_URL"}},
	{"CHAT_API_URL", "https://console.tim.qq.com/v4?usersig=secret", []string{"the REST API's URL: has a path, a query, a # part or a user; write the scheme and the host alone, such as https://adminapisgp.im.qcloud.com: TOPICGATE_CHAT_API_URL"}},
	{"CHAT_API_URL", "http://console.tim.qq.com", []string{"the REST API's URL: over http:// anybody on the way could read the signature; use https:// (http:// is for localhost, 127.0.0.0/8 and ::1): TOPICGATE_CHAT_API_URL"}},
	{"CHAT_API_URL", "https://console.tim.qq.com:0", []string{"the REST API's URL: names no host, or a port that is none; write such as https://adminapisgp.im.qcloud.com: TOPICGATE_CHAT_API_URL"}},
	{"CHAT_ADMIN", "管理员", []string{"the administrator's account: none of Chat's; write the UserID of an administrator of the app, 1 to 32 bytes of printable ASCII: TOPICGATE_CHAT_ADMIN"}},
	{"CHAT_SECRET_KEY", "60c6 c5", []string{"the app's secret key: holds white space or other characters that no key has; copy it again from Chat's console: TOPICGATE_CHAT_SECRET_KEY"}},
	{"MAX_CONNECTIONS", "0", []string{`"0" is not a positive number: TOPICGATE_MAX_CONNECTIONS: use one such as 1024`}},
	{"MAX_CONNECTIONS", "many", []string{`"many" is not a positive number: TOPICGATE_MAX_CONNECTIONS: use one such as 1024`}},
	{"ADDR", "localhost:", []string{`"localhost:" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"ADDR", ":99999", []string{`":99999" has no port that is a number up to 65535: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"ADDR", "127.0.0.1:65536", []string{`"127.0.0.1:65536" has no port that is a number up to 65535: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"ADDR", ":-1", []string{`":-1" has no port that is a number up to 65535: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	// A name of a port is looked up in a file that containers do not have.
	{"ADDR", ":http", []string{`":http" has no port that is a number up to 65535: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"ADDR", "local host:9000", []string{`"local host:9000" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"ADDR", "http://127.0.0.1:9000", []string{`"http://127.0.0.1:9000" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
	{"METRICS_ADDR", ":90010", []string{`":90010" has no port that is a number up to 65535: TOPICGATE_METRICS_ADDR: use one such as 127.0.0.1:9001`}},
	{"UPSTREAM_URL", "https://h:99999/", []string{"the port is no number from 1 to 65535: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com:8443/callback"}},
	{"UPSTREAM_URL", "https://h:0/", []string{"the port is no number from 1 to 65535: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com:8443/callback"}},
	{"UPSTREAM_URL", "https://h:http/", []string{"not an http or https URL: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com/callback"}},
	{"UPSTREAM_URL", "https://[::1]:65536/", []string{"the port is no number from 1 to 65535: TOPICGATE_UPSTREAM_URL: use one such as https://chat.example.com:8443/callback"}},
	{"REDIS_URL", "redis://h:65536", []string{"a Redis URL must name one host, and a port from 1 to 65535 if any; only sentinels may be several, with commas between them: TOPICGATE_REDIS_URL: use one such as rediss://user:password@host:6379/0"}},
	{"REDIS_URL", "redis://h:0", []string{"a Redis URL must name one host, and a port from 1 to 65535 if any; only sentinels may be several, with commas between them: TOPICGATE_REDIS_URL: use one such as rediss://user:password@host:6379/0"}},
	{"ADDR", "::1:9000", []string{`"::1:9000" is not host:port: TOPICGATE_ADDR: use one such as 127.0.0.1:9000 or :9000`}},
}

func TestBadValues(t *testing.T) {
	for _, tt := range bad {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			c := Load(with(tt.variable+"="+tt.value), Options{})
			if diff := cmp.Diff(tt.want, policy.Texts(c.Problems)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
			if c.Policy != nil || c.Digest != "" {
				t.Errorf("there is a policy, %q, though the configuration is broken", c.Digest)
			}
		})
	}
}
