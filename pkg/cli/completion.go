package cli

import (
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// completion prints what teaches a shell the commands and flags: it is made of the same
// table and flag sets that run, so that it cannot know others.
func completion(in *invocation) int {
	f := in.flags()
	if status, ok := in.parse(f); !ok {
		return status
	}
	if len(in.arguments) == 1 {
		if write, ok := shells[in.arguments[0]]; ok {
			in.print("%s", write(in.completed()))
			return statusOK
		}
	}
	return in.misuse("name one shell: %s", strings.Join(shellNames, ", "))
}

var shellNames = []string{"bash", "zsh", "fish"}

var shells = map[string]func([]completed) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}

// A completed command is what a shell is told of one.
type completed struct {
	command
	flags []completedFlag
	files bool     // its arguments are files
	words []string // or one of these
}

type completedFlag struct {
	name, usage string
	value       bool // it takes one
	file        bool // which is a file
}

var (
	flagInArguments  = regexp.MustCompile(`-[a-z]+ [A-Z]+`)
	filesInArguments = regexp.MustCompile(`\b(FILE|LOG|CASES|NAMES)\b`)
)

// completed asks every command for its flags, as its help does.
func (in *invocation) completed() []completed {
	var all []completed
	for _, cmd := range commands() {
		c := completed{command: cmd, files: filesInArguments.MatchString(flagInArguments.ReplaceAllString(cmd.arguments, ""))}
		switch cmd.name {
		case "completion":
			c.words = shellNames
		case "help":
			for _, other := range commands() {
				c.words = append(c.words, other.name)
			}
			all = append(all, c)
			continue // it has no flags, and would answer
		}
		asked := &invocation{ctx: in.ctx, command: cmd, args: []string{"-help"}, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
		asked.declared = func(f *flag.FlagSet) {
			f.VisitAll(func(f *flag.Flag) {
				value, usage := flag.UnquoteUsage(f)
				// UnquoteUsage names no value of what is on or off.
				c.flags = append(c.flags, completedFlag{f.Name, usage, value != "", value == "FILE"})
			})
		}
		cmd.run(asked)
		all = append(all, c)
	}
	return all
}

// flagNames are those for which a flag is as wanted, each with its dash.
func (c *completed) flagNames(wanted func(completedFlag) bool) string {
	var names []string
	for _, f := range c.flags {
		if wanted(f) {
			names = append(names, "-"+f.name)
		}
	}
	return strings.Join(names, " ")
}

func anyFlag(completedFlag) bool { return true }

// bashCompletion works in bash 3.2 too, which some systems keep. A value may follow = as
// well as a blank, and bash takes = for a word.
func bashCompletion(all []completed) string {
	var names, cases strings.Builder
	for i := range all {
		c := &all[i]
		fmt.Fprintf(&names, " %s", c.name)
		fmt.Fprintf(&cases, "  %s) flags='%s' values=' %s ' files=' %s ' words='%s' paths=%t ;;\n", c.name, c.flagNames(anyFlag),
			c.flagNames(func(f completedFlag) bool { return f.value }), c.flagNames(func(f completedFlag) bool { return f.file }), strings.Join(c.words, " "), c.files)
	}
	return `# source <(topicgate completion bash)
_topicgate() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev= flags= values=' ' files=' ' words= paths=false line
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '` + names.String()[1:] + `' -- "$cur"))
    return
  fi
  case "${COMP_WORDS[1]}" in
` + cases.String() + `  *) return ;;
  esac
  prev=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  prev=${prev/#--/-}
  if [[ $values == *" $prev "* ]]; then
    [[ $files == *" $prev "* ]] || return
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  elif [[ $paths == false ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
}
complete -F _topicgate topicgate
`
}

// inZsh is a text inside an option's brackets, in single quotes.
var inZsh = strings.NewReplacer("[", "(", "]", ")", "'", `'\''`, "`", "", "\n", " ")

func zshCompletion(all []completed) string {
	var names, cases strings.Builder
	for _, c := range all {
		fmt.Fprintf(&names, "      '%s:%s'\n", c.name, inZsh.Replace(c.summary))
		var options []string
		for _, f := range c.flags {
			option := fmt.Sprintf("'-%s[%s]", f.name, inZsh.Replace(f.usage))
			switch {
			case f.file:
				option += ":file:_files"
			case f.value:
				option += ": :"
			}
			options = append(options, option+"'")
		}
		switch {
		case c.files:
			options = append(options, "'*:file:_files'")
		case len(c.words) > 0:
			options = append(options, "'1: :("+strings.Join(c.words, " ")+")'")
		}
		fmt.Fprintf(&cases, "    %s) _arguments %s ;;\n", c.name, strings.Join(options, " "))
	}
	return `#compdef topicgate
# source <(topicgate completion zsh), after compinit; or a file _topicgate in a folder of $fpath
_topicgate() {
  if ((CURRENT == 2)); then
    local -a commands
    commands=(
` + names.String() + `    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
` + cases.String() + `  esac
}
if [[ $funcstack[1] == _topicgate ]]; then
  _topicgate "$@"
else
  compdef _topicgate topicgate
fi
`
}

var inFish = strings.NewReplacer(`\`, `\\`, "'", `\'`)

func fishCompletion(all []completed) string {
	var b strings.Builder
	b.WriteString("# topicgate completion fish | source\ncomplete -c topicgate -f\n")
	for _, c := range all {
		fmt.Fprintf(&b, "complete -c topicgate -n __fish_use_subcommand -a %s -d '%s'\n", c.name, inFish.Replace(c.summary))
		line := "complete -c topicgate -n '__fish_seen_subcommand_from " + c.name + "'"
		if c.name != "help" { // whose arguments are the others' names
			line = "complete -c topicgate -n '__fish_seen_subcommand_from " + c.name + "; and not __fish_seen_subcommand_from help'"
		}
		for _, f := range c.flags {
			kind := ""
			switch {
			case f.file:
				kind = " -r -F"
			case f.value:
				kind = " -x"
			}
			fmt.Fprintf(&b, "%s -o %s%s -d '%s'\n", line, f.name, kind, inFish.Replace(f.usage))
		}
		if c.files {
			b.WriteString(line + " -F\n")
		}
		if len(c.words) > 0 {
			fmt.Fprintf(&b, "%s -a '%s'\n", line, strings.Join(c.words, " "))
		}
	}
	return b.String()
}
