package deploy_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// everything sets every option of the SAM templates that the defaults leave out.
var everything = map[string]string{
	"Tokens": "secret", "TokensSecret": "gate/tokens", "TokensSecretVersion": "v1",
	"RedisUrl": "secret", "RedisSecret": "gate/redis", "RedisSecretVersion": "v2",
	"Quota": "5/1h", "UpstreamUrl": "https://old.example/callback",
	"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1",
	"PolicyUrl": "s3://rules/policy.yaml?region=eu-central-1", "PolicyObject": "arn:aws:s3:::rules/policy.yaml", "Refresh": "10s", "Freeze": "on",
	"Review": "created,renamed", "Remedy": "rename", "RemedyName": "Renamed", "RemedyLimit": "5/1h", "ChatApiUrl": "https://adminapiger.im.qcloud.com", "ChatAdmin": "gatekeeper",
	"ChatSecretKey": "secret", "ChatSecret": "gate/chat", "ChatSecretVersion": "v3",
	"ReservedConcurrency": "20", "AlarmEmail": "who@example.com", "AlarmTopic": "arn:aws:sns:eu-central-1:123456789012:pager",
}

// parameterOf is the parameter that stands for a variable: SDK_APP_IDS is SdkAppIds.
func parameterOf(variable string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(variable, "_") {
		name.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return name.String()
}

// checkOptions: what each option must lead to, when everything is set.
func (s *stack) checkOptions(function string) {
	p := s.properties(function)
	for name, want := range map[string]string{
		"TOKENS":       "{{resolve:secretsmanager:gate/tokens:SecretString:::v1}}",
		"REDIS_URL":    "{{resolve:secretsmanager:gate/redis:SecretString:::v2}}",
		"QUOTA":        "5/1h",
		"UPSTREAM_URL": "https://old.example/callback",
		"POLICY_URL":   "s3://rules/policy.yaml?region=eu-central-1",
		"REFRESH":      "10s",
		"FREEZE":       "on",
		"REVIEW":       "created,renamed", "REMEDY": "rename", "REMEDY_NAME": "Renamed", "REMEDY_LIMIT": "5/1h",
		"CHAT_API_URL": "https://adminapiger.im.qcloud.com", "CHAT_ADMIN": "gatekeeper", "CHAT_SECRET_KEY": "{{resolve:secretsmanager:gate/chat:SecretString:::v3}}",
	} {
		if got := text(p, "Environment", "Variables", "TOPICGATE_"+name); got != want {
			s.problem("TOPICGATE_%s is %q, want %q", name, got, want)
		}
	}
	if got := fmt.Sprint(p["VpcConfig"]); got != "map[SecurityGroupIds:[sg-1] SubnetIds:[subnet-1 subnet-2]]" {
		s.problem("VpcConfig is %s", got)
	}
	// To read that object, and to do nothing else.
	if got := fmt.Sprint(p["Policies"]); got != "map[Statement:[map[Action:s3:GetObject Effect:Allow Resource:arn:aws:s3:::rules/policy.yaml]]]" {
		s.problem("Policies are %s", got)
	}
	if got := text(p, "ReservedConcurrentExecutions"); got != "20" {
		s.problem("ReservedConcurrentExecutions is %q, want 20", got)
	}
}

// contradictions are the parameters that a template must refuse, and does not; and what
// it must leave out.
func contradictions(template object) []string {
	var problems []string
	for rule, parameters := range map[string]map[string]string{
		"TokensFromSecret":  {"Tokens": "secret"},
		"TokensSecretUsed":  {"Tokens": "none", "TokensSecret": "gate/tokens"},
		"RedisFromSecret":   {"RedisUrl": "secret"},
		"RedisSecretUsed":   {"RedisSecret": "gate/redis"},
		"ChatFromSecret":    {"ChatSecretKey": "secret"},
		"ChatSecretUsed":    {"ChatSecret": "gate/chat"},
		"SubnetsWithGroups": {"SubnetIds": "subnet-1"},
		"PolicyObjectUsed":  {"PolicyObject": "arn:aws:s3:::rules/policy.yaml"},
	} {
		s := newStack(template, given(parameters))
		if got := s.violated(); !slices.Equal(got, []string{rule}) {
			problems = append(problems, fmt.Sprintf("the parameters %v violate the rules %v, want %s", parameters, got, rule))
		}
	}
	for name := range child(template, "Parameters") {
		parameter := child(template, "Parameters", name)
		if _, ok := parameter["Default"]; ok && text(parameter, "NoEcho") == "true" {
			problems = append(problems, "a secret has a default: "+name)
		}
	}
	s := newStack(template, given(map[string]string{"Tokens": "none"}))
	for _, function := range s.active("AWS::Serverless::Function") {
		variables := child(s.properties(function), "Environment", "Variables")
		for _, name := range []string{"TOPICGATE_TOKENS", "TOPICGATE_REDIS_URL", "TOPICGATE_CHAT_SECRET_KEY"} {
			if value, ok := variables[name]; ok {
				problems = append(problems, fmt.Sprintf("none means %v for %s, want no variable", value, name))
			}
		}
		for _, key := range []string{"VpcConfig", "ReservedConcurrentExecutions", "Policies"} {
			if value, ok := s.properties(function)[key]; ok {
				problems = append(problems, fmt.Sprintf("%s is %v, and nobody asked for it", key, value))
			}
		}
	}
	return append(problems, s.problems...)
}

// checkLogs: JSON, in a group of our own whose lines do not stay for ever. The alarms
// read lines at INFO, so no parameter may silence them.
func (s *stack) checkLogs(function string) {
	logging := child(s.properties(function), "LoggingConfig")
	if got := text(logging, "LogFormat"); got != "JSON" {
		s.problem("LogFormat is %q, want JSON", got)
	}
	level := text(s.template, "Resources", function, "Properties", "LoggingConfig", "ApplicationLogLevel", "Ref")
	if levels := fmt.Sprint(at(s.template, "Parameters", level, "AllowedValues")); levels != "[TRACE DEBUG INFO]" {
		s.problem("ApplicationLogLevel may be %s: the alarms read lines at INFO", levels)
	}
	if _, ok := child(s.properties(function), "Environment", "Variables")["TOPICGATE_LOG_LEVEL"]; ok {
		s.problem("TOPICGATE_LOG_LEVEL comes before ApplicationLogLevel, and could silence what the alarms read")
	}
	for _, group := range append(s.active("AWS::Logs::LogGroup"), strings.Trim(text(logging, "LogGroup"), "<>")) {
		if text(s.template, "Resources", group, "Type") != "AWS::Logs::LogGroup" {
			s.problem("the log goes to %q, and that is no group of the template's", group)
		} else if days, err := strconv.Atoi(text(s.properties(group), "RetentionInDays")); err != nil || days < 1 {
			s.problem("%s keeps lines for ever", group)
		}
	}
}

// accessFields are what an access log may hold: nothing of the query, the body or a
// header.
var accessFields = []string{
	"requestTime", "requestId", "identity.sourceIp", "routeKey", "status",
	"integration.integrationStatus", "integration.error", "responseLatency",
}

var contextVariable = regexp.MustCompile(`\$([A-Za-z]\w*(?:\.\w+)*)`)

func (s *stack) checkAccessLog(stage object) {
	format := text(stage, "AccessLogSettings", "Format")
	if format == "" || text(stage, "AccessLogSettings", "DestinationArn") != "<AccessLogGroup.Arn>" {
		s.problem("no access log: what the throttle turns away leaves no line anywhere else")
	}
	for _, found := range contextVariable.FindAllStringSubmatch(format, -1) {
		field, ours := strings.CutPrefix(found[1], "context.")
		if !ours || !slices.Contains(accessFields, field) {
			s.problem("the access log holds $%s, which could carry a signature", found[1])
		}
	}
}

// alarms are those that a template must have, by metric, and the statistic and the
// number of seconds that they look at, and what is made of it.
var alarms = map[string]string{
	"Undecidable":           "topicgate/<AWS::StackName> Sum 60",
	"BrokenStart":           "topicgate/<AWS::StackName> Sum 60",
	"RefusedAuthentication": "topicgate/<AWS::StackName> Sum 300",
	"FailedRelay":           "topicgate/<AWS::StackName> Sum 60",
	"Created":               "topicgate/<AWS::StackName> Sum 300 " + surge,
	"Refused":               "topicgate/<AWS::StackName> Sum 300 " + surge,
	"Frozen":                "topicgate/<AWS::StackName> Sum 1800 IF(MINUTE(lines) < 30, lines, 0)",
	"RefusedReload":         "topicgate/<AWS::StackName> Sum 60",
	"Stale":                 "topicgate/<AWS::StackName> Sum 60",
	"Slipped":               "topicgate/<AWS::StackName> Sum 60",
	"RefusedRename":         "topicgate/<AWS::StackName> Sum 300",
	"Remedied":              "topicgate/<AWS::StackName> Sum 300",
	"FailedRemedy":          "topicgate/<AWS::StackName> Sum 60",
	"TurnedAway":            "topicgate/<AWS::StackName> Sum 60",
	"Errors":                "AWS/Lambda Sum 60",
	"Throttles":             "AWS/Lambda Sum 60",
	"Duration":              "AWS/Lambda p99 300",
}

func (s *stack) checkAlarms(function string) {
	got := map[string]string{}
	for _, name := range s.active("AWS::CloudWatch::Alarm") {
		p := s.properties(name)
		metric, watched := s.watched(name)
		got[metric] = watched
		operator := "GreaterThanOrEqualToThreshold"
		if band := text(p, "ThresholdMetricId"); band != "" {
			operator = "GreaterThanUpperThreshold"
		} else if threshold, err := strconv.Atoi(text(p, "Threshold")); err != nil || threshold < 1 || metric == "Duration" && threshold >= 2000 {
			s.problem("%s never goes off, or always: Threshold %q", name, text(p, "Threshold"))
		}
		for key, want := range map[string]string{
			"EvaluationPeriods": "1", "ComparisonOperator": operator, "TreatMissingData": "notBreaching",
		} {
			if text(p, key) != want {
				s.problem("%s: %s is %q, want %q", name, key, text(p, key), want)
			}
		}
		if actions := fmt.Sprint(p["AlarmActions"]); actions != "[<AlarmMail> "+everything["AlarmTopic"]+"]" {
			s.problem("%s tells %s, want the mail and the topic", name, actions)
		}
		dimensions := "<nil>"
		if text(p, "Namespace") == "AWS/Lambda" {
			dimensions = "[map[Name:FunctionName Value:<" + function + ">]]"
		}
		if fmt.Sprint(p["Dimensions"]) != dimensions {
			s.problem("%s watches %v, want %s", name, p["Dimensions"], dimensions)
		}
	}
	if !maps.Equal(got, alarms) {
		s.problem("the alarms are %v, want %v", got, alarms)
	}
	for metric, filter := range s.metricFilters() {
		if got[metric] != alarms[metric] || alarms[metric] == "" {
			s.problem("no alarm reads the metric %s", metric)
		}
		group, access := filter.group, metric == "TurnedAway"
		if group != "<LogGroup>" && !access || group != "<AccessLogGroup>" && access {
			s.problem("the filter of %s reads %s", metric, group)
		}
	}
}

// A metricFilter counts the lines of a log group that match a pattern.
type metricFilter struct{ group, pattern string }

// metricFilters are a stack's, by the metric that they write.
func (s *stack) metricFilters() map[string]metricFilter {
	filters := map[string]metricFilter{}
	for _, name := range s.active("AWS::Logs::MetricFilter") {
		p := s.properties(name)
		to, _ := p["MetricTransformations"].([]any)
		if len(to) != 1 || text(to[0], "MetricNamespace") != "topicgate/<AWS::StackName>" || text(to[0], "MetricValue") != "1" {
			s.problem("%s does not count into one metric of the stack's: %v", name, to)
			continue
		}
		filters[text(to[0], "MetricName")] = metricFilter{text(p, "LogGroupName"), text(p, "FilterPattern")}
	}
	return filters
}

// samMutations break what all SAM templates share.
var samMutations = []mutation{
	{"  RedisUrl:\n    Type: String\n    NoEcho: true\n", "  RedisUrl:\n    Type: String\n", "REDIS_URL is not from a NoEcho"},
	{"  RedisUrl:\n    Type: String\n", "  RedisUrl:\n    Type: String\n    Default: none\n", "REDIS_URL has a default"},
	{"SecretString:::${TokensSecretVersion}", "SecretString", "not a version of a secret"},
	{"${RedisSecretVersion}", "", "not a version of a secret"},
	{"${RedisSecret}", "gate/redis", "not a version of a secret"},
	{"      - Assert: !Not [!Equals [!Ref TokensSecret, \"\"]]\n", "      - Assert: !Equals [\"\", \"\"]\n", "want TokensFromSecret"},
	{"      - Assert: !Equals [!Ref Tokens, secret]\n", "      - Assert: !Equals [\"\", \"\"]\n", "want TokensSecretUsed"},
	{"        AssertDescription: SubnetIds need", "      - Assert: !Equals [!Ref Tokens, x]\n        AssertDescription: SubnetIds need", "want SubnetsWithGroups"},
	{"HasTokens: !Not [!Equals [!Ref Tokens, none]]", "HasTokens: !Not [!Equals [!Ref Tokens, \"\"]]", "want no variable"},
	{"HasRedis: !Not [!Equals [!Ref RedisUrl, none]]", "HasRedis: !Not [!Equals [!Ref RedisUrl, \"\"]]", "want no variable"},
	{"HasSubnets: !Not [!Equals [!Ref SubnetIds, \"\"]]", "HasSubnets: !Not [!Equals [!Ref SubnetIds, none]]", "nobody asked for it"},
	{"IsReserved: !Not [!Equals [!Ref ReservedConcurrency, \"0\"]]", "IsReserved: !Not [!Equals [!Ref ReservedConcurrency, \"\"]]", "nobody asked for it"},
	{"SecurityGroupIds: !Split [\",\", !Ref SecurityGroupIds]", "SecurityGroupIds: !Split [\",\", !Ref SubnetIds]", "VpcConfig is"},
	{"        LogFormat: JSON\n", "", "LogFormat is"},
	{"AllowedValues: [TRACE, DEBUG, INFO]", "AllowedValues: [TRACE, DEBUG, INFO, WARN]", "the alarms read lines at INFO"},
	{"          TOPICGATE_QUOTA:", "          TOPICGATE_LOG_LEVEL: warn\n          TOPICGATE_QUOTA:", "could silence"},
	{"        LogGroup: !Ref LogGroup\n", "", "no group of the template's"},
	{"LogGroupName: !Sub /aws/lambda/${AWS::StackName}\n      RetentionInDays: !Ref LogRetentionDays\n", "LogGroupName: !Sub /aws/lambda/${AWS::StackName}\n", "keeps lines for ever"},
	{"-access\n      RetentionInDays: !Ref LogRetentionDays\n", "-access\n", "keeps lines for ever"},
	{"$context.routeKey", "$context.path?$request.querystring", "could carry a signature"},
	{"$context.routeKey", "$context.authorizer.Sign", "could carry a signature"},
	{"        DestinationArn: !GetAtt AccessLogGroup.Arn\n", "", "no access log"},
	{"TOPICGATE_QUOTA: !Ref Quota", "TOPICGATE_QUOTA: !Ref Mode", "want Quota"},
	{"TOPICGATE_FREEZE: !Ref Freeze", "TOPICGATE_FREEZE: !Ref Mode", "want Freeze"},
	{"TOPICGATE_POLICY_URL: !Ref PolicyUrl", "TOPICGATE_POLICY_URL_FILE: !Ref PolicyUrl", "TOPICGATE_POLICY_URL is"},
	{"TOPICGATE_REFRESH: !Ref Refresh", "TOPICGATE_REFRESHED: !Ref Refresh", "unknown variable: TOPICGATE_REFRESHED"},
	{"Action: s3:GetObject", "Action: s3:*", "Policies are"},
	{"Resource: !Ref PolicyObject", "Resource: \"*\"", "Policies are"},
	{"HasPolicyObject: !Not [!Equals [!Ref PolicyObject, \"\"]]", "HasPolicyObject: !Not [!Equals [!Ref PolicyObject, none]]", "nobody asked for it"},
	{"      - Assert: !Not [!Equals [!Ref PolicyUrl, \"\"]]\n", "      - Assert: !Equals [\"\", \"\"]\n", "want PolicyObjectUsed"},
	{"${ChatSecretVersion}", "", "not a version of a secret"},
	{"!Sub \"{{resolve:secretsmanager:${ChatSecret}:SecretString:::${ChatSecretVersion}}}\"", "!Ref ChatSecretKey", "CHAT_SECRET_KEY is not from a NoEcho"},
	{"HasChatSecret: !Equals [!Ref ChatSecretKey, secret]", "HasChatSecret: !Not [!Equals [!Ref ChatSecretKey, secret]]", "CHAT_SECRET_KEY is"},
	{"      - Assert: !Not [!Equals [!Ref ChatSecret, \"\"]]\n", "      - Assert: !Equals [\"\", \"\"]\n", "want ChatFromSecret"},
	{"      - Assert: !Equals [!Ref ChatSecretKey, secret]\n", "      - Assert: !Equals [\"\", \"\"]\n", "want ChatSecretUsed"},
	{"TOPICGATE_REMEDY_NAME: !Ref RemedyName", "TOPICGATE_REMEDY_NAME: !Ref Remedy", "want RemedyName"},
	{"          MetricName: Slipped\n          MetricValue", "          MetricName: Slips\n          MetricValue", "no alarm reads the metric Slips"},
	{"TOPICGATE_UPSTREAM_URL: !Ref UpstreamUrl", "TOPICGATE_UPSTREAM: !Ref UpstreamUrl", "unknown variable: TOPICGATE_UPSTREAM"},
	{"      MetricName: Undecidable\n      Statistic", "      MetricName: Undecided\n      Statistic", "the alarms are"},
	{"      Namespace: AWS/Lambda\n      MetricName: Errors\n", "      Namespace: AWS/Lambdas\n      MetricName: Errors\n", "the alarms are"},
	{"ExtendedStatistic: p99", "Statistic: Average", "the alarms are"},
	{"Expression: IF(MINUTE(lines) < 30, lines, 0)", "Expression: lines", "the alarms are"},
	{"              MetricName: Frozen\n            Period: 1800\n", "              MetricName: Frozen\n            Period: 60\n", "the alarms are"},
	{"              MetricName: Refused\n            Period: 300\n", "              MetricName: Refused\n            Period: 3600\n", "the alarms are"},
	{"    Default: 30\n  SlowAlarm:", "    Default: 0\n  SlowAlarm:", "the alarms are"},
	{"    Default: 1000\n", "    Default: 2000\n", "never goes off"},
	{"          MetricName: BrokenStart\n", "          MetricName: BadStart\n", "no alarm reads the metric BadStart"},
	{"      LogGroupName: !Ref AccessLogGroup\n", "      LogGroupName: !Ref LogGroup\n", "the filter of TurnedAway reads"},
	{"  ThrottlesAlarm:\n    Type: AWS::CloudWatch::Alarm\n", "  ThrottlesAlarm:\n    Type: AWS::CloudWatch::Alarm\n    Condition: IsFunctionUrl\n", "the alarms are"},
	{"HasAlarmTopic: !Not [!Equals [!Ref AlarmTopic, \"\"]]", "HasAlarmTopic: !Equals [!Ref AlarmTopic, \"\"]", "want the mail and the topic"},
}
