package deploy_test

import (
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"topicgate/pkg/config"
	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/policy"
)

// variableProblems checks one variable of a template: it must exist, and as a path
// lead into the package.
func variableProblems(name, value string) []string {
	short, ours := strings.CutPrefix(name, config.Prefix)
	if !ours {
		return nil
	}
	if !slices.ContainsFunc(config.Docs(), func(d config.Doc) bool {
		return name == d.Name || d.File && name == d.Name+"_FILE"
	}) {
		return []string{"unknown variable: " + name}
	}
	if strings.HasSuffix(short, "_FILE") && value != "" {
		file, packaged := strings.CutPrefix(value, "policy/")
		if _, err := os.Stat(filepath.Join("policies", "default", file)); err != nil || !packaged {
			return []string{fmt.Sprintf("%s names a file that is not packaged: %s", name, value)}
		}
	}
	return nil
}

// environmentProblems loads what a function would, with the default policy packaged.
func environmentProblems(variables map[string]string) ([]string, error) {
	root, err := os.MkdirTemp(scratch, "root")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(filepath.Join(root, "policy"), os.DirFS(filepath.Join("policies", "default"))); err != nil {
		return nil, err
	}
	environ := []string{"LAMBDA_TASK_ROOT=" + root}
	for name, value := range variables {
		environ = append(environ, name+"="+value)
	}
	return policy.Texts(config.Load(environ, config.Options{Function: true}).Problems), nil
}

// isSecret tells the variables whose values nobody may find in a template.
func isSecret(name string) bool {
	return slices.ContainsFunc(config.Docs(), func(d config.Doc) bool {
		// An address may hold a password, and need not.
		return d.Secret && name == d.Name && d.Name != config.Prefix+"UPSTREAM_URL" && d.Name != config.Prefix+"POLICY_URL"
	})
}

// machine is what a binary is made for, or why it cannot be told.
func machine(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	if info.Mode()&0o111 != 0o111 {
		return "a file that cannot be run"
	}
	binary, err := elf.Open(path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = binary.Close() }() // it was only read
	return binary.Machine.String()
}

// samBuilt is what make build-Topicgate writes for SAM, once for all tests.
var samBuilt = sync.OnceValues(func() (string, error) {
	dir, err := packaged()
	if err != nil {
		return "", err
	}
	artifacts := filepath.Join(scratch, "artifacts")
	return artifacts, runMake(dir, "build-Topicgate", "VERSION=test", "ARTIFACTS_DIR="+artifacts, "POLICY_DIR="+filepath.Join(scratch, "policy-one"))
})

// builds are the make targets that build for SAM, and where what they write is found.
type builds map[string]string

// A variant is how one SAM template differs from another.
type variant struct {
	codeURI string
	canary  bool // versions, behind an alias
}

// target is what the front doors call: the function itself, or its alias.
func (v variant) target(function string) string {
	if v.canary {
		return function + "Alias" + liveAlias
	}
	return function
}

// given are the parameters that have no default, and a signed deployment.
func given(more map[string]string) map[string]string {
	all := map[string]string{"SdkAppIds": gatetest.App, "Tokens": "xxxxyyyy", "RedisUrl": "none", "Release": "0123456789abcdef"}
	maps.Copy(all, more)
	return all
}

// samProblems lists what is wrong with a SAM template.
func samProblems(source string, v variant, built builds) []string {
	template, err := parseYAML(source)
	if err != nil {
		return []string{err.Error()}
	}
	s := newStack(template, given(nil))
	if got := text(template, "Transform"); got != "AWS::Serverless-2016-10-31" {
		s.problem("not a SAM template: Transform %q", got)
	}
	functions := s.active("AWS::Serverless::Function")
	if len(functions) != 1 {
		s.problem("%d functions, want one", len(functions))
		return s.problems
	}
	function := functions[0]
	s.checkFunction(function, v, built)
	s.checkEnvironment(function)
	s.checkParameters(source)
	s.checkLogs(function)
	s.checkHTTPAPI(v.target(function))
	if urls := s.active("AWS::Lambda::Url"); len(urls) > 0 {
		s.problem("a Function URL that nobody asked for: %v", urls)
	}
	if violated := s.violated(); len(violated) > 0 {
		s.problem("the rules forbid the usual parameters: %v", violated)
	}

	url := newStack(template, given(map[string]string{"FrontDoor": "function-url"}))
	url.checkFunctionURL(function, v)
	full := newStack(template, given(everything))
	full.checkOptions(function)
	full.checkAlarms(function)
	for _, stack := range []*stack{s, url, full} {
		for name := range child(template, "Resources") {
			if stack.exists(name) {
				stack.properties(name) // finds references to what is not there
			}
		}
		for name := range child(template, "Outputs") {
			if condition := text(template, "Outputs", name, "Condition"); condition == "" || stack.named(condition) {
				stack.resolve(at(template, "Outputs", name))
			}
		}
	}
	return slices.Concat(s.problems, url.problems, full.problems, contradictions(template))
}

func (s *stack) checkFunction(function string, v variant, built builds) {
	p := s.properties(function)
	for key, want := range map[string]string{"Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": "3", "CodeUri": v.codeURI} {
		if got := text(p, key); got != want {
			s.problem("%s is %q, want %q", key, got, want)
		}
	}
	if got := fmt.Sprint(p["Architectures"]); got != "[arm64]" {
		s.problem("Architectures are %s, want [arm64]", got)
	}
	if memory, err := strconv.Atoi(text(p, "MemorySize")); err != nil || memory < 128 {
		s.problem("MemorySize is %q, want 128 or more", text(p, "MemorySize"))
	}
	if v.canary {
		s.checkCanary(function)
	} else if _, versioned := p["AutoPublishAlias"]; versioned {
		s.problem("the function publishes versions: a changed variable would not act until the next")
	}
	if got := text(s.template, "Resources", function, "Metadata", "BuildMethod"); got != "makefile" {
		s.problem("BuildMethod is %q, want makefile", got)
	}
	artifacts, ok := built["build-"+function]
	if !ok {
		s.problem("the Makefile has no target build-%s", function)
		return
	}
	if got := machine(filepath.Join(artifacts, text(p, "Handler"))); got != elf.EM_AARCH64.String() {
		s.problem("build-%s makes no handler for arm64: %s", function, got)
	}
	if _, err := os.Stat(filepath.Join(artifacts, "policy", "words.txt")); err != nil {
		s.problem("build-%s leaves the policy out: %v", function, err)
	}
}

func (s *stack) checkEnvironment(function string) {
	resolved := child(s.properties(function), "Environment", "Variables")
	written := child(s.template, "Resources", function, "Properties", "Environment", "Variables")
	if got := text(resolved, "GOMAXPROCS"); got != "1" {
		s.problem("GOMAXPROCS is %q, want 1", got)
	}
	variables := map[string]string{}
	for name, value := range resolved {
		variables[name] = fmt.Sprint(value)
		s.problems = append(s.problems, variableProblems(name, variables[name])...)
	}
	for name, value := range written {
		if isSecret(name) {
			s.checkSecret(name, value)
		}
	}
	for _, required := range []string{"SDK_APP_IDS", "TOKENS"} {
		if variables[config.Prefix+required] == "" {
			s.problem("%s%s is not set", config.Prefix, required)
		}
	}
	problems, err := environmentProblems(variables)
	if err != nil {
		problems = []string{err.Error()}
	}
	s.problems = append(s.problems, problems...)
}

// checkSecret follows a secret's value to where it comes from: a parameter that is not
// shown and must be given, or Secrets Manager.
func (s *stack) checkSecret(name string, written any) {
	if branches, ok := at(written, "Fn::If").([]any); ok && len(branches) == 3 {
		s.checkSecret(name, branches[1])
		s.checkSecret(name, branches[2])
		return
	}
	if reference := text(written, "Fn::Sub"); reference != "" {
		// The version changes the template when the secret has changed.
		if !regexp.MustCompile(`^\{\{resolve:secretsmanager:\$\{\w+\}:SecretString:::\$\{\w+Version\}\}\}$`).MatchString(reference) {
			s.problem("%s is not a version of a secret in Secrets Manager: %s", name, reference)
		}
		return
	}
	from := text(written, "Ref")
	if from == "AWS::NoValue" {
		return
	}
	parameter := child(s.template, "Parameters", from)
	if text(parameter, "NoEcho") != "true" {
		s.problem("%s is not from a NoEcho parameter", name)
	}
	if _, ok := parameter["Default"]; ok {
		s.problem("%s has a default", name)
	}
}

// checkParameters: one that nothing uses is a setting without effect. A variable's has
// the variable's name, by which deploy/release finds it.
func (s *stack) checkParameters(source string) {
	start, end := strings.Index(source, "\nRules:\n"), strings.Index(source, "\nConditions:\n")
	if start < 0 || end < start {
		s.problem("no rules before the conditions")
		return
	}
	for _, from := range regexp.MustCompile(`(?m)^ +TOPICGATE_(\w+): !Ref (\w+)`).FindAllStringSubmatch(source, -1) {
		if want := parameterOf(from[1]); from[2] != want {
			s.problem("TOPICGATE_%s is from the parameter %s, want %s", from[1], from[2], want)
		}
	}
	source = source[:start] + source[end:]
	for name := range s.parameters {
		if !regexp.MustCompile(`!Ref ` + name + `\b|\$\{` + name + `\}`).MatchString(source) {
			s.problem("nothing uses the parameter %s", name)
		}
	}
}

// only returns the one resource of a type.
func (s *stack) only(kind string) object {
	names := s.active(kind)
	if len(names) != 1 {
		s.problem("%d resources of type %s, want one", len(names), kind)
		return nil
	}
	return s.properties(names[0])
}

func (s *stack) checkHTTPAPI(target string) {
	if got := text(s.only("AWS::ApiGatewayV2::Api"), "ProtocolType"); got != "HTTP" {
		s.problem("ProtocolType is %q, want HTTP", got)
	}
	if got := text(s.only("AWS::ApiGatewayV2::Route"), "RouteKey"); !strings.HasPrefix(got, "POST /") {
		s.problem("the route is %q, want a POST", got)
	}
	integration := s.only("AWS::ApiGatewayV2::Integration")
	for key, want := range map[string]string{"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0", "IntegrationUri": "<" + target + ">"} {
		if got := strings.Replace(text(integration, key), ".Arn>", ">", 1); got != want {
			s.problem("%s is %q, want %q", key, got, want)
		}
	}
	stage := s.only("AWS::ApiGatewayV2::Stage")
	if got := text(stage, "StageName"); got != "$default" {
		s.problem("the stage is %q, want $default", got)
	}
	s.checkAccessLog(stage)
	for _, key := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
		if limit, err := strconv.Atoi(text(stage, "DefaultRouteSettings", key)); err != nil || limit < 1 {
			s.problem("no throttle: %s is %q", key, text(stage, "DefaultRouteSettings", key))
		}
	}
	s.checkPermissions(target, []string{"lambda:InvokeFunction apigateway.amazonaws.com"})
	if source := text(s.only("AWS::Lambda::Permission"), "SourceArn"); !strings.Contains(source, ":<HttpApi>/") {
		s.problem("any API may call: SourceArn is %q", source)
	}
}

func (s *stack) checkFunctionURL(function string, v variant) {
	url := s.only("AWS::Lambda::Url")
	if got := text(url, "AuthType"); got != "NONE" {
		s.problem("AuthType is %q, want NONE: Chat signs in its own way", got)
	}
	qualifier := ""
	if v.canary {
		qualifier = liveAlias
	}
	if text(url, "Qualifier") != qualifier || text(url, "TargetFunctionArn") != "<"+function+">" {
		s.problem("the Function URL is not that of %s: %v", v.target(function), url)
	}
	if apis := s.active("AWS::ApiGatewayV2::Api"); len(apis) > 0 {
		s.problem("an HTTP API that nobody asked for: %v", apis)
	}
	s.checkPermissions(v.target(function), []string{"lambda:InvokeFunction * via URL", "lambda:InvokeFunctionUrl * NONE"})
}

// checkPermissions compares who may call the function with who should.
func (s *stack) checkPermissions(target string, want []string) {
	var got []string
	for _, name := range s.active("AWS::Lambda::Permission") {
		p := s.properties(name)
		if text(p, "FunctionName") != "<"+target+">" {
			s.problem("%s is not for %s: %s", name, target, text(p, "FunctionName"))
		}
		permission := text(p, "Action") + " " + text(p, "Principal")
		if auth := text(p, "FunctionUrlAuthType"); auth != "" {
			permission += " " + auth
		}
		if text(p, "InvokedViaFunctionUrl") == "true" {
			permission += " via URL"
		}
		got = append(got, permission)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		s.problem("the permissions are %q, want %q", got, want)
	}
}

// A mutation breaks a template, and says what of the problem it must lead to.
type mutation struct{ old, broken, want string }

// testTemplate checks a template, and that every broken copy of it is found out.
func testTemplate(t *testing.T, file string, problems func(string) []string, mutations []mutation) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	for _, problem := range problems(good) {
		t.Errorf("%s: %s", file, problem)
	}
	for _, m := range mutations {
		if strings.Count(good, m.old) != 1 {
			t.Errorf("%s holds %q %d times, and a mutation needs it once", file, m.old, strings.Count(good, m.old))
			continue
		}
		found := problems(strings.Replace(good, m.old, m.broken, 1))
		if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, m.want) }) {
			t.Errorf("%s with %q for %q: got %q, want a problem with %q", file, m.broken, m.old, found, m.want)
		}
	}
}

func TestSAMTemplate(t *testing.T) {
	artifacts, err := samBuilt()
	if err != nil {
		t.Fatal(err)
	}
	built := builds{"build-Topicgate": artifacts}
	testTemplate(t, "template.yaml", func(source string) []string { return samProblems(source, variant{codeURI: "."}, built) }, append(samMutations, []mutation{
		{"Runtime: provided.al2023", "Runtime: provided.al2", "Runtime is"},
		{"Handler: bootstrap", "Handler: main", "Handler is"},
		{"Architectures: [arm64]", "Architectures: [x86_64]", "Architectures are"},
		{"      Architectures: [arm64]\n", "", "Architectures are"},
		{"Timeout: 3 #", "Timeout: 30 #", "Timeout is"},
		{"BuildMethod: makefile", "BuildMethod: go1.x", "BuildMethod is"},
		{"  Topicgate:\n", "  Gate:\n", "no target build-Gate"},
		{"CodeUri: .", "CodeUri: dist", "CodeUri is"},
		{"MemorySize: 256", "MemorySize: 64", "MemorySize is"},
		{"      CodeUri: .\n", "      CodeUri: .\n      AutoPublishAlias: live\n", "publishes versions"},
		{"GOMAXPROCS: 1 #", "GOMAXPROCS: 2 #", "GOMAXPROCS is"},
		{"TOPICGATE_BANNED_WORDS:", "TOPICGATE_BANED_WORDS:", "unknown variable: TOPICGATE_BANED_WORDS"},
		{"TOPICGATE_MODE:", "TOPICGATE_MODE_FILE:", "unknown variable: TOPICGATE_MODE_FILE"},
		{"Default: policy/policy.yaml", "Default: policies/policy.yaml", "not packaged"},
		{"  Tokens:\n    Type: String\n    NoEcho: true\n", "  Tokens:\n    Type: String\n", "TOKENS is not from a NoEcho"},
		{"  Tokens:\n    Type: String\n", "  Tokens:\n    Type: String\n    Default: changeme\n", "TOKENS has a default"},
		{"!If [HasTokens, !Ref Tokens, !Ref AWS::NoValue]", "xxxxyyyy", "TOKENS is not from a NoEcho"},
		{"TOPICGATE_SDK_APP_IDS: !Ref SdkAppIds", "TOPICGATE_SDK_APP_IDS: !Ref SdkAppId", "nothing has this name"},
		{"TOPICGATE_ON_ERROR: !Ref OnError", "TOPICGATE_ON_ERROR: permit", `unknown value "permit"`},
		{"TOPICGATE_REFUSE_MESSAGE: !Ref RefuseMessage", "TOPICGATE_REFUSE_MESSAGE: No.", "nothing uses the parameter RefuseMessage"},
		{"        ThrottlingRateLimit: !Ref ThrottleRate\n", "", "no throttle"},
		{"    Default: 400\n", "", "no throttle"},
		{"RouteKey: POST /", "RouteKey: $default", "the route is"},
		{"IntegrationUri: !GetAtt Topicgate.Arn", "IntegrationUri: !Sub ${Topicgate.Arn}:live", "IntegrationUri is"},
		{"${HttpApi}/*/*", "*/*", "any API may call"},
		{"Default: http-api", "Default: function-url", "a Function URL that nobody asked for"},
		{"      InvokedViaFunctionUrl: true\n", "", "the permissions are"},
		{"Action: lambda:InvokeFunctionUrl", "Action: lambda:InvokeFunction", "the permissions are"},
		{"      AuthType: NONE\n  FunctionUrlPermission", "      AuthType: AWS_IAM\n  FunctionUrlPermission", "AuthType is"},
		{"TargetFunctionArn: !Ref Topicgate", "TargetFunctionArn: !Ref Topicgate\n      Qualifier: live", "not that of Topicgate"},
	}...))
}
