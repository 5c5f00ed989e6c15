package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
)

// SchemaJSON is a JSON Schema of the language, for editors. It is made from the types
// that the loader reads into, so that it cannot know other keys. What only compiling
// finds, it does not: patterns, globs, addresses, zones.
func SchemaJSON() []byte {
	s := schema{definitions: map[string]any{
		"list": object{"anyOf": []any{
			object{"type": []string{"string", "number"}, "description": "the name of a list under lists"},
			object{"type": "array", "minItems": 1, "items": itemSchema()},
		}},
	}}
	root := s.of(reflect.TypeFor[Spec](), "")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "topicgate policy"
	root["properties"].(object)["lists"] = object{
		"description": "Lists by name: in place, or in a file with one item a line. A rule uses one by its name.",
		"type":        "object",
		"additionalProperties": object{"anyOf": []any{
			object{"type": "array", "items": itemSchema()},
			object{
				"type": "object", "required": []string{"file"}, "additionalProperties": false,
				"properties": object{"file": object{"type": "string", "minLength": 1, "description": "A UTF-8 file, relative to the policy file."}},
			},
		}},
	}
	root["$defs"] = s.definitions
	var encoded bytes.Buffer
	e := json.NewEncoder(&encoded)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic(err) // maps, slices, strings and numbers
	}
	return encoded.Bytes()
}

type object = map[string]any

type schema struct{ definitions map[string]any }

// itemSchema is an item of a list: an SDKAppID may be written as a number.
func itemSchema() object { return object{"type": []string{"string", "number"}} }

// A key is what the schema says of one key beyond its type.
type key struct {
	about    string
	enum     []string // the texts that it may hold; the compiler checks the same
	required bool
	more     object
}

// keys describes every key, by its type and name; a test fails when one is missing.
var keys = map[string]key{
	"Spec.version":  {about: "The version of this language.", more: object{"const": Version}},
	"Spec.govern":   {about: "What is decided (default: [topic]).", enum: []string{string(Topic), string(Group)}, more: object{"minItems": 1}},
	"Spec.mode":     {about: "enforce (default), or dry_run: log what would be refused, refuse nothing.", enum: []string{string(Enforce), string(DryRun)}},
	"Spec.default":  {about: "What happens when no rule matches (default: allow).", enum: []string{string(Allow), string(Refuse)}},
	"Spec.on_error": {about: "What happens when nothing can be decided (default: refuse).", enum: []string{string(Allow), string(Refuse)}},
	"Spec.refusal":  {about: "Code and message of refusals that have none of their own."},
	"Spec.rules":    {about: "The rules, in order: the first that matches decides."},

	"Refusal.code":    {about: "1, with which Chat shows a text of its own, or 10100 to 10200, which reaches the user (default: 10100 with a message, else 1).", more: codeSchema},
	"Refusal.message": {about: messageAbout},

	"Rule.name":    {about: "Unique, in kebab-case: the rule's name in the log.", required: true, more: object{"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}},
	"Rule.match":   {about: "Conditions that must all hold; left out, the rule always matches."},
	"Rule.quota":   {about: "Lets so many through, then matches. For rules that refuse."},
	"Rule.action":  {about: "What becomes of a creation that matches.", enum: []string{string(Allow), string(Refuse)}, required: true},
	"Rule.code":    {about: "Code of this refusal: 1, or 10100 to 10200.", more: codeSchema},
	"Rule.message": {about: messageAbout},
	"Rule.mode":    {about: "dry_run: log what this rule would do, and go on with the next.", enum: []string{string(Enforce), string(DryRun)}},

	"Match.command":   {about: "What is to be created: topic or group."},
	"Match.app":       {about: "The SDKAppID."},
	"Match.type":      {about: "The type of the group: Community, Public, … Without case."},
	"Match.platform":  {about: "From where: RESTAPI, Web, iOS, Android, Windows, Mac, … Without case."},
	"Match.operator":  {about: "The UserID that asks, in exact case. Globs: * is any text, ? any character, \\ takes the next one literally."},
	"Match.client_ip": {about: "The end user's address: addresses and CIDRs. It is often absent for RESTAPI; absent, it is in no list."},
	"Match.name":      {about: "The name that is asked for."},
	"Match.time":      {about: "When it is asked."},
	"Match.all":       {about: "Matches that must all hold.", more: object{"minItems": 1}},
	"Match.any":       {about: "Matches of which one must hold.", more: object{"minItems": 1}},
	"Match.not":       {about: "A match that must not hold."},

	"OneOf.in":     {about: "Holds for what is in the list."},
	"OneOf.not_in": {about: "Holds for what is not in the list."},

	"Name.length_outside":    {about: "Holds for a name that violates any of the bounds."},
	"Name.matches":           {about: "A regular expression (RE2) that is found anywhere in the name.", more: object{"minLength": 1}},
	"Name.not_matches":       {about: "A regular expression (RE2) that is found nowhere in the name.", more: object{"minLength": 1}},
	"Name.folded":            {about: "matches and not_matches look at the folded name: lower case, full-width as ASCII, traditional as simplified."},
	"Name.contains":          {about: "Words, compared folded: case, width, traditional characters, accents and invisible characters do not matter."},
	"Name.unless_contains":   {about: "Longer words in which a hit of contains is excused: classic for ass."},
	"Name.whole_word":        {about: "A hit of contains counts only with no letter or digit beside it; Han characters always bound."},
	"Name.ignore_separators": {about: "White space, punctuation and symbols inside a word of contains do not count."},
	"Name.look_alikes":       {about: "Letters of other scripts that look Latin count as Latin in contains."},
	"Name.resembles":         {about: "Names that no whole name may be taken for."},
	"Name.invisible":         {about: "Holds for a name with characters that nobody sees; not those that hold an emoji or a script together."},
	"Name.scripts_not_in":    {about: "Unicode scripts; holds for a name with a letter of any other.", more: object{"minItems": 1, "examples": []any{[]string{"Han", "Latin"}}}},

	"Length.min_chars": {about: "Fewest characters, as a user counts them.", more: object{"minimum": 0}},
	"Length.max_chars": {about: "Most characters, as a user counts them.", more: object{"minimum": 0}},
	"Length.max_bytes": {about: "Most bytes of UTF-8; a Chinese character takes three.", more: object{"minimum": 0}},

	"Time.between": {about: "A window such as 23:00-07:00, its end excluded. Past midnight it belongs to the day on which it starts."},
	"Time.days":    {about: "The days on which the window starts.", enum: weekdays[:], more: object{"minItems": 1}},
	"Time.zone":    {about: "An IANA time zone such as Asia/Shanghai (default: UTC)."},

	"Quota.limit":          {about: "How many creations a window lets through.", required: true, more: object{"minimum": 1}},
	"Quota.window":         {about: "How long a window lasts, from 1s to 744h: 90s, 1h.", required: true},
	"Quota.per":            {about: "Whose creations are counted together (default: operator).", enum: []string{PerOperator, PerClientIP, PerApp}},
	"Quota.if_unavailable": {about: "What happens when nobody can count: skip the rule (default), or refuse.", enum: []string{SkipRule, RefuseRule}},
}

const messageAbout = "What the user reads. It may use {{word}}, {{name}}, {{operator}} and, beside a quota, {{limit}}."

var codeSchema = object{"anyOf": []any{object{"const": CodeRefused}, object{"minimum": CodeMin, "maximum": CodeMax}}}

// modified are the keys that mean something only beside another.
var modified = map[string]any{
	"Name": map[string][]string{
		"unless_contains": {"contains"}, "whole_word": {"contains"}, "ignore_separators": {"contains"}, "look_alikes": {"contains"},
	},
}

// of is the schema of a type; where is the key that has it.
func (s *schema) of(t reflect.Type, where string) object {
	switch {
	case t == listType:
		return object{"$ref": "#/$defs/list"}
	case t == durationType:
		return object{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, "examples": []string{"90s", "1h"}}
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem(), where)
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem(), where)}
	case t.Kind() == reflect.Struct && where != "":
		name := strings.ToLower(t.Name())
		if _, known := s.definitions[name]; !known {
			s.definitions[name] = nil // it may hold itself
			s.definitions[name] = s.structure(t)
		}
		return object{"$ref": "#/$defs/" + name}
	case t.Kind() == reflect.Struct:
		return s.structure(t)
	case t.Kind() == reflect.Int:
		return object{"type": "integer"}
	case t.Kind() == reflect.Bool:
		return object{"type": "boolean"}
	}
	text := object{"type": "string"}
	if enum := keys[where].enum; enum != nil {
		text["enum"] = enum
	}
	return text
}

func (s *schema) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i, field := range (fields{}).of(t) {
		name := field.key
		about := keys[t.Name()+"."+name]
		property := s.of(t.Field(i).Type, t.Name()+"."+name)
		property["description"] = about.about
		maps.Copy(property, about.more)
		properties[name] = property
		if about.required {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	if others := modified[t.Name()]; others != nil {
		out["dependentRequired"] = others
	}
	if t.Name() != "Spec" && t.Name() != "Refusal" {
		out["minProperties"] = 1 // an empty one is a slip
	}
	return out
}
