package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// words adds the list of Options.Words to the rule that BANNED_WORDS writes, or writes it.
// What the policy excuses from any of its words is excused from these as well: that is what
// whoever tries a list out has in mind.
func (l *loader) words() {
	if l.options.Words == "" {
		return
	}
	path, _ := filepath.Abs(l.options.Words) // a person names it from where they are
	v := value{row: wordsRow(), file: true, where: policy.Origin{Variable: Prefix + wordsRow().name, File: path}}
	text, err := l.folder(l.root).Read(path)
	if err != nil {
		l.config.Problems = append(l.config.Problems, policy.Problem{Where: policy.Origin{File: l.options.Words},
			What: fmt.Sprintf("the words cannot be read: %v", err), How: "name a readable UTF-8 file, one word a line"})
		return
	}
	v.text, v.lines = text, sync.OnceValue(func() []int { return policyfile.ItemLines(text) })
	items, _ := l.list(v, listSeparators)
	if len(items) == 0 { // of which a warning was given
		return
	}
	if _, set := l.set[v.row.name]; !set {
		l.set[v.row.name] = v
	}
	name := l.match(v, v.row.rule, policy.Refuse).Name
	before, unless := name.Contains, name.Unless
	v.row.parse(l, v) // which writes what else the rule has
	name.Contains = slices.Concat(before, items)
	for i := range l.policy.Rules {
		unless = append(unless, exemptions(l.policy.Rules[i].Match)...)
	}
	slices.Sort(unless)
	name.Unless = slices.Compact(unless)
}

// wordsRow is the row of the variable that -words is as good as.
func wordsRow() variable {
	return variables[slices.IndexFunc(variables, func(v variable) bool { return v.name == "BANNED_WORDS" })]
}

// exemptions are what a match excuses, at any depth.
func exemptions(m *policy.Match) (words []string) {
	if m == nil {
		return nil
	}
	if m.Name != nil {
		words = append(words, m.Name.Unless...)
	}
	for _, members := range [][]policy.Match{m.All, m.Any} {
		for i := range members {
			words = append(words, exemptions(&members[i])...)
		}
	}
	return append(words, exemptions(m.Not)...)
}
