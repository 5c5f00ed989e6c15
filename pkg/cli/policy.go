package cli

import (
	"topicgate/pkg/config"
	"topicgate/pkg/policyfile"
)

func printPolicy(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	schema := f.Bool("schema", false, "print the JSON Schema of the language instead")
	digest := f.Bool("digest", false, "print the digest instead")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if *schema {
		in.write(string(policyfile.SchemaJSON()))
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
