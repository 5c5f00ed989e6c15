package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// functionURL is a Function URL as the component prints it.
var functionURL = regexp.MustCompile(`https://[A-Za-z0-9.-]+\.tencentscf\.com[^\s"',]*`)

// passedOn is a variable in serverless.yml, and what it is there.
var passedOn = regexp.MustCompile(`(?m)^      (TOPICGATE_\w+): (\S+)$`)

// scf deploys serverless.yml with Tencent's command line for its component, which was
// called serverless before it was called scf.
func (r *release) scf() (pack, deploy func() error, err error) {
	cli, err := r.look([]string{"scf", "serverless"}, "npm install -g serverless-cloud-framework installs scf")
	if err != nil {
		return nil, nil, err
	}
	template, err := os.ReadFile("serverless.yml")
	if err != nil {
		return nil, nil, err
	}
	for _, pair := range r.environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || value == "" || r.serverOnly(name) {
			continue
		}
		var passed []string
		for _, found := range passedOn.FindAllStringSubmatch(string(template), -1) {
			if found[1] == name {
				passed = found
			}
		}
		switch {
		case passed == nil:
			return nil, nil, fmt.Errorf("serverless.yml does not pass %s on: write it there, or what it says into the policy", name)
		case passed[2] != "${env:"+name+"}" && passed[2] != value:
			return nil, nil, fmt.Errorf("serverless.yml says %s: %s, and not what is set here: change it there", name, passed[2])
		case name == prefix+"POLICY" && strings.Contains(string(template), "\n      "+name+"_FILE: policy/"):
			return nil, nil, fmt.Errorf("serverless.yml sets %s_FILE, and both cannot be: take that line out, or set POLICY_DIR to a folder with the policy", name)
		case value == none:
			return nil, nil, fmt.Errorf("%s is none, and serverless.yml would pass that on: take the variable out of it to go without", name)
		}
	}
	pack = func() error {
		return r.command(append(slices.Clone(r.environ), "POLICY_DIR="+r.policy), r.stdout, "make", "package")
	}
	deploy = func() error {
		out, err := r.output(r.environ, cli, "deploy")
		if err != nil {
			return err
		}
		// URL says it where the console shows what the tool does not.
		if r.url = r.or("URL", functionURL.FindString(out)); r.url == "" {
			return errors.New("it is deployed, but no Function URL was printed: copy it from the console, and run dist/topicgate probe -url URL")
		}
		return nil
	}
	return pack, deploy, nil
}
