package policy

// name compiles the conditions on a name, cheapest first.
func (c *compiler) name(n *Name) []condition {
	if n == nil {
		return nil
	}
	var all []condition
	c.below("name", func() {
		before := len(c.problems)
		all = append(all, c.nameLength(n)...)
		all = append(all, c.nameInvisible(n)...)
		all = append(all, c.nameScripts(n)...)
		all = append(all, c.nameWords(n)...)
		all = append(all, c.nameResembles(n)...)
		all = append(all, c.namePattern(n)...)
		if len(all) == 0 && len(c.problems) == before {
			c.problem("", "name: has no condition")
		}
	})
	return all
}
