package policyfile

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"topicgate/pkg/policy"
)

// beyondSchema is what the loader refuses though a schema has nothing against it. A test
// holds both to it.
const beyondSchema = "Only topicgate finds: regular expressions, globs, addresses, hosts, exempt words with a star, invisible characters, time zones, dates, times, times of day and windows of time that are none; " +
	"commands, scripts and placeholders that are not known; rules of one name, and of one share that count differently; lists and files that are not there; " +
	"words and names of which nothing is left once folded; bounds that no name is within; expressions and globs that take too long; matches nested deeper than anybody reads; anchors, aliases, tags, merge keys, keys written twice, " +
	"and numbers that YAML 1.1 and 1.2 read differently."

// SchemaJSON is a JSON Schema of the language, for editors. It is made from the types
// that the loader reads into, so that it cannot know other keys, and from what package
// policy says of each key. What only loading and compiling find, it says itself.
func SchemaJSON() []byte {
	s := schema{definitions: map[string]any{
		"list": object{"anyOf": []any{
			object{"type": []string{"string", "number"}, "description": "the name of a list under lists"},
			object{"type": "array", "minItems": 1, "items": itemSchema()},
		}},
	}}
	root := s.structure(reflect.TypeFor[policy.Spec](), spot{})
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
	return s.encode(root, "topicgate policy", "A policy of topicgate. "+beyondSchema)
}

// CasesSchemaJSON is a JSON Schema of files of cases.
func CasesSchemaJSON() []byte {
	s := schema{definitions: map[string]any{}}
	return s.encode(s.structure(reflect.TypeFor[casesFile](), spot{}), "topicgate cases",
		"What a policy must make of creations: topicgate test CASES.yaml. Only topicgate finds times that no calendar has.")
}

func (s *schema) encode(root object, title, description string) []byte {
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"], root["description"] = title, description
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

// scopes are the types whose keys have paths of their own.
var scopes = sync.OnceValue(func() map[reflect.Type][]policy.Key {
	return map[reflect.Type][]policy.Key{
		reflect.TypeFor[policy.Spec]():  policy.SettingsKeys,
		reflect.TypeFor[policy.Rule]():  policy.RuleKeys,
		reflect.TypeFor[policy.Match](): policy.MatchKeys(),
		reflect.TypeFor[policy.Text]():  policy.TextKeys(),
		reflect.TypeFor[casesFile]():    casesKeys,
		reflect.TypeFor[Case]():         caseKeys,
		reflect.TypeFor[wantFields]():   wantKeys,
	}
})

// A spot is a key in its scope.
type spot struct {
	keys []policy.Key
	path policy.Path
}

// key is what people are told of the key here.
func (s spot) key() policy.Key {
	i := slices.IndexFunc(s.keys, func(key policy.Key) bool { return slices.Equal(key.Path, s.path) })
	if i < 0 {
		return policy.Key{}
	}
	return s.keys[i]
}

// of is the schema of a type at a key.
func (s *schema) of(t reflect.Type, at spot) object {
	switch {
	case t == listType:
		return object{"$ref": "#/$defs/list"}
	case t == durationType:
		return object{"type": "string", "minLength": 1, "pattern": policy.DurationPattern, "examples": []string{"90s", "1h", policy.Day.String()}}
	case t == freezeType:
		return object{"anyOf": []any{object{"type": "boolean"}, object{"type": "string", "pattern": policy.TimePattern}}}
	case t == textType && at.keys != nil:
		return object{"anyOf": []any{object{"type": "string", "minLength": 1}, s.of(t, spot{})}}
	case t == wantType:
		return object{"anyOf": []any{object{"enum": []policy.Action{policy.Allow, policy.Refuse}}, s.of(reflect.TypeFor[wantFields](), at)}}
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem(), at)
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem(), at)}
	case t.Kind() == reflect.Struct:
		name := strings.ToLower(t.Name())
		if _, known := s.definitions[name]; !known {
			s.definitions[name] = nil // it may hold itself
			s.definitions[name] = s.structure(t, at)
		}
		return object{"$ref": "#/$defs/" + name}
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": object{"type": "integer", "minimum": 1, "maximum": most}}
	case t.Kind() == reflect.Int:
		return object{"type": "integer", "minimum": -most, "maximum": most}
	case t.Kind() == reflect.Bool:
		return object{"type": "boolean"}
	}
	switch key := at.key(); {
	case key.Enum != nil && key.AnyCase: // first the texts that an editor offers
		return object{"type": "string", "anyOf": []any{object{"enum": key.Enum}, object{"pattern": inAnyCase(key.Enum)}}}
	case key.Enum != nil:
		return object{"type": "string", "enum": key.Enum}
	}
	return object{"type": "string"}
}

// inAnyCase is a regular expression of some words, in letters of either case.
func inAnyCase(words []string) string {
	var b strings.Builder
	for i, word := range words {
		if i > 0 {
			b.WriteByte('|')
		}
		for _, letter := range word {
			b.WriteString("[" + string(letter) + strings.ToUpper(string(letter)) + "]")
		}
	}
	return "^(" + b.String() + ")$"
}

// structure is the schema of a struct, at the key where it is met first.
func (s *schema) structure(t reflect.Type, at spot) object {
	if keys, ok := scopes()[t]; ok {
		at = spot{keys: keys}
	}
	properties, dependent := object{}, object{}
	var required []string
	var conditions []any // of which one must be there, so that it is not empty
	kinds := map[string]reflect.Kind{}
	for _, field := range fieldsOf(t) {
		kinds[field.key] = t.Field(field.index).Type.Kind()
	}
	for _, field := range fieldsOf(t) {
		of := t.Field(field.index).Type
		below := spot{at.keys, at.path.Key(field.key)}
		key := below.key()
		property := s.of(of, below)
		property["description"] = key.About
		if field.omitZero && of.Kind() == reflect.String && key.Enum == nil {
			property["minLength"] = 1
		}
		maps.Copy(property, key.Schema)
		properties[field.key] = property
		if key.Required {
			required = append(required, field.key)
		}
		if key.Modifies != nil {
			dependent[field.key] = oneRequired(key.Modifies, field.key, kinds)
			continue
		}
		conditions = append(conditions, there(field.key, kinds))
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	switch {
	case len(dependent) > 0 && len(required) == 0:
		out["dependentSchemas"], out["anyOf"] = dependent, conditions
	case len(dependent) > 0:
		out["dependentSchemas"] = dependent
	case t != reflect.TypeFor[policy.Spec]() && t != reflect.TypeFor[policy.Refusal]():
		out["minProperties"] = 1 // an empty one is a slip
	}
	if t == reflect.TypeFor[policy.Rule]() {
		acts := func(how object) object {
			return object{"required": []string{"action"}, "properties": object{"action": how}}
		}
		out["allOf"] = []any{
			object{ // what belongs to a refusal
				"if":   acts(object{"enum": []policy.Action{policy.Allow, policy.Flag}}),
				"then": object{"properties": object{"code": false, "message": false, "quota": false}},
			},
			object{ // what refuses nothing anyway
				"if":   acts(object{"const": policy.Flag}),
				"then": object{"properties": object{"mode": object{"const": policy.Enforce}}},
			},
		}
	}
	if t == reflect.TypeFor[policy.Quota]() { // what belongs beside one value of another key
		beside := func(key, value string) object {
			return object{"required": []string{key}, "properties": object{key: object{"const": value}}}
		}
		out["dependentSchemas"] = object{"exempt": beside("per", policy.PerName), "zone": beside("window", policy.Day.String())}
	}
	return out
}

// there asks for a key; false says no more than nothing does.
func there(key string, kinds map[string]reflect.Kind) object {
	asked := object{"required": []string{key}}
	if kinds[key] == reflect.Bool {
		asked["properties"] = object{key: object{"const": true}}
	}
	return asked
}

// oneRequired asks for one of the keys that a key modifies; false modifies nothing.
func oneRequired(keys []string, modifier string, kinds map[string]reflect.Kind) object {
	var ways []any
	for _, key := range keys {
		ways = append(ways, there(key, kinds))
	}
	if kinds[modifier] == reflect.Bool {
		ways = append(ways, object{"properties": object{modifier: object{"const": false}}})
	}
	return object{"anyOf": ways}
}
