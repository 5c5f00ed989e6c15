package policy

// groupType restricts by the type of group that a topic is in, or that is created.
var groupType = Condition{
	Keys: oneOfKeys("type", "The type of the group: Community, Public, … Without case.",
		"type: {in: [Community]}", "that type of group, in any case",
		"type: {not_in: [Community, Public]}", "any other type"),
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("type", m.Type, func(key string, list []string) listed {
			c.known(key, list, "type of group", groupTypes[:])
			return spelling(list, func(q *question) string { return q.Type })
		})
	},
}

// groupTypes are those of the vendor's documentation: Private and ChatRoom are what Work
// and Meeting were called before.
var groupTypes = [...]string{"Public", "Private", "Work", "ChatRoom", "Meeting", "AVChatRoom", "Community"}
