package gatetest

import "topicgate/pkg/chat"

// ownTokens: tokens of one app among several.
func ownTokens() []Scenario {
	const app, foreign = "1400000001", "1400000009"
	serves := func(tokens string) env { return env{"SDK_APP_IDS": App + "," + app, "TOKENS": tokens} }
	query := func(app string) string {
		return "SdkAppid=" + app + "&CallbackCommand=" + string(chat.BeforeCreateTopic)
	}
	own := serves(oneToken + "," + app + ":" + otherToken)
	two := serves(app + ":" + oneToken + "," + app + ": " + otherToken + " ")
	file := env{"SDK_APP_IDS": App + "," + app, "TOKENS_FILE": "tokens"}
	tokens := env{"tokens": "# the second app has its own\r" + oneToken + "\r" + app + ":" + otherToken + "\r"}
	return []Scenario{
		{Name: "own token: signs for its app", Env: own, Query: query(app), Token: otherToken, Want: byDefault},
		{Name: "own token: signs for no other app", Env: own, Query: query(App), Token: otherToken, Want: refusedFor("sign_wrong")},
		{Name: "own token: the others sign for the rest", Env: own, Query: query(App), Token: oneToken, Want: byDefault},
		{Name: "own token: the others do not sign for its app", Env: own, Query: query(app), Token: oneToken, Want: refusedFor("sign_wrong")},
		{Name: "own token: its app must be signed for", Env: own, Query: query(app), Want: refusedFor("sign_missing")},
		{Name: "own token: it is not the app's name that signs", Env: own, Query: query(app), Token: app + ":" + otherToken, Want: refusedFor("sign_wrong")},
		{Name: "own token: the first of two", Env: two, Query: query(app), Token: oneToken, Want: byDefault},
		{Name: "own token: the second of two", Env: two, Query: query(app), Token: otherToken, Want: byDefault},
		{Name: "own token: an app without any is not checked", Env: two, Query: query(App), Want: byDefault},
		{Name: "own token: an app that is not served", Env: own, Query: query(foreign), Token: oneToken, Want: refusedFor("sdk_app_id")},
		{Name: "own token: from a file", Env: file, Files: tokens, Query: query(app), Token: otherToken, Want: byDefault},
		{Name: "own token: from a file, another app", Env: file, Files: tokens, Query: query(App), Token: otherToken, Want: refusedFor("sign_wrong")},
		{Name: "own token: a colon behind what is no app", Env: env{"TOKENS": "a:" + oneToken}, Token: "a:" + oneToken, Want: byDefault},
	}
}

// orders: which of a variable's rule and the file's decides.
func orders() []Scenario {
	const (
		staff  = "{name: staff, match: {operator: {in: [leckie]}}, action: allow}"
		scam   = "{name: scam, match: {name: {contains: [scam]}}, action: refuse}"
		trial  = "{name: trial, match: {name: {contains: [spam]}}, action: refuse, mode: dry_run}"
		length = "{name: name-length, match: {name: {length_outside: {max_chars: 9}}}, action: refuse}"
		banned = "{name: banned-words, action: refuse}"
	)
	rules := func(list string, more ...string) env {
		e := env{"POLICY": "rules: [" + list + "]"}
		for i := 0; i < len(more); i += 2 {
			e[more[i]] = more[i+1]
		}
		return e
	}
	return []Scenario{
		{Name: "order: the policy's staff stay allowed", Env: rules(staff, "BANNED_WORDS", "spam"), Topic: "spam", Want: allowedBy("staff")},
		{Name: "order: a variable bans the policy's staff", Env: rules(staff, "BLOCKED_OPERATORS", "leckie"), Want: refusedBy("blocked-operators")},
		{Name: "order: a variable bans an address of the policy's staff", Env: rules(staff, "BLOCKED_CLIENT_IPS", "10.0.0.1"), ClientIP: "10.0.0.1", Want: refusedBy("blocked-client-ips")},
		{Name: "order: a variable trusts whom the policy refuses", Env: rules(scam, "TRUSTED_OPERATORS", "leckie"), Topic: "scam", Want: allowedBy("trusted-operators")},
		{Name: "order: a variable refuses before the policy does", Env: rules(scam, "BANNED_WORDS", "spam"), Topic: "spam scam", Want: refusedBy("banned-words")},
		{Name: "order: a variable refuses before the policy allows again", Env: rules(scam+", "+staff, "BANNED_WORDS", "spam"), Topic: "spam", Want: refusedBy("banned-words")},
		{Name: "order: what is on trial comes first, and refuses nobody", Env: rules(trial+", "+staff, "BANNED_WORDS", "spam"), Topic: "spam", Want: Want{Reason: "rule", Rule: "staff", WouldRefuse: []string{"trial"}}},
		{Name: "order: the policy refuses what a quota would count", Env: rules(scam, "QUOTA", "1/1h"), Before: 1, Topic: "scam", Want: refusedBy("scam")},
		{Name: "the same name: the variable's rule", Env: rules(length, "NAME_MIN_CHARS", "5"), Topic: "abcd", Want: refusedBy("name-length-variable")},
		{Name: "the same name: the policy's rule", Env: rules(length, "NAME_MIN_CHARS", "5"), Topic: "abcdefghij", Want: refusedBy("name-length")},
		{Name: "the same name: neither", Env: rules(length, "NAME_MIN_CHARS", "5"), Topic: "abcde", Want: byDefault},
		{Name: "the same name: a policy that refuses everything", Env: rules(banned, "BANNED_WORDS", "x"), Want: refusedBy("banned-words")},
	}
}

// files: the one rule for all files, and what platforms set by themselves.
func files() []Scenario {
	reads := func(variable string, more ...string) env {
		e := env{variable + "_FILE": "f"}
		for i := 0; i < len(more); i += 2 {
			e[more[i]] = more[i+1]
		}
		return e
	}
	kubernetes := env{
		"PORT": "tcp://10.96.0.7:9000", "SERVICE_HOST": "10.96.0.7", "SERVICE_PORT": "9000", "SERVICE_PORT_HTTP": "9000", "PORT_9000_TCP": "tcp://10.96.0.7:9000",
		"PORT_9000_TCP_ADDR": "10.96.0.7", "PORT_9000_TCP_PORT": "9000", "PORT_9000_TCP_PROTO": "tcp", "REDIS_SERVICE_HOST": "10.96.0.8", "REDIS_PORT": "tcp://10.96.0.8:6379", "REDIS_PORT_6379_TCP": "tcp://10.96.0.8:6379",
		"BANNED_WORDS": "spam",
	}
	return []Scenario{
		{Name: "file: a comment is no part of a message", Env: reads("REFUSE_MESSAGE", "BANNED_WORDS", "spam"), Files: env{"f": "# ours\nNo.\n"}, Topic: "spam", Want: Want{Code: 10100, Message: "No.", Reason: "rule", Rule: "banned-words"}},
		{Name: "file: a comment is no part of a pattern", Env: reads("NAME_PATTERN"), Files: env{"f": "\uFEFF# ours\r\n[a-z]+\r\n"}, Topic: "guild", Want: byDefault},
		{Name: "file: lines of an old Mac", Env: reads("BANNED_WORDS"), Files: env{"f": "# ours\rham\rspam\r"}, Topic: "spam", Want: Want{Code: 1, Reason: "rule", Rule: "banned-words", Detail: "spam"}},
		{Name: "file: lines of a word processor", Env: reads("BANNED_WORDS"), Files: env{"f": "ham\u2028spam\u2029eggs\u0085"}, Topic: "spam", Want: Want{Code: 1, Reason: "rule", Rule: "banned-words", Detail: "spam"}},
		{Name: "file: two that were joined", Env: reads("BLOCKED_OPERATORS"), Files: env{"f": "\uFEFFbob\n\uFEFFleckie\n"}, Want: refusedBy("blocked-operators")},
		{Name: "file: what shows nothing around an operator", Env: reads("BLOCKED_OPERATORS"), Files: env{"f": "\u200Bleckie\u00A0\u200B\n"}, Want: refusedBy("blocked-operators")},
		{Name: "a variable: what shows nothing around an operator", Env: env{"BLOCKED_OPERATORS": "bob,\u200Bleckie\u202C"}, Want: refusedBy("blocked-operators")},
		{Name: "a variable: what shows nothing around an app", Env: env{"SDK_APP_IDS": "\uFEFF" + App + "\u200B"}, Want: byDefault},
		{Name: "file: what is invisible inside an operator", Env: reads("BLOCKED_OPERATORS"), Files: env{"f": "lec\u200Bkie\n"}, Broken: true, Want: refusedFor("config")},
		{Name: "file: another encoding", Env: reads("BANNED_WORDS"), Files: env{"f": "\xb6\xc4\xb3\xa1\n"}, Broken: true, Want: refusedFor("config")},
		{Name: "file: none but a device", Env: env{"BANNED_WORDS_FILE": "/dev/zero"}, Broken: true, Want: refusedFor("config")},
		{Name: "what Kubernetes sets, allowed", Env: kubernetes, Want: byDefault},
		{Name: "what Kubernetes sets, refused", Env: kubernetes, Topic: "spam", Want: refusedBy("banned-words")},
	}
}
