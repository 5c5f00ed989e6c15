// Package policyfile is what a person writes: policies in YAML or JSON with their lists
// and files of lists, the cases that a policy must decide, and the JSON Schema of both.
// It reads them into the specs of package policy, knows where everything is written,
// and prints a spec back.
package policyfile
