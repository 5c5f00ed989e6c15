package policy

import "strings"

// app restricts by the SDKAppID, where one gate serves several apps.
var app = Condition{
	Keys: oneOfKeys("app", "The SDKAppID.",
		"app: {in: [1400000000]}", "one app among several that are served",
		"app: {not_in: [1400000000]}", "every other app"),
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("app", m.App, func(key string, list []string) listed {
			for i, id := range list {
				if c.asWritten(key, i, id) && (id == "" || strings.Trim(id, "0123456789") != "") {
					c.warn(c.path.Key(key).Item(i), key, "use the number that the Chat console shows", "%q is not an SDKAppID", id)
				}
			}
			return spelling(list, func(q *question) string { return q.App })
		})
	},
}
