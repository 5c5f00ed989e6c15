package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/policy"
)

// acting is an environment in which a remedy acts, and that nothing is wrong with.
func acting(remedy string, pairs ...string) []string {
	return append(with("REVIEW=created,renamed", "REMEDY="+remedy, "REMEDY_NAME=Renamed", "CHAT_API_URL=https://console.tim.qq.com", "CHAT_SECRET_KEY=60c6c5",
		"REDIS_URL=redis://127.0.0.1:6379", "BANNED_WORDS=spam"), with(pairs...)[len(usual):]...)
}

// TestRemedyNeeds: whatever of what acts need is left out is a problem, at its variable.
func TestRemedyNeeds(t *testing.T) {
	const report = ", or set TOPICGATE_REMEDY to report"
	function := Options{Function: true}
	tests := []struct {
		name    string
		environ []string
		options Options
		want    []string
	}{
		{"rename", acting("rename"), function, nil},
		{"mute", acting("mute", "REMEDY_NAME="), function, nil},
		{"destroy", acting("destroy", "REMEDY_NAME="), function, nil},
		{"report needs nothing", acting("report", "REVIEW=", "TOKENS=", "REMEDY_NAME=", "CHAT_API_URL=", "CHAT_SECRET_KEY=", "REDIS_URL="), function, nil},
		{"a server counts by itself", acting("rename", "REDIS_URL="), Options{}, nil},
		{"a tool does not act", acting("rename", "REVIEW=", "TOKENS=", "CHAT_SECRET_KEY="), Options{Offline: true}, nil},
		{"no review", acting("mute", "REVIEW="), function, []string{"TOPICGATE_REMEDY=mute needs it: TOPICGATE_REVIEW: set it to created, renamed or both" + report}},
		{"no URL", acting("mute", "CHAT_API_URL="), function, []string{"TOPICGATE_REMEDY=mute needs it: TOPICGATE_CHAT_API_URL: set it to that of the app's region, such as https://console.tim.qq.com" + report}},
		{"no key", acting("mute", "CHAT_SECRET_KEY="), function, []string{"TOPICGATE_REMEDY=mute needs it: TOPICGATE_CHAT_SECRET_KEY: set it to the key that the Chat console shows for the app" + report}},
		{"no name", acting("rename", "REMEDY_NAME="), function, []string{"TOPICGATE_REMEDY=rename needs it: TOPICGATE_REMEDY_NAME: set it to the name that such a topic gets" + report}},
		{"no token", acting("destroy", "TOKENS="), function, []string{"TOPICGATE_REMEDY=destroy needs it: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console, for each app" + report}},
		{"no token for the app", acting("destroy", "TOKENS=1400000009:x"), function, []string{"TOPICGATE_REMEDY=destroy needs it: TOPICGATE_TOKENS: set it to the callback authentication token of the Chat console, for each app" + report}},
		{"no Redis", acting("rename", "REDIS_URL="), function, []string{"TOPICGATE_REMEDY=rename needs it: TOPICGATE_REDIS_URL: set it, for the limit on acts to hold across instances" + report}},
		{"two apps", acting("rename", "SDK_APP_IDS=1400000000,1400000001"), function, []string{"several apps are served, and TOPICGATE_CHAT_SECRET_KEY is of one: TOPICGATE_SDK_APP_IDS: give the app whose topics are remedied a gate of its own" + report}},
		{"what is wrong is told once", acting("rename", "REVIEW=x", "CHAT_API_URL=https://h:0"), function, []string{
			`unknown value "x": TOPICGATE_REVIEW: use created, renamed or both`,
			"the REST API's URL: names no host, or a port that is none; write such as https://adminapisgp.im.qcloud.com: TOPICGATE_CHAT_API_URL",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(tt.environ, tt.options)
			if diff := cmp.Diff(tt.want, policy.Texts(c.Problems)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
		})
	}
}

// TestRemedyName: what refused topics are called must not be refused itself.
func TestRemedyName(t *testing.T) {
	refuses := func(rule string) []string {
		return []string{`rule "` + rule + `" refuses this name: TOPICGATE_REMEDY_NAME: use another, or let the rule pass this one`}
	}
	tests := []struct {
		name    string
		environ []string
		want    []string
	}{
		{"passes", acting("rename"), nil},
		{"a variable refuses it", acting("rename", "BANNED_WORDS=renamed"), refuses("banned-words")},
		{"who is trusted does not matter", acting("rename", "BANNED_WORDS=renamed", "TRUSTED_OPERATORS=administrator", "TRUSTED_PLATFORMS=RESTAPI"), refuses("banned-words")},
		{"nor who else is refused", acting("rename", "BANNED_WORDS=renamed", "ALLOWED_OPERATORS=administrator"), refuses("banned-words")},
		{"refused for other reasons than its name", acting("rename", "ALLOWED_OPERATORS=administrator", "DEFAULT=refuse", "FREEZE=on"), nil},
		{"allowed by name before", acting("rename", "POLICY=rules: [{name: ours, match: {name: {contains: [renamed]}}, action: allow}, {name: long, match: {name: {length_outside: {max_chars: 3}}}, action: refuse}]"), nil},
		{"a rule on trial", acting("rename", "POLICY=rules: [{name: long, match: {name: {length_outside: {max_chars: 3}}}, action: refuse, mode: dry_run}]"), nil},
		{"a rule of the policy", acting("rename", "POLICY=rules: [{name: long, match: {name: {length_outside: {max_chars: 3}}}, action: refuse}]"), refuses("long")},
		{"refused at times only: what is well by day does not break at night", acting("rename", `POLICY=rules: [{name: night, match: {name: {contains: [renamed]}, time: {days: [mon, tue, wed, thu, fri, sat, sun]}}, action: refuse}]`), nil},
		{"allowed at times only", acting("rename", `POLICY=rules: [{name: day, match: {time: {days: [mon, tue, wed, thu, fri, sat, sun]}}, action: allow}, {name: long, match: {name: {length_outside: {max_chars: 3}}}, action: refuse}]`), refuses("long")},
		{"a quota is none of its name", acting("rename", "QUOTA=1/1h"), nil},
		{"it counts whatever the remedy", acting("report", "BANNED_WORDS=renamed"), refuses("banned-words")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(tt.environ, Options{Function: true})
			if diff := cmp.Diff(tt.want, policy.Texts(c.Problems)); diff != "" {
				t.Errorf("problems -want +got:\n%s", diff)
			}
			if c.Broken() && (c.Policy != nil || c.Digest != "") {
				t.Error("a broken configuration has a policy")
			}
		})
	}
}

func TestRemedyWarnings(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    []string
	}{
		{"usual", acting("rename"), nil},
		{"destroy what was renamed", acting("destroy", "REVIEW=renamed"), []string{"destroy acts on topics just created alone, so that it does nothing here: TOPICGATE_REMEDY: add created to TOPICGATE_REVIEW, or use rename or mute"}},
		{"destroy and both", acting("destroy", "REVIEW=renamed,created"), nil},
		{"groups alone", acting("rename", "GOVERN=group"), []string{"groups are only reported, and no topics are governed, so that it does nothing: TOPICGATE_REMEDY: add topic to TOPICGATE_GOVERN, or use report"}},
		{"groups alone are reported", acting("report", "GOVERN=group"), nil},
		{"a name that the REST API may not take", acting("rename", "REMEDY_NAME=这个话题已经被管理员改名了吗"), []string{"it has 42 bytes, and Chat's REST API takes names of 30: TOPICGATE_REMEDY_NAME: use a shorter one; a Chinese character has three"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Load(tt.environ, Options{})
			if diff := cmp.Diff(tt.want, policy.Texts(c.Warnings)); diff != "" {
				t.Errorf("warnings -want +got:\n%s", diff)
			}
			if c.Broken() {
				t.Errorf("problems %q", c.Problems)
			}
		})
	}
}
