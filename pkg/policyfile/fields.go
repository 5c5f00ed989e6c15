package policyfile

import (
	"reflect"
	"strings"
)

// A field is one of a struct that files hold.
type field struct {
	key      string
	index    int // in the struct
	omitZero bool
}

// fieldsOf are the fields of a struct that files hold, in the order of the type.
func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		key, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if key != "-" {
			all = append(all, field{key, i, options == "omitzero"})
		}
	}
	return all
}
