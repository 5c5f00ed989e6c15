package gatetest

// unfound: a policy is looked for where none is. What the function has of its own serves,
// else on_error answers.
func unfound() []Scenario {
	const nowhere = "http://127.0.0.1:1/policy.yaml" // a port where nobody listens
	with := func(more env) env {
		e := env{"POLICY_URL": nowhere, "REFRESH": "5s", "STATE_DIR": "/dev/null/none"}
		for name, value := range more {
			e[name] = value
		}
		return e
	}
	const spam = "rules: [{name: spam, match: {name: {contains: [spam]}}, action: refuse}]"
	asFile := func() env {
		e := with(env{"POLICY": spam, "POLICY_URL_FILE": "url"})
		delete(e, "POLICY_URL")
		return e
	}
	url := map[string]string{"url": "# ours\n" + nowhere + "\n"}
	return []Scenario{
		{Name: "not found: a policy of its own allows", Env: with(env{"POLICY": spam}), Want: byDefault},
		{Name: "not found: a policy of its own refuses", Env: with(env{"POLICY": spam}), Topic: "spam", Want: refusedBy("spam")},
		{Name: "not found: named by a file, allowed", Env: asFile(), Files: url, Want: byDefault},
		{Name: "not found: named by a file, refused", Env: asFile(), Files: url, Topic: "spam", Want: refusedBy("spam")},
		{Name: "not found: nothing else", Env: with(env{"BANNED_WORDS": "spam"}), Want: refusedFor("config")},
		{Name: "not found: nothing else, errors allow", Env: with(env{"ON_ERROR": "allow"}), Want: Want{Reason: "config"}},
	}
}
