package policyfile

import (
	"cmp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"topicgate/pkg/policy"
)

// asking is somebody who asks for a name.
func asking(name string) policy.Creation {
	return policy.Creation{Subject: policy.Topic, Operator: "leckie", Platform: "Web", Name: name, At: time.Now()}
}

func TestExcuse(t *testing.T) {
	folder := Folder{FS: fstest.MapFS{"words.txt": {Data: []byte("ass\n")}, "exempt.txt": {Data: []byte("classic\n")}}}
	for name, tt := range map[string]struct{ text, want, name string }{
		"flow, no exceptions yet": {
			"rules:\n  - name: r # 中文\n    match: {name: {contains: [ass, 'x, ]'], whole_word: true}} # why\n    action: refuse\n",
			"rules:\n  - name: r # 中文\n    match: {name: {contains: [ass, 'x, ]'], unless_contains: [\"bad ass\"], whole_word: true}} # why\n    action: refuse\n", ""},
		"flow, last key": {
			"rules: [{name: r, match: {name: {contains: [ass] }}, action: refuse}]",
			"rules: [{name: r, match: {name: {contains: [ass], unless_contains: [\"bad ass\"] }}, action: refuse}]", ""},
		"flow, characters of several bytes before it": {
			"rules: [{name: r, match: {name: {contains: [加微信, ass], unless_contains: [加微信号]}}, action: refuse}]",
			"rules: [{name: r, match: {name: {contains: [加微信, ass], unless_contains: [加微信号, \"bad ass\"]}}, action: refuse}]", ""},
		"flow, over lines, with comments": {
			"rules: [{name: r, match: {name: {contains: [ass], unless_contains: [\n  class, # it's one\n  grass # another\n]}}, action: refuse}]",
			"rules: [{name: r, match: {name: {contains: [ass], unless_contains: [\n  class, # it's one\n  grass, \"bad ass\" # another\n]}}, action: refuse}]", ""},
		"flow, a comma at the end": {
			"rules: [{name: r, match: {name: {contains: [ass], unless_contains: [class, ]}}, action: refuse}]",
			"rules: [{name: r, match: {name: {contains: [ass], unless_contains: [class, \"bad ass\" ]}}, action: refuse}]", ""},
		"block, last key": {
			"rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      # these\n      contains:\n      - ass\n",
			"rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      # these\n      unless_contains: [\"bad ass\"]\n      contains:\n      - ass\n", ""},
		"block, more keys": {
			"rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains: [ass] # these\n      whole_word: true\n",
			"rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains: [ass] # these\n      unless_contains: [\"bad ass\"]\n      whole_word: true\n", ""},
		"block list, with line ends of Windows": {
			"rules:\r\n- name: r\r\n  action: refuse\r\n  match:\r\n    name:\r\n      contains: [ass]\r\n      unless_contains:\r\n        - class # one\r\n# end\r\n",
			"rules:\r\n- name: r\r\n  action: refuse\r\n  match:\r\n    name:\r\n      contains: [ass]\r\n      unless_contains:\r\n        - class # one\r\n        - \"bad ass\"\r\n# end\r\n", ""},
		"block list at the end of the file": {
			"rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains: [ass]\n      unless_contains:\n      - class",
			"rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains: [ass]\n      unless_contains:\n      - class\n      - \"bad ass\"", ""},
		"a list by its name": {
			"lists:\n  bad: {file: words.txt}\n  fine: [classic] # not these\nrules:\n- {name: r, match: {name: {contains: bad, unless_contains: fine}}, action: refuse}\n",
			"lists:\n  bad: {file: words.txt}\n  fine: [classic, \"bad ass\"] # not these\nrules:\n- {name: r, match: {name: {contains: bad, unless_contains: fine}}, action: refuse}\n", ""},
		"each condition that finds one, and no other": {
			"lists: {fine: [classic]}\nrules: [{name: r, match: {any: [{name: {contains: [ass]}}, {name: {contains: [spam]}}, {all: [{name: {contains: [bad], unless_contains: fine}}, {name: {contains: [ass], unless_contains: fine}}]}]}, action: refuse}]",
			"lists: {fine: [classic, \"bad ass\"]}\nrules: [{name: r, match: {any: [{name: {contains: [ass], unless_contains: [\"bad ass\"]}}, {name: {contains: [spam]}}, {all: [{name: {contains: [bad], unless_contains: fine}}, {name: {contains: [ass], unless_contains: fine}}]}]}, action: refuse}]", ""},
		"JSON": {
			`{"rules": [{"name": "r", "match": {"name": {"contains": ["ass"]}}, "action": "refuse"}]}`,
			`{"rules": [{"name": "r", "match": {"name": {"contains": ["ass"], "unless_contains": ["bad ass"]}}, "action": "refuse"}]}`, ""},
		"JSON, a word": {
			`{"lists": {"fine": ["classic"]}, "rules": [{"name": "r", "match": {"name": {"contains": ["ass"], "unless_contains": "fine"}}, "action": "refuse"}]}`,
			`{"lists": {"fine": ["classic", "badass"]}, "rules": [{"name": "r", "match": {"name": {"contains": ["ass"], "unless_contains": "fine"}}, "action": "refuse"}]}`, "badass"},
		"JSON, invisible and quoted": {
			`{"rules": [{"name": "r", "match": {"name": {"contains": ["ass"]}}, "action": "refuse"}]}`,
			`{"rules": [{"name": "r", "match": {"name": {"contains": ["ass"], "unless_contains": ["ass\u200b\"\\ 👍"]}}, "action": "refuse"}]}`, "ass\u200b\"\\ 👍"},
		"JSON, by a rule": {
			`{"rules": [{"name": "r", "match": {"name": {"shouting": true}}, "action": "refuse"}]}`,
			`{"rules": [{"name": "excused", "match": {"name": {"matches": "^GOOD NEWS TODAY$"}}, "action": "allow"}, {"name": "r", "match": {"name": {"shouting": true}}, "action": "refuse"}]}`, "GOOD NEWS TODAY"},
		"behind lines that end as few do": {
			"# a\u2028# b\u0085# c\r# d\u2029\r\nrules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains: [ass]\n      whole_word: true\n",
			"# a\u2028# b\u0085# c\r# d\u2029\r\nrules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains: [ass]\n      unless_contains: [\"bad ass\"]\r\n      whole_word: true\n", ""},
		"a link": {
			"rules: [{name: r, match: {name: {links: true}, platform: {in: [Web]}}, action: refuse}]",
			"rules: [{name: r, match: {name: {links: true, unless_links: [\"docs.example.com\"]}, platform: {in: [Web]}}, action: refuse}]", "see docs.example.com"},
		"a link, beside others": {
			"rules:\n- name: r\n  match:\n    name:\n      links: true\n      unless_links:\n      - example.org\n  action: refuse\n",
			"rules:\n- name: r\n  match:\n    name:\n      links: true\n      unless_links:\n      - example.org\n      - \"docs.example.com\"\n  action: refuse\n", "docs.example.com"},
		"a quota by name": {
			"rules:\n- name: r\n  quota: {limit: 3, window: 1h, per: name}\n  action: refuse\n",
			"rules:\n- name: r\n  quota: {limit: 3, window: 1h, per: name, exempt: [\"bad ass\"]}\n  action: refuse\n", ""},
		"a quota by name, with exceptions": {
			"rules:\n- name: r\n  quota: {limit: 3, window: 1h, per: name, exempt: [general]}\n  action: refuse\n",
			"rules:\n- name: r\n  quota: {limit: 3, window: 1h, per: name, exempt: [general, \"bad ass\"]}\n  action: refuse\n", ""},
		"by a rule": {
			"rules:\n  # who is in\n  - {name: staff, match: {operator: {in: [ann]}}, action: allow}\n  # too loud\n  # for us\n  - name: r # why\n    match: {name: {shouting: true}}\n    action: refuse\n",
			"rules:\n  # who is in\n  - {name: staff, match: {operator: {in: [ann]}}, action: allow}\n  - {name: excused, match: {name: {matches: \"^GOOD NEWS TODAY$\"}}, action: allow}\n  # too loud\n  # for us\n  - name: r # why\n    match: {name: {shouting: true}}\n    action: refuse\n", "GOOD NEWS TODAY"},
		"by a rule before the first": {
			"rules:\r\n- name: r\r\n  match: {name: {shouting: true}}\r\n  action: refuse\r\n",
			"rules:\r\n- {name: excused, match: {name: {matches: \"^GOOD NEWS TODAY$\"}}, action: allow}\r\n- name: r\r\n  match: {name: {shouting: true}}\r\n  action: refuse\r\n", "GOOD NEWS TODAY"},
		"by a rule, the hyphen on a line of its own": {
			"rules:\n -\n   name: r\n   match: {name: {shouting: true}}\n   action: refuse\n",
			"rules:\n -\n   {name: excused, match: {name: {matches: \"^GOOD NEWS TODAY$\"}}, action: allow}\n - name: r\n   match: {name: {shouting: true}}\n   action: refuse\n", "GOOD NEWS TODAY"},
		"by a rule in one line": {
			"rules: [{name: excused, action: flag}, {name: r, match: {name: {shouting: true}}, action: refuse}]",
			"rules: [{name: excused, action: flag}, {name: excused-2, match: {name: {matches: \"^GOOD NEWS TODAY$\"}}, action: allow}, {name: r, match: {name: {shouting: true}}, action: refuse}]", "GOOD NEWS TODAY"},
		"by a rule, as no exempt word is one": {
			"rules: [{name: r, match: {name: {contains: ['f*ck'], disguised: true}}, action: refuse}]",
			"rules: [{name: excused, match: {name: {matches: \"^\\\\*\\\\*f\\\\*ck\\\\*\\\\*$\"}}, action: allow}, {name: r, match: {name: {contains: ['f*ck'], disguised: true}}, action: refuse}]", "**f*ck**"},
	} {
		got, err := Excuse(tt.text, "policy.yaml", folder, "r", asking(cmp.Or(tt.name, "bad ass")))
		if err != nil || got != tt.want {
			t.Errorf("%s: %v\ngot  %q\nwant %q", name, err, got, tt.want)
		}
	}
	for text, want := range map[string]string{
		"rules: [{name: r, match: {name: {contains: [spam]}}, action: refuse}]":       `rule "r" does not refuse "bad ass"`,
		"rules: [{name: r, match: {not: {name: {contains: [ass]}}}, action: refuse}]": "does not refuse",
		"rules: [{name: r, match: {operator: {in: [mallory]}}, action: refuse}]":      "does not refuse",
		"rules: [{name: s, action: refuse}]":                                          `no rule "r"`,
		"rules: [{name: r, match: {name: {containz: [ass]}}, action: refuse}]":        "containz: unknown key",
		"rules: [": "is not YAML",
		"lists: {fine: {file: exempt.txt}}\nrules: [{name: r, match: {name: {contains: [ass], unless_contains: fine}}, action: refuse}]": `exempt.txt, which is not written here; write "bad ass" there`,
	} {
		if got, err := Excuse(text, "policy.yaml", folder, "r", asking("bad ass")); err == nil || !strings.Contains(err.Error(), want) || got != "" {
			t.Errorf("%s: got %q, %v; want %q", text, got, err, want)
		}
	}
}

// Names that no exempt word can be, or none that covers what is found, are said to be so.
func TestExcuseOddNames(t *testing.T) {
	const text = "rules: [{name: r, match: {name: {contains: ['f*ck', 加微信], disguised: true, ignore_separators: true}}, action: refuse}]"
	for name, excused := range map[string]bool{
		"f*ck": true, "**f*ck**": true, "加wei信": true, "加-微-信 \"}": true, "加微信, x] # y": true, "\u200b加微信\n": true, "f*ck 'it": true,
	} {
		got, err := Excuse(text, "policy.yaml", Folder{}, "r", asking(name))
		if (err == nil) != excused {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
}

func TestAddCase(t *testing.T) {
	c := Case{Name: "f*ck", Want: Want{Verdict: "refuse"}}
	const line = `{name: "f*ck", want: refuse}`
	for text, want := range map[string]string{
		"":   "cases:\n  - " + line + "\n",
		"\n": "cases:\n  - " + line + "\n",
		"cases:\n- {name: a, want: allow} # why\n# end\n\n":                      "cases:\n- {name: a, want: allow} # why\n# end\n- " + line + "\n\n",
		"# these\ncases:\n    - name: a\n      want: allow":                      "# these\ncases:\n    - name: a\n      want: allow\n    - " + line,
		"cases:\r\n  - {name: a, want: allow}\r\nat: 2026-01-31T18:30:00Z\r\n":   "cases:\r\n  - {name: a, want: allow}\r\n  - " + line + "\r\nat: 2026-01-31T18:30:00Z\r\n",
		"cases:\n- {name: a, want: allow}\n\n# when\nat: 2026-01-31T18:30:00Z\n": "cases:\n- {name: a, want: allow}\n\n# when\n- " + line + "\nat: 2026-01-31T18:30:00Z\n",
		`{"cases": [{"name": "a", "want": "allow"}]}`:                            `{"cases": [{"name": "a", "want": "allow"}, {"name": "f*ck", "want": "refuse"}]}`,
		"cases: [{name: 中文, want: allow}]":                                       "cases: [{name: 中文, want: allow}, " + line + "]",
	} {
		if got, err := AddCase(text, "cases.yaml", &c); err != nil || got != want {
			t.Errorf("%q: %v\ngot  %q\nwant %q", text, err, got, want)
		}
	}
	for _, text := range []string{"cases: []", "cases: [{name: a}]", "a: b", "cases: {"} {
		if got, err := AddCase(text, "cases.yaml", &c); err == nil || got != "" {
			t.Errorf("%q: got %q", text, got)
		}
	}
}
