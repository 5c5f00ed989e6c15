package deploy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write anew what is made: deploy/aws/canary.yaml, the guide's table")

// canaryEdits make deploy/aws/canary.yaml of template.yaml.
var canaryEdits = []struct{ old, canary string }{
	{`# topicgate as an AWS Lambda function, behind an HTTP API or a Function URL.
#
#   sam build && sam deploy --guided
#
`, `# Made from template.yaml: go test ./deploy -run TestCanary -update
#
# topicgate as template.yaml deploys it, except that each deployment publishes a version,
# which takes over a tenth of the callbacks and, unless an alarm goes off within five
# minutes, the rest. A variable acts with the version that it was published in.
#
# Secrets are Secrets Manager's here; TOPICGATE_TOKENS is still set where you deploy from,
# since what was deployed is probed with it:
#
#   aws secretsmanager create-secret --name gate/tokens --secret-string "$TOPICGATE_TOKENS"
#   make deploy-aws TEMPLATE=deploy/aws/canary.yaml PARAMETERS='TokensSecret=gate/tokens TokensSecretVersion=…'
#
# with the VersionId that the first command printed, and a new one after each change. It
`},
	{`as policy/ after its cases have passed, and prints the URL for the Chat console.
# ` + "`make deploy-aws`" + ` does the same, and checks before and after. deploy/aws/canary.yaml is
# made from this file: a changed deployment takes over step by step there.
`, `as policy/ after its cases have passed, and prints the URL for the Chat console.
`},
	{"Description: topicgate, admission control for Tencent Chat topics\n", "Description: topicgate, admission control for Tencent Chat topics, deployed step by step\n"},
	{"\nParameters:\n", `
Parameters:
  # SAM publishes a version when this changes, and by itself does not look at variables.
  Release:
    Type: String
    Description: A digest of the code and of every other parameter, as make deploy-aws gives it
    AllowedPattern: "[0-9a-f]{16,64}"
`},
	// A digest that anyone may see must not be one of a secret: here secrets come with a
	// version, and that is what Release covers.
	{"two while you rotate; secret takes them from TokensSecret; none leaves signatures unchecked\n    MinLength: 1\n",
		"two while you rotate, are in TokensSecret; secret takes them from there; none leaves signatures unchecked\n    AllowedValues: [secret, none]\n"},
	{"Where quotas are shared, as rediss://user:password@host:6379/0; secret takes it from RedisSecret; none counts in each instance\n    AllowedPattern: none|secret|rediss?://.+\n",
		"Where quotas are shared; secret takes it from RedisSecret; none counts in each instance\n    AllowedValues: [secret, none]\n"},
	{"  # The front doors call $LATEST, not an alias: a changed variable acts at once.\n",
		"  # The front doors call the alias. SAM publishes a version, CodeDeploy moves the alias.\n"},
	{"      CodeUri: .\n", "      CodeUri: ../..\n"},
	{"      Timeout: 3 #", `      AutoPublishAlias: live
      AutoPublishCodeSha256: !Ref Release
      DeploymentPreference:
        Type: Canary10Percent5Minutes
        # Not those of refused authentications and failed relays: strangers and the
        # upstream set them off, and could keep a version from being deployed.
        Alarms:
          - !Ref UndecidableAlarm
          - !Ref BrokenStartAlarm
          - !Ref ErrorsAlarm
          - !Ref ThrottlesAlarm
          - !Ref DurationAlarm
      Timeout: 3 #`},
	{"IntegrationUri: !GetAtt Topicgate.Arn\n", "IntegrationUri: !Ref Topicgate.Alias\n"},
	{"  HttpApiPermission:\n    Type: AWS::Lambda::Permission\n    Condition: IsHttpApi\n    Properties:\n      FunctionName: !Ref Topicgate\n",
		"  HttpApiPermission:\n    Type: AWS::Lambda::Permission\n    Condition: IsHttpApi\n    Properties:\n      FunctionName: !Ref Topicgate.Alias\n"},
	{"  FunctionUrl:\n    Type: AWS::Lambda::Url\n", "  FunctionUrl:\n    Type: AWS::Lambda::Url\n    DependsOn: TopicgateAliaslive # SAM's name for the alias\n"},
	{"      TargetFunctionArn: !Ref Topicgate\n", "      TargetFunctionArn: !Ref Topicgate\n      Qualifier: live\n"},
	{"      FunctionName: !Ref Topicgate\n      Action: lambda:InvokeFunctionUrl\n", "      FunctionName: !Ref Topicgate.Alias\n      Action: lambda:InvokeFunctionUrl\n"},
	{"      FunctionName: !Ref Topicgate\n      Action: lambda:InvokeFunction\n      Principal: \"*\"\n", "      FunctionName: !Ref Topicgate.Alias\n      Action: lambda:InvokeFunction\n      Principal: \"*\"\n"},
}

// checkCanary: versions that differ when anything does, and that alarms can stop.
func (s *stack) checkCanary(function string) {
	written := child(s.template, "Resources", function, "Properties")
	if got := text(written, "AutoPublishAlias"); got != liveAlias {
		s.problem("AutoPublishAlias is %q, want %s", got, liveAlias)
	}
	if got := text(written, "AutoPublishCodeSha256", "Ref"); got != "Release" {
		s.problem("AutoPublishCodeSha256 is not the parameter Release: a changed variable would publish no version")
	}
	if _, ok := child(s.template, "Parameters", "Release")["Default"]; ok {
		s.problem("Release has a default: a changed variable would publish no version")
	}
	for _, secret := range []string{"Tokens", "RedisUrl"} {
		if values := fmt.Sprint(at(s.template, "Parameters", secret, "AllowedValues")); values != "[secret none]" {
			s.problem("%s may be %s: Release would not cover it, or give it away", secret, values)
		}
	}
	if got := text(written, "DeploymentPreference", "Type"); !strings.HasPrefix(got, "Canary") {
		s.problem("DeploymentPreference is %q, want a canary", got)
	}
	var got []string
	list, _ := at(written, "DeploymentPreference", "Alarms").([]any)
	for _, alarm := range list {
		got = append(got, strings.TrimSuffix(text(alarm, "Ref"), "Alarm"))
	}
	slices.Sort(got)
	// Those that a version can be the cause of.
	want := []string{"BrokenStart", "Duration", "Errors", "Throttles", "Undecidable"}
	if !slices.Equal(got, want) {
		s.problem("the alarms that stop a deployment are %v, want %v", got, want)
	}
}

func TestCanary(t *testing.T) {
	artifacts, err := samBuilt()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(repository, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	made := remade(string(data), samMade(true), true)
	for _, edit := range canaryEdits {
		if strings.Count(made, edit.old) != 1 {
			t.Fatalf("template.yaml holds %q %d times, and making the canary of it needs it once", edit.old, strings.Count(made, edit.old))
		}
		made = strings.Replace(made, edit.old, edit.canary, 1)
	}
	const file = "deploy/aws/canary.yaml"
	path := filepath.Join(repository, filepath.FromSlash(file))
	if *update {
		if err := os.WriteFile(path, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if committed, err := os.ReadFile(path); err != nil || string(committed) != made {
		t.Fatalf("%s is not what template.yaml makes (%v): go test ./deploy -run TestCanary -update", file, err)
	}
	built := builds{"build-Topicgate": artifacts}
	v := variant{codeURI: "../..", canary: true}
	testTemplate(t, file, func(source string) []string { return samProblems(source, v, built) }, []mutation{
		{"      AutoPublishAlias: live\n", "", "AutoPublishAlias is"},
		{"      AutoPublishCodeSha256: !Ref Release\n", "", "a changed variable would publish no version"},
		{"AutoPublishCodeSha256: !Ref Release", "AutoPublishCodeSha256: !Ref Mode", "a changed variable would publish no version"},
		{"  Release:\n    Type: String\n", "  Release:\n    Type: String\n    Default: \"0123456789abcdef\"\n", "a changed variable would publish no version"},
		{"none leaves signatures unchecked\n    AllowedValues: [secret, none]\n", "none leaves signatures unchecked\n", "Tokens may be"},
		{"Type: Canary10Percent5Minutes", "Type: AllAtOnce", "want a canary"},
		{"          - !Ref UndecidableAlarm\n", "", "the alarms that stop a deployment"},
		{"          - !Ref UndecidableAlarm\n", "          - !Ref UndecidableAlarm\n          - !Ref RefusedAuthenticationAlarm\n", "the alarms that stop a deployment"},
		{"IntegrationUri: !Ref Topicgate.Alias", "IntegrationUri: !GetAtt Topicgate.Arn", "IntegrationUri is"},
		{"      Qualifier: live\n", "", "the Function URL is not that of"},
		{"      FunctionName: !Ref Topicgate.Alias\n      Action: lambda:InvokeFunctionUrl\n", "      FunctionName: !Ref Topicgate\n      Action: lambda:InvokeFunctionUrl\n", "is not for TopicgateAliaslive"},
		{"      SourceArn", "      Qualifier: live\n      SourceAccount", "any API may call"},
	})
}
