package cli

import (
	"errors"

	"topicgate/pkg/config"
	"topicgate/pkg/policyfile"
)

func printPolicy(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	var schema func() []byte
	f.BoolFunc("schema", "print the JSON Schema of the language instead; -schema=cases that of files of cases", func(of string) error {
		switch of {
		case "true", "policy":
			schema = policyfile.SchemaJSON
		case "cases":
			schema = policyfile.CasesSchemaJSON
		case "false":
			schema = nil
		default:
			return errors.New("there are schemas of policy and of cases")
		}
		return nil
	})
	digest := f.Bool("digest", false, "print the digest instead")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if schema != nil {
		in.write(string(schema()))
		return statusOK
	}
	c, ok := in.load(config.Options{Offline: true, PolicyFile: *file})
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
