package deploy_test

import (
	"archive/zip"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate/gatetest"
)

const oslsFile = "deploy/aws/serverless.yml"

// oslsProblems lists what is wrong with the template of osls, for which make package was
// run in a folder.
func oslsProblems(source, packaged string) []string {
	template, err := parseYAML(source)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for path, want := range map[string]string{
		"configValidationMode":                     "error",
		"provider/name":                            "aws",
		"provider/runtime":                         "provided.al2023",
		"provider/architecture":                    "arm64",
		"provider/versionFunctions":                "false",
		"provider/logs/lambda/logFormat":           "JSON",
		"provider/logs/lambda/applicationLogLevel": "TRACE",
		"functions/topicgate/handler":              "bootstrap",
		"functions/topicgate/timeout":              "3",
		"functions/topicgate/url":                  "true",
	} {
		if got := text(template, strings.Split(path, "/")...); got != want {
			problem("%s is %q, want %q", path, got, want)
		}
	}
	if days, err := strconv.Atoi(text(template, "provider", "logRetentionInDays")); err != nil || days < 1 {
		problem("the log keeps lines for ever")
	}
	artifact := filepath.Join(packaged, filepath.Dir(oslsFile), text(template, "package", "artifact"))
	if got := machineInZip(artifact, text(template, "functions", "topicgate", "handler")); got != elf.EM_AARCH64.String() {
		problem("the artifact holds no handler for arm64: %s", got)
	}
	written := child(template, "functions", "topicgate", "environment")
	variables := passedOn(written, usual)
	for name := range written {
		problems = append(problems, variableProblems(name, variables[name])...)
		value, own := text(written, name), "${env:"+name+"}" // without a default, which would follow a comma
		if required := usual[name] != ""; isSecret(name) && value != own && (required || value != "${env:"+name+", ''}") {
			problem("%s is in the file, or has a default: %s", name, value)
		}
	}
	if variables["GOMAXPROCS"] != "1" {
		problem("GOMAXPROCS is %q, want 1", variables["GOMAXPROCS"])
	}
	for _, required := range []string{"SDK_APP_IDS", "TOKENS"} {
		if variables[config.Prefix+required] == "" {
			problem("%s%s is not set", config.Prefix, required)
		}
	}
	more, err := environmentProblems(variables)
	if err != nil {
		more = []string{err.Error()}
	}
	return append(problems, more...)
}

// machineInZip is what a binary in a package is made for, or why it cannot be told.
func machineInZip(archive, name string) string {
	r, err := zip.OpenReader(archive)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = r.Close() }() // it was only read
	f, err := r.Open(name)
	if err != nil {
		return err.Error()
	}
	copied, err := os.CreateTemp(scratch, "binary")
	if err != nil {
		return err.Error()
	}
	_, err = copied.ReadFrom(f)
	if err = errors.Join(err, copied.Chmod(0o755), copied.Close()); err != nil {
		return err.Error()
	}
	return machine(copied.Name())
}

func TestOslsTemplate(t *testing.T) {
	dir, err := packaged()
	if err != nil {
		t.Fatal(err)
	}
	testTemplate(t, oslsFile, func(source string) []string { return oslsProblems(source, dir) }, []mutation{
		{"configValidationMode: error\n", "", "configValidationMode is"},
		{"configValidationMode: error", "configValidationMode: warn", "configValidationMode is"},
		{"runtime: provided.al2023", "runtime: provided.al2", "provider/runtime is"},
		{"architecture: arm64", "architecture: x86_64", "provider/architecture is"},
		{"  versionFunctions: false", "  #", "provider/versionFunctions is"},
		{"  logRetentionInDays: 30\n", "", "keeps lines for ever"},
		{"      logFormat: JSON\n", "", "logFormat is"},
		{"applicationLogLevel: TRACE", "applicationLogLevel: ERROR", "applicationLogLevel is"},
		{"topicgate-lambda-arm64.zip", "topicgate-lambda-amd64.zip", "no handler for arm64"},
		{"artifact: ../../dist/", "artifact: ../dist/", "no handler for arm64"},
		{"handler: bootstrap", "handler: main", "handler is"},
		{"timeout: 3 #", "timeout: 30 #", "timeout is"},
		{"    url: true #", "    #", "url is"},
		{"GOMAXPROCS: \"1\"", "GOMAXPROCS: \"2\"", "GOMAXPROCS is"},
		{"TOPICGATE_SDK_APP_IDS: $", "TOPICGATE_SDK_APP_ID: $", "unknown variable: TOPICGATE_SDK_APP_ID"},
		{"${env:TOPICGATE_TOKENS}", "xxxxyyyy", "is in the file"},
		{"${env:TOPICGATE_TOKENS}", "${env:TOPICGATE_TOKENS, ''}", "has a default"},
		{"'policy/policy.yaml'", "'policy/rules.yaml'", "not packaged"},
		{"${env:TOPICGATE_LOG_KEY, ''}", "${env:TOPICGATE_LOG_KEY, 'key'}", "LOG_KEY is in the file, or has a default"},
		{"${env:TOPICGATE_REFRESH, ''}", "${env:TOPICGATE_REFRESH, '1s'}", "not a duration from 5s"},
		{"${env:TOPICGATE_FREEZE, ''}", "'maybe'", "TOPICGATE_FREEZE"},
	})
}

// osls is the program, pinned by .ci/run, which requires it; elsewhere a test that wants
// it is skipped where it is not installed.
func osls(t *testing.T) string {
	t.Helper()
	program, err := filepath.Abs(filepath.Join(repository, "dist", "osls", "node_modules", ".bin", "osls"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(program); err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil && os.Getenv("OSLSTEST") == "required" {
		t.Fatalf("no osls: %v: run make osls", err)
	}
	if err != nil {
		t.Skip("no osls: make osls installs it with npm")
	}
	return program
}

// oslsPackage packages a template with no network and no credentials, and returns what
// osls made of it.
func oslsPackage(program, source string, environ ...string) (object, error) {
	dir, err := packaged()
	if err != nil {
		return nil, err
	}
	at, err := os.MkdirTemp(filepath.Join(dir, "deploy"), "osls") // as deep as deploy/aws
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(at, "serverless.yml"), []byte(source), 0o600); err != nil {
		return nil, err
	}
	arguments := []string{program, "package"}
	// A network of its own has nobody in it. Where that is not allowed the proxies at
	// least lead nowhere.
	if exec.Command("unshare", "-rn", "true").Run() == nil {
		arguments = append([]string{"unshare", "-rn"}, arguments...)
	}
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Dir = at
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + scratch, "SLS_NOTIFICATIONS_MODE=off", "AWS_EC2_METADATA_DISABLED=true",
		"HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1",
	}, environ...)
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("osls package: %w\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(at, ".serverless", "cloudformation-template-update-stack.json"))
	if err != nil {
		return nil, err
	}
	return parseYAML(string(data)) // JSON is YAML
}

func TestOslsPackage(t *testing.T) {
	program := osls(t)
	data, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(oslsFile)))
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	environ := []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=xxxxyyyy", "TOPICGATE_REFRESH=10s"}
	made, err := oslsPackage(program, good, environ...)
	if err != nil {
		t.Fatal(err)
	}
	s := newStack(made, nil)
	functions := s.active("AWS::Lambda::Function")
	if len(functions) != 1 {
		t.Fatalf("%d functions, want one", len(functions))
	}
	p := s.properties(functions[0])
	for got, want := range map[string]string{
		text(p, "Runtime"):                                       "provided.al2023",
		fmt.Sprint(p["Architectures"]):                           "[arm64]",
		text(p, "LoggingConfig", "LogFormat"):                    "JSON",
		text(p, "Environment", "Variables", "TOPICGATE_TOKENS"):  "xxxxyyyy",
		text(p, "Environment", "Variables", "TOPICGATE_REFRESH"): "10s",
	} {
		if got != want {
			t.Errorf("the function has %q, want %q", got, want)
		}
	}
	if kinds := append(s.active("AWS::Lambda::Version"), s.active("AWS::Lambda::Alias")...); len(kinds) > 0 {
		t.Errorf("there are versions or aliases, and a changed variable would not act: %v", kinds)
	}
	url := s.only("AWS::Lambda::Url")
	if text(url, "AuthType") != "NONE" || text(url, "Qualifier") != "" || text(url, "TargetFunctionArn") != "<"+functions[0]+".Arn>" {
		t.Errorf("the Function URL is %v", url)
	}
	var permissions []string
	for _, name := range s.active("AWS::Lambda::Permission") {
		permissions = append(permissions, text(s.properties(name), "Action"))
	}
	slices.Sort(permissions)
	if want := []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}; !slices.Equal(permissions, want) {
		t.Errorf("the permissions are %v, want %v", permissions, want)
	}
	for _, problem := range s.problems {
		t.Error(problem)
	}

	broken := []mutation{
		{"memorySize: 256", "memorysize: 256", "unrecognized property 'memorysize'"},
		{"architecture: arm64", "architecture: arm", "provider.architecture"},
		{"runtime: provided.al2023", "runtime: provided.al2024", "provider.runtime"},
		{"timeout: 3 #", "timeout: soon #", "timeout"},
		{"url: true #", "url: anyone #", "url"},
		{"${env:TOPICGATE_TOKENS}", "${env:TOPICGATE_TOKEN}", "TOPICGATE_TOKEN"},
		{"logFormat: JSON", "logFormat: yaml", "logFormat"},
	}
	var wait sync.WaitGroup
	free := make(chan struct{}, 2) // each is a Node of its own
	for _, m := range broken {
		wait.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			if strings.Count(good, m.old) != 1 {
				t.Errorf("%s holds %q %d times, and a mutation needs it once", oslsFile, m.old, strings.Count(good, m.old))
				return
			}
			_, err := oslsPackage(program, strings.Replace(good, m.old, m.broken, 1), environ...)
			if err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("%q for %q: got %v, want an error with %q", m.broken, m.old, err, m.want)
			}
		})
	}
	wait.Wait()
}
