package policy

import (
	"slices"
	"strings"
)

// command restricts what is created: topics or groups.
var command = Condition{
	Keys: oneOfKeys("command", "What is to be created: topic or group.",
		"command: {in: [group]}", "groups; asked only where `govern` has both",
		"command: {not_in: [group]}", "topics"),
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("command", m.Command, func(key string, list []string) listed {
			for i := range list {
				list[i] = strings.ToLower(list[i])
				at := c.path.Key(key).Item(i)
				c.oneOfTexts(at, at.Last(), list[i], Strings(Subjects[:]))
				if subject := Subject(list[i]); key == "in" && slices.Contains(Subjects[:], subject) && !slices.Contains(c.spec.Govern, subject) {
					c.warn(at, key, "add it to govern", "%q is not governed, so that nobody asks for one", subject)
				}
			}
			return spelling(list, func(q *question) string { return string(q.Subject) })
		})
	},
}
