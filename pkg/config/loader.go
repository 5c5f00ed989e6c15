package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

type loader struct {
	config    *Config
	options   Options
	env       map[string]string
	root      string           // what _FILE paths are relative to
	set       map[string]value // by the variable's name, without Prefix
	failed    map[string]bool  // likewise
	shorthand []policy.Rule    // in the order of the table

	// What the policy file holds, nil without one, and what is wrong with it.
	policy policy.Spec
	source *policyfile.Source
	inFile []policy.Problem
}

// A value is what was written for a variable, and where.
type value struct {
	row   variable
	text  string
	where policy.Origin
	file  bool
	lines func() []int // of the items of a list file, found once
}

// item is the value with the place of one of its items: its line, of a list file.
func (v value) item(i int) value {
	if v.file {
		if lines := v.lines(); i < len(lines) {
			v.where.Line = lines[i]
		}
	}
	return v
}

func newLoader(environ []string) *loader {
	l := &loader{
		config: &Config{
			Timeout:        time.Second,
			LogPersonal:    Full,
			Addr:           "127.0.0.1:9000",
			MaxConnections: 1024,
			Refresh:        30 * time.Second,
			Remedy:         Report,
			RemedyLimit:    Limit{20, time.Hour},
			ChatAdmin:      "administrator",
		},
		env:    map[string]string{},
		set:    map[string]value{},
		failed: map[string]bool{},
	}
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		l.env[name] = text
	}
	l.root = cmp.Or(l.env["LAMBDA_TASK_ROOT"], l.env["USER_CODE_ROOT"])
	return l
}

// problem reports what is wrong with a variable, and how to put it right.
func (l *loader) problem(what, variable, how string) {
	l.config.Problems = append(l.config.Problems, about(variable, what, how))
}

func (l *loader) warn(what, variable, how string) {
	l.config.Warnings = append(l.config.Warnings, about(variable, what, how))
}

func about(variable, what, how string) policy.Problem {
	return policy.Problem{Where: policy.Origin{Variable: variable}, What: what, How: how}
}

// bad reports a value that cannot be used, and remembers that its variable was set
// all the same.
func (l *loader) bad(v value, what, how string) {
	l.failed[v.row.name] = true
	l.config.Problems = append(l.config.Problems, policy.Problem{Where: v.where, What: what, How: how})
}

// unknown reports variables with our prefix that are not ours: a misspelt rule
// would otherwise be a rule that nobody enforces.
func (l *loader) unknown() {
	known := knownNames()
	var names []string
	for name, text := range l.env {
		name, ours := strings.CutPrefix(name, Prefix)
		switch {
		case !ours || slices.Contains(known, name):
		case injected(name, text):
			l.config.Ignored = append(l.config.Ignored, Prefix+name)
		default:
			names = append(names, name)
		}
	}
	slices.Sort(l.config.Ignored)
	slices.Sort(names)
	for _, name := range names {
		l.problem("unknown variable", Prefix+name, "did you mean "+Prefix+policy.Nearest(name, known)+"?")
	}
}

// knownNames are the names that a variable can have, without prefix.
func knownNames() []string {
	var known []string
	for _, v := range variables {
		known = append(known, v.name)
		if v.file {
			known = append(known, v.name+"_FILE")
		}
	}
	return known
}

// value finds what was written for a variable. One that is set to nothing is as good
// as unset: templates pass empty parameters that way.
func (l *loader) value(v variable) (value, bool) {
	text, file := l.env[Prefix+v.name], ""
	if v.file {
		file = l.env[Prefix+v.name+"_FILE"]
	}
	out := value{row: v, text: text, where: policy.Origin{Variable: Prefix + v.name}}
	switch {
	case text != "" && file != "":
		out.where.Variable += "_FILE"
		l.bad(out, "set twice", "unset it or "+Prefix+v.name)
		return out, false
	case file != "":
		if !l.read(&out, file) {
			return out, false
		}
	case strings.TrimSpace(text) == "":
		return out, false
	case !utf8.ValidString(text):
		l.bad(out, "not UTF-8", "write it in UTF-8")
		return out, false
	}
	l.set[v.name] = out
	return out, true
}

// read reads the file that a variable names. Of a secret, a path where nothing is may be
// the secret itself, put into the wrong variable, and is not told.
func (l *loader) read(v *value, path string) bool {
	v.file = true
	v.where.Variable += "_FILE"
	folder := l.folder(l.root)
	text, err := folder.Read(path)
	if err != nil {
		what, how := err.Error(), "name a readable UTF-8 file"
		if _, err := os.Stat(folder.Path(path)); v.row.secret && err != nil && !errors.Is(err, syscall.ENOTDIR) {
			what, how = "what it names cannot be read: "+reason(err), how+", or put the secret itself into "+Prefix+v.row.name
		}
		l.bad(*v, what, how+"; relative paths start at "+cmp.Or(l.root, "the working directory"))
		return false
	}
	v.where.File, v.text = folder.Path(path), text
	v.lines = sync.OnceValue(func() []int { return policyfile.ItemLines(text) })
	return true
}

// reason is what the system said, without the path.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return "no such file"
}

// scalar is the one value of a variable, as it was written.
func (v value) scalar() string {
	if v.file {
		return policyfile.ParseValue(v.text)
	}
	return v.text
}

// word is the one value of a variable that has nothing around it.
func (v value) word() string { return policyfile.Trim(v.scalar()) }

// filled is false, and says so, of a file that holds nothing but comments: who names one
// has written something, and believes that it acts.
func (l *loader) filled(v value) bool {
	if v.word() != "" {
		return true
	}
	l.bad(v, "the file holds nothing", "write the value, or unset "+v.where.Variable)
	return false
}

// list is the items of a variable: between separators in a variable, one a line in a
// file, where # first on a line makes a comment. A list without an item is an error
// in a variable and a warning in a file, which may be filled later.
func (l *loader) list(v value, separators string) (items []string, ok bool) {
	if v.file {
		items = policyfile.ParseList(v.text)
		if len(items) == 0 {
			l.config.Warnings = append(l.config.Warnings, policy.Problem{Where: v.where, What: "the list is empty", How: "write one item a line"})
		}
		return items, true
	}
	for item := range strings.FieldsFuncSeq(v.text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if item = policyfile.Trim(item); item != "" {
			items = append(items, item)
		}
	}
	if items == nil {
		l.bad(v, "the list is empty", "write at least one item, or unset it")
		return nil, false
	}
	return items, true
}

// listSeparators are what people separate words with, in Chinese text too.
const (
	listSeparators  = ",，、" + policyfile.LineEnds
	tokenSeparators = "," + policyfile.LineEnds
)

// choice parses one of a few words.
func choice[T ~string](l *loader, v value, to *T, allowed ...T) {
	got := T(v.word())
	if slices.Contains(allowed, got) {
		*to = got
		return
	}
	texts := make([]string, len(allowed))
	for i, a := range allowed {
		texts[i] = string(a)
	}
	l.bad(v, fmt.Sprintf("unknown value %q", got), "use "+strings.Join(texts, " or "))
}

// number parses a positive number.
func (l *loader) number(v value, to *int, example string) {
	n, err := strconv.Atoi(v.word())
	if err != nil || n < 1 {
		l.bad(v, fmt.Sprintf("%q is not a positive number", v.scalar()), "use one such as "+example)
		return
	}
	*to = n
}
