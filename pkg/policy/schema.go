package policy

import (
	"encoding/json"
	"reflect"
	"strings"
)

// SchemaJSON is a JSON Schema of the language, for editors. It is made from the types
// that the loader reads into, so that it cannot know other keys.
func SchemaJSON() []byte {
	s := schema{definitions: map[string]any{
		"list": object{
			"description": "a list in place, or the name of one under lists",
			"anyOf":       []any{textSchema(), object{"type": "array", "minItems": 1, "items": itemSchema()}},
		},
	}}
	root := s.of(reflect.TypeFor[Spec](), "")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "topicgate policy"
	root["properties"].(object)["lists"] = object{
		"type": "object",
		"additionalProperties": object{"anyOf": []any{
			object{"type": "array", "items": itemSchema()},
			object{"type": "object", "properties": object{"file": textSchema()}, "required": []string{"file"}, "additionalProperties": false},
		}},
	}
	root["$defs"] = s.definitions
	encoded, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // maps, slices and strings
	}
	return append(encoded, '\n')
}

type object = map[string]any

type schema struct{ definitions map[string]any }

func textSchema() object { return object{"type": "string"} }

// itemSchema is an item of a list: an SDKAppID may be written as a number.
func itemSchema() object { return object{"type": []string{"string", "number"}} }

// enums are the texts that a field may hold, by its path in the types; the compiler
// checks the same.
var enums = map[string][]string{
	"Spec.govern":          {string(Topic), string(Group)},
	"Spec.mode":            {string(Enforce), string(DryRun)},
	"Spec.default":         {string(Allow), string(Refuse)},
	"Spec.on_error":        {string(Allow), string(Refuse)},
	"Rule.action":          {string(Allow), string(Refuse)},
	"Rule.mode":            {string(Enforce), string(DryRun)},
	"Quota.per":            {PerOperator, PerClientIP, PerApp},
	"Quota.if_unavailable": {SkipRule, RefuseRule},
	"Time.days":            weekdays[:],
}

// required are the keys that must be there.
var required = map[string][]string{
	"Rule":  {"name", "action"},
	"Quota": {"limit", "window"},
}

// of is the schema of a type; where is the path of the field that has it.
func (s *schema) of(t reflect.Type, where string) object {
	switch {
	case t == listType:
		return object{"$ref": "#/$defs/list"}
	case t == durationType:
		return object{"type": "string", "examples": []string{"90s", "1h"}}
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
	text := textSchema()
	if enum, ok := enums[where]; ok {
		text["enum"] = enum
	}
	return text
}

func (s *schema) structure(t reflect.Type) object {
	properties := object{}
	for i := range t.NumField() {
		name := jsonName(t.Field(i))
		properties[name] = s.of(t.Field(i).Type, t.Name()+"."+name)
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if keys := required[t.Name()]; keys != nil {
		out["required"] = keys
	}
	return out
}
