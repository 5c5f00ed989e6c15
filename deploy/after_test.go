package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"topicgate/pkg/app"
	"topicgate/pkg/awsevent"
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/gate/gatetest"
)

// A playedRemedy says what it is told to have done.
type playedRemedy []gate.Act

func (playedRemedy) Word() string { return "rename" }

func (playedRemedy) Would(gate.Found) bool { return false }

func (r playedRemedy) Act(context.Context, gate.Found) []gate.Act { return r }

// linesAfter are those of what Chat tells afterwards, and of what was done about it.
func linesAfter(t *testing.T) []lived {
	t.Helper()
	const token = "xxxxyyyy"
	c := config.Load([]string{
		"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + token, "TOPICGATE_REVIEW=created,renamed",
		`TOPICGATE_POLICY=rules: [{name: watched, match: {name: {contains: [spam]}}, action: flag}, {name: trial, match: {name: {contains: [spam]}}, action: refuse, mode: dry_run}, {name: spam, match: {name: {contains: [spam]}}, action: refuse}]`,
	}, config.Options{Function: true})
	if c.Broken() {
		t.Fatal(c.Problems)
	}
	all := playedRemedy{
		{GroupID: "g", TopicID: "t", Before: "spam", After: "Renamed", Rule: "spam", Detail: "spam", Result: gate.Done},
		{GroupID: "g", TopicID: "u", Before: "spam", Result: gate.Failed, Err: errors.New("no answer")},
		{GroupID: "g", TopicID: "v", Before: "spam", Result: gate.Skipped, Reason: "limit"},
		{GroupID: "g", TopicID: "w", Before: "spam", Unless: "staff", Result: gate.Skipped, Reason: "unsure", Quiet: true},
	}
	kinds := []string{"remedy", "failed remedy", "skipped remedy", "left"}
	var lines []lived
	for what, s := range map[string]gatetest.Scenario{
		"slipped":           {Command: chat.AfterCreateTopic, Topic: "spam", TopicID: "t", ClientIP: "192.0.2.7"},
		"refused rename":    {Command: chat.AfterTopicInfoChanged, Topic: "spam"},
		"review":            {Command: chat.AfterCreateTopic, Topic: "hello", TopicID: "t"},
		"unreadable review": {Command: chat.AfterCreateTopic, Topic: "spam"},
	} {
		s.Token, s.GroupID, s.Platform = token, "g", "Web"
		var log bytes.Buffer
		snapshot := app.Snapshot(c)
		snapshot.Remedy = all
		g := gate.New(snapshot, gate.Settings{Log: gate.NewLog(&log, "info")})
		payload, err := json.Marshal(gatetest.AWSForms[2].Encode(s.Call(time.Now())))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := awsevent.New(g).Invoke(t.Context(), payload); err != nil {
			t.Fatal(err)
		}
		for i, text := range bytes.SplitAfter(bytes.TrimSpace(log.Bytes()), []byte("\n")) {
			line := object{}
			if err := json.Unmarshal(text, &line); err != nil {
				t.Fatal(err)
			}
			kind := what
			if i > 0 {
				kind = kinds[i-1]
			}
			lines = append(lines, lived{line, kind, ""})
		}
	}
	return lines
}
