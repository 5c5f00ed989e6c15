package cli

import (
	"fmt"

	"topicgate/pkg/config"
	"topicgate/pkg/policyfile"
)

func printPolicy(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	var schema schemaFlag
	f.Var(&schema, "schema", "print the JSON Schema of the language instead; -schema=cases that of files of cases")
	digest := f.Bool("digest", false, "print the digest instead")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	switch schema {
	case schemaOfPolicies:
		in.write(string(policyfile.SchemaJSON()))
		return statusOK
	case schemaOfCases:
		in.write(string(policyfile.CasesSchemaJSON()))
		return statusOK
	}
	c, ok := in.loadOffline(*file)
	if !ok {
		return statusNo
	}
	if *digest {
		in.print("%s\n", c.Digest)
		return statusOK
	}
	in.write(policyfile.YAML(c.Spec)) // which quotes what is hidden, as YAML does
	return statusOK
}

// A schemaFlag says which schema is asked for: by itself that of policies.
type schemaFlag string

const (
	schemaOfPolicies schemaFlag = "policy"
	schemaOfCases    schemaFlag = "cases"
)

func (s *schemaFlag) String() string   { return string(*s) }
func (s *schemaFlag) IsBoolFlag() bool { return true }

func (s *schemaFlag) Set(text string) error {
	switch text {
	case "true", string(schemaOfPolicies):
		*s = schemaOfPolicies
	case string(schemaOfCases):
		*s = schemaOfCases
	case "false":
		*s = ""
	default:
		return fmt.Errorf("there are schemas of %s and of %s", schemaOfPolicies, schemaOfCases)
	}
	return nil
}

// loadOffline is the configuration of a tool that decides without serving. What is
// wrong with it is reported; ok is false when it cannot be used.
func (in *invocation) loadOffline(policyFile string) (c *config.Config, ok bool) {
	c = config.Load(in.environ, config.Options{Offline: true, PolicyFile: policyFile})
	if c.Broken() {
		in.complainAll(c)
		return nil, false
	}
	return c, true
}
