// Package chatapitest plays Chat's REST API on this machine: an app with communities and topics, as strict as Chat's
// documents are, that fails in every way in which a server may. It is for tests alone, those of
// [topicgate/pkg/chatapi] and those of built binaries, which need no more of it than a URL, an account and a key.
//
// It is written from Chat's pages and shares no code with what it checks, not even how a UserSig is verified.
package chatapitest

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// What a played app has where its settings say nothing else.
const (
	App       = "1400000000"
	Admin     = "administrator"
	SecretKey = "played-7b1f0c52d3a94e86b0d7c4f1a2e3958f60718293a4b5c6d7e8f90a1b2c3d4e5f"
)

// Settings say how a played Chat differs from the usual.
type Settings struct {
	App, SecretKey string   // App and SecretKey where empty
	Admins         []string // Admin where empty; the first is whose name changes bear that nobody else made

	// Now is the clock that calls a second are counted by; nil means the real one. A [Clock] lets a test pass hours in
	// a moment.
	Now func() time.Time
	// Unlimited takes any number of calls a second.
	Unlimited bool
	// AccountOptional takes a get_topic without From_Account, as no page says and some servers may.
	AccountOptional bool
	// NumbersAsStrings answers "0" where pages say 0, as other APIs of Chat's do.
	NumbersAsStrings bool
	// RepeatsUnchanged has the callback of a changed profile say all of it, and not only what changed.
	RepeatsUnchanged bool
	// TLS serves over HTTPS; [Chat.Client] trusts it.
	TLS bool
}

// A Chat is a played app of Chat's.
type Chat struct {
	settings Settings
	server   *httptest.Server

	mu       sync.Mutex
	skew     time.Duration // that Chat's clock is ahead of the machine's, for UserSigs
	groups   map[string]*group
	order    []*group // as they were made; nil where one was disbanded
	topics   map[string]*topic
	made     int // for ids
	calls    []Call
	counted  map[string]count
	limits   map[string]int
	faults   map[string]*broken // by command; "" for all
	codes    map[string]int     // by topic's id
	onChange []func(Change)
}

type group struct {
	id, name string
	muted    bool
	place    int // in order
	topics   []*topic
}

type topic struct {
	Topic
	group *group
}

// A Topic is what Chat holds of one.
type Topic struct {
	ID, Group, Name string
	Muted           bool
	Made            time.Time
}

// A Group is what Chat holds of a community.
type Group struct {
	ID, Name string
	Muted    bool
}

// A Call is one that came, whether it was well or not.
type Call struct {
	Command string // such as get_topic; the path where it is none
	Account string // as the query says
	Body    string
	At      time.Time // by the clock of the settings
	Code    int       // the ErrorCode that it was answered; -1 where a fault answered

	Connection string // the other end's address: of a kept connection the same
}

// Value returns a string of the body's, or "".
func (c Call) Value(member string) string {
	var body map[string]any
	_ = json.Unmarshal([]byte(c.Body), &body) // what is none has no members
	s, _ := body[member].(string)
	return s
}

// count is how many calls of a command came in a second.
type count struct {
	second int64
	calls  int
}

// New starts a played Chat, which ends with the test.
func New(t testing.TB, s Settings) *Chat {
	t.Helper()
	if s.App == "" {
		s.App = App
	}
	if s.SecretKey == "" {
		s.SecretKey = SecretKey
	}
	if len(s.Admins) == 0 {
		s.Admins = []string{Admin}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	c := &Chat{
		settings: s, groups: map[string]*group{}, topics: map[string]*topic{}, counted: map[string]count{},
		limits: map[string]int{}, faults: map[string]*broken{}, codes: map[string]int{},
	}
	for name, command := range commands {
		if !s.Unlimited {
			c.limits[name] = command.perSecond
		}
	}
	c.server = httptest.NewUnstartedServer(http.HandlerFunc(c.serve))
	c.server.Config.ErrorLog = log.New(io.Discard, "", 0) // what a client does not like of us is the test's to say
	if s.TLS {
		c.server.StartTLS()
	} else {
		c.server.Start()
	}
	t.Cleanup(func() {
		c.server.CloseClientConnections()
		c.server.Close()
	})
	return c
}

// URL is what CHAT_API_URL holds.
func (c *Chat) URL() string { return c.server.URL }

// Client is one that trusts the played Chat's certificate.
func (c *Chat) Client() *http.Client { return c.server.Client() }

// CloseConnections closes those that are kept.
func (c *Chat) CloseConnections() { c.server.CloseClientConnections() }

// SetClockAhead sets how far Chat's clock is ahead of this machine's when it looks whether a UserSig still holds.
func (c *Chat) SetClockAhead(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew = d
}

// SetLimit sets how many calls of a command are taken in a second; 0 means any number.
func (c *Chat) SetLimit(command string, perSecond int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limits[command] = perSecond
}

// OnChange has f told of each change, whoever made it, in the order in which they are made, after the call that made it
// was answered. It is called in Chat's time and not in the caller's.
func (c *Chat) OnChange(f func(Change)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onChange = append(c.onChange, f)
}

// Calls returns the calls of the commands that are named, or all, in the order in which they came.
func (c *Chat) Calls(named ...string) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var calls []Call
	for _, call := range c.calls {
		if len(named) == 0 || slices.Contains(named, call.Command) {
			calls = append(calls, call)
		}
	}
	return calls
}

// Acts returns the calls that change something.
func (c *Chat) Acts() []Call {
	return c.Calls("modify_topic", "destroy_topic", "modify_group_base_info", "destroy_group")
}

// ForgetCalls begins the list of calls anew.
func (c *Chat) ForgetCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

// AddGroup makes a community, before anybody looks: nobody is told. It returns its id.
func (c *Chat) AddGroup(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	g := &group{id: fmt.Sprintf("@TGS#_@TGS#c%011d", c.made), name: name, place: len(c.order)}
	c.groups[g.id] = g
	c.order = append(c.order, g)
	return g.id
}

// AddTopic makes a topic of a community, before anybody looks: nobody is told. It returns its id.
func (c *Chat) AddTopic(group, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.addTopic(group, name).ID
}

// addTopic is called with the lock.
func (c *Chat) addTopic(id, name string) *topic {
	g := c.groups[id]
	if g == nil {
		panic("chatapitest: no community " + id)
	}
	c.made++
	t := &topic{Topic{fmt.Sprintf("%s@TOPIC#_@TOPIC#c%011d", id, c.made), id, name, false, c.settings.Now().Round(0).Truncate(time.Second)}, g}
	g.topics = append(g.topics, t)
	c.topics[t.ID] = t
	return t
}

// Topic returns a topic as it is now.
func (c *Chat) Topic(id string) (t Topic, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.topics[id]; t != nil {
		return t.Topic, true
	}
	return Topic{}, false
}

// Topics returns all topics of all communities as they are now, in the order of their ids.
func (c *Chat) Topics() []Topic {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Topic, 0, len(c.topics))
	for _, id := range slices.Sorted(maps.Keys(c.topics)) {
		list = append(list, c.topics[id].Topic)
	}
	return list
}

// Group returns a community as it is now.
func (c *Chat) Group(id string) (g Group, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.groups[id]; g != nil {
		return Group{g.id, g.name, g.muted}, true
	}
	return Group{}, false
}
