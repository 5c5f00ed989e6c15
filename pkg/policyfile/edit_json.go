package policyfile

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// asWritten is what is written into a text, given as YAML on one line: as JSON where the
// text is JSON, since YAML reads that, but who else reads a file of JSON reads no YAML.
func asWritten(text, flow string) string {
	if !json.Valid([]byte(strings.ReplaceAll(text, "\uFEFF", ""))) {
		return flow
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(flow), &doc); err != nil {
		panic(err) // it is of our own making
	}
	var b strings.Builder
	writeJSON(&b, doc.Content[0])
	return b.String()
}

func writeJSON(b *strings.Builder, node *yaml.Node) {
	switch {
	case node.Kind == yaml.MappingNode:
		b.WriteByte('{')
		for i, child := range node.Content {
			writeBetween(b, i, child)
		}
		b.WriteByte('}')
	case node.Kind == yaml.SequenceNode:
		b.WriteByte('[')
		for i, child := range node.Content {
			writeBetween(b, 2*i, child)
		}
		b.WriteByte(']')
	case node.Tag == "!!int":
		b.WriteString(node.Value)
	default:
		b.WriteString(quoteJSON(node.Value))
	}
}

// writeBetween writes one of what a mapping or a list holds, behind what parts it from the
// one before: of a mapping, every other is a value.
func writeBetween(b *strings.Builder, i int, node *yaml.Node) {
	switch {
	case i == 0:
	case i%2 == 1:
		b.WriteString(": ")
	default:
		b.WriteString(", ")
	}
	writeJSON(b, node)
}

// quoteJSON writes a text as JSON, what is invisible escaped where YAML, too, reads that as
// one character: of those beyond the 65,536 first, JSON makes two.
func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r <= 0xFFFF && (!unicode.IsPrint(r) || showsNothing(r)):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
