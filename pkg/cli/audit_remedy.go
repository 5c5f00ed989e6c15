package cli

import (
	"fmt"

	"topicgate/pkg/audit"
	"topicgate/pkg/chatapi"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// What audit says that it does, and did, to a topic.
var acts = map[audit.Act]struct{ does, did string }{
	audit.Rename:  {"renamed", "renamed"},
	audit.Mute:    {"muted", "muted"},
	audit.Destroy: {"destroyed, which cannot be undone", "destroyed"},
}

// mayRemedy reports what stands against the remedy before anything is looked at. That the
// policy refuses the name the configuration says.
func (a *auditing) mayRemedy() bool {
	if audit.Act(*a.remedy) == audit.Rename && a.config.RemedyName == "" {
		a.complain("no name to rename to: set %sREMEDY_NAME", config.Prefix)
		return false
	}
	return true
}

// remedies acts on what was found, after a question, and tells it all.
func (a *auditing) remedies(client *chatapi.Client, id string) error {
	act, n := audit.Act(*a.remedy), 0
	for i := range a.report.Findings {
		if a.report.Findings[i].Remediable() {
			n++
		}
	}
	if !*a.asJSON {
		a.tell() // that is what is asked about
	}
	switch {
	case n == 0:
		a.complain("no topic is refused for its name: nothing to do")
		return a.ended(nil, nil)
	case a.config.Spec.Mode == policy.DryRun:
		a.complain("the policy is in dry run: nothing is done; %s would be %s", plural(min(n, *a.most), "topic"), acts[act].does)
		return a.ended(nil, nil)
	}
	path := *a.save
	if path == "" {
		path = fmt.Sprintf("topicgate-audit-%s-%s.jsonl", id, a.began.UTC().Format("20060102T150405Z"))
	}
	if !a.confirmed(a.question(act, n, path)) {
		a.complain("nothing was changed")
		return a.ended(nil, nil)
	}
	save, err := audit.OpenSave(path)
	if err != nil {
		a.complain("%v; nothing was changed", err)
		return a.ended(nil, err)
	}
	defer func() { _ = save.Close() }() // what it holds is on the disk
	m := audit.Remedies{
		Chat: client, Policy: a.config.Policy, App: id, At: a.began, Act: act, Name: a.config.RemedyName,
		Most: *a.most, Save: save, Asking: asking,
	}
	if !*a.asJSON {
		m.Tell = func(c audit.Change) { a.complain("%s", actLine(&c)) }
	}
	acted, err := m.Run(a.ctx, a.report.Findings)
	for _, why := range acted.Problems {
		a.complain("%s", why)
	}
	if err != nil {
		a.complain("it ends here: %v", a.interrupted(err))
	}
	a.complain("%s %s, %d left as they are by now, %d failed, %d more are refused for their names; topicgate audit -undo %s puts back what can be",
		plural(acted.Changed, "topic"), acts[act].did, acted.Left, acted.Failed, acted.Beyond, printable(path))
	return a.ended(&acted, err)
}

// ended ends a run with remedies: one JSON object holds it all.
func (a *auditing) ended(acted *audit.Acted, err error) error {
	if a.acted = acted; *a.asJSON {
		a.tell()
	}
	return err
}

// question is what somebody is asked before topics are changed.
func (a *auditing) question(act audit.Act, n int, path string) string {
	what := acts[act].does
	if act == audit.Rename {
		what += " to " + quote(a.config.RemedyName)
	}
	return fmt.Sprintf("%s refused for their names, of which %d at most will be %s; what they were is saved in %s",
		plural(n, "topic"), min(n, *a.most), what, printable(path))
}

// actLine is one act in one line.
func actLine(c *audit.Change) string {
	line := fmt.Sprintf("%s %s %s", acts[c.Act].did, printable(c.Topic), quote(c.Before.Name))
	if c.Act == audit.Rename {
		line += " to " + quote(c.After.Name)
	}
	return line + ", by rule " + printable(c.Rule)
}

// takeBack puts back what an audit changed.
func (a *auditing) takeBack() int {
	client, id, ok := a.client()
	if !ok {
		return statusUnfinished
	}
	changes, err := audit.ReadChanges(*a.undo)
	if err != nil {
		a.complain("%v", err)
		return statusUnfinished
	}
	question := fmt.Sprintf("%s saved in %s will be undone, the last first, where nobody changed the topic since", plural(len(changes), "change"), printable(*a.undo))
	if !a.confirmed(question) {
		a.complain("nothing was changed")
		return statusUnfinished
	}
	u := audit.Undo{Chat: client, App: id, Asking: asking, Tell: func(c audit.Change, what string) {
		if !*a.asJSON {
			a.print("%s\n", oneLine(fmt.Sprintf("%s %s: %s", printable(c.Topic), quote(c.Before.Name), what)))
		}
	}}
	undone, err := u.Run(a.ctx, changes)
	for _, why := range undone.Problems {
		a.complain("%s", why)
	}
	if *a.asJSON {
		a.printJSON(undone)
	} else {
		a.print("%d put back, %d as they were already, %d changed since and left so, %d destroyed, %d failed\n",
			undone.Restored, undone.Already, undone.Left, undone.Lost, undone.Failed)
	}
	switch {
	case err != nil:
		a.complain("it could not finish: %v", a.interrupted(err))
		return statusUnfinished
	case undone.Failed > 0:
		return statusUnfinished
	}
	return statusOf(undone.Whole())
}
