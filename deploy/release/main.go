// Command release takes topicgate from a clone to a deployment that has been asked and
// has answered: it checks, tests, packages, deploys and probes, and stops at the first
// step that fails. The cloud's own tool deploys; this one only knows the order, and which
// variable is which parameter.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"topicgate/pkg/config"
)

const usage = "usage: release aws|scf"

func main() {
	r := &release{environ: inherited(os.Environ()), stdout: os.Stdout, stderr: os.Stderr}
	if err := r.run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// inherited leaves out what make tells the makes below it: they are run elsewhere, and
// would take a relative POLICY_DIR of the command line's over the absolute one here.
func inherited(environ []string) []string {
	return slices.DeleteFunc(environ, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL"}, name)
	})
}

// A release is one run, from the repository's top level.
type release struct {
	environ        []string
	stdout, stderr io.Writer

	policy string // the folder that travels along, as an absolute path
	url    string // what was deployed
}

func (r *release) run(args []string) error {
	if len(args) != 1 || args[0] != "aws" && args[0] != "scf" {
		return errors.New(usage)
	}
	var err error
	if r.policy, err = filepath.Abs(r.or("POLICY_DIR", "deploy/policies/default")); err != nil {
		return err
	}
	for _, required := range []string{"TOPICGATE_SDK_APP_IDS", "TOPICGATE_TOKENS"} {
		if r.get(required) == "" {
			return fmt.Errorf("%s is not set: it is what the deployment is made with and probed by", required)
		}
	}
	prepare := r.scf
	if args[0] == "aws" {
		prepare = r.aws
	}
	pack, deploy, err := prepare()
	if err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		do   func() error
	}{{"check", r.check}, {"test", r.test}, {"package", pack}, {"deploy", deploy}, {"probe", r.probe}} {
		_, _ = fmt.Fprintln(r.stdout, "==>", s.name)
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	_, _ = fmt.Fprintf(r.stdout, "==> done: the callback URL for the Chat console is %s\n", r.url)
	return nil
}

// check reads the variables and the policy as the function will.
func (r *release) check() error { return r.asDeployed("check") }

// probe asks what was deployed as Chat does, and knows from the variables and the policy
// what it must answer.
func (r *release) probe() error { return r.asDeployed("probe", "-url", r.url) }

// asDeployed runs the tool in the environment that the function gets.
func (r *release) asDeployed(args ...string) error {
	root, err := os.MkdirTemp("", "topicgate-release")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(root) }()
	if err := os.Symlink(r.policy, filepath.Join(root, "policy")); err != nil {
		return err
	}
	environ := slices.DeleteFunc(slices.Clone(r.environ), func(pair string) bool {
		name, value, _ := strings.Cut(pair, "=")
		return strings.HasPrefix(name, prefix) && value == none // a template's word for no such variable
	})
	environ = append(environ, "LAMBDA_TASK_ROOT="+root)
	if r.get("TOPICGATE_POLICY") == "" {
		environ = append(environ, "TOPICGATE_POLICY_FILE="+r.or("TOPICGATE_POLICY_FILE", "policy/policy.yaml"))
	}
	return r.command(environ, r.stdout, tool, args...)
}

// test runs the policy's cases, which need no variable.
func (r *release) test() error {
	cases, err := filepath.Glob(filepath.Join(r.policy, "*.cases.yaml"))
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		_, _ = fmt.Fprintf(r.stdout, "no *.cases.yaml in %s: nothing says what the policy must decide\n", r.policy)
		return nil
	}
	environ := slices.DeleteFunc(slices.Clone(r.environ), func(pair string) bool { return strings.HasPrefix(pair, prefix) })
	arguments := []string{"test"}
	policy := filepath.Join(r.policy, "policy.yaml")
	if _, err := os.Stat(policy); err == nil {
		arguments = append(arguments, "-policy", policy)
	}
	return r.command(environ, r.stdout, tool, append(arguments, cases...)...)
}

const (
	tool   = "dist/topicgate"
	prefix = config.Prefix
	none   = "none" // a secret that there is not, said aloud
)

// get is a variable's value, or "".
func (r *release) get(name string) string {
	value := ""
	for _, pair := range r.environ {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

func (r *release) or(name, otherwise string) string {
	if value := r.get(name); value != "" {
		return value
	}
	return otherwise
}

// serverOnly reports whether a variable means nothing to a function, and says so: who has
// set it to run a gate here deploys all the same.
func (r *release) serverOnly(name string) bool {
	i := slices.IndexFunc(config.Docs(), func(d config.Doc) bool { return d.Name == name })
	if i < 0 || !config.Docs()[i].Server {
		return false
	}
	_, _ = fmt.Fprintf(r.stderr, "release: %s is a server's, and not deployed\n", name)
	return true
}

// look finds the cloud's tool before anything is done.
func (r *release) look(names []string, install string) (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: %s", strings.Join(names, " or "), install)
}

// output runs a program, shows what it says and returns it.
func (r *release) output(environ []string, name string, args ...string) (string, error) {
	var out bytes.Buffer
	err := r.command(environ, io.MultiWriter(r.stdout, &out), name, args...)
	return out.String(), err
}

// command runs a program, which is connected to the terminal where stdout is.
func (r *release) command(environ []string, stdout io.Writer, name string, args ...string) error {
	// Ctrl-C reaches the tool itself, which knows how to stop.
	command := exec.CommandContext(context.Background(), name, args...) //nolint:gosec // the tools above, with what their user has set
	command.Env, command.Stdin, command.Stdout, command.Stderr = environ, os.Stdin, stdout, r.stderr
	if err := command.Run(); err != nil {
		// Not the arguments: they hold secrets.
		return fmt.Errorf("%s %s: %w", filepath.Base(name), args[0], err)
	}
	return nil
}
