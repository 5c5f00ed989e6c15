package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"topicgate/pkg/config"
)

// A deployment passes every variable on. What it says of one by hand stands as it is; the
// rest of the table is written between marks, so that a new variable is in every
// deployment once this test has been run with -update.

// A deployed name is one under which a function or a server reads a variable.
type deployed struct {
	config.Doc
	name string // with TOPICGATE_, and with _FILE for the path of a file
	path bool
}

func (d deployed) parameter() string {
	return parameterOf(strings.TrimPrefix(d.name, config.Prefix))
}

// deployedNames are those of a deployment of functions, or of servers.
func deployedNames(functions bool) []deployed {
	var all []deployed
	for _, doc := range config.Docs() {
		if functions && doc.Server {
			continue
		}
		all = append(all, deployed{doc, doc.Name, false})
		if doc.File {
			all = append(all, deployed{doc, doc.Name + "_FILE", true})
		}
	}
	return all
}

// notSAM are those that its templates pass on in another way: the level as Lambda's own,
// the apps by a parameter that must be given, and no secret as a file, which would be in
// the package.
func notSAM(d deployed) bool {
	return d.Name == config.Prefix+"LOG_LEVEL" || d.path && (d.Secret || d.Name == config.Prefix+"SDK_APP_IDS")
}

var made = regexp.MustCompile(`(?ms)^( +)# <made (\w+)>[^\n]*\n(.*?)^ +# </made>$`)

// remade is a deployment's file with what is made of the table in its place.
func remade(source string, line func(block string, d deployed, byHand string) string, functions bool) string {
	byHand := made.ReplaceAllString(source, "")
	return made.ReplaceAllStringFunc(source, func(found string) string {
		m := made.FindStringSubmatch(found)
		first, _, _ := strings.Cut(found, "\n")
		var b strings.Builder
		for _, d := range deployedNames(functions) {
			for text := range strings.Lines(line(m[2], d, byHand)) {
				b.WriteString(m[1] + text)
			}
		}
		return first + "\n" + b.String() + m[1] + "# </made>"
	})
}

// says reports whether a file has a key, by hand.
func says(byHand, key string) bool {
	return regexp.MustCompile(`(?m)^ *` + regexp.QuoteMeta(key) + `:`).MatchString(byHand)
}

// sentence is what a table says, for a place without Markdown.
func sentence(meaning string) string {
	return strings.NewReplacer("`", "", "**", "", "'", "''").Replace(meaning)
}

// samMade writes a variable into a block of a SAM template. CloudFormation counts variables
// that are empty, too, towards a function's 4 KB: those are left out.
func samMade(canary bool) func(string, deployed, string) string {
	return func(block string, d deployed, byHand string) string {
		p := d.parameter()
		if notSAM(d) || says(byHand, d.name) {
			return ""
		}
		values := ""
		if canary {
			values = "  AllowedValues: [secret, none]\n"
		}
		switch {
		case d.Secret && block == "parameters":
			return fmt.Sprintf("%[1]s:\n  Type: String\n  NoEcho: true\n  Description: '%[2]s; secret takes it from %[1]sSecret; none leaves it out'\n  MinLength: 1\n%[3]s"+
				"%[1]sSecret:\n  Type: String\n  Description: With %[1]s=secret, the name or ARN of a secret in Secrets Manager whose whole value it is\n  Default: \"\"\n"+
				"%[1]sSecretVersion:\n  Type: String\n  Description: The version id of that secret; see TokensSecretVersion\n  Default: \"\"\n", p, sentence(d.Meaning), values)
		case d.Secret && block == "rules":
			return fmt.Sprintf("%[1]sFromSecret:\n  RuleCondition: !Equals [!Ref %[1]s, secret]\n  Assertions:\n    - Assert: !Not [!Equals [!Ref %[1]sSecret, \"\"]]\n      AssertDescription: %[1]s=secret needs %[1]sSecret\n"+
				"%[1]sSecretUsed:\n  RuleCondition: !Not [!Equals [!Ref %[1]sSecret, \"\"]]\n  Assertions:\n    - Assert: !Equals [!Ref %[1]s, secret]\n      AssertDescription: %[1]sSecret is read only with %[1]s=secret\n", p)
		case d.Secret && block == "conditions":
			return fmt.Sprintf("Has%[1]s: !Not [!Equals [!Ref %[1]s, none]]\nHas%[1]sSecret: !Equals [!Ref %[1]s, secret]\n", p)
		case d.Secret:
			return fmt.Sprintf("%[1]s: !If\n  - Has%[2]sSecret\n  - !Sub \"{{resolve:secretsmanager:${%[2]sSecret}:SecretString:::${%[2]sSecretVersion}}}\"\n  - !If [Has%[2]s, !Ref %[2]s, !Ref AWS::NoValue]\n", d.name, p)
		case block == "rules":
			return ""
		case block == "conditions":
			return fmt.Sprintf("Has%[1]s: !Not [!Equals [!Ref %[1]s, \"\"]]\n", p)
		case block == "variables":
			return fmt.Sprintf("%[1]s: !If [Has%[2]s, !Ref %[2]s, !Ref AWS::NoValue]\n", d.name, p)
		case d.path:
			return fmt.Sprintf("%s:\n  Type: String\n  Description: A file in the package that says it in the place of %s, as policy/name.txt\n  Default: \"\"\n", p, strings.TrimSuffix(p, "File"))
		}
		return fmt.Sprintf("%s:\n  Type: String\n  Description: '%s'\n  Default: \"\"\n", p, sentence(d.Meaning))
	}
}

// passing writes a line that passes a variable on from the environment.
func passing(format string) func(string, deployed, string) string {
	return func(_ string, d deployed, byHand string) string {
		if says(byHand, d.name) {
			return ""
		}
		return strings.ReplaceAll(format, "NAME", d.name) + "\n"
	}
}

// madeFiles are the files that hold what is made of the table; the canary is made of the
// whole of template.yaml.
var madeFiles = []struct {
	name      string
	functions bool
	line      func(block string, d deployed, byHand string) string
}{
	{"template.yaml", true, samMade(false)},
	{"serverless.yml", true, passing("NAME: ${env:NAME}")},
	{oslsFile, true, passing("NAME: ${env:NAME, ''}")},
	{"deploy/container/compose.yaml", false, passing("NAME: ${NAME:-}")},
}

func TestMade(t *testing.T) {
	for _, f := range madeFiles {
		path := filepath.Join(repository, filepath.FromSlash(f.name))
		source := file(t, path)
		want := remade(source, f.line, f.functions)
		if !strings.Contains(want, "# <made variables>") {
			t.Errorf("%s has no place for variables", f.name)
		}
		if want == source {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the table of variables makes: go test ./deploy -run 'TestMade|TestCanary' -update", f.name)
			continue
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
