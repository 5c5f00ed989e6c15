package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fake is a program that writes down how it was called, and fails or answers when told
// to: FAIL is the start of the call that fails.
const fake = `#!/bin/sh
call="$(basename "$0") $*"
printf '%s\n' "$call" >>"$CALLS"
case "$call" in "${FAIL:-nothing}"*) exit 7;; esac
case "$call" in
"topicgate check"*)
	test -f "$LAMBDA_TASK_ROOT/$TOPICGATE_POLICY_FILE" || exit 8
	echo "tokens: ${TOPICGATE_TOKENS-unset}" >>"$CALLS";;
"sam build"*)
	mkdir -p .aws-sam/build/Topicgate && echo "${CODE:-code}" >.aws-sam/build/Topicgate/bootstrap;;
"sam list"*)
	echo '[{"OutputKey": "LogGroup", "OutputValue": "x"}, {"OutputKey": "CallbackUrl", "OutputValue": "https://gate.example/"}]';;
"scf deploy"*)
	test -n "$QUIET" || echo "  url: 'https://1400000000-abc.ap-guangzhou.tencentscf.com'";;
esac
`

// clone is a folder that looks like the repository, with fakes for every program.
func clone(t *testing.T, programs ...string) (environ func(...string) []string, calls func() []string) {
	t.Helper()
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"template.yaml", "serverless.yml", "deploy/aws/canary.yaml", "deploy/policies/default/policy.yaml", "deploy/policies/default/policy.cases.yaml"} {
		data, err := os.ReadFile(filepath.Join(repository, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(data), 0o600)
	}
	write(t, filepath.Join(dir, tool), fake, 0o755)
	for _, name := range programs {
		write(t, filepath.Join(dir, "bin", name), fake, 0o755)
	}
	t.Chdir(dir)
	t.Setenv("PATH", filepath.Join(dir, "bin")) // exec.LookPath looks there
	log := filepath.Join(dir, "calls")
	environ = func(more ...string) []string {
		all := []string{"PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin", "CALLS=" + log, "TOPICGATE_SDK_APP_IDS=1400000000", "TOPICGATE_TOKENS=xxxxyyyy"}
		for _, setting := range more { // a process's environment has each name once
			name, _, _ := strings.Cut(setting, "=")
			all = slices.DeleteFunc(all, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
			all = append(all, setting)
		}
		return all
	}
	calls = func() []string {
		data, err := os.ReadFile(log)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		_ = os.Remove(log) // the next release's calls are its own
		return strings.Split(strings.ReplaceAll(strings.TrimSpace(string(data)), dir, "DIR"), "\n")
	}
	return environ, calls
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// released runs a release, and returns all that it said.
func released(environ []string, args ...string) (string, error) {
	var out, diagnostics bytes.Buffer // written at once, each by its own copier
	r := &release{environ: environ, stdout: &out, stderr: &diagnostics}
	err := r.run(args)
	return out.String() + diagnostics.String(), err
}

var (
	awsCalls = []string{
		"topicgate check", "tokens: xxxxyyyy",
		"topicgate test -policy DIR/deploy/policies/default/policy.yaml DIR/deploy/policies/default/policy.cases.yaml",
		"sam build --config-file DIR/deploy/aws/samconfig.toml --template-file template.yaml",
		`sam deploy --config-file DIR/deploy/aws/samconfig.toml --stack-name topicgate --parameter-overrides LogKey="none" RedisUrl="none" SdkAppIds="1400000000" Tokens="xxxxyyyy"`,
		"sam list stack-outputs --stack-name topicgate --output json",
		"topicgate probe -url https://gate.example/",
	}
	scfCalls = []string{
		"topicgate check", "tokens: xxxxyyyy",
		"topicgate test -policy DIR/deploy/policies/default/policy.yaml DIR/deploy/policies/default/policy.cases.yaml",
		"make package",
		"scf deploy",
		"topicgate probe -url https://1400000000-abc.ap-guangzhou.tencentscf.com",
	}
)

// TestOrder: every step in its order, and none after one that fails.
func TestOrder(t *testing.T) {
	environ, calls := clone(t, "sam", "scf", "make")
	for cloud, want := range map[string][]string{"aws": awsCalls, "scf": scfCalls} {
		out, err := released(environ(), cloud)
		if err != nil {
			t.Fatalf("%s: %v\n%s", cloud, err, out)
		}
		if got := calls(); !slices.Equal(got, want) {
			t.Errorf("%s called\n%s\nwant\n%s", cloud, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for i, call := range want {
			if strings.HasPrefix(call, "tokens: ") {
				continue
			}
			words := strings.Fields(call)
			_, err := released(environ("FAIL="+words[0]+" "+words[1]), cloud)
			if err == nil || !strings.Contains(err.Error(), words[0]+" "+words[1]+": exit status 7") {
				t.Errorf("%s: %s fails, and the error is %v", cloud, call, err)
			}
			if err != nil && strings.Contains(err.Error(), "xxxxyyyy") {
				t.Errorf("%s: the error holds a token: %v", cloud, err)
			}
			if got := calls(); len(got) > i+1 || got[len(got)-1] != call {
				t.Errorf("%s: after %s failed, got\n%s", cloud, call, strings.Join(got, "\n"))
			}
		}
	}
}

// TestParameters: what is set in the environment is what is deployed, or an error.
func TestParameters(t *testing.T) {
	environ, calls := clone(t, "sam", "scf", "make")
	deployed := func(more ...string) (string, error) {
		out, err := released(environ(more...), "aws")
		for _, call := range calls() {
			if _, parameters, ok := strings.Cut(call, "--parameter-overrides "); ok {
				return parameters, err
			}
		}
		return out, err
	}
	got, err := deployed("TOPICGATE_TOKENS=none", "TOPICGATE_MODE=dry_run", `TOPICGATE_REFUSE_MESSAGE=No "{{word}}" \ here.`, "TOPICGATE_QUOTA=", "TOPICGATE_FREEZE=2026-01-31T18:30:00Z", "TOPICGATE_POLICY_URL=s3://rules/policy.yaml?region=eu-central-1", "TOPICGATE_REFRESH=10s", "PARAMETERS=PolicyObject=arn:aws:s3:::rules/policy.yaml FrontDoor=function-url  AlarmEmail=a@example.com")
	if want := `AlarmEmail="a@example.com" Freeze="2026-01-31T18:30:00Z" FrontDoor="function-url" LogKey="none" Mode="dry_run" PolicyObject="arn:aws:s3:::rules/policy.yaml" PolicyUrl="s3://rules/policy.yaml?region=eu-central-1" RedisUrl="none" Refresh="10s" RefuseMessage="No \"{{word}}\" \\ here." SdkAppIds="1400000000" Tokens="none"`; err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	for setting, want := range map[string]string{
		"TOPICGATE_BLOCKED_USERS=mallory": "the template has no parameter BlockedUsers for TOPICGATE_BLOCKED_USERS",
		"PARAMETERS=Front=x":              "PARAMETERS: not NAME=VALUE with a parameter of the template: Front",
		"PARAMETERS=FrontDoor":            "PARAMETERS: not NAME=VALUE",
		"PARAMETERS=Mode=dry_run":         "PARAMETERS: Mode is a variable's: set TOPICGATE_MODE instead",
		"TEMPLATE=no-such.yaml":           "no-such.yaml",
		"TOPICGATE_SDK_APP_IDS=":          "TOPICGATE_SDK_APP_IDS is not set",
		"TOPICGATE_TOKENS=":               "TOPICGATE_TOKENS is not set",
	} {
		if out, err := deployed(setting); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%s: got %v after %q, want an error with %q before anything is done", setting, err, out, want)
		}
	}
	for setting, want := range map[string]string{
		"TOPICGATE_MOOD=dry_run": "serverless.yml does not pass TOPICGATE_MOOD on",
		"TOPICGATE_TOKENS=none":  "TOPICGATE_TOKENS is none",
	} {
		if out, err := released(environ(setting), "scf"); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%s: got %v after %q, want an error with %q before anything is done", setting, err, out, want)
		}
	}
}

// TestNoneIsNoToken: the templates' word for no token is none for the tool, too.
func TestNoneIsNoToken(t *testing.T) {
	environ, calls := clone(t, "sam")
	if out, err := released(environ("TOPICGATE_TOKENS=none"), "aws"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := calls(); !slices.Contains(got, "tokens: unset") {
		t.Errorf("got %q", got)
	}
}

// TestRelease: a canary publishes a version when the code or any parameter has changed,
// and only then.
func TestRelease(t *testing.T) {
	environ, calls := clone(t, "sam")
	digestOf := func(more ...string) string {
		t.Helper()
		secrets := "PARAMETERS=Tokens=secret TokensSecret=gate/tokens "
		settings := []string{"TEMPLATE=deploy/aws/canary.yaml", secrets + "TokensSecretVersion=1"}
		for _, setting := range more {
			settings = append(settings, strings.Replace(setting, "PARAMETERS=", secrets, 1))
		}
		if out, err := released(environ(settings...), "aws"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, call := range calls() {
			if _, after, ok := strings.Cut(call, `Release="`); ok {
				digest, _, _ := strings.Cut(after, `"`)
				return digest
			}
		}
		t.Fatal("no Release was given")
		return ""
	}
	first := digestOf()
	if len(first) != 64 {
		t.Errorf("Release is %q, want 64 hex digits", first)
	}
	if again := digestOf(); again != first {
		t.Errorf("the same deployment got %s and then %s", first, again)
	}
	seen := map[string]string{first: "nothing"}
	for _, change := range []string{
		"CODE=other", "TOPICGATE_MODE=dry_run", "TOPICGATE_SDK_APP_IDS=1400000001",
		"PARAMETERS=TokensSecretVersion=2", "PARAMETERS=TokensSecretVersion=1 FrontDoor=function-url",
	} {
		got := digestOf(change)
		if seen[got] != "" {
			t.Errorf("%s gives the same Release as %s", change, seen[got])
		}
		seen[got] = change
	}
	// The value of a secret is not in what everybody may see.
	if got := digestOf("TOPICGATE_TOKENS=another"); got != first {
		t.Error("Release depends on the value of a secret")
	}
}

// TestMissingTool: without the cloud's tool nothing is done, and the error says which.
func TestMissingTool(t *testing.T) {
	environ, calls := clone(t)
	for cloud, want := range map[string]string{
		"aws": "sam is not installed: see https://",
		"scf": "scf or serverless is not installed: npm install -g serverless-cloud-framework",
	} {
		out, err := released(environ(), cloud)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", cloud, err, want)
		}
		if got := calls(); out != "" || len(got) != 1 || got[0] != "" {
			t.Errorf("%s: %q was done", cloud, got)
		}
	}
	for _, args := range [][]string{nil, {"gcp"}, {"aws", "scf"}} {
		if _, err := released(environ(), args...); err == nil || err.Error() != usage {
			t.Errorf("%q: got %v, want the usage", args, err)
		}
	}
}

// TestURLUnknown: what the tool does not print can be given.
func TestURLUnknown(t *testing.T) {
	environ, calls := clone(t, "scf", "make")
	if _, err := released(environ("QUIET=1"), "scf"); err == nil || !strings.Contains(err.Error(), "no Function URL was printed") {
		t.Errorf("got %v", err)
	}
	calls()
	if out, err := released(environ("QUIET=1", "URL=https://own.example/"), "scf"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := calls(); got[len(got)-1] != "topicgate probe -url https://own.example/" {
		t.Errorf("got %q", got)
	}
}

func TestInherited(t *testing.T) {
	got := inherited([]string{"A=1", "MAKEFLAGS= -- POLICY_DIR=x", "MAKELEVEL=1", "POLICY_DIR=x"})
	if want := []string{"A=1", "POLICY_DIR=x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
