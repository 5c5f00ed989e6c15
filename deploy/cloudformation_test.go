package deploy_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Templates are read as plain values: maps, slices and strings, whatever YAML takes a
// scalar for. A tag of CloudFormation's becomes its long form: !Ref X is {Ref: X}.
type object = map[string]any

func parseYAML(text string) (object, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 {
		return nil, fmt.Errorf("%d documents", len(document.Content))
	}
	top, ok := plain(document.Content[0]).(object)
	if !ok {
		return nil, fmt.Errorf("no mapping at the top")
	}
	return top, nil
}

func plain(n *yaml.Node) any {
	var value any
	switch n.Kind {
	case yaml.MappingNode:
		m := object{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		value = m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, plain(item))
		}
		value = list
	default:
		value = n.Value
	}
	tag, tagged := strings.CutPrefix(n.Tag, "!")
	switch {
	case !tagged || strings.HasPrefix(tag, "!"):
		return value
	case tag == "Ref":
		return object{"Ref": value}
	}
	return object{"Fn::" + tag: value}
}

// at follows keys; it is nil where they lead nowhere.
func at(value any, path ...string) any {
	for _, key := range path {
		m, ok := value.(object)
		if !ok {
			return nil
		}
		value = m[key]
	}
	return value
}

// text is the string that keys lead to, or "".
func text(value any, path ...string) string {
	s, _ := at(value, path...).(string)
	return s
}

// child is the mapping that keys lead to, or an empty one.
func child(value any, path ...string) object {
	m, _ := at(value, path...).(object)
	return m
}

// liveAlias is the alias that the canary's front doors call.
const liveAlias = "live"

// A stack is a CloudFormation template with its parameters filled in.
type stack struct {
	template   object
	parameters map[string]string
	problems   []string
}

func newStack(template object, given map[string]string) *stack {
	s := &stack{template: template, parameters: map[string]string{}}
	for name := range child(template, "Parameters") {
		s.parameters[name] = text(template, "Parameters", name, "Default")
		if value, ok := given[name]; ok {
			s.parameters[name] = value
		}
	}
	return s
}

func (s *stack) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// holds evaluates a condition.
func (s *stack) holds(condition any) bool {
	m, ok := condition.(object)
	if !ok || len(m) != 1 {
		s.problem("not a condition: %v", condition)
		return false
	}
	for function, argument := range m {
		list, _ := argument.([]any)
		switch {
		case function == "Fn::Equals" && len(list) == 2:
			return s.resolve(list[0]) == s.resolve(list[1])
		case function == "Fn::Not" && len(list) == 1:
			return !s.holds(list[0])
		case function == "Fn::Condition":
			return s.named(fmt.Sprint(argument))
		}
		s.problem("unknown condition: %s", function)
	}
	return false
}

func (s *stack) named(condition string) bool {
	c := at(s.template, "Conditions", condition)
	if c == nil {
		s.problem("no such condition: %s", condition)
		return false
	}
	return s.holds(c)
}

// active are the names of the resources of a type that the stack has, sorted.
func (s *stack) active(kind string) []string {
	var names []string
	for name := range child(s.template, "Resources") {
		if text(s.template, "Resources", name, "Type") == kind && s.exists(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *stack) exists(resource string) bool {
	if at(s.template, "Resources", resource) == nil {
		return false
	}
	condition := text(s.template, "Resources", resource, "Condition")
	return condition == "" || s.named(condition)
}

// properties are those of a resource, resolved.
func (s *stack) properties(resource string) object {
	properties, _ := s.resolve(at(s.template, "Resources", resource, "Properties")).(object)
	return properties
}

// violated are the rules that forbid to deploy with these parameters, sorted.
func (s *stack) violated() []string {
	var names []string
	for name := range child(s.template, "Rules") {
		rule := child(s.template, "Rules", name)
		if condition, ok := rule["RuleCondition"]; ok && !s.holds(condition) {
			continue
		}
		assertions, _ := rule["Assertions"].([]any)
		for _, assertion := range assertions {
			if !s.holds(at(assertion, "Assert")) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

var substitution = regexp.MustCompile(`\$\{([^}]+)\}`)

// resolve puts values in the place of functions: a parameter's value, <X> for the
// resource X, <X.Arn> for what it has, and nil for AWS::NoValue.
func (s *stack) resolve(value any) any {
	switch v := value.(type) {
	case []any:
		list := []any{}
		for i := range v {
			if item := s.resolve(v[i]); item != nil { // AWS::NoValue leaves an item out
				list = append(list, item)
			}
		}
		return list
	case object:
		if len(v) == 1 {
			for function, argument := range v {
				if function == "Ref" || strings.HasPrefix(function, "Fn::") {
					return s.call(function, argument)
				}
			}
		}
		m := object{}
		for key := range v {
			if item := s.resolve(v[key]); item != nil { // AWS::NoValue leaves a key out
				m[key] = item
			}
		}
		return m
	}
	return value
}

func (s *stack) call(function string, argument any) any {
	switch list, _ := argument.([]any); {
	case function == "Ref":
		return s.reference(fmt.Sprint(argument))
	case function == "Fn::GetAtt" && len(list) == 2: // the long form, as in JSON
		return s.reference(fmt.Sprint(list[0], ".", list[1]))
	case function == "Fn::GetAtt":
		return s.reference(fmt.Sprint(argument))
	case function == "Fn::Sub":
		return substitution.ReplaceAllStringFunc(fmt.Sprint(argument), func(name string) string {
			return fmt.Sprint(s.reference(name[2 : len(name)-1]))
		})
	case function == "Fn::If" && len(list) == 3:
		if s.named(fmt.Sprint(list[0])) {
			return s.resolve(list[1])
		}
		return s.resolve(list[2])
	case function == "Fn::Split" && len(list) == 2:
		parts := []any{}
		for part := range strings.SplitSeq(fmt.Sprint(s.resolve(list[1])), fmt.Sprint(list[0])) {
			parts = append(parts, part)
		}
		return parts
	}
	s.problem("unknown function: %s", function)
	return nil
}

func (s *stack) reference(name string) any {
	if name == "AWS::NoValue" {
		return nil
	}
	if strings.HasPrefix(name, "AWS::") {
		return "<" + name + ">"
	}
	name = strings.Replace(name, ".Alias", "Alias"+liveAlias, 1) // SAM's word for the alias that it makes
	if value, ok := s.parameters[name]; ok {
		return value
	}
	resource, _, _ := strings.Cut(name, ".")
	if function, ok := strings.CutSuffix(resource, "Alias"+liveAlias); ok && text(s.template, "Resources", function, "Properties", "AutoPublishAlias") == liveAlias {
		resource = function
	}
	if !s.exists(resource) {
		s.problem("nothing has this name, or not under this condition: %s", name)
	}
	return "<" + name + ">"
}
