package policyfile

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"topicgate/pkg/policy"
)

// SchemaJSON is a JSON Schema of the language, for editors. It is made from the types
// that the loader reads into, so that it cannot know other keys, and from what package
// policy says of each key. What only compiling
// finds, it does not: patterns, globs, addresses, zones.
func SchemaJSON() []byte {
	s := schema{definitions: map[string]any{
		"list": object{"anyOf": []any{
			object{"type": []string{"string", "number"}, "description": "the name of a list under lists"},
			object{"type": "array", "minItems": 1, "items": itemSchema()},
		}},
	}}
	root := s.structure(reflect.TypeFor[policy.Spec](), spot{})
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

// scopes are the types whose keys have paths of their own.
var scopes = map[reflect.Type][]policy.Key{
	reflect.TypeFor[policy.Spec]():  policy.SettingsKeys(),
	reflect.TypeFor[policy.Rule]():  policy.RuleKeys(),
	reflect.TypeFor[policy.Match](): policy.MatchKeys(),
}

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
		return object{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, "examples": []string{"90s", "1h"}}
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
	case t.Kind() == reflect.Int:
		return object{"type": "integer"}
	case t.Kind() == reflect.Bool:
		return object{"type": "boolean"}
	}
	text := object{"type": "string"}
	if enum := at.key().Enum; enum != nil {
		text["enum"] = enum
	}
	return text
}

func (s *schema) structure(t reflect.Type, at spot) object {
	if keys, ok := scopes[t]; ok {
		at = spot{keys: keys}
	}
	properties, required, modified := object{}, []string{}, map[string][]string{}
	for i, field := range (fields{}).of(t) {
		if field.key == unwritten {
			continue
		}
		below := spot{at.keys, at.path.Key(field.key)}
		key := below.key()
		property := s.of(t.Field(i).Type, below)
		property["description"] = key.About
		maps.Copy(property, key.Schema)
		properties[field.key] = property
		if key.Required {
			required = append(required, field.key)
		}
		if key.Modifies != "" {
			modified[field.key] = []string{key.Modifies}
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	if len(modified) > 0 {
		out["dependentRequired"] = modified
	}
	if t != reflect.TypeFor[policy.Spec]() && t != reflect.TypeFor[policy.Refusal]() {
		out["minProperties"] = 1 // an empty one is a slip
	}
	return out
}
