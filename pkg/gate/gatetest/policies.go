package gatetest

import (
	"topicgate/pkg/chat"
)

// policies: what only a policy can say, and how it lives beside variables.
func policies() []Scenario {
	inline := func(text string, more ...string) env {
		e := env{"POLICY": text}
		for i := 0; i < len(more); i += 2 {
			e[more[i]] = more[i+1]
		}
		return e
	}
	const (
		spam    = "rules: [{name: no-spam, match: {name: {contains: [spam]}}, action: refuse}]"
		staff   = "default: refuse\nrules: [{name: staff, match: {operator: {in: [leckie]}}, action: allow}]"
		trial   = "rules: [{name: trial, match: {name: {contains: [spam]}}, action: refuse, mode: dry_run}, {name: second, match: {name: {contains: [scam]}}, action: refuse, code: 10102, message: 'No {{word}}.'}]"
		byFile  = "lists: {bad: {file: words/bad.txt}}\nrules: [{name: no-bad, match: {name: {contains: bad}}, action: refuse}]"
		refusal = "refusal: {code: 10150, message: Ours.}\nrules: [{name: a, match: {name: {contains: [spam]}}, action: refuse}, {name: b, match: {name: {contains: [scam]}}, action: refuse, code: 10151, message: Its own.}]"
	)
	rule := func(name string) Want { return Want{Code: 1, Reason: "rule", Rule: name} }
	files := env{"words/bad.txt": "# bad\nspam\n", "policy.yaml": byFile, "policy.json": `{"version": 1, "rules": [{"name": "j", "match": {"name": {"contains": ["spam"]}}, "action": "refuse"}]}`, "bad.yaml": "rulez: []"}
	return []Scenario{
		{Name: "policy: a rule refuses", Env: inline(spam), Topic: "spam", Want: rule("no-spam")},
		{Name: "policy: no rule matches", Env: inline(spam), Want: byDefault},
		{Name: "policy: a rule allows", Env: inline(staff), Want: allowedBy("staff")},
		{Name: "policy: its default refuses", Env: inline(staff), Operator: "bob", Want: refusedFor("default")},
		{Name: "policy: its default loses to the variable", Env: inline(staff, "DEFAULT", "allow"), Operator: "bob", Want: byDefault},
		{Name: "policy: a rule on trial", Env: inline(trial), Topic: "spam", Want: Want{Reason: "default", Detail: "spam", WouldRefuse: []string{"trial"}}},
		{Name: "policy: a rule on trial, and one that is not", Env: inline(trial), Topic: "spam scam", Want: Want{Code: 10102, Message: "No scam.", Reason: "rule", Rule: "second", WouldRefuse: []string{"trial"}}},
		{Name: "policy: all of it on trial", Env: inline(trial, "MODE", "dry_run"), Topic: "spam scam", Want: Want{Reason: "rule", Rule: "second", WouldRefuse: []string{"trial", "second"}}},
		{Name: "policy: refusal of all rules", Env: inline(refusal), Topic: "spam", Want: Want{Code: 10150, Message: "Ours.", Reason: "rule", Rule: "a"}},
		{Name: "policy: refusal of one rule", Env: inline(refusal), Topic: "scam", Want: Want{Code: 10151, Message: "Its own.", Reason: "rule", Rule: "b"}},
		{Name: "policy: a variable's refusal wins", Env: inline(refusal, "REFUSE_MESSAGE", "Variable."), Topic: "spam", Want: Want{Code: 10150, Message: "Variable.", Reason: "rule", Rule: "a"}},
		{Name: "policy: a variable's rule comes first", Env: inline(staff, "BLOCKED_OPERATORS", "leckie"), Want: rule("blocked-operators")},
		{Name: "policy: dry run", Env: inline("mode: dry_run\n" + spam), Topic: "spam", Want: Want{Reason: "rule", Rule: "no-spam", WouldRefuse: []string{"no-spam"}}},
		{Name: "policy: dry run loses to the variable", Env: inline("mode: dry_run\n"+spam, "MODE", "enforce"), Topic: "spam", Want: rule("no-spam")},
		{Name: "policy: on_error", Env: inline("on_error: allow"), Body: None, Want: Want{Reason: "body"}},
		{Name: "policy: govern", Env: inline("govern: [group]\n" + spam), Topic: "spam", Want: notGoverned},
		{Name: "policy: govern, group", Command: chat.BeforeCreateGroup, Env: inline("govern: [group]\n" + spam), Topic: "spam", Want: rule("no-spam")},
		{Name: "policy: from a file, list file and all", Env: env{"POLICY_FILE": "policy.yaml"}, Files: files, Topic: "Spam!", Want: rule("no-bad")},
		{Name: "policy: from a file, no match", Env: env{"POLICY_FILE": "policy.yaml"}, Files: files, Want: byDefault},
		{Name: "policy: in JSON", Env: env{"POLICY_FILE": "policy.json"}, Files: files, Topic: "spam", Want: rule("j")},
		{Name: "policy: in JSON, no match", Env: env{"POLICY_FILE": "policy.json"}, Files: files, Want: byDefault},

		{Name: "broken policy: unknown key", Env: env{"POLICY_FILE": "bad.yaml"}, Files: files, Broken: true, Want: refusedFor("config")},
		{Name: "broken policy: its on_error is used", Env: inline("on_error: allow\nrulez: []"), Broken: true, Want: Want{Reason: "config"}},
		{Name: "broken policy: its mode is used", Env: inline("mode: dry_run\nrulez: []"), Broken: true, Want: Want{Reason: "config", WouldRefuse: []string{"config"}}},
		{Name: "broken policy: a variable's on_error wins", Env: inline("on_error: allow\nrulez: []", "ON_ERROR", "refuse"), Broken: true, Want: refusedFor("config")},
		{Name: "broken policy: not YAML", Env: inline("rules: ["), Broken: true, Want: refusedFor("config")},
		{Name: "broken policy: an unreadable mode enforces", Env: inline("mode: dryrun"), Broken: true, Want: refusedFor("config")},

		// No governed callback reaches the upstream, so that it may as well be down.
		{Name: "upstream: governed, allowed", Env: env{"UPSTREAM_URL": "http://127.0.0.1:1/"}, Want: byDefault},
		{Name: "upstream: governed, refused", Env: env{"UPSTREAM_URL": "http://127.0.0.1:1/", "DEFAULT": "refuse"}, Want: refusedFor("default")},
		{Name: "upstream from a file: governed, allowed", Env: env{"UPSTREAM_URL_FILE": "url"}, Files: env{"url": "http://127.0.0.1:1/\n"}, Want: byDefault},
		{Name: "upstream from a file: governed, refused", Env: env{"UPSTREAM_URL_FILE": "url", "DEFAULT": "refuse"}, Files: env{"url": "http://127.0.0.1:1/\n"}, Want: refusedFor("default")},

		{Name: "quota: units are left", Env: env{"QUOTA": "100000/1h"}, Want: byDefault},
		{Name: "quota: none is left", Env: env{"QUOTA": "1/1h"}, Before: 1, Want: Want{Code: 1, Reason: "rule", Rule: "quota"}},
		{Name: "quota: a store that is down is skipped", Env: env{"QUOTA": "1/1h", "REDIS_URL": "redis://127.0.0.1:1/0"}, Before: 2, Want: byDefault},
		{Name: "quota: a store that is down stops no other rule", Env: env{"QUOTA": "1/1h", "REDIS_URL": "redis://127.0.0.1:1/0", "BANNED_WORDS": "spam"}, Topic: "spam", Want: rule("banned-words")},
		{Name: "quota: the store's address from a file", Env: env{"QUOTA": "1/1h", "REDIS_URL_FILE": "url", "BANNED_WORDS": "spam"}, Files: env{"url": "redis://127.0.0.1:1/0\n"}, Topic: "spam", Want: rule("banned-words")},
		{Name: "quota: the store's address from a file, down", Env: env{"QUOTA": "1/1h", "REDIS_URL_FILE": "url", "BANNED_WORDS": "spam"}, Files: env{"url": "redis://127.0.0.1:1/0\n"}, Want: byDefault},
	}
}

// conditions: every key of a match, in one case that matches and one that does not.
func conditions() []Scenario {
	var all []Scenario
	add := func(condition, match string, matching, other Scenario) {
		policy := "rules: [{name: " + Case + ", match: {" + match + "}, action: refuse}]"
		for _, s := range []Scenario{matching, other} {
			s.Condition, s.Env, s.Want = condition, env{"POLICY": policy}, byDefault
			s.Name = condition + ": " + match + ": no"
			all = append(all, s)
		}
		hit := &all[len(all)-2]
		hit.Name, hit.Want = condition+": "+match+": yes", refusedBy(Case)
	}
	name := func(topic string) Scenario { return Scenario{Topic: topic} }
	operator := func(id string) Scenario { return Scenario{Operator: id} }
	platform := func(p string) Scenario { return Scenario{Platform: p} }
	from := func(ip string) Scenario { return Scenario{ClientIP: ip} }

	add("app.in", "app: {in: [1400000000]}, name: {contains: [x]}", name("x"), name("y"))
	add("app.not_in", "app: {not_in: [1]}, name: {contains: [x]}", name("x"), name("y"))
	add("type.in", "type: {in: [COMMUNITY]}", Scenario{}, Scenario{Type: "Public"})
	add("type.not_in", "type: {not_in: [Community]}", Scenario{Type: "Public"}, Scenario{})
	add("platform.in", "platform: {in: [mac]}", platform("macOS"), platform("Windows"))
	add("platform.not_in", "platform: {not_in: [RESTAPI]}", platform("Web"), platform("restapi"))
	add("operator.in", `operator: {in: ["ops-*", "a\\*"]}`, operator("ops-1"), operator("OPS-1"))
	add("operator.not_in", `operator: {not_in: ["ops-?"]}`, operator("ops-12"), operator("ops-1"))
	add("client_ip.in", "client_ip: {in: [10.0.0.0/8]}", from("::ffff:10.1.1.1"), from("junk"))
	add("client_ip.not_in", "client_ip: {not_in: [10.0.0.0/8]}", from("11.0.0.1"), from("10.255.255.255"))
	add("name.length_outside.min_chars", "name: {length_outside: {min_chars: 2}}", name("é"), name("éé"))
	add("name.length_outside.max_chars", "name: {length_outside: {max_chars: 2}}", name("aéb"), name("🇨🇳🇨🇳"))
	add("name.length_outside.max_bytes", "name: {length_outside: {max_bytes: 6}}", name("新手村"), name("新手"))
	add("name.matches", `name: {matches: "[0-9]{4}"}`, name("call 12345"), name("call 123"))
	add("name.not_matches", `name: {not_matches: "^[a-z ]+$"}`, name("Guild"), name("guild"))
	add("name.folded", `name: {matches: "^guild$", folded: true}`, name("ＧＵＩＬＤ"), name("guilds"))
	add("name.contains", "name: {contains: [spam, 加微信]}", name("來SPAM了"), name("sp.am"))
	add("name.unless_contains", "name: {contains: [ass], unless_contains: [classic]}", name("class"), name("CLASSIC"))
	add("name.whole_word", "name: {contains: [ass], whole_word: true}", name("an ass!"), name("class"))
	add("name.ignore_separators", "name: {contains: [加微信], ignore_separators: true}", name("加-微 信"), name("加x微信"))
	add("name.look_alikes", "name: {contains: [paypal], look_alikes: true}", name("РаураӀ"), name("palpay"))
	add("name.disguised", "name: {contains: [paypal], disguised: true}", name("p4ypal"), name("palpay"))
	add("name.disguised", "name: {contains: [加微信], disguised: true}", name("加wei信"), name("威信"))
	add("name.disguised", "name: {contains: [六合彩, 冰毒], disguised: true}", name("六和采"), name("病毒"))
	add("name.resembles", "name: {resembles: [Administrator]}", name("Аdmіnistrаtor"), name("Administrators"))
	add("name.invisible", "name: {invisible: true}", name("a\u202eb"), name("👩\u200d👩\u200d👧 ❤\ufe0f"))
	add("name.scripts_not_in", "name: {scripts_not_in: [Han, Latin]}", name("новости"), name("新手 guild 7 👍"))
	add("name.contacts", "name: {contacts: true}", name("加V看片"), name("维生素C 2024-05-01"))
	add("name.links", "name: {links: true}", name("example。com"), name("Node.js"))
	add("name.unless_links", "name: {links: true, unless_links: [example.com]}", name("example.org"), name("www.example.com"))
	add("name.repeats", "name: {repeats: 3}", name("ｈaHahA"), name("haha"))
	add("name.shouting", "name: {shouting: true}", name("BUY NOW CHEAP"), name("Buy Now Cheap"))
	add("time.between", `time: {between: "00:00-24:00"}`, Scenario{}, Scenario{Env: nil, Method: ""})
	all = all[:len(all)-1] // every time is inside; the other case needs another window
	all = append(all, Scenario{Name: "time.between: another day", Condition: "time.between", Want: byDefault,
		Env: env{"POLICY": `rules: [{name: case, match: {all: [{time: {between: "00:00-12:00"}}, {time: {between: "12:00-24:00"}}]}, action: refuse}]`}})
	add("time.days", "time: {days: [mon, tue, wed, thu, fri, sat, sun]}, name: {contains: [x]}", name("x"), name("y"))
	add("time.zone", `time: {days: [mon, tue, wed, thu, fri, sat, sun], zone: Asia/Shanghai}, name: {contains: [x]}`, name("x"), name("y"))
	add("all", "all: [{name: {contains: [a]}}, {name: {contains: [b]}}]", name("a b"), name("a"))
	add("any", "any: [{name: {contains: [a]}}, {name: {contains: [b]}}]", name("b"), name("c"))
	add("not", "not: {name: {contains: [a]}}", name("b"), name("a"))
	all = append(all, commands()...)
	return append(all, quotas()...)
}

// commands tells topics and groups apart where both are governed.
func commands() []Scenario {
	policy := func(match string) env {
		return env{"POLICY": "govern: [topic, group]\nrules: [{name: case, match: {command: " + match + "}, action: refuse}]"}
	}
	group := chat.BeforeCreateGroup
	return []Scenario{
		{Name: "command.in, group", Condition: "command.in", Command: group, Env: policy("{in: [group]}"), Want: refusedBy(Case)},
		{Name: "command.in, topic", Condition: "command.in", Env: policy("{in: [group]}"), Want: byDefault},
		{Name: "command.not_in, topic", Condition: "command.not_in", Env: policy("{not_in: [group]}"), Want: refusedBy(Case)},
		{Name: "command.not_in, group", Condition: "command.not_in", Command: group, Env: policy("{not_in: [group]}"), Want: byDefault},
	}
}

// quotas count what they are told to, within a window that no test outlasts.
func quotas() []Scenario {
	var all []Scenario
	const plain = "window: 1h, per: app, if_unavailable: skip"
	for key, how := range map[string]string{
		"limit": plain, "window": plain, "per": plain, "if_unavailable": plain,
		"zone":   "window: day, zone: Asia/Shanghai, per: app",
		"share":  "window: 1h, per: app, share: both",
		"exempt": "window: 1h, per: name, exempt: [general]",
	} {
		for limit, want := range map[string]Want{"1": refusedBy(Case), "100000": byDefault} {
			e := env{"POLICY": "rules: [{name: case, quota: {limit: " + limit + ", " + how + "}, action: refuse}]"}
			all = append(all, Scenario{Name: "quota." + key + " of " + limit, Condition: "quota." + key, Env: e, Before: 1, Want: want})
		}
	}
	byName := env{"POLICY": "rules: [{name: case, quota: {limit: 1, window: 1h, per: name, exempt: [general]}, action: refuse}]"}
	shared := env{"POLICY": "rules: [{name: first, quota: {limit: 1, window: 1h, share: both}, action: refuse, mode: dry_run}, {name: case, quota: {limit: 2, window: 1h, share: both}, action: refuse}]"}
	down := func(then string) env {
		return env{"REDIS_URL": "redis://127.0.0.1:1/0", "POLICY": "rules: [{name: case, quota: {limit: 1, window: 1h, if_unavailable: " + then + "}, action: refuse}]"}
	}
	const absent = "rules: [{name: case, quota: {limit: 1, window: 1h, per: client_ip}, action: refuse}]"
	return append(all,
		Scenario{Name: "quota: a store that is down refuses where it must", Condition: "quota.if_unavailable", Env: down("refuse"), Want: refusedBy(Case)},
		Scenario{Name: "quota: a store that is down is passed over", Condition: "quota.if_unavailable", Env: down("skip"), Before: 1, Want: byDefault},
		Scenario{Name: "quota: a name that is exempt is not counted", Condition: "quota.exempt", Env: byName, Topic: "GENERAL 2!", Before: 2, Want: byDefault},
		Scenario{Name: "quota: rules of one share, of which one is on trial", Condition: "quota.share", Env: shared, Before: 2, Want: Want{Code: 1, Reason: "rule", Rule: Case, WouldRefuse: []string{"first"}}},
		Scenario{Name: "quota: an absent address is not counted", Condition: "quota.per", Env: env{"POLICY": absent}, Before: 2, Want: byDefault},
		Scenario{Name: "quota: an address is counted", Condition: "quota.per", Env: env{"POLICY": absent}, ClientIP: "203.0.113.7", Before: 2, Want: refusedBy(Case)},
	)
}
