package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"topicgate/pkg/gate/gatetest"
	"topicgate/pkg/textfold/textfoldtest"
)

// newStartups are the Lambda function with more and more to read before it answers:
// variables alone, the benchmark's policy, and the same with longer and longer lists
// of words.
func newStartups(here, dir string) ([]*function, error) {
	binary := filepath.Join(dir, "lambda")
	policy := filepath.Join(here, "policy/policy.yaml")
	all := []*function{
		newLambda("variables alone", binary, variablesAlone, nil),
		newLambda("the policy, 1,000 words", binary, rules(policy), nil),
	}
	url, err := served(filepath.Join(dir, "topicgate"), policy)
	if err != nil {
		return nil, err
	}
	all = append(all, newLambda("the policy, found at a URL", binary, []string{
		"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + token, "TOPICGATE_POLICY_URL=" + url,
	}, nil))
	text, err := os.ReadFile(policy)
	if err != nil {
		return nil, err
	}
	for _, size := range []struct {
		n    int
		name string
	}{{10_000, "10,000 words"}, {100_000, "100,000 words"}} {
		folder := filepath.Join(dir, fmt.Sprint("policy-", size.n))
		if err := os.Mkdir(folder, 0o755); err != nil {
			return nil, err
		}
		// The policy names its list by a path beside it.
		if err := os.WriteFile(filepath.Join(folder, "policy.yaml"), text, 0o600); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, "words.txt"), []byte(strings.Join(randomWords(size.n), "\n")+"\n"), 0o600); err != nil {
			return nil, err
		}
		all = append(all, newLambda(size.name, binary, rules(filepath.Join(folder, "policy.yaml")), nil))
	}
	return all, nil
}

// served puts a policy, its lists in place, where a first look finds it: on this machine, so
// that no network is measured.
func served(tool, policy string) (url string, err error) {
	command := exec.Command(tool, "policy")
	command.Env = rules(policy)
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("topicgate policy: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { // for as long as the run lasts
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }))
	}()
	return "http://" + listener.Addr().String() + "/policy.yaml", nil
}

// randomWords returns n different words, none of which is in the name that is asked for.
func randomWords(n int) []string {
	name := strings.ToLower(scenario.Topic)
	seen := map[string]bool{}
	words := make([]string, 0, n)
	for word := range textfoldtest.Words {
		if len(words) == n {
			break
		}
		if !seen[word] && !strings.Contains(name, word) {
			seen[word] = true
			words = append(words, word)
		}
	}
	return words
}
