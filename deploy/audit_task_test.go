package deploy_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/config"
)

// auditKey is the secret that the played task is given.
const auditKey = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat-AbCdEf"

// auditStack is deploy/aws/audit.yaml with its parameters filled in.
func auditStack(source, chatURL string) (*stack, error) {
	template, err := parseYAML(source)
	if err != nil {
		return nil, err
	}
	return newStack(template, map[string]string{
		"Image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/topicgate@sha256:" + strings.Repeat("0", 64), "SdkAppIds": chatapitest.App,
		"ChatApiUrl": chatURL, "ChatSecretKey": auditKey, "Vpc": "vpc-0", "Subnets": "subnet-0", "Email": "duty@example.com",
	}), nil
}

// container is the one of the task, with its environment.
func (s *stack) container() (c object, environ map[string]string, secrets map[string]string) {
	containers, _ := s.only("AWS::ECS::TaskDefinition")["ContainerDefinitions"].([]any)
	if len(containers) != 1 {
		s.problem("%d containers, want one", len(containers))
		return nil, nil, nil
	}
	pairs := func(key, value string) map[string]string {
		all := map[string]string{}
		list, _ := at(containers[0], key).([]any)
		for _, pair := range list {
			all[text(pair, "Name")] = text(pair, value)
		}
		return all
	}
	return containers[0].(object), pairs("Environment", "Value"), pairs("Secrets", "ValueFrom")
}

// auditTaskProblems lists what is wrong with the template of a scheduled audit.
func auditTaskProblems(source string) []string {
	s, err := auditStack(source, "https://console.tim.qq.com")
	if err != nil {
		return []string{err.Error()}
	}
	for name := range child(s.template, "Resources") {
		s.properties(name) // which finds what leads nowhere
	}
	for name := range s.parameters {
		if !regexp.MustCompile(`!Ref ` + name + `\b`).MatchString(source) {
			s.problem("nothing uses the parameter %s", name)
		}
	}
	want := func(what string, got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			s.problem("%s is %v, want %v", what, got, want)
		}
	}
	c, environ, secrets := s.container()
	for name, value := range environ {
		for _, problem := range variableProblems(name, value) {
			s.problem("%s", problem)
		}
		if isSecret(name) {
			s.problem("%s is in clear", name)
		}
	}
	want("what the task is told", at(c, "Command"), []any{"audit"})
	want("the file system", at(c, "ReadonlyRootFilesystem"), "true")
	want("the key", secrets, map[string]string{config.Prefix + "CHAT_SECRET_KEY": auditKey})
	want("the log", at(c, "LogConfiguration", "Options", "awslogs-group"), "<Log>")

	schedule := s.only("AWS::Scheduler::Schedule")
	for _, row := range []struct {
		path []string
		want any
	}{
		{[]string{"GroupName"}, "<Group>"},
		{[]string{"FlexibleTimeWindow", "Mode"}, "OFF"},
		{[]string{"Target", "Arn"}, "<Cluster.Arn>"},
		{[]string{"Target", "RoleArn"}, "<SchedulerRole.Arn>"},
		{[]string{"Target", "RetryPolicy", "MaximumRetryAttempts"}, "0"},
		{[]string{"Target", "EcsParameters", "TaskDefinitionArn"}, "<Task>"},
		{[]string{"Target", "EcsParameters", "LaunchType"}, "FARGATE"},
		{[]string{"Target", "EcsParameters", "TaskCount"}, "1"},
	} {
		want(strings.Join(row.path, "."), at(schedule, row.path...), row.want)
	}
	for role, may := range map[string]map[string]string{
		"ExecutionRole": {"secretsmanager:GetSecretValue": auditKey},
		"SchedulerRole": {"ecs:RunTask": "<Task>", "iam:PassRole": "<ExecutionRole.Arn>"},
	} {
		got := map[string]string{}
		policies, _ := s.properties(role)["Policies"].([]any)
		for _, policy := range policies {
			statements, _ := at(policy, "PolicyDocument", "Statement").([]any)
			for _, one := range statements {
				got[text(one, "Action")] = text(one, "Resource")
			}
		}
		want("what "+role+" may", got, may)
	}
	if inbound := at(s.only("AWS::EC2::SecurityGroup"), "SecurityGroupIngress"); inbound != nil {
		s.problem("the task can be asked: %v", inbound)
	}

	rule := s.only("AWS::Events::Rule")
	want("whose end is watched", at(rule, "EventPattern", "detail", "clusterArn"), []any{"<Cluster.Arn>"})
	want("which end is told", at(rule, "EventPattern", "detail", "$or"), []any{
		object{"containers": object{"exitCode": []any{object{"anything-but": []any{"0"}}}}}, object{"stopCode": []any{"TaskFailedToStart"}},
	})
	if targets, _ := rule["Targets"].([]any); len(targets) != 1 || text(targets[0], "Arn") != "<Mail>" {
		s.problem("an end is told to %v", rule["Targets"])
	}
	want("what the alarm tells", at(s.only("AWS::CloudWatch::Alarm"), "AlarmActions"), []any{"<Mail>"})
	var tellers []string
	statements, _ := at(s.only("AWS::SNS::TopicPolicy"), "PolicyDocument", "Statement").([]any)
	for _, one := range statements {
		tellers = append(tellers, text(one, "Principal", "Service")+" "+text(one, "Condition", "ArnEquals", "aws:SourceArn"))
	}
	slices.Sort(tellers)
	want("who may send mails", tellers, []string{"cloudwatch.amazonaws.com <NotBegun.Arn>", "events.amazonaws.com <Ended.Arn>"})
	return s.problems
}

func TestAuditTaskTemplate(t *testing.T) {
	testTemplate(t, "deploy/aws/audit.yaml", auditTaskProblems, []mutation{
		{"Command: [audit]", "Command: [audit, -remedy, rename, -yes]", "what the task is told is"},
		{"TOPICGATE_CHAT_API_URL", "TOPICGATE_CHAT_URL", "unknown variable: TOPICGATE_CHAT_URL"},
		{"          Secrets:\n            - Name: TOPICGATE_CHAT_SECRET_KEY\n              ValueFrom:", "            - Name: TOPICGATE_CHAT_SECRET_KEY\n              Value:", "TOPICGATE_CHAT_SECRET_KEY is in clear"},
		{"awslogs-group: !Ref Log", "awslogs-group: !Ref Logs", "nothing has this name"},
		{"MaximumRetryAttempts: 0", "MaximumRetryAttempts: 5", "MaximumRetryAttempts is 5"},
		{"TaskCount: 1", "TaskCount: 2", "TaskCount is 2"},
		{"Action: ecs:RunTask, Resource: !Ref Task", "Action: ecs:RunTask, Resource: \"*\"", "what SchedulerRole may is"},
		{"GetSecretValue, Resource: !Ref ChatSecretKey", "GetSecretValue, Resource: \"*\"", "what ExecutionRole may is"},
		{"anything-but: [0]", "anything-but: [0, 1]", "which end is told is"},
		{"AlarmActions: [!Ref Mail]", "AlarmActions: []", "what the alarm tells is"},
		{"Service: cloudwatch.amazonaws.com", "Service: events.amazonaws.com", "who may send mails is"},
		{"AssignPublicIp: !Ref PublicIp", "AssignPublicIp: ENABLED", "nothing uses the parameter PublicIp"},
		{"      SecurityGroupEgress:\n", "      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 9000, ToPort: 9000, CidrIp: 0.0.0.0/0}]\n      SecurityGroupEgress:\n", "the task can be asked"},
	})
}

// TestAuditTask runs what the task is told in its environment: 1 where something is found,
// which sends a mail, and 0 where nothing is.
func TestAuditTask(t *testing.T) {
	chat, tool, outside := auditedApp(t)
	s, err := auditStack(file(t, "aws/audit.yaml"), chat.URL())
	if err != nil {
		t.Fatal(err)
	}
	c, environ, _ := s.container()
	outside = slices.DeleteFunc(outside, func(pair string) bool {
		return strings.HasPrefix(pair, config.Prefix) && !strings.HasPrefix(pair, config.Prefix+"BANNED_WORDS=") // which stands for the image's policy
	})
	for name, value := range environ {
		outside = append(outside, name+"="+value)
	}
	outside = append(outside, config.Prefix+"CHAT_SECRET_KEY="+chatapitest.SecretKey)
	words := []string{tool}
	command, _ := c["Command"].([]any)
	for _, word := range command {
		words = append(words, fmt.Sprint(word))
	}
	findsPlanted(t, chat, func() int { return auditing(t, words, outside) })
	if acts := chat.Acts(); len(acts) > 0 {
		t.Errorf("it acts: %v", acts)
	}
}
