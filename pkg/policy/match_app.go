package policy

// app restricts by the SDKAppID, where one gate serves several apps.
var app = Condition{
	Path:  PathOf("app"),
	About: "The SDKAppID.",
	Keys: oneOfKeys("app",
		"app: {in: [1400000000]}", "one app among several that are served",
		"app: {not_in: [1400000000]}", "every other app"),
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("app", m.App, func(_ string, list []string) listed {
			return spelling(list, func(q *question) string { return q.App })
		})
	},
}
