package deploy_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate/gatetest"
)

// These tests set every variable of the table where a deployment's user would, and read
// it back in what would be deployed.

// played are the programs that deploy/release calls, each of which writes down what it is
// given: arguments, and the environment.
const playedProgram = `#!/bin/sh
case "$(basename "$0") $1" in
"sam build") mkdir -p .aws-sam/build/Topicgate && echo code >.aws-sam/build/Topicgate/bootstrap;;
"sam deploy"|"scf deploy") printf '%s\0' "$@" >arguments; env -0 >environment;;
"sam list") echo '[{"OutputKey": "CallbackUrl", "OutputValue": "https://gate.example/"}]';;
esac
[ "$1" != deploy ] || echo "  url: 'https://1400000000-abc.ap-guangzhou.tencentscf.com'"
`

// releaser is deploy/release, built once for all tests.
var releaser = sync.OnceValues(func() (string, error) {
	program := filepath.Join(scratch, "release")
	out, err := exec.Command("go", "build", "-o", program, "./release").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return program, err
})

// A playedRelease is what a cloud's tool was given.
type playedRelease struct {
	arguments   []string
	environment map[string]string
	diagnostics string
}

// playRelease deploys to a cloud with settings, and files in the place of ours.
func playRelease(t *testing.T, cloud string, files map[string]string, settings map[string]string) (playedRelease, error) {
	t.Helper()
	program, err := releaser()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"template.yaml", "serverless.yml", "deploy/aws/canary.yaml", "deploy/policies/default/policy.yaml"} {
		text, ok := files[name]
		if !ok {
			text = file(t, filepath.Join(repository, name))
		}
		put(name, text, 0o600)
	}
	for _, name := range []string{"dist/topicgate", "bin/sam", "bin/scf", "bin/make"} {
		put(name, playedProgram, 0o755)
	}
	command := exec.Command(program, cloud)
	command.Dir = dir
	command.Env = []string{"PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin"}
	for name, value := range settings {
		command.Env = append(command.Env, name+"="+value)
	}
	out, err := command.CombinedOutput()
	r := playedRelease{environment: map[string]string{}, diagnostics: string(out)}
	if err != nil {
		return r, fmt.Errorf("%w: %s", err, out)
	}
	r.arguments = strings.Split(file(t, filepath.Join(dir, "arguments")), "\x00")
	for pair := range strings.SplitSeq(file(t, filepath.Join(dir, "environment")), "\x00") {
		name, value, _ := strings.Cut(pair, "=")
		r.environment[name] = value
	}
	return r, nil
}

// awkward is a value that only what quotes rightly passes on.
const awkward = `one "two" 'three' \ four, {{word}} $five #six 加微信`

// values are one for each variable that a deployment of functions may set, POLICY_FILE
// left out when there is a POLICY.
func values(functions, policy bool, templates ...object) map[string]string {
	all := map[string]string{}
	for _, d := range deployedNames(functions) {
		if short := strings.TrimPrefix(d.name, config.Prefix); policy && short == "POLICY_FILE" || !policy && short == "POLICY" {
			continue
		}
		all[d.name] = awkward
		for _, template := range templates {
			if allowed, _ := at(template, "Parameters", d.parameter(), "AllowedValues").([]any); len(allowed) > 2 {
				all[d.name] = fmt.Sprint(allowed[len(allowed)-1])
			}
		}
	}
	all[config.Prefix+"SDK_APP_IDS"], all[config.Prefix+"LOG_LEVEL"] = "1400000000,1400000001", "debug"
	all[config.Prefix+"TOKENS"] = "a long token,1400000000:another"
	return all
}

// override is a parameter as sam's arguments have it.
var override = regexp.MustCompile(`^(\w+)="((?:[^"\\]|\\.)*)"$`)

// TestVariablesReachSAM: what is set where make deploy-aws is run is what the function has.
func TestVariablesReachSAM(t *testing.T) {
	for _, name := range []string{"template.yaml", "deploy/aws/canary.yaml"} {
		template, err := parseYAML(file(t, filepath.Join(repository, name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, policy := range []bool{false, true} {
			set := values(true, policy, template)
			maps.DeleteFunc(set, func(name, _ string) bool {
				return slices.ContainsFunc(deployedNames(true), func(d deployed) bool { return d.name == name && d.path && notSAM(d) })
			})
			settings := maps.Clone(set)
			settings["TEMPLATE"] = name
			settings["TOPICGATE_ADDR"] = "127.0.0.1:9000" // of who runs one here, too
			resolved := map[string]string{}
			for parameter := range child(template, "Parameters") {
				secret, ok := strings.CutSuffix(parameter, "SecretVersion")
				if !ok {
					continue
				}
				for _, d := range deployedNames(true) {
					allowed, _ := at(template, "Parameters", d.parameter(), "AllowedValues").([]any)
					if slices.Contains([]string{secret, secret + "Url", secret + "SecretKey"}, d.parameter()) && slices.Contains(allowed, "secret") {
						settings["PARAMETERS"] += fmt.Sprintf(" %[1]sSecret=gate/%[1]s %[1]sSecretVersion=v-%[1]s", secret)
						resolved[d.name] = fmt.Sprintf("{{resolve:secretsmanager:gate/%[1]s:SecretString:::v-%[1]s}}", secret)
					}
				}
			}
			r, err := playRelease(t, "aws", nil, settings)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !strings.Contains(r.diagnostics, "release: TOPICGATE_ADDR is a server's") {
				t.Errorf("nobody is told that TOPICGATE_ADDR is not deployed: %s", r.diagnostics)
			}
			parameters := map[string]string{}
			for _, argument := range r.arguments {
				if m := override.FindStringSubmatch(argument); m != nil {
					parameters[m[1]] = regexp.MustCompile(`\\(.)`).ReplaceAllString(m[2], "$1")
				}
			}
			s := newStack(template, parameters)
			function := s.properties(s.active("AWS::Serverless::Function")[0])
			for variable, want := range set {
				got := text(function, "Environment", "Variables", variable)
				if variable == "TOPICGATE_LOG_LEVEL" {
					got = strings.ToLower(text(function, "LoggingConfig", "ApplicationLogLevel"))
				}
				if resolved[variable] != "" {
					want = resolved[variable]
				}
				if got != want {
					t.Errorf("%s: %s is deployed as %q, want %q", name, variable, got, want)
				}
			}
			if violated := append(s.violated(), s.problems...); len(violated) > 0 {
				t.Errorf("%s: %v", name, violated)
			}
		}
	}
}

// TestVariablesRefusedForSAM: what a template would refuse is said before anything is done.
func TestVariablesRefusedForSAM(t *testing.T) {
	const canary = "deploy/aws/canary.yaml"
	for _, c := range []struct{ template, setting, want string }{
		{"template.yaml", "TOPICGATE_LOG_LEVEL=error", "TOPICGATE_LOG_LEVEL may be trace, debug, info there"},
		{"template.yaml", "PARAMETERS=FrontDoor=alb", `FrontDoor may be http-api, function-url, not "alb"`},
		{"template.yaml", "TOPICGATE_WORDS=spam", "the template has no parameter Words for TOPICGATE_WORDS"},
		{"template.yaml", "PARAMETERS=BlockedOperators=bob", "BlockedOperators is a variable's: set TOPICGATE_BLOCKED_OPERATORS instead"},
		{canary, "TOPICGATE_TOKENS=therealtoken", "takes Tokens from Secrets Manager alone: put it there, and say PARAMETERS='TokensSecret=NAME"},
		{canary, "TOPICGATE_REDIS_URL=rediss://:s3cret@h", "takes RedisUrl from Secrets Manager alone: put it there, and say PARAMETERS='RedisSecret=NAME"},
	} {
		name, value, _ := strings.Cut(c.setting, "=")
		settings := map[string]string{"TOPICGATE_SDK_APP_IDS": gatetest.App, "TOPICGATE_TOKENS": "xxxxyyyy", "TEMPLATE": c.template, name: value}
		if name == "TOPICGATE_REDIS_URL" {
			settings["PARAMETERS"] = "TokensSecret=gate/tokens TokensSecretVersion=1"
		}
		_, err := playRelease(t, "aws", nil, settings)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "==>") || strings.Contains(err.Error(), "therealtoken") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s of %s: got %v, want %q before anything is done, and no secret", c.setting, c.template, err, c.want)
		}
	}
}

var environmentReference = regexp.MustCompile(`^\$\{env:(\w+)(?:, '([^']*)')?\}$`)

// passedOn are the variables of a template of the Serverless Framework's kind, as its tool
// fills them in: Tencent's leaves out what is not set, and has no defaults.
func passedOn(variables object, environment map[string]string) map[string]string {
	all := map[string]string{}
	for name := range variables {
		value := text(variables, name)
		if m := environmentReference.FindStringSubmatch(value); m != nil {
			set, ok := environment[m[1]]
			if !ok && !strings.Contains(value, ",") {
				continue
			}
			if value = set; !ok {
				value = m[2]
			}
		}
		all[name] = value
	}
	return all
}

// usual is what nobody can deploy without.
var usual = map[string]string{"TOPICGATE_SDK_APP_IDS": gatetest.App, "TOPICGATE_TOKENS": "xxxxyyyy"}

// TestVariablesReachSCF likewise of make deploy-scf.
func TestVariablesReachSCF(t *testing.T) {
	const line = "      TOPICGATE_POLICY_FILE: policy/policy.yaml\n"
	source := file(t, "../serverless.yml")
	for _, policy := range []bool{false, true} {
		set := values(true, policy)
		delete(set, "TOPICGATE_POLICY_FILE")
		written := source
		if policy {
			if _, err := playRelease(t, "scf", nil, set); err == nil || !strings.Contains(err.Error(), "take that line out, or set POLICY_DIR") {
				t.Errorf("a policy beside the packaged one: got %v", err)
			}
			written = strings.Replace(source, line, "", 1)
		}
		r, err := playRelease(t, "scf", map[string]string{"serverless.yml": written}, set)
		if err != nil {
			t.Fatal(err)
		}
		template, err := parseYAML(written)
		if err != nil {
			t.Fatal(err)
		}
		got := passedOn(child(template, "inputs", "environment", "variables"), r.environment)
		for variable, want := range set {
			if got[variable] != want {
				t.Errorf("%s is deployed as %q, want %q", variable, got[variable], want)
			}
		}
		if _, ok := got["TOPICGATE_POLICY_FILE"]; ok == policy {
			t.Errorf("the packaged policy and another: %v", got)
		}
	}
	// What is not set does not stand there empty: names alone fill the 4 KB.
	template, err := parseYAML(source)
	if err != nil {
		t.Fatal(err)
	}
	if got := passedOn(child(template, "inputs", "environment", "variables"), map[string]string{"TOPICGATE_SDK_APP_IDS": gatetest.App}); len(got) != 2 {
		t.Errorf("deployed are %v", got)
	}
	for setting, want := range map[string]string{
		"TOPICGATE_POLICY_FILE=policy/other.yaml": "serverless.yml says TOPICGATE_POLICY_FILE: policy/policy.yaml",
		"TOPICGATE_WORDS=spam":                    "serverless.yml does not pass TOPICGATE_WORDS on",
	} {
		name, value, _ := strings.Cut(setting, "=")
		if _, err := playRelease(t, "scf", nil, map[string]string{"TOPICGATE_SDK_APP_IDS": gatetest.App, "TOPICGATE_TOKENS": "xxxxyyyy", name: value}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", setting, err, want)
		}
	}
}

// TestVariablesReachOsls: what is set where osls is run, by its own account where it is
// installed.
func TestVariablesReachOsls(t *testing.T) {
	source := file(t, filepath.Join(repository, filepath.FromSlash(oslsFile)))
	template, err := parseYAML(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range []bool{false, true} {
		set := values(true, policy)
		if policy {
			set["TOPICGATE_POLICY_FILE"] = ""
		}
		got := passedOn(child(template, "functions", "topicgate", "environment"), set)
		for variable, want := range set {
			if got[variable] != want {
				t.Errorf("%s is deployed as %q, want %q", variable, got[variable], want)
			}
		}
	}
	set := values(true, false)
	var environ []string
	for name, value := range set {
		environ = append(environ, name+"="+value)
	}
	made, err := oslsPackage(osls(t), source, environ...)
	if err != nil {
		t.Fatal(err)
	}
	s := newStack(made, nil)
	function := s.properties(s.active("AWS::Lambda::Function")[0])
	for variable, want := range set {
		if got := text(function, "Environment", "Variables", variable); got != want {
			t.Errorf("osls deploys %s as %q, want %q", variable, got, want)
		}
	}
}

var interpolation = regexp.MustCompile(`\$\{(\w+)(?:(:?-)([^}]*))?\}`)

// TestVariablesReachCompose: what is set in .env is what both gates have.
func TestVariablesReachCompose(t *testing.T) {
	template, err := parseYAML(file(t, "container/compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	written := child(template, "x-gate", "environment")
	for service := range child(template, "services") {
		if strings.HasPrefix(service, "gate-") && at(template, "services", service, "environment") != nil {
			t.Errorf("%s has an environment of its own", service)
		}
	}
	deployedBy := func(env map[string]string) map[string]string {
		got := map[string]string{}
		for name := range written {
			got[name] = interpolation.ReplaceAllStringFunc(text(written, name), func(found string) string {
				m := interpolation.FindStringSubmatch(found)
				if value, ok := env[m[1]]; ok && (value != "" || m[2] != ":-") {
					return value
				}
				return m[3]
			})
		}
		return got
	}
	usual := deployedBy(map[string]string{"TOPICGATE_SDK_APP_IDS": gatetest.App})
	maps.DeleteFunc(usual, func(_, value string) bool { return value == "" })
	if want := map[string]string{
		"TOPICGATE_SDK_APP_IDS": gatetest.App, "TOPICGATE_TOKENS_FILE": "/run/secrets/tokens", "TOPICGATE_POLICY_FILE": "/policy/policy.yaml",
		"TOPICGATE_STATE_DIR": "/state", "TOPICGATE_REDIS_URL": "redis://redis:6379/0", "TOPICGATE_ADDR": ":9000", "TOPICGATE_METRICS_ADDR": ":9001",
	}; !maps.Equal(usual, want) {
		t.Errorf("with the SDKAppIDs alone the gates have %v, want %v", usual, want)
	}
	for _, d := range deployedNames(false) {
		for _, value := range []string{awkward, ""} { // to nothing, too
			if got := deployedBy(map[string]string{d.name: value})[d.name]; got != value {
				t.Errorf("%s=%s in .env: the gates have %q", d.name, value, got)
			}
		}
	}
}

// systemdEnvironment reads a file as EnvironmentFile= does: what has blanks or quotes in it
// stands in double quotes.
func systemdEnvironment(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if inner, quoted := strings.CutPrefix(value, `"`); quoted {
			value = regexp.MustCompile(`\\(["\\$`+"`"+`])`).ReplaceAllString(strings.TrimSuffix(inner, `"`), "$1")
		}
		all[name] = value
	}
	return all
}

// TestVariablesReachSystemd: each line of the environment file reaches the service, over
// what the unit itself says.
func TestVariablesReachSystemd(t *testing.T) {
	example, unit := file(t, "systemd/topicgate.env.example"), file(t, "systemd/topicgate.service")
	if !strings.Contains(unit, "\nEnvironmentFile=/etc/topicgate/topicgate.env\n") || !strings.Contains(example, "\n# Every variable of deploy/reference.md may stand here") {
		t.Error("nobody knows where variables are set")
	}
	if regexp.MustCompile(`(?m)^(UnsetEnvironment|PassEnvironment)=`).MatchString(unit) {
		t.Error("the unit takes variables away")
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(awkward)
	for _, d := range deployedNames(false) {
		got := systemdEnvironment(example + d.name + `="` + quoted + "\"\n")
		if got[d.name] != awkward {
			t.Errorf("%s reaches the service as %q", d.name, got[d.name])
		}
	}
	_, fixed, _ := strings.Cut(unit, "\nEnvironment=")
	fixed, _, _ = strings.Cut(fixed, "\n")
	for pair := range strings.FieldsSeq(fixed) {
		if name, _, _ := strings.Cut(pair, "="); !strings.Contains(example, "# "+name+"=") {
			t.Errorf("the unit sets %s, and the example does not say how to set it to something else", name)
		}
	}
}
