package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
	"topicgate/pkg/trial"
)

func sign(in *invocation) int {
	f := in.flags()
	cb, address := callbackFlags(f, policy.Creation{Operator: trial.Operator, Type: trial.Type, Name: "MyFirstTopic"})
	at := timeFlag(f, "sign as of this time (RFC 3339) instead of now")
	event := f.String("event", "", "created or renamed: the callback does not ask, but tells that it was done")
	f.StringVar(&cb.group, "group-id", "@TGS#_@TGS#cQVLVHIM62CJ", "with -event: GroupId of the community or group")
	f.StringVar(&cb.topic, "topic-id", "", "with -event created: TopicId (the community's first)")
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	if err := cb.complete(*address, config.Load(in.environ, config.Options{})); err != nil {
		return in.misuse("%v", err)
	}
	if err := cb.tells(chat.Event(*event)); err != nil {
		return in.misuse("%v", err)
	}
	cb.At = *at
	in.print("curl -sS -X POST %s -H 'Content-Type: application/json' -d %s\n", shellQuote(cb.url()), shellQuote(cb.body()))
	if cb.token != "" {
		in.complain("valid for %.0f s from %s; run it again for a fresh one", chat.MaxSkew.Seconds(), cb.At.UTC().Format(time.RFC3339))
	}
	return statusOK
}

// tells makes of a callback that asks one that tells of an event, unless that is "".
func (cb *callback) tells(event chat.Event) error {
	if event == "" {
		cb.group, cb.topic = "", ""
		return nil
	}
	if cb.command = chat.Telling(event, string(cb.Subject)); cb.command == "" {
		return fmt.Errorf("-event is created or renamed, not %q", event)
	}
	if event == chat.Created && cb.Subject == policy.Topic {
		cb.topic = cmp.Or(cb.topic, cb.group+"@TOPIC#_1")
	} else {
		cb.topic = "" // which the callback does not say
	}
	return nil
}

// shellQuote makes one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
