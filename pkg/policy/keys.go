package policy

const kebabPattern = "^[a-z0-9]+(-[a-z0-9]+)*$"

const messageAbout = "What the user reads: a text, or texts by language. It may use {{word}}, {{name}}, {{operator}}, {{ref}} and, beside a quota, {{limit}}."

var (
	codeSchema  = map[string]any{"anyOf": []any{map[string]any{"const": CodeRefused}, map[string]any{"minimum": CodeMin, "maximum": CodeMax}}}
	atLeastOne  = map[string]any{"minItems": 1}
	kebabSchema = map[string]any{"pattern": kebabPattern, "not": map[string]any{"const": FreezeRule}}
	untilSchema = map[string]any{"pattern": datePattern + "|" + TimePattern, "examples": []string{"2026-01-31", "2026-01-31T18:30:00Z"}}
	modes       = Strings([]Mode{Enforce, DryRun})
	actions     = Strings([]Action{Allow, Refuse})
	ruleActions = Strings([]Action{Allow, Refuse, Flag})
	perWhat     = []string{PerOperator, PerClientIP, PerApp, PerName}

	// SettingsKeys are the keys that stand outside the rules, by their paths in a policy.
	SettingsKeys = []Key{
		{Path: PathOf("version"), About: "The version of this language.", Schema: map[string]any{"const": Version}},
		{Path: PathOf("govern"), About: "What is decided (default: [topic]).", Enum: Strings(Subjects[:]), Schema: atLeastOne},
		{Path: PathOf("mode"), About: "enforce (default), or dry_run: log what would be refused, refuse nothing.", Enum: modes},
		{Path: PathOf("freeze"), About: "true, or until which time (RFC 3339): nothing is created but what a rule allows (default: false)."},
		{Path: PathOf("default"), About: "What happens when no rule matches (default: allow).", Enum: actions},
		{Path: PathOf("on_error"), About: "What happens when nothing can be decided (default: refuse).", Enum: actions},
		{Path: PathOf("refusal"), About: "Code and message of refusals that have none of their own."},
		{Path: PathOf("refusal", "code"), About: "1, with which Chat shows a text of its own, or 10100 to 10200, which reaches the user (default: 10100 with a message, else 1).", Schema: codeSchema},
		{Path: PathOf("refusal", "message"), About: messageAbout},
		{Path: PathOf("rules"), About: "The rules, in order: the first that matches decides."},
	}

	// RuleKeys are the keys of a rule, by their paths in it; those of its match aside.
	RuleKeys = []Key{
		{Path: PathOf("name"), About: "Unique, in kebab-case: the rule's name in the log.", Required: true, Schema: kebabSchema},
		{Path: PathOf("match"), About: "Conditions that must all hold; left out, the rule always matches."},
		{Path: PathOf("quota"), About: "Lets so many through, then matches. For rules that refuse."},
		{Path: PathOf("action"), About: "What becomes of a creation that matches. flag decides nothing: it marks in the log, and goes on.", Enum: ruleActions, Required: true},
		{Path: PathOf("code"), About: "Code of this refusal: 1, or 10100 to 10200.", Schema: codeSchema},
		{Path: PathOf("message"), About: messageAbout},
		{Path: PathOf("mode"), About: "dry_run: log what this rule would do, and go on with the next.", Enum: modes},
		{Path: PathOf("until"), About: "The last day on which the rule is asked, or an RFC 3339 time from which on it is not.", Schema: untilSchema},
		{Path: PathOf("zone"), About: "The IANA time zone in which the day of until ends, such as Asia/Shanghai (default: UTC).", Modifies: []string{"until"}},
		{Path: PathOf("note"), About: "For people: why the rule is here. It changes nothing, nor the digest."},

		{Path: PathOf("quota", "limit"), About: "How many creations a window lets through.", Required: true, Schema: positive},
		{Path: PathOf("quota", "window"), About: "How long a window lasts, from 1s to 744h: 90s, 1h. Or day, the calendar day.", Required: true},
		{Path: PathOf("quota", "zone"), About: "Whose calendar day, as an IANA time zone such as Asia/Shanghai (default: UTC). Beside window: day."},
		{Path: PathOf("quota", "per"), About: "What is counted together (default: operator). Of client_ip, IPv6 addresses of one /64 are one; of name, all variations of one text.", Enum: perWhat},
		{Path: PathOf("quota", "exempt"), About: "Names that many have, such as general, which are not counted, in all their variations. Beside per: name."},
		{Path: PathOf("quota", "share"), About: "Rules with one share have one count, of which a creation takes one unit, however many of them it meets. They need the same per and window.", Schema: kebabSchema},
		{Path: PathOf("quota", "if_unavailable"), About: "What happens when nobody can count: skip the rule (default), or refuse.", Enum: []string{SkipRule, RefuseRule}},
	}

	groupKeys = []Key{
		{Path: PathOf("name"), About: "The name that is asked for."},
		{Path: PathOf("all"), About: "Matches that must all hold.", Schema: atLeastOne,
			Example: "all: [{platform: {in: [Web]}}, {name: {contains: [spam]}}]", Holds: "what all of them hold for"},
		{Path: PathOf("any"), About: "Matches of which one must hold.", Schema: atLeastOne,
			Example: "any: [{operator: {in: [bob]}}, {platform: {in: [Web]}}]", Holds: "what one of them holds for"},
		{Path: PathOf("not"), About: "A match that must not hold.",
			Example: "not: {platform: {in: [RESTAPI]}}", Holds: "what it does not hold for"},
	}
)

// TextKeys are the keys of a text by language.
func TextKeys() []Key {
	var keys []Key
	for _, l := range languages {
		keys = append(keys, Key{Path: PathOf(l.key), About: "For names in " + l.about + "."})
	}
	return append(keys, Key{Path: PathOf("default"), About: "For names in any other writing, Latin letters among them, and for languages that have no text here.", Required: true})
}

// MatchKeys are the keys of a match, by their paths in it.
func MatchKeys() []Key {
	var keys []Key
	for _, condition := range Conditions {
		keys = append(keys, condition.Keys...)
	}
	return append(keys, groupKeys...)
}
