package app

import (
	"topicgate/pkg/audit"
	"topicgate/pkg/chat"
	"topicgate/pkg/chatapi"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
)

func events(configured []config.Event) []chat.Event {
	events := make([]chat.Event, len(configured))
	for i, event := range configured {
		events[i] = map[config.Event]chat.Event{config.Created: chat.Created, config.Renamed: chat.Renamed}[event]
	}
	return events
}

// A client of Chat's REST API, and what it was made with: another configuration with the
// same keeps its connections, and to its rate.
type client struct {
	options chatapi.Options
	*chatapi.Client
}

// remedy is what acts on what slips past; nil where that is only reported.
func (l *Live) remedy() gate.Remedy {
	c := l.config
	if c.Broken() || !c.Remedy.Acts() || len(c.AppIDs) != 1 || l.counter == nil {
		return nil
	}
	o := chatapi.Options{BaseURL: c.ChatAPIURL, App: c.AppIDs[0], Admin: c.ChatAdmin, SecretKey: c.ChatSecretKey}
	if l.chat.Client == nil || l.chat.options.BaseURL != o.BaseURL || l.chat.options.App != o.App || l.chat.options.Admin != o.Admin || l.chat.options.SecretKey != o.SecretKey {
		made, err := chatapi.New(o)
		if err != nil {
			return nil // the configuration takes nothing of which this comes
		}
		l.chat = client{o, made}
	}
	return &audit.Guard{
		Chat: l.chat.Client, Counter: l.counter,
		Remedy: audit.Act(c.Remedy), Name: c.RemedyName, Limit: c.RemedyLimit.N, Window: c.RemedyLimit.Window,
	}
}
