package deploy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/config"
)

const kubernetesFile = "deploy/kubernetes/topicgate.yaml"

// kubernetesObjects are the documents of a manifest, by kind and name.
func kubernetesObjects(source string) (map[string]object, []object, error) {
	named := map[string]object{}
	var all []object
	for decoder := yaml.NewDecoder(strings.NewReader(source)); ; {
		var o object
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return named, all, nil
		} else if err != nil {
			return nil, nil, err
		}
		named[text(o, "kind")+" "+text(o, "metadata", "name")] = o
		all = append(all, o)
	}
}

// kubernetesProblems lists what is wrong with the manifests, beyond what their schemas say.
func kubernetesProblems(source string) []string {
	named, _, err := kubernetesObjects(source)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	same := func(what string, got any, want string) {
		if fmt.Sprint(got) != want {
			problem("%s is %v, want %s", what, got, want)
		}
	}
	deployment := named["Deployment topicgate"]
	pod := child(deployment, "spec", "template", "spec")
	containers, _ := pod["containers"].([]any)
	if len(containers) != 1 {
		return append(problems, fmt.Sprintf("%d containers, want one", len(containers)))
	}
	gate := containers[0]
	same("replicas", at(deployment, "spec", "replicas"), "2")
	same("maxUnavailable", at(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable"), "0")
	same("enableServiceLinks", pod["enableServiceLinks"], "false")
	same("automountServiceAccountToken", pod["automountServiceAccountToken"], "false")
	same("runAsNonRoot", at(pod, "securityContext", "runAsNonRoot"), "true")
	same("runAsUser", at(pod, "securityContext", "runAsUser"), "65532") // the image's
	same("fsGroup", at(pod, "securityContext", "fsGroup"), "65532")
	same("readOnlyRootFilesystem", at(gate, "securityContext", "readOnlyRootFilesystem"), "true")
	same("allowPrivilegeEscalation", at(gate, "securityContext", "allowPrivilegeEscalation"), "false")
	same("capabilities", at(gate, "securityContext", "capabilities", "drop"), "[ALL]")
	same("readinessProbe", at(gate, "readinessProbe", "httpGet", "path"), "/healthz")
	same("livenessProbe", at(gate, "livenessProbe", "tcpSocket", "port"), "callbacks")
	if at(gate, "resources", "limits", "memory") == nil || at(gate, "resources", "requests", "cpu") == nil || at(gate, "resources", "limits", "cpu") != nil {
		problem("resources are %v: memory is bounded, and processor time asked for, not bounded", at(gate, "resources"))
	}
	pause, _ := at(gate, "lifecycle", "preStop", "sleep", "seconds").(int)
	grace, _ := pod["terminationGracePeriodSeconds"].(int)
	if pause < 2 || grace < pause+10 {
		problem("it waits %d s of %d before it stops, which takes a drain and what is under way", pause, grace)
	}
	if spread, _ := pod["topologySpreadConstraints"].([]any); len(spread) == 0 || text(spread[0], "topologyKey") != "kubernetes.io/hostname" {
		problem("both gates may be on one machine")
	}
	labels := fmt.Sprint(at(deployment, "spec", "template", "metadata", "labels"))
	for what, got := range map[string]any{
		"Deployment":          at(deployment, "spec", "selector", "matchLabels"),
		"Service":             at(named["Service topicgate"], "spec", "selector"),
		"PodDisruptionBudget": at(named["PodDisruptionBudget topicgate"], "spec", "selector", "matchLabels"),
		"NetworkPolicy":       at(named["NetworkPolicy topicgate"], "spec", "podSelector", "matchLabels"),
	} {
		same("what the "+what+" selects", got, labels)
	}
	same("minAvailable", at(named["PodDisruptionBudget topicgate"], "spec", "minAvailable"), "1")

	// What the gate would find: its settings, and the files that they name.
	mounts := map[string]string{}
	list, _ := at(gate, "volumeMounts").([]any)
	for _, mount := range list {
		mounts[text(mount, "name")] = text(mount, "mountPath")
	}
	environ := []string{}
	root, err := os.MkdirTemp(scratch, "pod")
	if err != nil {
		return []string{err.Error()}
	}
	put := func(path, content string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(root+path), 0o700), os.WriteFile(root+path, []byte(content), 0o600)); err != nil {
			problem("%v", err)
		}
	}
	put(mounts["tokens"]+"/tokens", "xxxxyyyy\n")
	for name := range child(named["ConfigMap topicgate-policy"], "data") {
		put(mounts["policy"]+"/"+name, text(named["ConfigMap topicgate-policy"], "data", name))
	}
	if err := os.MkdirAll(root+mounts["state"], 0o700); err != nil {
		problem("%v", err)
	}
	for name, value := range child(named["ConfigMap topicgate-settings"], "data") {
		setting, ok := value.(string)
		if !ok {
			problem("%s is no text", name)
		}
		if strings.HasPrefix(setting, "/") {
			setting = root + setting
		}
		environ = append(environ, name+"="+setting)
	}
	c := config.Load(environ, config.Options{})
	for _, p := range c.Problems {
		problem("%s", p)
	}
	if len(c.Tokens) == 0 || c.Policy == nil {
		problem("no tokens, or no policy: %q", environ)
	}
	ports, _ := at(gate, "ports").([]any)
	for _, port := range ports {
		want := map[string]string{"callbacks": c.Addr, "metrics": c.MetricsAddr}[text(port, "name")]
		same("the port "+text(port, "name"), ":"+fmt.Sprint(at(port, "containerPort")), want)
	}
	if from, _ := at(gate, "envFrom").([]any); len(from) != 1 || text(from[0], "configMapRef", "name") != "topicgate-settings" || at(gate, "env") != nil {
		problem("not every setting reaches the gates, or one twice: %v", from)
	}
	return problems
}

func TestKubernetes(t *testing.T) {
	testTemplate(t, kubernetesFile, kubernetesProblems, []mutation{
		{"replicas: 2", "replicas: 1", "replicas is 1"},
		{"enableServiceLinks: false", "enableServiceLinks: true", "enableServiceLinks is true"},
		{"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "readOnlyRootFilesystem is false"},
		{"runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot is false"},
		{"maxUnavailable: 0", "maxUnavailable: 1", "maxUnavailable is 1"},
		{"path: /healthz", "path: /", "readinessProbe is /"},
		{"limits: {memory: 128Mi}", "limits: {memory: 128Mi, cpu: 100m}", "not bounded"},
		{"sleep: {seconds: 5}", "sleep: {seconds: 15}", "before it stops"},
		{"minAvailable: 1", "minAvailable: 2", "minAvailable is 2"},
		{"  selector: {app.kubernetes.io/name: topicgate}", "  selector: {app: topicgate}", "what the Service selects"},
		{"mountPath: /run/topicgate", "mountPath: /run/secrets", "TOPICGATE_TOKENS_FILE"},
		{"containerPort: 9001", "containerPort: 9002", "the port metrics is :9002"},
		{"  TOPICGATE_MODE: dry_run", "  TOPICGATE_MOOD: dry_run", "unknown variable"},
		{"    rules: []", "    rule: []", "policy.yaml"},
		{"      envFrom:", "      env: [{name: X, value: x}]\n          envFrom:", "not every setting reaches"},
	})
}

// TestKubernetesSchemas holds the manifests to the API's schemas, by a validator from npm.
func TestKubernetesSchemas(t *testing.T) {
	modules, err := filepath.Abs("../dist/kubernetes/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(filepath.Join(modules, "kubernetes-models")); err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil && os.Getenv("KUBERNETESTEST") == "required" {
		t.Fatalf("no validator: %v: run make kubernetes", err)
	}
	if err != nil {
		t.Skip("no validator of Kubernetes' schemas: make kubernetes installs it with npm")
	}
	validated := func(source string) []string {
		_, all, err := kubernetesObjects(source)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		command := exec.Command("node", "kubernetes/validate.js")
		command.Env = append(os.Environ(), "NODE_PATH="+modules)
		command.Stdin = bytes.NewReader(data)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
	}
	testTemplate(t, kubernetesFile, validated, []mutation{
		{"replicas: 2", "replicas: two", "/spec/replicas: type"},
		{"replicas: 2", "replicaz: 2", "/spec/replicaz: unknown field"},
		{"containerPort: 9000", `containerPort: "9000"`, "containerPort: type"},
		{"enableServiceLinks:", "enableServiceLink:", "enableServiceLink: unknown field"},
		{"sleep: {seconds: 5}", "sleeps: {seconds: 5}", "preStop/sleeps: unknown field"},
		{"kind: PodDisruptionBudget", "kind: PodDisruptionsBudget", "no such kind"},
		{"  minAvailable: 1", "  minAvailable: [1]", "minAvailable"},
		{"        - {port: metrics}", "        - {ports: metrics}", "unknown field"},
		{"      containers:\n", "      container:\n", "required"},
	})
}
