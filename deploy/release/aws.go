package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	samConfig = "deploy/aws/samconfig.toml"
	samBuilt  = ".aws-sam/build"
)

// aws deploys TEMPLATE (template.yaml) as STACK (topicgate). Its parameters are the
// variables that are set, under the templates' names for them, and PARAMETERS, which
// come later and so win.
func (r *release) aws() (pack, deploy func() error, err error) {
	sam, err := r.look([]string{"sam"}, "see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html")
	if err != nil {
		return nil, nil, err
	}
	stack, template := r.or("STACK", "topicgate"), r.or("TEMPLATE", "template.yaml")
	source, err := os.ReadFile(template)
	if err != nil {
		return nil, nil, err
	}
	config, err := filepath.Abs(samConfig)
	if err != nil {
		return nil, nil, err
	}
	parameters, err := r.parameters(string(source))
	if err != nil {
		return nil, nil, err
	}
	// A folder of one's own is found from wherever SAM builds.
	environ := append(slices.Clone(r.environ), "POLICY_DIR="+r.policy)
	pack = func() error {
		return r.command(environ, r.stdout, sam, "build", "--config-file", config, "--template-file", template)
	}
	deploy = func() error {
		if declares(string(source), "Release") {
			if parameters["Release"], err = digest(samBuilt, parameters); err != nil {
				return err
			}
		}
		arguments := []string{"deploy", "--config-file", config, "--stack-name", stack, "--parameter-overrides"}
		if err := r.command(environ, r.stdout, sam, append(arguments, overrides(parameters)...)...); err != nil {
			return err
		}
		return r.callbackURL(sam, stack)
	}
	return pack, deploy, nil
}

// parameters are a template's, by name.
func (r *release) parameters(template string) (map[string]string, error) {
	parameters, checked := map[string]string{}, map[string]bool{} // by check, which says more
	for _, pair := range r.environ {
		name, value, _ := strings.Cut(pair, "=")
		variable, ours := strings.CutPrefix(name, prefix)
		if !ours || value == "" || r.serverOnly(name) {
			continue
		}
		parameter := parameterOf(variable)
		if variable == "LOG_LEVEL" { // Lambda drops what is below its own
			parameter, value = "ApplicationLogLevel", strings.ToUpper(value)
		}
		if !declares(template, parameter) {
			return nil, fmt.Errorf("the template has no parameter %s for %s: write it into the policy instead, or add both", parameter, name)
		}
		parameters[parameter] = value
		checked[parameter] = parameter != "ApplicationLogLevel"
	}
	for pair := range strings.FieldsSeq(r.get("PARAMETERS")) {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || !declares(template, name) {
			return nil, fmt.Errorf("PARAMETERS: not NAME=VALUE with a parameter of the template: %s", name)
		}
		// What is a variable is set as one: check and probe have to know it too.
		if m := regexp.MustCompile(`(?m)^ +(TOPICGATE_\w+): !(?:If \[Has\w+, !)?Ref ` + name + `\b`).FindStringSubmatch(template); m != nil {
			return nil, fmt.Errorf("PARAMETERS: %s is a variable's: set %s instead", name, m[1])
		}
		parameters[name] = value
	}
	for name, written := range declared(template) {
		// A secret that is in Secrets Manager comes from there. Its value is set here only
		// to check and probe with.
		if secret, ok := strings.CutSuffix(name, "SecretVersion"); ok && parameters[secret+"Secret"] != "" {
			for _, named := range []string{secret, secret + "Url", secret + "SecretKey"} {
				if declares(template, named) {
					parameters[named] = "secret"
				}
			}
		}
		if strings.Contains(written, " NoEcho: true\n") && parameters[name] == "" {
			parameters[name] = none
		}
	}
	for name, value := range parameters {
		if err := admitted(name, declared(template)[name], value, checked[name]); err != nil {
			return nil, err
		}
	}
	return parameters, nil
}

var allowedValues = regexp.MustCompile(`(?m)^    AllowedValues: \[(.*)\]$`)

// admitted is an error where a template would refuse a parameter's value.
func admitted(name, written, value string, checked bool) error {
	found := allowedValues.FindStringSubmatch(written)
	if found == nil {
		return nil
	}
	var values []string
	for allowed := range strings.SplitSeq(found[1], ", ") {
		values = append(values, strings.Trim(allowed, `"`))
	}
	switch {
	case slices.Contains(values, value):
		return nil
	case slices.Contains(values, "secret"): // not the value itself, nor in an error
		short := strings.TrimSuffix(strings.TrimSuffix(name, "Url"), "SecretKey")
		return fmt.Errorf("this template takes %s from Secrets Manager alone: put it there, and say PARAMETERS='%[2]sSecret=NAME %[2]sSecretVersion=VERSION-ID'", name, short)
	case checked:
		return nil
	case name == "ApplicationLogLevel":
		return fmt.Errorf("%sLOG_LEVEL may be %s there: the alarms read lines at info", prefix, strings.ToLower(strings.Join(values, ", ")))
	}
	return fmt.Errorf("%s may be %s, not %q", name, strings.Join(slices.DeleteFunc(values, func(v string) bool { return v == "" }), ", "), value)
}

// parameterOf is the parameter that stands for a variable: SDK_APP_IDS is SdkAppIds.
func parameterOf(variable string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(variable, "_") {
		if word != "" {
			name.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return name.String()
}

var parameterBlock = regexp.MustCompile(`(?m)^  (\w+):\n((?:    .*\n)*)`)

// declared are a template's parameters, as they are written, by name.
func declared(template string) map[string]string {
	_, after, _ := strings.Cut(template, "\nParameters:\n")
	section, _, _ := strings.Cut(after, "\nRules:\n")
	blocks := map[string]string{}
	for _, found := range parameterBlock.FindAllStringSubmatch(section, -1) {
		blocks[found[1]] = found[2]
	}
	return blocks
}

// declares reports whether a template has a parameter.
func declares(template, parameter string) bool {
	_, ok := declared(template)[parameter]
	return ok
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// overrides writes parameters as SAM reads them, sorted.
func overrides(parameters map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		list = append(list, name+`="`+escape.Replace(parameters[name])+`"`)
	}
	return list
}

// digest is one of everything that a version is made of: the built files and every
// parameter. A template that has it takes secrets by version only, so that nothing can be
// guessed from it.
func digest(built string, parameters map[string]string) (string, error) {
	sum := sha256.New()
	root, err := os.OpenRoot(built)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }() // it was only read
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := root.ReadFile(name)
		// Lengths, so that no two lists of files run together into the same bytes.
		_, _ = fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(data))
		_, _ = sum.Write(data)
		return err
	})
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		_, _ = fmt.Fprintf(sum, "%d %s %d %s ", len(name), name, len(parameters[name]), parameters[name])
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// callbackURL asks the stack for what it is called by.
func (r *release) callbackURL(sam, stack string) error {
	out, err := r.output(r.environ, sam, "list", "stack-outputs", "--stack-name", stack, "--output", "json")
	if err != nil {
		return err
	}
	var outputs []struct{ OutputKey, OutputValue string }
	if err := json.Unmarshal([]byte(out), &outputs); err != nil {
		return fmt.Errorf("the stack's outputs cannot be read: %w", err)
	}
	for _, o := range outputs {
		if o.OutputKey == "CallbackUrl" {
			r.url = o.OutputValue
			return nil
		}
	}
	return errors.New("the stack has no output CallbackUrl")
}
