package app

import (
	"topicgate/pkg/chat"
	"topicgate/pkg/config"
)

func events(configured []config.Event) []chat.Event {
	events := make([]chat.Event, len(configured))
	for i, event := range configured {
		events[i] = map[config.Event]chat.Event{config.Created: chat.Created, config.Renamed: chat.Renamed}[event]
	}
	return events
}
