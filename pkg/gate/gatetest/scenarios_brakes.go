package gatetest

import (
	"slices"

	"topicgate/pkg/policy"
)

// brakes: a freeze, rules that flag, rules that end, messages by language.
func brakes() []Scenario {
	const (
		past, future = "2001-01-31T18:30:00Z", "2999-01-31T18:30:00Z"
		sentence     = "Nothing can be created at the moment. Please try again later. Ref " + policy.NoRef
		noEnd        = "until somebody ends it"

		staff   = "{name: staff, match: {operator: {in: [leckie]}}, action: allow}"
		spam    = "{name: spam, match: {name: {contains: [spam]}}, action: refuse}"
		trial   = "{name: trial, match: {name: {contains: [spam]}}, action: refuse, mode: dry_run}"
		watched = "{name: watched, match: {name: {contains: [acme]}}, action: flag}"
		seen    = "{name: seen, action: flag}"
		flood   = "{name: flood, quota: {limit: 1, window: 1h, per: app}, action: refuse}"
	)
	inline := func(text string, more ...string) env {
		e := env{"POLICY": text}
		for i := 0; i < len(more); i += 2 {
			e[more[i]] = more[i+1]
		}
		return e
	}
	frozen := Want{Code: 10100, Message: sentence, Reason: "rule", Rule: "freeze", Detail: noEnd}
	saying := func(message string) Want {
		return Want{Code: 10100, Message: message, Reason: "rule", Rule: "freeze"}
	}
	flagged := func(w Want, rules ...string) Want { w.Flags = rules; return w }
	would := func(rules ...string) Want { return Want{Reason: "rule", Rule: "freeze", WouldRefuse: rules} }
	freezes := []Scenario{
		{Name: "freeze: by a variable", Env: env{"FREEZE": "on"}, Want: frozen},
		{Name: "freeze: by a file", Env: env{"FREEZE_FILE": "freeze"}, Files: map[string]string{"freeze": "# by Ann\non\n"}, Want: frozen},
		{Name: "freeze: ended by a file", Env: inline("freeze: true", "FREEZE_FILE", "freeze"), Files: map[string]string{"freeze": "off\n"}, Want: byDefault},
		{Name: "freeze: by a policy", Env: inline("freeze: true"), Want: frozen},
		{Name: "freeze: until later", Env: env{"FREEZE": future}, Want: Want{Code: 10100, Message: sentence, Reason: "rule", Rule: "freeze", Detail: "until " + future}},
		{Name: "freeze: until later, by a policy", Env: inline("freeze: " + future), Want: Want{Code: 10100, Message: sentence, Reason: "rule", Rule: "freeze", Detail: "until " + future}},
		{Name: "freeze: it is over", Env: env{"FREEZE": past}, Want: byDefault},
		{Name: "freeze: it is over, by a policy", Env: inline("freeze: " + past), Want: byDefault},
		{Name: "freeze: none", Env: inline("freeze: false"), Want: byDefault},
		{Name: "freeze: the variable ends the policy's", Env: inline("freeze: true", "FREEZE", "off"), Want: byDefault},
		{Name: "freeze: the variable begins what the policy ends", Env: inline("freeze: false", "FREEZE", "1"), Want: frozen},
		{Name: "freeze: a rule allows", Env: inline("freeze: true\nrules: [" + staff + "]"), Want: allowedBy("staff")},
		{Name: "freeze: a variable allows", Env: env{"FREEZE": "on", "TRUSTED_PLATFORMS": "RESTAPI"}, Want: allowedBy("trusted-platforms")},
		{Name: "freeze: a rule allows on trial", Env: inline("freeze: true\nrules: [{name: staff, match: {operator: {in: [leckie]}}, action: allow, mode: dry_run}]"), Want: frozen},
		{Name: "freeze: no rule allows", Env: inline("freeze: true\nrules: [" + staff + "]"), Operator: "bob", Want: frozen},
		{Name: "freeze: the default allows", Env: env{"FREEZE": "on", "DEFAULT": "allow"}, Want: frozen},
		{Name: "freeze: the default refuses", Env: env{"FREEZE": "on", "DEFAULT": "refuse"}, Want: frozen},
		{Name: "freeze: a rule refuses already", Env: inline("freeze: true\nrules: [" + spam + "]"), Topic: "spam", Want: refusedBy("spam")},
		{Name: "freeze: a rule refuses what a later one allows", Env: inline("freeze: true\nrules: [" + spam + ", " + staff + "]"), Topic: "spam", Want: refusedBy("spam")},
		{Name: "freeze: a rule would refuse", Env: inline("freeze: true\nrules: [" + trial + "]"), Topic: "spam", Want: Want{Code: 10100, Message: sentence, Reason: "rule", Rule: "freeze", WouldRefuse: []string{"trial"}}},
		{Name: "freeze: a quota counts on", Env: inline("freeze: true\nrules: [" + flood + "]"), Before: 1, Want: refusedBy("flood")},
		{Name: "freeze: a quota has units left", Env: inline("freeze: true\nrules: [{name: flood, quota: {limit: 100000, window: 1h, per: app}, action: refuse}]"), Before: 1, Want: frozen},
		{Name: "freeze: the policy's message", Env: inline("freeze: true\nrefusal: {message: 'Closed, {{operator}}.'}"), Want: saying("Closed, leckie.")},
		{Name: "freeze: the policy's code", Env: inline("freeze: true\nrefusal: {code: 10150}"), Want: Want{Code: 10150, Message: sentence, Reason: "rule", Rule: "freeze"}},
		{Name: "freeze: code 1", Env: env{"FREEZE": "yes", "REFUSE_CODE": "1"}, Want: refusedBy("freeze")},
		{Name: "freeze: the message by language", Env: inline("freeze: true\nrefusal: {message: {zh: 已关闭。, default: Closed.}}"), Topic: "新手", Want: saying("已关闭。")},
		{Name: "freeze: dry run", Env: env{"FREEZE": "on", "MODE": "dry_run"}, Want: would("freeze")},
		{Name: "freeze: dry run, a rule on trial", Env: inline("freeze: true\nmode: dry_run\nrules: [" + trial + "]"), Topic: "spam", Want: would("trial", "freeze")},
		{Name: "freeze: dry run, a rule allows", Env: env{"FREEZE": "on", "MODE": "dry_run", "TRUSTED_PLATFORMS": "RESTAPI"}, Want: allowedBy("trusted-platforms")},
		{Name: "freeze: authentication comes first", Env: env{"FREEZE": "on", "TOKENS": oneToken}, Want: refusedFor("sign_missing")},
		{Name: "freeze: what cannot be decided is on_error's", Env: env{"FREEZE": "on", "ON_ERROR": "allow"}, Body: None, Want: Want{Reason: "body"}},
		{Name: "freeze: what is not governed", Env: env{"FREEZE": "on"}, Command: group, Want: notGoverned},
		{Name: "freeze: groups", Env: env{"FREEZE": "on", "GOVERN": "topic,group"}, Command: group, Want: frozen},
		{Name: "broken: a freeze that is none", Env: env{"FREEZE": "frozen"}, Broken: true, Want: refusedFor("config")},
		{Name: "broken: a rule named freeze", Env: inline("rules: [{name: freeze, action: refuse}]"), Broken: true, Want: refusedFor("config")},
	}
	flags := []Scenario{
		{Name: "flag: it matches", Env: inline("rules: [" + watched + "]"), Topic: "acme", Want: flagged(byDefault, "watched")},
		{Name: "flag: it does not", Env: inline("rules: [" + watched + "]"), Want: byDefault},
		{Name: "flag: two, and a rule behind them", Env: inline("rules: [" + watched + ", " + seen + ", " + spam + "]"), Topic: "acme spam", Want: flagged(refusedBy("spam"), "watched", "seen")},
		{Name: "flag: behind what decides", Env: inline("rules: [" + spam + ", " + seen + "]"), Topic: "spam", Want: refusedBy("spam")},
		{Name: "flag: before what a variable refuses", Env: inline("rules: ["+seen+"]", "BANNED_WORDS", "spam"), Topic: "spam", Want: flagged(refusedBy("banned-words"), "seen")},
		{Name: "flag: an allowing rule", Env: inline("rules: [" + seen + ", " + staff + "]"), Want: flagged(allowedBy("staff"), "seen")},
		{Name: "flag: a freeze", Env: inline("freeze: true\nrules: [" + seen + "]"), Want: flagged(frozen, "seen")},
		{Name: "flag: dry run", Env: inline("mode: dry_run\nrules: [" + seen + ", " + spam + "]"), Topic: "spam", Want: flagged(Want{Reason: "rule", Rule: "spam", WouldRefuse: []string{"spam"}}, "seen")},
		{Name: "broken: a flag on trial", Env: inline("rules: [{name: a, action: flag, mode: dry_run}]"), Broken: true, Want: refusedFor("config")},
	}
	until := func(when string) env {
		return inline("rules: [{name: new, match: {name: {contains: [acme]}}, action: refuse, until: " + when + ", note: legal asked}]")
	}
	ends := []Scenario{
		{Name: "until: a day to come", Env: until("2999-01-31"), Topic: "acme", Want: refusedBy("new")},
		{Name: "until: a day of a zone", Env: until("2999-01-31, zone: Asia/Shanghai"), Topic: "acme", Want: refusedBy("new")},
		{Name: "until: a day that is over", Env: until("2001-01-31"), Topic: "acme", Want: byDefault},
		{Name: "until: a time to come", Env: until(future), Topic: "acme", Want: refusedBy("new")},
		{Name: "until: a time that is over", Env: until(past), Topic: "acme", Want: byDefault},
		{Name: "until: what is behind it decides", Env: inline("rules: [{name: open, action: allow, until: 2001-01-31}, " + spam + "]"), Topic: "spam", Want: refusedBy("spam")},
		{Name: "until: a flag that is over", Env: inline("rules: [{name: seen, action: flag, until: 2001-01-31}]"), Want: byDefault},
		{Name: "broken: no day of any calendar", Env: until("2027-02-30"), Broken: true, Want: refusedFor("config")},
	}
	languages := inline("refusal: {message: {zh: 不行。, default: No.}}\nrules: [{name: spam, match: {name: {contains: [spam]}}, action: refuse," +
		" message: {zh: '不能用“{{word}}”', ja: 'だめ、{{operator}}', ru: 'Нет: {{name}}', default: 'No {{word}}.'}}, {name: ham, match: {name: {contains: [ham]}}, action: refuse}]")
	told := func(name, topic, rule, message string) Scenario {
		return Scenario{Name: "language: " + name, Env: languages, Topic: topic, Want: Want{Code: 10100, Message: message, Reason: "rule", Rule: rule}}
	}
	return append(slices.Concat(freezes, flags, ends),
		told("Latin", "spam", "spam", "No spam."),
		told("Chinese", "spam 新手", "spam", "不能用“spam”"),
		told("Japanese, kana before Han", "spam 新手の部屋", "spam", "だめ、leckie"),
		told("Russian", "spam раз", "spam", "Нет: spam раз"),
		told("one that is not written", "spam 초보자", "spam", "No spam."),
		told("the policy's", "ham 新手", "ham", "不行。"),
		told("the policy's default", "ham は", "ham", "No."),
		Scenario{Name: "broken: languages without a default", Env: inline("refusal: {message: {zh: 不行。}}"), Broken: true, Want: refusedFor("config")},
	)
}
