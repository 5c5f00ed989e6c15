// Package rawjson reads the members of a JSON object without decoding what nobody
// asks for, and writes JSON texts: a callback and the event around it are some forty
// members, of which topicgate looks at ten. It accepts what encoding/json accepts and
// nothing else, and reads it alike, which a fuzz test holds it to.
package rawjson

import (
	"bytes"
	"errors"
	"io"
	"sync"

	// jsontext comes with Go 1.27 as a package of encoding/json; until then its authors'
	// own module has it (BSD-3-Clause, v1.27.2 of November 2026). It hands members out in
	// their order and by their exact keys, and in the same pass checks the text, and how
	// deep it nests. Others would cost every invocation more: tidwall/gjson 12 µs, as it
	// bounds no depth and keeps what is not UTF-8, so that encoding/json has to check and
	// decode beside it; encoding/json alone 22 by maps, which lose the order, and 33 by
	// its Decoder.
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotObject says that the data is not exactly one JSON object.
var ErrNotObject = errors.New("not a JSON object")

// likeGo makes jsontext as lenient as encoding/json: a key may come twice, and each
// byte that is not UTF-8 is read as U+FFFD.
var likeGo = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// A reader reads the parts of one value.
type reader struct {
	jsontext.Decoder

	data []byte
	from bytes.Buffer // of data
	path []byte       // the memory of the last one
}

// readers are used again: with new ones a decision makes ten allocations, of which
// eight are the most that it may.
var readers = sync.Pool{New: func() any { return new(reader) }}

func newReader(data []byte) *reader {
	r := readers.Get().(*reader)
	r.data, r.from = data, *bytes.NewBuffer(data)
	r.Reset(&r.from, likeGo...)
	return r
}

// release makes a reader available again, without the data, which a pool need not keep
// alive.
func (r *reader) release() {
	r.data, r.from = nil, bytes.Buffer{}
	r.Reset(&r.from)
	readers.Put(r)
}

// value is the next value as it is written, a part of the data.
func (r *reader) value() ([]byte, error) {
	value, err := r.ReadValue()
	end := r.InputOffset()
	return r.data[end-int64(len(value)) : end], err
}

// Members calls f with each member of an object, in order: the key decoded, the value
// as it is written. The key is only lent; the value is a part of the data. A key may
// come twice; who keeps the last does as encoding/json does. Members that came before
// the place of an error were handed out all the same.
func Members(data []byte, f func(key, value []byte)) error {
	return readObject(data, f, nil)
}

// A Field is a member, by the keys that lead to it, such as context.http.method, and
// where its value goes.
type Field struct {
	Path  string
	Value *[]byte
}

// Read reads some members of an object and of those in it, and fails as Members does.
func Read(data []byte, fields ...Field) error {
	return readObject(data, func(path, value []byte) {
		for _, f := range fields {
			if f.Path == string(path) {
				*f.Value = value
			}
		}
	}, func(path []byte) bool {
		for _, f := range fields {
			if len(f.Path) > len(path) && f.Path[len(path)] == '.' && f.Path[:len(path)] == string(path) {
				return true
			}
		}
		return false
	})
}

// readObject calls f with each member of an object. Of the objects in it that inside asks
// for, the members come in their place, with all the keys that lead to them.
func readObject(data []byte, f func(path, value []byte), inside func(path []byte) bool) error {
	r := newReader(data)
	defer r.release()
	if r.PeekKind() != jsontext.KindBeginObject || r.members(0, f, inside) != nil {
		return ErrNotObject
	}
	if _, err := r.ReadToken(); !errors.Is(err, io.EOF) {
		return ErrNotObject // something follows
	}
	return nil
}

// members reads the object that comes next, to which the first bytes of the path lead.
func (r *reader) members(outer int, f func(path, value []byte), inside func(path []byte) bool) error {
	_, _ = r.ReadToken() // which has been looked at
	for r.PeekKind() != jsontext.KindEndObject {
		name, err := r.ReadValue()
		if err != nil {
			return err
		}
		r.path, _ = jsontext.AppendUnquote(r.path[:outer], name) // its errors are of UTF-8
		if r.PeekKind() == jsontext.KindBeginObject && inside != nil && inside(r.path) {
			r.path = append(r.path, '.')
			if err := r.members(len(r.path), f, inside); err != nil {
				return err
			}
			continue
		}
		value, err := r.value()
		if err != nil {
			return err
		}
		f(r.path, value)
	}
	_, err := r.ReadToken()
	return err
}

// Elements calls f with each element of an array, as it is written; it does nothing
// when the value, one that Members handed out, is no array.
func Elements(value []byte, f func(element []byte)) {
	r := newReader(value)
	defer r.release()
	if r.PeekKind() != jsontext.KindBeginArray {
		return
	}
	_, _ = r.ReadToken()
	for r.PeekKind() != jsontext.KindEndArray {
		element, err := r.value()
		if err != nil {
			return
		}
		f(element)
	}
}

// Text decodes a value that is a string, and reports whether it is one. The value is
// one that was handed out: its escapes have been checked.
func Text(value []byte) (text string, ok bool) {
	if jsontext.Value(value).Kind() != jsontext.KindString {
		return "", false
	}
	var room [256]byte // enough for all but bodies
	decoded, _ := jsontext.AppendUnquote(room[:0], value)
	return string(decoded), true
}

// AppendText appends a text as a JSON string.
func AppendText(to []byte, text string) []byte {
	to, _ = jsontext.AppendQuote(to, text) // its errors are of UTF-8
	return to
}
