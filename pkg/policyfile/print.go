package policyfile

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"topicgate/pkg/policy"
)

// YAML is the effective policy as a file that loads back to the same digest. Values
// that were left out and have a default are written out; lists stand in place.
func YAML(s policy.Spec) string {
	s = s.WithDefaults()
	var p printer
	p.structure(reflect.ValueOf(s), 0)
	if p.empty { // in place it would be an error; so it must have a name
		p.b.WriteString("lists:\n  empty: []\n")
	}
	return p.b.String()
}

type printer struct {
	b     strings.Builder
	empty bool // a list without items was met
}

// structure writes the fields of a struct, each on a line of its own. The first line
// is expected to be indented already when it follows a dash.
func (p *printer) structure(v reflect.Value, indent int) {
	first := true
	for _, field := range fieldsOf(v.Type()) {
		value := v.Field(field.index)
		if field.omitZero && value.IsZero() {
			continue
		}
		if !first {
			p.indent(indent)
		}
		first = false
		p.b.WriteString(field.key + ":")
		p.value(value, indent+1)
	}
	if first {
		p.b.WriteString("{}\n")
	}
}

func (p *printer) indent(n int) { p.b.WriteString(strings.Repeat("  ", n)) }

// value writes what stands behind a key, and ends the line.
func (p *printer) value(v reflect.Value, indent int) {
	switch {
	case v.Type() == durationType:
		p.line(policy.Duration(v.Int()).String())
	case v.Type() == freezeType && v.String() == string(policy.Frozen):
		p.line("true")
	case v.Type() == textType && v.Interface().(policy.Text).Plain():
		p.line(quote(v.Interface().(policy.Text).Default))
	case v.Kind() == reflect.Pointer:
		p.value(v.Elem(), indent)
	case v.Kind() == reflect.Struct && v.IsZero():
		p.line("{}")
	case v.Kind() == reflect.Struct:
		p.b.WriteByte('\n')
		p.indent(indent)
		p.structure(v, indent)
	case v.Type() == listType && v.Len() == 0:
		p.empty = true
		p.line("empty")
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		p.texts(v, indent)
	case v.Kind() == reflect.Slice && v.Len() == 0:
		p.line("[]")
	case v.Kind() == reflect.Slice:
		p.b.WriteByte('\n')
		for i := range v.Len() {
			p.indent(indent)
			p.b.WriteString("- ")
			p.structure(v.Index(i), indent+1)
		}
	case v.Kind() == reflect.String:
		p.line(quote(v.String()))
	case v.Kind() == reflect.Int:
		p.line(strconv.FormatInt(v.Int(), 10))
	case v.Kind() == reflect.Bool:
		p.line(strconv.FormatBool(v.Bool()))
	default:
		panic("a field of a type that no policy holds: " + v.Type().String())
	}
}

func (p *printer) line(text string) { p.b.WriteString(" " + text + "\n") }

// texts writes a short list on one line, a long one an item a line.
func (p *printer) texts(v reflect.Value, indent int) {
	quoted := make([]string, v.Len())
	for i := range quoted {
		quoted[i] = quote(v.Index(i).String())
	}
	if line := "[" + strings.Join(quoted, ", ") + "]"; len(line) <= 72 {
		p.line(line)
		return
	}
	p.b.WriteByte('\n')
	for _, text := range quoted {
		p.indent(indent)
		p.b.WriteString("- " + text + "\n")
	}
}

// quote writes a text so that YAML reads it back as the same text: plain where that
// is beyond doubt, else in double quotes with everything invisible escaped, in which
// Go and YAML agree.
func quote(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range strconv.Quote(s) { // which takes letters and marks for visible
		if showsNothing(r) {
			fmt.Fprintf(&b, `\U%08x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// showsNothing is true of letters and marks that show nothing, but for those that make a heart an
// emoji or a text.
func showsNothing(r rune) bool {
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) && r != 0xFE0E && r != 0xFE0F
}

// isPlain is true of words, in any language, that no YAML parser could take for
// anything else.
func isPlain(s string) bool {
	switch strings.ToLower(s) {
	case "", "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return false
	}
	return plain().MatchString(s)
}

var plain = lazy(`^\pL[\pL0-9_/-]*$`)
