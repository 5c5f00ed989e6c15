package policy

// operator restricts who may create: UserIDs, compared with exact case, as globs.
// Lists of whole UserIDs may be long; a look-up costs the same whatever their length.
func (c *compiler) operator(o *OneOf) []condition {
	return c.oneOf("operator", o, func(key string, list []string) func(*question) (string, bool) {
		whole := make(map[string]bool, len(list))
		var globs []glob
		for i, id := range list {
			g, err := compileGlob(id)
			switch {
			case err != nil:
				c.problem(item(key, i), "%s: %#q %v", key, id, err)
			case g.literal():
				whole[g.text()] = true
			default:
				globs = append(globs, g)
			}
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
	})
}
