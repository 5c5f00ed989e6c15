// Package cli is the command-line tool: the server, and what a person needs to check
// a configuration, try requests against it and play Chat. Every command runs the
// code that serves.
//
// Results go to standard output, diagnostics to standard error as "topicgate: …". The
// exit status is 0 for valid or allowed, 1 for invalid, refused or unreadable, 2 for
// a command line that cannot be understood.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// The exit statuses.
const (
	statusOK    = 0
	statusNo    = 1
	statusUsage = 2
)

func statusOf(yes bool) int {
	if yes {
		return statusOK
	}
	return statusNo
}

// A command is one word after topicgate.
type command struct {
	name, arguments, summary string
	// run adds its flags to those given before it parses.
	run func(*invocation) int
}

// commands is the table that help prints, in a user's order.
func commands() []command {
	return []command{
		{"serve", "[-policy FILE]", "answer callbacks on TOPICGATE_ADDR until told to stop", serve},
		{"check", "[-strict] [-policy FILE] [-json]", "report every problem and warning of the configuration", check},
		{"policy", "[-policy FILE] [-schema | -digest]", "print the complete effective policy as YAML", printPolicy},
		{"eval", "[-auth] [-policy FILE] [-at TIME] [-json] [FILE...]", "decide captured requests: callback bodies, Lambda or SCF events", eval},
		{"explain", "-name NAME [flags]", "show what every rule makes of a name", explain},
		{"test", "[-policy FILE] [-at TIME] [-json] CASES.yaml...", "hold the policy to cases of your own", test},
		{"replay", "[flags] LOG...", "show what a policy would change about decisions that were logged", replay},
		{"report", "[-html FILE] [flags] LOG...", "show what the gate did, as text or as a page, beginning with what to look at", printReport},
		{"find", "REF | -name NAME | -operator OPERATOR [flags] LOG...", "show the decisions behind a reference, a name or a person, and what to do", find},
		{"audit", "[flags] [NAMES.jsonl...]", "hold every topic that is there already to the policy", auditTopics},
		{"ui", "[-policy FILE] [-cases FILE] [-log LOG...] [-addr ADDR]", "work on a policy in a browser: its problems, any name, what an edit changes", workbench},
		{"sign", "-url URL [flags]", "print a curl command that plays Chat", sign},
		{"probe", "-url URL [flags]", "play Chat against a live deployment, and say whether it is right", probe},
		{"completion", "bash | zsh | fish", "print what teaches a shell to complete commands, flags and files", completion},
		{"version", "", "print the version", printVersion},
		{"help", "[COMMAND]", "print this, or what a command takes", help},
	}
}

// An invocation is one run of the tool.
type invocation struct {
	ctx            context.Context
	command        command
	args           []string
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	// arguments are what parse leaves of args: no flags.
	arguments []string
	// declared, where it is set, takes the flags that the command has in the place of help.
	declared func(*flag.FlagSet)
}

// Run runs the tool and returns its exit status.
func Run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	in := &invocation{ctx: ctx, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	if len(args) == 0 {
		return help(in)
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-v", "-version", "--version":
		name = "version"
	}
	cmd, ok := commandNamed(name)
	if !ok {
		return in.unknown(name)
	}
	in.command, in.args = cmd, args[1:]
	if len(in.args) == 1 && (in.args[0] == "-version" || in.args[0] == "--version") { // of any command
		in.command, in.args = command{name: "version"}, nil
		return printVersion(in)
	}
	return cmd.run(in)
}

func commandNamed(name string) (command, bool) {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd, true
		}
	}
	return command{}, false
}

// unknown reports a command that there is none of, and which may have been meant.
func (in *invocation) unknown(name string) int {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	guess := ""
	if meant := policy.Meant(strings.ToLower(name), names); meant != "" {
		guess = " did you mean " + meant + "?"
	}
	in.complain("unknown command %q;%s see topicgate help", name, guess)
	return statusUsage
}

// flags is the command's flag set, silent: parse reports in our own words.
func (in *invocation) flags() *flag.FlagSet {
	f := flag.NewFlagSet(in.command.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// parse reads the flags, which may stand before and behind the arguments, up to --; ok is
// false when the command ends here, with a status.
func (in *invocation) parse(f *flag.FlagSet) (status int, ok bool) {
	for rest := in.args; ; {
		switch err := f.Parse(rest); {
		case errors.Is(err, flag.ErrHelp) && in.declared != nil:
			in.declared(f)
			return statusOK, false
		case errors.Is(err, flag.ErrHelp):
			in.usage(f)
			return statusOK, false
		case err != nil:
			return in.misuse("%v", err), false
		}
		behind := f.Args()
		if len(behind) == 0 {
			return statusOK, true
		}
		flags := rest[:len(rest)-len(behind)]
		// Without it they can be read: then it ends the flags, and is no flag's value.
		if last := len(flags) - 1; last >= 0 && flags[last] == "--" && f.Parse(flags[:last]) == nil {
			in.arguments = append(in.arguments, behind...)
			return statusOK, true
		}
		in.arguments = append(in.arguments, behind[0])
		rest = behind[1:]
	}
}

// parseNoArguments is parse for commands that take flags only.
func (in *invocation) parseNoArguments(f *flag.FlagSet) (status int, ok bool) {
	if status, ok = in.parse(f); ok && len(in.arguments) > 0 {
		return in.misuse("unexpected argument %q", in.arguments[0]), false
	}
	return status, ok
}

func (in *invocation) usage(f *flag.FlagSet) {
	in.print("usage: %s\n\n%s\n", strings.TrimSpace("topicgate "+in.command.name+" "+in.command.arguments), in.command.summary)
	var flags strings.Builder
	f.SetOutput(&flags)
	f.PrintDefaults()
	in.print("%s", strings.ReplaceAll(flags.String(), "\t", "    "))
}

// misuse reports a command line that cannot be understood.
func (in *invocation) misuse(format string, args ...any) int {
	in.complain(format+"; see topicgate help %s", append(args, in.command.name)...)
	return statusUsage
}

// print writes a result, with nothing hidden in it. Line ends are taken for our own:
// what came from outside, and may have some, is quoted before.
func (in *invocation) print(format string, args ...any) {
	in.write(escape(fmt.Sprintf(format, args...), "\n"))
}

// write writes a result as it is. A reader that has gone away needs none.
func (in *invocation) write(text string) { _, _ = io.WriteString(in.stdout, text) }

// printJSON writes a result for machines, one object a line. Terminals see it too.
func (in *invocation) printJSON(v any) {
	var line strings.Builder
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	in.write(escape(line.String(), "\n"))
}

// complain writes a diagnostic, on one line.
func (in *invocation) complain(format string, args ...any) {
	_, _ = io.WriteString(in.stderr, "topicgate: "+oneLine(fmt.Sprintf(format, args...))+"\n")
}

// complainAll writes what is wrong with a configuration.
func (in *invocation) complainAll(c *config.Config) {
	for _, p := range policy.Texts(c.Problems) {
		in.complain("%s", p)
	}
	for _, w := range policy.Texts(c.Warnings) {
		in.complain("warning: %s", w)
	}
}

// load reads the configuration, and reports what is wrong with one that cannot be used.
func (in *invocation) load(o config.Options) (c *config.Config, ok bool) {
	if c = config.Load(in.environ, o); c.Broken() {
		in.complainAll(c)
	}
	return c, !c.Broken()
}

func printVersion(in *invocation) int {
	if status, ok := in.parseNoArguments(in.flags()); !ok {
		return status
	}
	in.print("topicgate %s\n", app.Version())
	return statusOK
}

func help(in *invocation) int {
	if len(in.args) > 0 {
		cmd, ok := commandNamed(in.args[0])
		if !ok {
			return in.unknown(in.args[0])
		}
		if cmd.name != "help" {
			in.command, in.args = cmd, []string{"-help"}
			return cmd.run(in)
		}
	}
	in.print("topicgate decides who may create which topics in a Tencent Chat app.\n\nusage: topicgate COMMAND [flags]\n\n")
	for _, cmd := range commands() {
		in.print("  %-10s %s\n", cmd.name, cmd.summary)
	}
	in.print("\nIt is configured by environment variables, %s…: see deploy/reference.md.\ntopicgate help COMMAND tells what a command takes.\n", config.Prefix)
	return statusOK
}
