package deploy_test

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"topicgate/pkg/config"
)

// scfProblems lists what is wrong with a template of the Tencent SCF component, for
// which make package was run in a folder.
func scfProblems(source, packaged string) []string {
	template, err := parseYAML(source)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if got := text(template, "component"); got != "scf" {
		problem("component is %q, want scf", got)
	}
	inputs := child(template, "inputs")
	for key, want := range map[string]string{"type": "event", "runtime": "Go1", "handler": "main", "timeout": "3"} {
		if got := text(inputs, key); got != want {
			problem("%s is %q, want %q", key, got, want)
		}
	}
	if memory, err := strconv.Atoi(text(inputs, "memorySize")); err != nil || memory < 128 {
		problem("memorySize is %q, want 128 or more", text(inputs, "memorySize"))
	}
	src := filepath.Join(packaged, text(inputs, "src"))
	if got := machine(filepath.Join(src, text(inputs, "handler"))); got != elf.EM_X86_64.String() {
		problem("src holds no handler for amd64: %s", got)
	}
	if _, err := os.Stat(filepath.Join(src, "policy", "words.txt")); err != nil {
		problem("src leaves the policy out: %v", err)
	}

	written := child(inputs, "environment", "variables")
	for name := range written {
		for _, reserved := range []string{"SCF_", "QCLOUD_", "TENCENTCLOUD_"} {
			if strings.HasPrefix(name, reserved) {
				problem("%s: the platform keeps this name for itself", name)
			}
		}
		// Nothing after the name: the tool would take a default for a part of it.
		if value := text(written, name); isSecret(name) && value != "${env:"+name+"}" {
			problem("%s is in the file, or has a default: %s", name, value)
		}
	}
	variables := passedOn(written, usual)
	for _, required := range []string{"SDK_APP_IDS", "TOKENS"} {
		if variables[config.Prefix+required] == "" {
			problem("%s%s is not set", config.Prefix, required)
		}
	}
	for name, value := range variables {
		problems = append(problems, variableProblems(name, value)...)
		if len(value) > consoleBytes {
			problem("%s has %d bytes, and the console takes %d: put it into a file", name, len(value), consoleBytes)
		}
	}
	more, err := environmentProblems(variables)
	if err != nil {
		more = []string{err.Error()}
	}
	problems = append(problems, more...)

	events, _ := at(inputs, "events").([]any)
	if len(events) != 1 || len(child(events[0])) != 1 {
		problem("the events are %v, want one, http", events)
		return problems
	}
	for _, setting := range []struct {
		path []string
		want string
	}{
		{[]string{"qualifier"}, "$DEFAULT"},
		{[]string{"authType"}, "NONE"},
		{[]string{"netConfig", "enableExtranet"}, "true"},
		{[]string{"netConfig", "enableIntranet"}, "false"},
	} {
		if got := text(child(events[0], "http", "parameters"), setting.path...); got != setting.want {
			problem("the Function URL's %s is %q, want %q", strings.Join(setting.path, "."), got, setting.want)
		}
	}
	return problems
}

// consoleBytes is how long the console lets a variable's value be.
const consoleBytes = 64

func TestSCFTemplate(t *testing.T) {
	dir, err := packaged()
	if err != nil {
		t.Fatal(err)
	}
	http := "    - http:\n        parameters:\n"
	testTemplate(t, "serverless.yml", func(source string) []string { return scfProblems(source, dir) }, []mutation{
		{"component: scf", "component: apigateway", "component is"},
		{"type: event", "type: web", "type is"},
		{"runtime: Go1", "runtime: CustomRuntime", "runtime is"},
		{"handler: main", "handler: bootstrap", "handler is"},
		{"timeout: 3 #", "timeout: 30 #", "timeout is"},
		{"memorySize: 128", "memorySize: 64", "memorySize is"},
		{"src: ./dist/package/scf-amd64", "src: ./dist/scf", "src holds no handler"},
		{"src: ./dist/package/scf-amd64", "src: ./dist/package/lambda-arm64", "src holds no handler"},
		{"TOPICGATE_SDK_APP_IDS: $", "TOPICGATE_SDK_APP_ID: $", "unknown variable: TOPICGATE_SDK_APP_ID"},
		{"${env:TOPICGATE_LOG_KEY}", "${env:TOPICGATE_LOG_KEY, ''}", "has a default"},
		{"${env:TOPICGATE_TOKENS}", "${env:TOPICGATE_TOKENS, 'changeme'}", "has a default"},
		{"${env:TOPICGATE_TOKENS}", "xxxxyyyy", "is in the file"},
		{"policy/policy.yaml", "policy/rules.yaml", "not packaged"},
		{"${env:TOPICGATE_SDK_APP_IDS}", "1400000000,1400000001,1400000002,1400000003,1400000004,1400000005", "the console takes 64"},
		{"enableExtranet: true", "enableExtranet: false", "enableExtranet"},
		{"            enableExtranet: true\n", "", "enableExtranet"},
		{"enableIntranet: false", "enableIntranet: true", "enableIntranet"},
		{"            enableIntranet: false\n", "", "enableIntranet"},
		{"authType: NONE", "authType: CAM", "authType"},
		{"qualifier: $DEFAULT", "qualifier: $LATEST", "qualifier"},
		{http, "    - apigw:\n        parameters:\n", "Function URL's"},
		{http, "    - timer:\n        parameters: {}\n" + http, "want one, http"},
	})
}
