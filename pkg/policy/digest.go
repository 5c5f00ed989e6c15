package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// Digest identifies what a policy does: the SHA-256, in lower-case hexadecimal, of
// the canonical JSON of the effective spec. Fields come in the order of the types
// here, defaults filled in, lists expanded as written; comments, paths and the form
// it was written in do not matter.
func Digest(s Spec) string {
	c := canonical{hash: sha256.New(), fields: fields{}}
	c.value(reflect.ValueOf(s.WithDefaults()))
	c.flush()
	return hex.EncodeToString(c.hash.Sum(nil))
}

// canonical hashes what json.Marshal would write, a piece at a time: the JSON of a long
// list takes megabytes, which cost a function's start more than the hash does.
type canonical struct {
	hash   hash.Hash
	text   []byte // yet to be hashed
	fields fields
}

func (c *canonical) value(v reflect.Value) {
	if len(c.text) > 4<<10 {
		c.flush()
	}
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		c.value(v.Elem())
	case v.Kind() == reflect.Struct:
		c.structure(v)
	case v.Type() == listType && !v.IsNil():
		c.list(v.Interface().(List))
	case v.Kind() == reflect.Slice && !v.IsNil():
		c.text = append(c.text, '[')
		for i := range v.Len() {
			if i > 0 {
				c.text = append(c.text, ',')
			}
			c.value(v.Index(i))
		}
		c.text = append(c.text, ']')
	case v.Kind() == reflect.String:
		c.string(v.String())
	case v.Type() == durationType:
		c.string(Duration(v.Int()).String())
	case v.Kind() == reflect.Int:
		c.text = strconv.AppendInt(c.text, v.Int(), 10)
	default:
		c.marshal(v.Interface())
	}
}

// list does for texts what value does for items of any type: lists are long.
func (c *canonical) list(items List) {
	c.text = append(c.text, '[')
	for i, item := range items {
		if i > 0 {
			c.text = append(c.text, ',')
		}
		c.string(item)
		if len(c.text) > 4<<10 {
			c.flush()
		}
	}
	c.text = append(c.text, ']')
}

func (c *canonical) structure(v reflect.Value) {
	separator := byte('{')
	for i, field := range c.fields.of(v.Type()) {
		if field.omitZero && v.Field(i).IsZero() {
			continue
		}
		c.text = append(c.text, separator)
		c.string(field.key)
		c.text = append(c.text, ':')
		c.value(v.Field(i))
		separator = ','
	}
	if separator == '{' {
		c.text = append(c.text, '{')
	}
	c.text = append(c.text, '}')
}

func (c *canonical) string(s string) {
	if !isVerbatim(s) {
		c.marshal(s)
		return
	}
	c.text = append(c.text, '"')
	c.text = append(c.text, s...)
	c.text = append(c.text, '"')
}

func (c *canonical) marshal(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and booleans only
	}
	c.text = append(c.text, text...)
}

func (c *canonical) flush() {
	c.hash.Write(c.text)
	c.text = c.text[:0]
}

// isVerbatim reports whether a text stands in JSON as it is: UTF-8 without what
// json.Marshal escapes, for browsers too. Of U+FFFD it says no, as which invalid bytes
// are read.
func isVerbatim(s string) bool {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case '\\' < c && c < utf8.RuneSelf: // English
			i++
		case 0xE2 < c && c < 0xED && i+2 < len(s) && s[i+1]>>6 == 2 && s[i+2]>>6 == 2: // Chinese
			i += 3
		case c < ' ', c == '"', c == '&', c == '<', c == '>', c == '\\':
			return false
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
				return false
			}
			i += n
		}
	}
	return true
}
