package policyfile

import (
	"reflect"
	"strings"
)

// fields are how the fields of each type of a spec are written. Reading that off a type
// takes longer than the field does, and a policy has some types many times.
type fields map[reflect.Type][]field

// A field is one of a struct, in the order of the type.
type field struct {
	key      string
	omitZero bool
}

// unwritten is the key of a field that no file has.
const unwritten = "-"

func (f fields) of(t reflect.Type) []field {
	if known, ok := f[t]; ok {
		return known
	}
	all := make([]field, t.NumField())
	for i := range all {
		key, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all[i] = field{key, options == "omitzero"}
	}
	f[t] = all
	return all
}
