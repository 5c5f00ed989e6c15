package gatetest

import (
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

type env = map[string]string

// Answers that many scenarios share.
var (
	byDefault   = Want{Reason: "default"}
	notGoverned = Want{}
)

func refusedBy(rule string) Want { return Want{Code: 1, Reason: "rule", Rule: rule} }
func allowedBy(rule string) Want { return Want{Reason: "rule", Rule: rule} }
func refusedFor(reason string) Want {
	return Want{Code: 1, Reason: reason}
}

const (
	group      = chat.BeforeCreateGroup
	oneToken   = "xxxxyyyy"
	otherToken = "zzzz1111"
)

var longName = strings.Repeat("x", policy.MaxName+1)

// single is why a repeated parameter cannot reach a function behind a load balancer
// that sends one value a name.
var single = map[string]string{"ALB": "the event holds one value a name"}

// Scenarios returns the corpus.
func Scenarios() []Scenario {
	var all []Scenario
	for _, part := range [][]Scenario{
		methods(), ungoverned(), broken(), authentication(), ownTokens(), undecidable(),
		operators(), platforms(), addresses(), names(), words(), refusals(), dryRuns(), logging(), wire(), policies(), orders(), files(), conditions(), brakes(), unfound(), remedies(),
	} {
		all = append(all, part...)
	}
	return all
}

// methods: row 1.
func methods() []Scenario {
	notAllowed := Want{Status: 405, Code: 1}
	return []Scenario{
		{Name: "GET is not a callback", Method: "GET", Body: None, Want: notAllowed},
		{Name: "PUT is not a callback", Method: "PUT", Want: notAllowed},
		{Name: "DELETE is refused in a dry run too", Method: "DELETE", Env: env{"MODE": "dry_run"}, Want: notAllowed},
		{Name: "OPTIONS is refused however broken the configuration", Method: "OPTIONS", Env: env{"SDK_APP_IDS": ""}, Broken: true, Body: None, Want: notAllowed},
	}
}

// ungoverned: row 2.
func ungoverned() []Scenario {
	tokens := env{"TOKENS": oneToken, "DEFAULT": "refuse"}
	return []Scenario{
		{Name: "another command passes", Command: "Group.CallbackBeforeSendMsg", Env: env{"DEFAULT": "refuse"}, Want: notGoverned},
		{Name: "another command passes unsigned", Command: "C2C.CallbackBeforeSendMsg", Env: tokens, Want: notGoverned},
		{Name: "the console's Verify passes", Query: "CallbackCommand=State.StateChange", Body: "{}", Env: tokens, Want: notGoverned},
		{Name: "no command at all passes", Query: None, Body: "{}", Env: tokens, Want: notGoverned},
		{Name: "an empty POST passes", Query: None, Body: None, Env: tokens, Want: notGoverned},
		{Name: "a POST that is not JSON passes", Query: "a=1", Body: "<html>", Env: tokens, Want: notGoverned},
		{Name: "another command with a huge body passes", Query: "SdkAppid=" + App + "&CallbackCommand=Group.CallbackAfterSendMsg",
			Body: `{"Text":"` + strings.Repeat("x", chat.MaxBody) + `"}`, Want: notGoverned},
		{Name: "a group passes when only topics are governed", Command: group, Env: env{"DEFAULT": "refuse"}, Want: notGoverned},
		{Name: "a topic passes when only groups are governed", Env: env{"DEFAULT": "refuse", "GOVERN": "group"}, Want: notGoverned},
		{Name: "a command in another case is another command", Query: "SdkAppid=" + App + "&CallbackCommand=group.callbackbeforecreatetopic", Body: "{}", Env: tokens, Want: notGoverned},
		{Name: "a body key in another case is another key", Query: None, Body: `{"callbackcommand":"Group.CallbackBeforeCreateTopic"}`, Env: tokens, Want: notGoverned},
		{Name: "another command passes a broken configuration", Command: "Group.CallbackAfterCreateGroup", Env: env{"SDK_APP_IDS": ""}, Broken: true, Want: notGoverned},
	}
}

// broken: row 3.
func broken() []Scenario {
	noApps := env{"SDK_APP_IDS": ""}
	config := refusedFor("config")
	return []Scenario{
		{Name: "broken: no app", Env: noApps, Broken: true, Want: config},
		{Name: "broken: on_error allow", Env: env{"SDK_APP_IDS": "", "ON_ERROR": "allow"}, Broken: true, Want: Want{Reason: "config"}},
		{Name: "broken: on_error itself unreadable", Env: env{"ON_ERROR": "alow"}, Broken: true, Want: config},
		{Name: "broken: dry run", Env: env{"SDK_APP_IDS": "", "MODE": "dry_run"}, Broken: true, Want: Want{Reason: "config", WouldRefuse: []string{"config"}}},
		{Name: "broken: groups governed", Env: env{"SDK_APP_IDS": "", "GOVERN": "group"}, Command: group, Broken: true, Want: config},
		{Name: "broken: govern unreadable means topics", Env: env{"GOVERN": "topics"}, Broken: true, Want: config},
		{Name: "broken: govern unreadable does not mean groups", Env: env{"GOVERN": "topics"}, Command: group, Broken: true, Want: notGoverned},
		{Name: "broken: misspelt variable", Env: env{"BANED_WORDS": "spam"}, Broken: true, Want: config},
		{Name: "broken: bad pattern", Env: env{"NAME_PATTERN": "("}, Broken: true, Want: config},
		{Name: "broken: missing file", Env: env{"BANNED_WORDS_FILE": "no-such.txt"}, Broken: true, Want: config},
		{Name: "broken: comes before authentication", Env: env{"TOKENS": oneToken, "TIMEOUT": "1h"}, Broken: true, Want: config},
	}
}

// authentication: row 4.
func authentication() []Scenario {
	signed := env{"TOKENS": oneToken}
	two := env{"TOKENS": oneToken + "," + otherToken}
	usual := "SdkAppid=" + App + "&CallbackCommand=" + string(chat.BeforeCreateTopic)
	return []Scenario{
		{Name: "no token, no signature", Want: byDefault},
		{Name: "signed", Env: signed, Token: oneToken, Want: byDefault},
		{Name: "signed by the first of two", Env: two, Token: oneToken, Want: byDefault},
		{Name: "signed by the second of two", Env: two, Token: otherToken, Want: byDefault},
		{Name: "signed by a token from a file", Env: env{"TOKENS_FILE": "tokens"}, Files: env{"tokens": "# rotated in May\n" + otherToken + "\r\n"}, Token: otherToken, Want: byDefault},
		{Name: "signed by another token than the file's", Env: env{"TOKENS_FILE": "tokens"}, Files: env{"tokens": otherToken}, Token: oneToken, Want: refusedFor("sign_wrong")},
		{Name: "signed by nobody's token", Env: two, Token: "wrong", Want: refusedFor("sign_wrong")},
		{Name: "not signed", Env: signed, Want: refusedFor("sign_missing")},
		{Name: "signed without a time", Env: signed, Extra: "Sign=" + chat.Sign(oneToken, ""), Want: refusedFor("sign_missing")},
		{Name: "a time without a signature", Env: signed, Extra: "RequestTime=1669872112", Want: refusedFor("sign_missing")},
		{Name: "an empty signature", Env: signed, Extra: "RequestTime=1669872112&Sign=", Want: refusedFor("sign_missing")},
		{Name: "a signature in capitals", Env: signed, Extra: "RequestTime=1669872112&Sign=17773BC39A671D7B9AA835458704D2A6DB81360A5940292B587D6D760D484061", Want: refusedFor("sign_wrong")},
		{Name: "the vendor's sample is stale", Env: signed, Extra: "RequestTime=1669872112&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061", Want: refusedFor("sign_stale")},
		{Name: "signed two minutes ago", Env: signed, Token: oneToken, Off: -2 * time.Minute, Want: refusedFor("sign_stale")},
		{Name: "signed two minutes ahead", Env: signed, Token: oneToken, Off: 2 * time.Minute, Want: refusedFor("sign_stale")},
		{Name: "signed, yet no time", Env: signed, Extra: "RequestTime=soon&Sign=" + chat.Sign(oneToken, "soon"), Want: refusedFor("sign_stale")},
		{Name: "stale in a dry run", Env: env{"TOKENS": oneToken, "MODE": "dry_run"}, Token: oneToken, Off: -2 * time.Minute, Want: Want{Reason: "sign_stale", WouldRefuse: []string{"sign_stale"}}},
		{Name: "on_error has no say over authentication", Env: env{"TOKENS": oneToken, "ON_ERROR": "allow"}, Want: refusedFor("sign_missing")},
		{Name: "trust has no say over authentication", Env: env{"TOKENS": oneToken, "TRUSTED_OPERATORS": "*"}, Want: refusedFor("sign_missing")},

		{Name: "another app", Query: "SdkAppid=1400000001&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedFor("sdk_app_id")},
		{Name: "no app", Query: "CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedFor("sdk_app_id")},
		{Name: "an empty app", Query: "SdkAppid=&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedFor("sdk_app_id")},
		{Name: "an app that is the same number", Query: "SdkAppid=01400000000&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedFor("sdk_app_id")},
		{Name: "the second of two apps", Env: env{"SDK_APP_IDS": "1400000001、" + App}, Want: byDefault},
		{Name: "an app from a file", Env: env{"SDK_APP_IDS": "", "SDK_APP_IDS_FILE": "apps"}, Files: env{"apps": "\uFEFF" + App + "\n"}, Want: byDefault},
		{Name: "not an app from a file", Env: env{"SDK_APP_IDS": "", "SDK_APP_IDS_FILE": "apps"}, Files: env{"apps": "1400000001\n"}, Want: refusedFor("sdk_app_id")},
		{Name: "another app comes before a missing signature", Env: signed, Query: "SdkAppid=1&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedFor("sdk_app_id")},

		{Name: "the app repeated", Extra: "SdkAppid=" + App, Want: Want{Code: 1, Reason: "repeated", Detail: "SdkAppid"}, Inexpressible: single},
		{Name: "the app in two spellings", Extra: "sdkappid=" + App, Want: Want{Code: 1, Reason: "repeated", Detail: "SdkAppid"}},
		{Name: "the command repeated", Extra: "CallbackCommand=" + string(chat.BeforeCreateTopic), Want: Want{Code: 1, Reason: "repeated", Detail: "CallbackCommand"}, Inexpressible: single},
		{Name: "a governed command behind another", Query: "SdkAppid=" + App + "&CallbackCommand=State.StateChange&callbackcommand=" + string(chat.BeforeCreateTopic), Body: "{}", Want: refusedFor("repeated")},
		{Name: "the signature repeated", Env: signed, Token: oneToken, Extra: "Sign=x", Want: Want{Code: 1, Reason: "repeated", Detail: "Sign"}, Inexpressible: single},
		{Name: "the signature repeated in an escape", Env: signed, Token: oneToken, Extra: "%53ign=x", Want: refusedFor("repeated"), Inexpressible: nil},
		{Name: "the time repeated", Extra: "RequestTime=1&RequestTime=1", Want: Want{Code: 1, Reason: "repeated", Detail: "RequestTime"}, Inexpressible: single},
		{Name: "repeated comes before another app", Query: "SdkAppid=1&sdkappid=2&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedFor("repeated")},
		{Name: "a name without a value is a repeat too", Query: usual + "&sdkappid", Want: refusedFor("repeated")},
		{Name: "a name as long as is read", Topic: strings.Repeat("界", policy.MaxName/3) + "x", Want: byDefault},
		{Name: "a name one byte longer", Topic: strings.Repeat("界", policy.MaxName/3) + "xy", Want: Want{Code: 1, Reason: "too_long", Detail: "Name of 1025 bytes"}},
		{Name: "an operator as long as is read", Operator: strings.Repeat("x", policy.MaxOperator), Want: byDefault},
		{Name: "an operator one byte longer", Operator: strings.Repeat("x", policy.MaxOperator+1), Want: Want{Code: 1, Reason: "too_long", Detail: "Operator_Account of 257 bytes"}},
		{Name: "too long in a dry run", Topic: longName, Env: env{"MODE": "dry_run"}, Want: Want{Reason: "too_long", WouldRefuse: []string{"too_long"}}},
		{Name: "on_error has no say over a name too long", Topic: longName, Env: env{"ON_ERROR": "allow"}, Want: refusedFor("too_long")},
		{Name: "trust has no say over a name too long", Topic: longName, Env: env{"TRUSTED_PLATFORMS": "RESTAPI"}, Want: refusedFor("too_long")},
		{Name: "too long has neither code nor message", Topic: longName, Env: env{"REFUSE_CODE": "10150", "REFUSE_MESSAGE": "Sorry."}, Want: refusedFor("too_long")},
		{Name: "a missing signature comes before a name too long", Topic: longName, Env: signed, Want: refusedFor("sign_missing")},
		{Name: "signed, and a name too long", Topic: longName, Env: signed, Token: oneToken, Want: refusedFor("too_long")},
		{Name: "a name too long comes before a missing operator", Body: `{"Name":"` + longName + `"}`, Want: refusedFor("too_long")},
		{Name: "a foreign parameter may repeat", Extra: "room=1&room=2&ClientIP=a&clientip=b", Want: byDefault},
	}
}

// undecidable: row 5.
func undecidable() []Scenario {
	allow := env{"ON_ERROR": "allow"}
	const command = `"CallbackCommand":"Group.CallbackBeforeCreateTopic"`
	body := refusedFor("body")
	return []Scenario{
		{Name: "no body", Body: None, Want: body},
		{Name: "no body, on_error allow", Body: None, Env: allow, Want: Want{Reason: "body"}},
		{Name: "no body, dry run", Body: None, Env: env{"MODE": "dry_run"}, Want: Want{Reason: "body", WouldRefuse: []string{"body"}}},
		{Name: "no body, dry run, on_error allow", Body: None, Env: env{"MODE": "dry_run", "ON_ERROR": "allow"}, Want: Want{Reason: "body"}},
		{Name: "a body cut short", Body: `{` + command + `,"Name":"x`, Want: body},
		{Name: "a body that is an array", Body: `[]`, Want: body},
		{Name: "a body that is null", Body: `null`, Want: body},
		{Name: "two bodies", Body: `{"Name":"a","Operator_Account":"b"}{}`, Want: body},
		{Name: "a body nested too deep", Body: `{"Name":"a","Operator_Account":"b","x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, Want: body},
		{Name: "no name", Body: `{` + command + `,"Operator_Account":"leckie"}`, Want: body},
		{Name: "a name that is a number", Body: `{` + command + `,"Operator_Account":"leckie","Name":7}`, Want: body},
		{Name: "a name that is null", Body: `{` + command + `,"Operator_Account":"leckie","Name":null}`, Want: body},
		{Name: "a name under another case", Body: `{` + command + `,"Operator_Account":"leckie","name":"x"}`, Want: body},
		{Name: "no operator", Body: `{` + command + `,"Name":"x"}`, Want: body},
		{Name: "an operator that is an object", Body: `{` + command + `,"Name":"x","Operator_Account":{}}`, Want: body},
		{Name: "an empty name is a name", Body: `{` + command + `,"Name":"","Operator_Account":""}`, Want: byDefault},
		{Name: "a body of exactly the limit", Body: padded(chat.MaxBody), Want: byDefault},
		{Name: "a body one byte over the limit", Body: padded(chat.MaxBody + 1), Want: refusedFor("oversized")},
		{Name: "a body over the limit, on_error allow", Body: padded(chat.MaxBody + 1), Env: allow, Want: Want{Reason: "oversized"}},
		{Name: "query and body disagree", Body: `{"CallbackCommand":"Group.CallbackBeforeCreateGroup","Name":"x","Operator_Account":"y"}`, Want: refusedFor("command_mismatch")},
		{Name: "query and body disagree, on_error allow", Env: allow, Body: `{"CallbackCommand":"Group.CallbackBeforeCreateGroup","Name":"x","Operator_Account":"y"}`, Want: Want{Reason: "command_mismatch"}},
		{Name: "an ungoverned query over a governed body", Query: "SdkAppid=" + App + "&CallbackCommand=State.StateChange", Want: refusedFor("command_mismatch")},
		{Name: "the body alone names the command", Query: "SdkAppid=" + App, Want: byDefault},
		{Name: "the query alone names the command", Body: `{"Name":"x","Operator_Account":"y"}`, Want: byDefault},
		{Name: "authentication comes before the body", Env: env{"TOKENS": oneToken}, Body: None, Want: refusedFor("sign_missing")},
		{Name: "no time left", Env: env{"TIMEOUT": "1ns"}, Want: refusedFor("deadline")},
		{Name: "no time left, on_error allow", Env: env{"TIMEOUT": "1ns", "ON_ERROR": "allow"}, Want: Want{Reason: "deadline"}},
		{Name: "time enough", Env: env{"TIMEOUT": "1800ms"}, Want: byDefault},
	}
}

// padded is a body of so many bytes, white space included.
func padded(size int) string {
	const start = `{"Name":"x","Operator_Account":"y"`
	return start + strings.Repeat(" ", size-len(start)-1) + "}"
}

func operators() []Scenario {
	return []Scenario{
		{Name: "trusted operator", Env: env{"TRUSTED_OPERATORS": "administrator", "DEFAULT": "refuse"}, Operator: "administrator", Want: allowedBy("trusted-operators")},
		{Name: "not a trusted operator", Env: env{"TRUSTED_OPERATORS": "administrator", "DEFAULT": "refuse"}, Want: refusedFor("default")},
		{Name: "trusted by a glob", Env: env{"TRUSTED_OPERATORS": "ops-*,q?", "DEFAULT": "refuse"}, Operator: "ops-7", Want: Want{Reason: "rule", Rule: "trusted-operators", Detail: "ops-*"}},
		{Name: "an operator in another case is another", Env: env{"TRUSTED_OPERATORS": "administrator", "DEFAULT": "refuse"}, Operator: "Administrator", Want: refusedFor("default")},
		{Name: "a block comes before trust", Env: env{"TRUSTED_OPERATORS": "leckie", "BLOCKED_OPERATORS": "*"}, Want: refusedBy("blocked-operators")},
		{Name: "blocked operator", Env: env{"BLOCKED_OPERATORS": "mallory，leckie"}, Want: refusedBy("blocked-operators")},
		{Name: "not a blocked operator", Env: env{"BLOCKED_OPERATORS": "mallory"}, Want: byDefault},
		{Name: "a star is literal behind a backslash", Env: env{"BLOCKED_OPERATORS": `leck\*`}, Want: byDefault},
		{Name: "blocked by a file", Env: env{"BLOCKED_OPERATORS_FILE": "lists/blocked.txt"}, Files: env{"lists/blocked.txt": "# spammers\nmallory\nleckie\n"}, Want: refusedBy("blocked-operators")},
		{Name: "not blocked by a file's comment", Env: env{"BLOCKED_OPERATORS_FILE": "lists/blocked.txt"}, Files: env{"lists/blocked.txt": "#leckie\nmallory, leckie\n"}, Want: byDefault},
		{Name: "allowed operator", Env: env{"ALLOWED_OPERATORS": "leckie"}, Want: byDefault},
		{Name: "not an allowed operator", Env: env{"ALLOWED_OPERATORS": "administrator"}, Want: Want{Code: 1, Reason: "rule", Rule: "allowed-operators", Detail: "leckie"}},
		{Name: "an allowed operator can be blocked", Env: env{"ALLOWED_OPERATORS": "leckie", "BLOCKED_OPERATORS": "leckie"}, Want: refusedBy("blocked-operators")},
		{Name: "an empty list file allows nobody", Env: env{"ALLOWED_OPERATORS_FILE": "empty"}, Files: env{"empty": "\n"}, Want: refusedBy("allowed-operators")},
		{Name: "a variable set to nothing is unset", Env: env{"ALLOWED_OPERATORS": ""}, Want: byDefault},
	}
}

func platforms() []Scenario {
	backEnd := env{"ALLOWED_PLATFORMS": "RESTAPI"}
	return []Scenario{
		{Name: "allowed platform", Env: backEnd, Want: byDefault},
		{Name: "not an allowed platform", Env: backEnd, Platform: "Web", Want: Want{Code: 1, Reason: "rule", Rule: "allowed-platforms", Detail: "Web"}},
		{Name: "a platform in another case is the same", Env: env{"ALLOWED_PLATFORMS": "ios"}, Platform: "IOS", Want: byDefault},
		{Name: "Mac is macOS", Env: env{"ALLOWED_PLATFORMS": "macOS"}, Platform: "Mac", Want: byDefault},
		{Name: "a platform that nobody knew is not allowed", Env: backEnd, Platform: "Harmony", Want: refusedBy("allowed-platforms")},
		{Name: "no platform is not allowed", Env: backEnd, Query: "SdkAppid=" + App + "&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: refusedBy("allowed-platforms")},
		{Name: "trusted platform", Env: env{"TRUSTED_PLATFORMS": "RESTAPI", "DEFAULT": "refuse"}, Want: allowedBy("trusted-platforms")},
		{Name: "not a trusted platform", Env: env{"TRUSTED_PLATFORMS": "RESTAPI", "DEFAULT": "refuse"}, Platform: "Android", Want: refusedFor("default")},
	}
}

func addresses() []Scenario {
	block := env{"BLOCKED_CLIENT_IPS": "203.0.113.0/24,2001:db8::/32"}
	office := env{"ALLOWED_CLIENT_IPS": "198.51.100.7"}
	return []Scenario{
		{Name: "blocked network", Env: block, ClientIP: "203.0.113.255", Want: Want{Code: 1, Reason: "rule", Rule: "blocked-client-ips", Detail: "203.0.113.0/24"}},
		{Name: "the address after a blocked network", Env: block, ClientIP: "203.0.114.0", Want: byDefault},
		{Name: "blocked network, IPv6", Env: block, ClientIP: "2001:db8:ffff::1", Want: refusedBy("blocked-client-ips")},
		{Name: "blocked network, mapped into IPv6", Env: block, ClientIP: "::ffff:203.0.113.9", Want: refusedBy("blocked-client-ips")},
		{Name: "no address is not blocked", Env: block, Want: byDefault},
		{Name: "junk for an address is not blocked", Env: block, ClientIP: "203.0.113.9, 10.0.0.1", Want: byDefault},
		{Name: "allowed address", Env: office, ClientIP: "198.51.100.7", Want: byDefault},
		{Name: "not an allowed address", Env: office, ClientIP: "198.51.100.8", Want: refusedBy("allowed-client-ips")},
		{Name: "no address is not allowed", Env: office, Want: refusedBy("allowed-client-ips")},
		{Name: "blocked addresses from a file", Env: env{"BLOCKED_CLIENT_IPS_FILE": "ips"}, Files: env{"ips": "10.0.0.0/8\r\n192.0.2.1\r\n"}, ClientIP: "192.0.2.1", Want: refusedBy("blocked-client-ips")},
		{Name: "not in a file of blocked addresses", Env: env{"BLOCKED_CLIENT_IPS_FILE": "ips"}, Files: env{"ips": "10.0.0.0/8\r\n192.0.2.1\r\n"}, ClientIP: "192.0.2.2", Want: byDefault},
		{Name: "not in a file of allowed addresses", Env: env{"ALLOWED_CLIENT_IPS_FILE": "ips"}, Files: env{"ips": "10.0.0.0/8"}, ClientIP: "11.1.2.3", Want: refusedBy("allowed-client-ips")},
		{Name: "allowed addresses from a file", Env: env{"ALLOWED_CLIENT_IPS_FILE": "ips"}, Files: env{"ips": "10.0.0.0/8"}, ClientIP: "10.1.2.3", Want: byDefault},
	}
}

func names() []Scenario {
	family := "👨‍👩‍👧‍👦"
	return []Scenario{
		{Name: "as long as may be", Env: env{"NAME_MAX_CHARS": "3"}, Topic: "新手村", Want: byDefault},
		{Name: "one character too long", Env: env{"NAME_MAX_CHARS": "3"}, Topic: "新手村1", Want: Want{Code: 1, Reason: "rule", Rule: "name-length", Detail: "4 characters"}},
		{Name: "a family is one character", Env: env{"NAME_MAX_CHARS": "2"}, Topic: "a" + family, Want: byDefault},
		{Name: "as short as may be", Env: env{"NAME_MIN_CHARS": "2"}, Topic: "ab", Want: byDefault},
		{Name: "too short", Env: env{"NAME_MIN_CHARS": "2"}, Topic: family, Want: refusedBy("name-length")},
		{Name: "as many bytes as may be", Env: env{"NAME_MAX_BYTES": "9"}, Topic: "新手村", Want: byDefault},
		{Name: "a byte too many", Env: env{"NAME_MAX_BYTES": "8"}, Topic: "新手村", Want: Want{Code: 1, Reason: "rule", Rule: "name-length", Detail: "9 bytes"}},
		{Name: "of the right form", Env: env{"NAME_PATTERN": "[a-z]+|x"}, Topic: "guild", Want: byDefault},
		{Name: "only a part of the right form", Env: env{"NAME_PATTERN": "[a-z]+|x"}, Topic: "guild 7", Want: refusedBy("name-pattern")},
		{Name: "a line break does not end the form", Env: env{"NAME_PATTERN": "(?m)[a-z]+"}, Topic: "guild\nBUY", Want: refusedBy("name-pattern")},
		{Name: "a form from a file", Env: env{"NAME_PATTERN_FILE": "form"}, Files: env{"form": "[0-9]+\n"}, Topic: "42", Want: byDefault},
		{Name: "not a form from a file", Env: env{"NAME_PATTERN_FILE": "form"}, Files: env{"form": "[0-9]+\n"}, Want: refusedBy("name-pattern")},
		{Name: "the longest name of the right form", Env: env{"NAME_PATTERN": "(a|b)*c?"}, Topic: strings.Repeat("ab", policy.MaxName/2), Want: byDefault},
		{Name: "a very long name, for operators with many globs", Env: env{"BLOCKED_OPERATORS": strings.Repeat("*a*b*c,", 20)}, Operator: strings.Repeat("ab", 60000), Want: refusedFor("too_long")},
		{Name: "reserved", Env: env{"RESERVED_NAMES": "Official,客服"}, Topic: "OFFICIAL", Want: Want{Code: 1, Reason: "rule", Rule: "reserved-names", Detail: "Official"}},
		{Name: "not reserved", Env: env{"RESERVED_NAMES": "Official,客服"}, Topic: "Officials", Want: byDefault},
	}
}

func words() []Scenario {
	spam := env{"BANNED_WORDS": "spam、加微信"}
	classic := env{"BANNED_WORDS": "ass", "EXEMPT_WORDS": "classic"}
	hit := func(word string) Want { return Want{Code: 1, Reason: "rule", Rule: "banned-words", Detail: word} }
	return []Scenario{
		{Name: "a clean name", Env: spam, Want: byDefault},
		{Name: "a banned word", Env: spam, Topic: "best spam here", Want: hit("spam")},
		{Name: "a banned word in capitals", Env: spam, Topic: "SPAM", Want: hit("spam")},
		{Name: "a banned word in full width", Env: spam, Topic: "ｓｐａｍ", Want: hit("spam")},
		{Name: "a banned word around a zero-width space", Env: spam, Topic: "sp\u200bam", Want: hit("spam")},
		{Name: "a banned Chinese word", Env: spam, Topic: "请加微信吧", Want: hit("加微信")},
		{Name: "part of a banned word", Env: spam, Topic: "加微", Want: byDefault},
		{Name: "an exempt word", Env: classic, Topic: "Classic cars", Want: byDefault},
		{Name: "an exempt word beside a hit", Env: classic, Topic: "Classic ass", Want: hit("ass")},
		{Name: "banned words from a file", Env: env{"BANNED_WORDS_FILE": "words.txt"}, Files: env{"words.txt": "\uFEFF# ours\r\nspam, or worse\r\n"}, Topic: "Spam, or worse!", Want: hit("spam, or worse")},
		{Name: "not in a file of banned words", Env: env{"BANNED_WORDS_FILE": "words.txt"}, Files: env{"words.txt": "spam, or worse"}, Topic: "spam", Want: byDefault},
		{Name: "exempt words from a file", Env: env{"BANNED_WORDS": "ass", "EXEMPT_WORDS_FILE": "x"}, Files: env{"x": "smart ass\nclass\n"}, Topic: "smart ass", Want: byDefault},
		{Name: "not in a file of exempt words", Env: env{"BANNED_WORDS": "ass", "EXEMPT_WORDS_FILE": "x"}, Files: env{"x": "smart ass\nclass\n"}, Topic: "ass", Want: hit("ass")},
		{Name: "reserved names from a file", Env: env{"RESERVED_NAMES_FILE": "x"}, Files: env{"x": "Official\n"}, Topic: "official", Want: refusedBy("reserved-names")},
		{Name: "not in a file of reserved names", Env: env{"RESERVED_NAMES_FILE": "x"}, Files: env{"x": "Official\n"}, Want: byDefault},
		{Name: "not in a file of trusted operators", Env: env{"TRUSTED_OPERATORS_FILE": "x", "DEFAULT": "refuse"}, Files: env{"x": "bob\n"}, Want: refusedFor("default")},
		{Name: "an operator from a file of trusted ones", Env: env{"TRUSTED_OPERATORS_FILE": "x", "DEFAULT": "refuse"}, Files: env{"x": "leckie\n"}, Want: allowedBy("trusted-operators")},
		{Name: "an operator from a file of allowed ones", Env: env{"ALLOWED_OPERATORS_FILE": "x"}, Files: env{"x": "leckie\n"}, Want: byDefault},
		{Name: "trust comes before words", Env: env{"BANNED_WORDS": "spam", "TRUSTED_PLATFORMS": "RESTAPI"}, Topic: "spam", Want: allowedBy("trusted-platforms")},
	}
}

// refusals: what the user is told.
func refusals() []Scenario {
	with := func(e env) env {
		all := env{"BANNED_WORDS": "spam"}
		for k, v := range e {
			all[k] = v
		}
		return all
	}
	want := func(code int, message string) Want {
		return Want{Code: code, Message: message, Reason: "rule", Rule: "banned-words"}
	}
	long := strings.Repeat("界", 85) // 255 bytes
	return []Scenario{
		{Name: "a code brings the rule's own sentence", Env: with(env{"REFUSE_CODE": "10150"}), Topic: "spam", Want: want(10150, "This name contains a word that is not allowed. Ref "+policy.NoRef)},
		{Name: "a message brings a code that carries it", Env: with(env{"REFUSE_MESSAGE": "Sorry."}), Topic: "spam", Want: want(10100, "Sorry.")},
		{Name: "a code and a message", Env: with(env{"REFUSE_CODE": "10200", "REFUSE_MESSAGE": `Not "spam" & <co>, 朋友`}), Topic: "spam", Want: want(10200, `Not "spam" & <co>, 朋友`)},
		{Name: "code 1 may have a message", Env: with(env{"REFUSE_CODE": "1", "REFUSE_MESSAGE": "No."}), Topic: "spam", Want: want(1, "No.")},
		{Name: "code 1 has no sentence of its own", Env: with(env{"REFUSE_CODE": "1"}), Topic: "spam", Want: want(1, "")},
		{Name: "placeholders", Env: with(env{"REFUSE_MESSAGE": "{{operator}}: {{ word }} in {{name}}"}), Topic: "SP\u200bAM {{word}}", Want: want(10100, "leckie: spam in SPAM {{word}}")},
		{Name: "a reference", Env: with(env{"REFUSE_MESSAGE": "No. {{ref}}"}), Topic: "spam", Want: want(10100, "No. "+policy.NoRef)},
		{Name: "a reference, twice and amid", Env: with(env{"REFUSE_MESSAGE": "{{ref}}: no ({{ ref }})."}), Topic: "spam", Want: want(10100, policy.NoRef+": no ("+policy.NoRef+").")},
		{Name: "a reference of the default", Env: env{"DEFAULT": "refuse", "REFUSE_MESSAGE": "Closed: {{ref}}"}, Want: Want{Code: 10100, Message: "Closed: " + policy.NoRef, Reason: "default"}},
		{Name: "a reference that would be cut off", Env: with(env{"REFUSE_MESSAGE": long + "界{{ref}}"}), Topic: "spam", Want: want(10100, strings.Repeat("界", 81)+"… "+policy.NoRef)},
		{Name: "a reference is not for the allowed", Env: with(env{"REFUSE_MESSAGE": "No. {{ref}}"}), Want: byDefault},
		{Name: "a name like a reference", Env: with(env{"REFUSE_MESSAGE": "{{name}} {{ref}}"}), Topic: "spam {{ref}}", Want: want(10100, "spam {{ref}} "+policy.NoRef)},
		{Name: "a message from a file", Env: with(env{"REFUSE_MESSAGE_FILE": "m"}), Files: env{"m": "No.\n"}, Topic: "spam", Want: want(10100, "No.")},
		{Name: "a message from a file is not for the allowed", Env: with(env{"REFUSE_MESSAGE_FILE": "m"}), Files: env{"m": "No.\n"}, Want: byDefault},
		{Name: "a code is not for the allowed", Env: with(env{"REFUSE_CODE": "10150"}), Want: byDefault},
		{Name: "a message is not for the allowed", Env: with(env{"REFUSE_MESSAGE": "Sorry."}), Want: byDefault},
		{Name: "a message is cut on a character", Env: with(env{"REFUSE_MESSAGE": long + "界"}), Topic: "spam", Want: want(10100, long)},
		{Name: "a default refusal has a message too", Env: env{"DEFAULT": "refuse", "REFUSE_MESSAGE": "Closed."}, Want: Want{Code: 10100, Message: "Closed.", Reason: "default"}},
		{Name: "a default refusal has a sentence too", Env: env{"DEFAULT": "refuse", "REFUSE_CODE": "10101"}, Want: Want{Code: 10101, Message: "This cannot be created. Ref " + policy.NoRef, Reason: "default"}},
		{Name: "a failed signature has neither code nor message", Env: env{"TOKENS": oneToken, "REFUSE_CODE": "10150", "REFUSE_MESSAGE": "Sorry."}, Want: refusedFor("sign_missing")},
		{Name: "an error has neither code nor message", Body: None, Env: env{"REFUSE_CODE": "10150", "REFUSE_MESSAGE": "Sorry."}, Want: refusedFor("body")},
		{Name: "a group, governed", Command: group, Type: "Public", Env: env{"GOVERN": "topic,group", "BANNED_WORDS": "spam"}, Topic: "spam", Want: want(1, "")},
		{Name: "a group, governed, clean", Command: group, Type: "Public", Env: env{"GOVERN": "group"}, Want: byDefault},
	}
}

func dryRuns() []Scenario {
	dry := func(e env) env { e["MODE"] = "dry_run"; return e }
	would := func(want Want, what string) Want { want.WouldRefuse = []string{what}; return want }
	return []Scenario{
		{Name: "dry run of a rule", Env: dry(env{"BANNED_WORDS": "spam"}), Topic: "spam", Want: would(allowedBy("banned-words"), "banned-words")},
		{Name: "dry run of the default", Env: dry(env{"DEFAULT": "refuse"}), Want: would(byDefault, "default")},
		{Name: "dry run of another app", Env: dry(env{}), Query: "SdkAppid=1&CallbackCommand=" + string(chat.BeforeCreateTopic), Want: would(Want{Reason: "sdk_app_id"}, "sdk_app_id")},
		{Name: "dry run of an allowed name", Env: dry(env{"BANNED_WORDS": "spam"}), Want: byDefault},
		{Name: "enforce, said aloud", Env: env{"MODE": "enforce", "BANNED_WORDS": "spam"}, Topic: "spam", Want: refusedBy("banned-words")},
		{Name: "default, said aloud", Env: env{"DEFAULT": "allow"}, Want: byDefault},
		{Name: "on_error, said aloud", Env: env{"ON_ERROR": "refuse"}, Body: None, Want: refusedFor("body")},
		{Name: "on_error has no say over a decision", Env: env{"ON_ERROR": "refuse"}, Want: byDefault},
	}
}

// logging: no setting of the log changes a verdict.
func logging() []Scenario {
	settings := []env{
		{"LOG_LEVEL": "debug"},
		{"LOG_PERSONAL": "full"},
		{"LOG_PERSONAL": "hash", "LOG_KEY": "a long random text"},
		{"LOG_PERSONAL": "hash", "LOG_KEY_FILE": "key"},
		{"LOG_PERSONAL": "off"},
		{"ADDR": "127.0.0.1:0"},
		{"METRICS_ADDR": "127.0.0.1:0"},
		{"MAX_CONNECTIONS": "3"},
	}
	var all []Scenario
	for i, setting := range settings {
		setting["BANNED_WORDS"] = "spam"
		label := string(rune('a' + i))
		files := env{"key": "a long random text\n"}
		all = append(all,
			Scenario{Name: "log setting " + label + ", allowed", Env: setting, Files: files, Want: byDefault},
			Scenario{Name: "log setting " + label + ", refused", Env: setting, Files: files, Topic: "spam", Want: refusedBy("banned-words")},
		)
	}
	return all
}

// wire: shapes that Chat and what stands before us have been seen to send.
func wire() []Scenario {
	const topic = string(chat.BeforeCreateTopic)
	return []Scenario{
		{Name: "spellings of the vendor's samples", Query: "SDKAppID=" + App + "&callbackcommand=" + topic + "&contenttype=JSON&clientip=&optplatform=IPad", Want: byDefault},
		{Name: "another order, and parameters of one's own", Query: "room=7&OptPlatform=Web&CallbackCommand=" + topic + "&SdkAppid=" + App, Want: byDefault},
		{Name: "a malformed escape in a foreign parameter", Extra: "room=%zz&%=1&a;b=%", Want: byDefault},
		{Name: "a malformed escape in the app", Query: "SdkAppid=%zz&CallbackCommand=" + topic, Want: refusedFor("sdk_app_id")},
		{Name: "an escaped command", Query: "SdkAppid=" + App + "&CallbackCommand=Group%2eCallbackBeforeCreateTopic", Want: byDefault},
		{Name: "empty pairs in the query", Query: "&&SdkAppid=" + App + "&&CallbackCommand=" + topic + "&", Want: byDefault},
		{Name: "unknown fields in the body", Body: `{"CallbackCommand":"` + topic + `","EventTime":"1670574414123","Operator_Account":"leckie","MemberList":[{"Member_Account":"bob"}],"Name":"x","New":{"a":[1,2,{}]}}`, Want: byDefault},
		{Name: "white space around the body", Body: " \r\n\t{\"Name\" : \"x\", \"Operator_Account\" : \"y\"} \n", Want: byDefault},
		{Name: "escapes in the body", Env: env{"BANNED_WORDS": "spam"}, Body: `{"Name":"\u0073p\u0061m","Operator_\u0041ccount":"y"}`, Want: refusedBy("banned-words")},
		{Name: "a name that is not UTF-8", Env: env{"BANNED_WORDS": "spam"}, Body: "{\"Name\":\"\xff\xfespam\xc3\",\"Operator_Account\":\"y\"}", Want: refusedBy("banned-words")},
		{Name: "a lone surrogate and a NUL", Env: env{"NAME_MAX_CHARS": "40"}, Body: `{"Name":"\ud83d \u0000","Operator_Account":"y"}`, Want: byDefault},
	}
}
