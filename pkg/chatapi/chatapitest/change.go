package chatapitest

import (
	"encoding/json"
	"strconv"
	"time"
)

// restAPI is the platform of what an administrator does through the REST API.
const restAPI = "RESTAPI"

// A Change is what a callback tells of after it was made.
type Change struct {
	Command  string // of the callback
	Platform string // its OptPlatform
	Operator string // "" where Chat does not say
	Group    string
	Topic    string // which the callback itself may not say; "" for a community
	Name     string // as it is now
	Body     string // of the callback
}

// Create makes a topic as a user of an app does, and returns what Chat tells of it.
func (c *Chat) Create(operator, group, name string) Change {
	c.mu.Lock()
	t := c.addTopic(group, name)
	change := Change{
		Command: "Group.CallbackAfterCreateTopic", Platform: "Android", Operator: operator, Group: group, Topic: t.ID, Name: name,
		Body: encode(map[string]any{
			"CallbackCommand": "Group.CallbackAfterCreateTopic", "GroupId": group, "TopicId": t.ID, "Operator_Account": operator,
			"Owner_Account": operator, "Type": "Community", "Name": name, "UserDefinedDataList": []any{},
		}),
	}
	return c.tell(change)
}

// Rename gives a topic another name as a user of an app does, and returns what Chat tells of it.
func (c *Chat) Rename(operator, topic, name string) Change {
	c.mu.Lock()
	t := c.topics[topic]
	if t == nil {
		panic("chatapitest: no topic " + topic)
	}
	t.Name = name
	return c.tell(c.topicChanged(t, operator, "iOS", true))
}

// RenameGroup gives a community another name as a user of an app does, and returns what Chat tells of it.
func (c *Chat) RenameGroup(operator, id, name string) Change {
	c.mu.Lock()
	g := c.groups[id]
	if g == nil {
		panic("chatapitest: no community " + id)
	}
	g.name = name
	return c.tell(c.groupChanged(g, operator, "Web", true, c.settings.Now()))
}

// Destroy takes a topic away as a user of an app does, and returns what Chat tells of it.
func (c *Chat) Destroy(topic string) Change {
	c.mu.Lock()
	t := c.topics[topic]
	if t == nil {
		panic("chatapitest: no topic " + topic)
	}
	c.drop(t)
	return c.tell(topicsDestroyed(t.group, []string{topic}, "Windows"))
}

// Disband takes a community and its topics away. Nobody is told.
func (c *Chat) Disband(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.groups[id]
	if g == nil {
		panic("chatapitest: no community " + id)
	}
	c.disband(g)
}

// tell ends the lock, and tells those who asked for it of a change.
func (c *Chat) tell(change Change) Change {
	listeners := c.onChange
	c.mu.Unlock()
	for _, f := range listeners {
		f(change)
	}
	return change
}

// topicChanged says that a topic has another profile: not which, and of the profile what changed.
func (c *Chat) topicChanged(t *topic, operator, platform string, renamed bool) Change {
	const command = "Group.CallbackAfterTopicInfoChanged"
	body := map[string]any{"CallbackCommand": command, "GroupId": t.Group, "Type": "Community", "Operator_Account": operator}
	c.profile(body, t.Name, renamed)
	return Change{command, platform, operator, t.Group, t.ID, t.Name, encode(body)}
}

func (c *Chat) groupChanged(g *group, operator, platform string, renamed bool, now time.Time) Change {
	const command = "Group.CallbackAfterGroupInfoChanged"
	body := map[string]any{
		"CallbackCommand": command, "GroupId": g.id, "Type": "Community", "Operator_Account": operator,
		"EventTime": strconv.FormatInt(now.UnixMilli(), 10),
	}
	c.profile(body, g.name, renamed)
	return Change{command, platform, operator, g.id, "", g.name, encode(body)}
}

func (c *Chat) profile(body map[string]any, name string, renamed bool) {
	if renamed || c.settings.RepeatsUnchanged {
		body["Name"] = name
	}
	if c.settings.RepeatsUnchanged {
		body["Introduction"], body["Notification"], body["FaceUrl"] = "", "", ""
	}
}

func topicsDestroyed(g *group, ids []string, platform string) Change {
	const command = "Group.CallbackAfterTopicDestroyed"
	return Change{
		Command: command, Platform: platform, Group: g.id, Topic: ids[0],
		Body: encode(map[string]any{"CallbackCommand": command, "GroupId": g.id, "Type": "Community", "TopicIdList": ids}),
	}
}

func encode(body map[string]any) string {
	text, err := json.Marshal(body)
	if err != nil {
		panic("chatapitest: " + err.Error())
	}
	return string(text)
}
