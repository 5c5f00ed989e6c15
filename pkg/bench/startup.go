package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

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
