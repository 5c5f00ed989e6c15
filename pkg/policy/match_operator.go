package policy

import (
	"strings"
	"unicode"
)

// operator restricts who may create: UserIDs, compared with exact case, as globs.
// Lists of whole UserIDs may be long; a look-up costs the same whatever their length.
var operator = Condition{
	Keys: oneOfKeys("operator", "The UserID that asks, in exact case. Globs: * is any text, ? any character, \\ takes the next one literally.",
		`operator: {in: ["mod-*", alice]}`, "these UserIDs, in exact case; `*` is any text, `?` any character",
		"operator: {not_in: staff}", "everybody who is not in the list `staff`"),
	Sentence: "You are not allowed to create this.",
	Telling:  4,
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("operator", m.Operator, c.operators)
	},
}

func (c *compiler) operators(key string, list []string) listed {
	whole := make(map[string]bool, len(list))
	var globs []glob
	steps := 0
	for i, id := range list {
		g, err := compileGlob(id)
		c.userID(key, i, id)
		switch {
		case err != nil:
			c.itemProblem(key, i, `write \\ for a backslash`, "%#q %v", id, err)
		case g.literal():
			whole[g.text()] = true
		default:
			globs = append(globs, g)
			steps += g.steps()
		}
	}
	if !c.spend(steps / globSteps) {
		c.problem(key, "write fewer stars, or whole UserIDs", "takes too long on the longest UserID: its globs are too many or too long")
	}
	return func(q *question) (string, bool) {
		if whole[q.Operator] {
			return q.Operator, true
		}
		for _, g := range globs {
			if g.match(q.Operator) {
				return g.written, true
			}
		}
		return q.Operator, false
	}
}

// maxUserID is how long a UserID of Chat's can be, in bytes, all of them printable ASCII.
const maxUserID = 32

// userID warns of what no UserID can be.
func (c *compiler) userID(key string, i int, id string) {
	at := c.path.Key(key).Item(i)
	switch {
	case !c.asWritten(key, i, id):
	case strings.ContainsFunc(id, func(r rune) bool { return r > unicode.MaxASCII }):
		c.warn(at, key, "write it in ASCII", "%+q matches no UserID, which are of ASCII characters", id)
	case len(id) > maxUserID && !strings.ContainsAny(id, `*\`):
		c.warn(at, key, "", "%q matches no UserID, which have %d bytes at most", id, maxUserID)
	}
}
