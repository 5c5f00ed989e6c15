package cli

import (
	"os"

	"topicgate/pkg/history"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// writeCases writes the first change of each name as a case that wants what the new policy
// answers: it passes at once, and where the answer is a mistake, one word puts it right. No
// file is written over: somebody may have put theirs right.
func (in *invocation) writeCases(file string, changes []history.Change) bool {
	type known struct{ name, verdict, rule string }
	seen := map[known]bool{}
	var cases []policyfile.Case
	for i := range changes {
		c := &changes[i]
		key := known{c.Name, c.New.Verdict, c.New.Rule}
		if seen[key] || !c.Governed { // what is not governed is no case of the policy's
			continue
		}
		seen[key] = true
		one := policyfile.CaseOf(&c.First, policyfile.Want{Verdict: policy.Action(c.New.Verdict)})
		if c.Kind == history.Other {
			one.Want = policyfile.WantsRule(c.New.Rule, c.New.Code)
		}
		cases = append(cases, one)
	}
	if len(cases) == 0 {
		in.complain("nothing changes: no cases were written to %s", printable(file))
		return true
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		in.complain("the cases cannot be written: %v; name a file that is not there yet", err)
		return false
	}
	_, err = f.WriteString("# What topicgate replay found to change. Where a verdict is wrong, write what is right, and\n" +
		"# mend the policy until topicgate test passes. A freeze in the policy must be over by then.\n" + policyfile.CasesYAML(cases))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		in.complain("the cases cannot be written: %v", err)
	}
	return err == nil
}
