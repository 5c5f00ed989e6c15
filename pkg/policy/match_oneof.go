package policy

import (
	"slices"
	"strings"
)

// oneOfFold restricts a value to, or keeps it out of, a short list of fixed
// spellings, compared without case: command, app, type and platform. A value that
// is absent or that nobody knew when the list was written is in no list.
func (c *compiler) oneOfFold(field string, o *OneOf, value func(*question) string) []condition {
	return c.oneOf(field, o, func(key string, list []string) func(*question) (string, bool) {
		if field == "command" {
			for i := range list {
				list[i] = strings.ToLower(list[i])
				oneOf(c, item(key, i), Subject(list[i]), Topic, Group)
			}
		}
		// Chat's documentation has called one platform both Mac and macOS.
		mac := slices.IndexFunc(list, isMac)
		return func(q *question) (string, bool) {
			asked := value(q)
			for _, listed := range list {
				if strings.EqualFold(listed, asked) {
					return listed, true
				}
			}
			if mac >= 0 && isMac(asked) {
				return list[mac], true
			}
			return asked, false
		}
	})
}

func isMac(s string) bool { return strings.EqualFold(s, "Mac") || strings.EqualFold(s, "macOS") }

// oneOf makes the conditions of in and not_in for any field, given how a list is
// compiled into a look-up. The look-up returns the entry that a value is listed
// under, or, when it is not listed, the value itself.
func (c *compiler) oneOf(field string, o *OneOf, compile func(key string, list []string) func(*question) (string, bool)) []condition {
	if o == nil {
		return nil
	}
	var conditions []condition
	c.below(field, func() {
		if o.In == nil && o.NotIn == nil {
			c.problem("", "%s: has no condition; write in or not_in", field)
		}
		if o.In != nil {
			listed := compile("in", slices.Clone(o.In))
			conditions = append(conditions, condition{field + " in", func(q *question) (hit, bool) {
				entry, ok := listed(q)
				return hit{detail: entry}, ok
			}})
		}
		if o.NotIn != nil {
			listed := compile("not_in", slices.Clone(o.NotIn))
			conditions = append(conditions, condition{field + " not_in", func(q *question) (hit, bool) {
				value, ok := listed(q)
				return hit{detail: value}, !ok
			}})
		}
	})
	return conditions
}
