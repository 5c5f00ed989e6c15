package chatapi

import (
	"sync"
	"time"
)

// A command is one of the REST API's, the index of its row.
type command int

const (
	getTopic command = iota
	modifyTopic
	destroyTopic
	getGroups
	modifyGroup
)

// commands is the table of what is called, with how often Chat lets it be called a second; 0 where no page says.
var commands = [...]struct {
	service, name string
	perSecond     float64
}{
	getTopic:     {"million_group_open_http_svc", "get_topic", 200},
	modifyTopic:  {"million_group_open_http_svc", "modify_topic", 200},
	destroyTopic: {"million_group_open_http_svc", "destroy_topic", 200},
	getGroups:    {"group_open_http_svc", "get_appid_group_list", 1},
	modifyGroup:  {"group_open_http_svc", "modify_group_base_info", 0},
}

func (c command) String() string { return commands[c].name }

// path is where a command is called.
func (c command) path() string { return "/v4/" + commands[c].service + "/" + commands[c].name }

// A pacer keeps calls so far apart as their limits want. It spreads them evenly: Chat does not say where its seconds
// begin.
type pacer struct {
	every    [len(commands)]time.Duration
	everyAll time.Duration

	mu      sync.Mutex
	next    [len(commands)]time.Time // the earliest that a call may begin
	nextAll time.Time
}

func newPacer(rate float64) *pacer {
	p := &pacer{everyAll: apart(rate)}
	for i, c := range commands {
		p.every[i] = apart(c.perSecond)
	}
	return p
}

// apart is the time between two calls of so many a second; 0 for no limit.
func apart(perSecond float64) time.Duration {
	if perSecond <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / perSecond)
}

// take takes the next turn, and returns how long to wait for it. Where that is longer than there is time, it takes none.
func (p *pacer) take(c command, now time.Time, within time.Duration) (wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := now
	for _, next := range []time.Time{p.next[c], p.nextAll} {
		if next.After(at) {
			at = next
		}
	}
	wait = at.Sub(now)
	if wait > within {
		return wait, false
	}
	p.next[c] = at.Add(p.every[c])
	if p.everyAll > 0 { // else a command that waits would hold up the others
		p.nextAll = at.Add(p.everyAll)
	}
	return wait, true
}
