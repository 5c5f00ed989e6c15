package chatapitest

import (
	"encoding/json"
	"slices"
	"time"
)

const (
	maxName  = 150   // of a topic or a group, in bytes
	maxPage  = 10000 // groups at once
	nextBase = 1 << 40
)

// A request is a call that is of the right form.
type request struct {
	members map[string]any
	account string
	now     time.Time
}

func (r request) text(member string) string {
	s, _ := r.members[member].(string)
	return s
}

func (r request) list(member string) []string {
	values, _ := r.members[member].([]any)
	list := make([]string, len(values))
	for i, v := range values {
		list[i], _ = v.(string)
	}
	return list
}

func (r request) number(member string) (n int64, found bool) {
	value, found := r.members[member].(json.Number)
	n, _ = value.Int64() // check saw that it is one
	return n, found
}

// A command is one of the REST API's.
type command struct {
	service   string
	perSecond int
	required  map[string]kind
	optional  map[string]kind
	do        func(*Chat, request) result
}

// A kind is what a member of a body may be; it says what is wrong with a value, or nothing.
type kind func(value any) string

func aText(value any) string {
	if s, ok := value.(string); !ok || s == "" {
		return "must be a string that is not empty"
	}
	return ""
}

func anyText(value any) string {
	if _, ok := value.(string); !ok {
		return "must be a string"
	}
	return ""
}

func aName(value any) string {
	if s, _ := value.(string); len(s) > maxName {
		return "is too long"
	}
	return aText(value)
}

func aSwitch(value any) string {
	if value != "On" && value != "Off" {
		return "must be On or Off"
	}
	return ""
}

func aNumber(value any) string {
	n, _ := value.(json.Number)
	if i, err := n.Int64(); err != nil || i < 0 {
		return "must be a number"
	}
	return ""
}

func texts(value any) string {
	list, _ := value.([]any)
	if len(list) == 0 || slices.ContainsFunc(list, func(v any) bool { return aText(v) != "" }) {
		return "must be a list of strings"
	}
	return ""
}

// check says what is wrong with a body, or nothing. Chat itself may take members that it does not know; of a client of
// ours they are slips.
func (c command) check(members map[string]any, accountOptional bool) string {
	for name := range c.required {
		if _, found := members[name]; !found && (name != "From_Account" || !accountOptional) {
			return name + " is missing"
		}
	}
	for name, value := range members {
		kind := c.required[name]
		if kind == nil {
			kind = c.optional[name]
		}
		if kind == nil {
			return name + " is unknown"
		}
		if wrong := kind(value); wrong != "" {
			return name + " " + wrong
		}
	}
	return ""
}

// commands is the table of Chat's pages: 49469, 49468, 49467, 34960, 34962 and 34963 of https://trtc.io/document. For
// modify_group_base_info no limit is known.
var commands = map[string]command{
	"get_topic": {
		"million_group_open_http_svc", 200,
		map[string]kind{"GroupId": aText, "From_Account": aText},
		map[string]kind{"TopicIdList": texts}, (*Chat).getTopic,
	},
	"modify_topic": {
		"million_group_open_http_svc", 200,
		map[string]kind{"GroupId": aText, "TopicId": aText},
		map[string]kind{
			"From_Account": aText, "TopicName": aName, "Introduction": anyText, "Notification": anyText,
			"CustomString": anyText, "FaceUrl": anyText, "MuteAllMember": aSwitch,
		}, (*Chat).modifyTopic,
	},
	"destroy_topic": {
		"million_group_open_http_svc", 200,
		map[string]kind{"GroupId": aText, "TopicIdList": texts}, nil, (*Chat).destroyTopic,
	},
	"get_appid_group_list": {
		"group_open_http_svc", 1, nil,
		map[string]kind{"Limit": aNumber, "Next": aNumber, "GroupType": aText}, (*Chat).listGroups,
	},
	"modify_group_base_info": {
		"group_open_http_svc", 0,
		map[string]kind{"GroupId": aText},
		map[string]kind{"Name": aName, "Introduction": anyText, "Notification": anyText, "MuteAllMember": aSwitch}, (*Chat).modifyGroup,
	},
	"destroy_group": {
		"group_open_http_svc", 200,
		map[string]kind{"GroupId": aText}, nil, (*Chat).destroyGroup,
	},
}

func (c *Chat) getTopic(r request) result {
	g := c.groups[r.text("GroupId")]
	if g == nil {
		return refused(codeNoGroup, "no such group")
	}
	ids := r.list("TopicIdList")
	if len(ids) == 0 {
		for _, t := range g.topics {
			ids = append(ids, t.ID)
		}
	}
	items := make([]map[string]any, len(ids))
	for i, id := range ids {
		t := c.topics[id]
		code := c.codes[id]
		if code == 0 && (t == nil || t.group != g) {
			code = codeGone
		}
		if code != 0 {
			items[i] = map[string]any{"ErrorCode": c.number(code), "ErrorInfo": "not to be had", "TopicInfo": map[string]any{"TopicId": id}}
			continue
		}
		items[i] = map[string]any{
			"ErrorCode": c.number(0), "ErrorInfo": "",
			"TopicInfo": map[string]any{
				"TopicId": t.ID, "TopicName": t.Name, "GroupID": g.id, "Introduction": "", "Notification": "", "CustomString": "", "FaceUrl": "",
				"CreateTime": c.number(int(t.Made.Unix())), "LastMsgTime": c.number(0), "ShutUpAllFlag": onOff(t.Muted),
			},
			"SelfInfo": map[string]any{"RecvOpt": "AcceptAndNotify"},
		}
	}
	return result{members: map[string]any{"TopicAndSelfInfo": items}}
}

func (c *Chat) modifyTopic(r request) result {
	g, t := c.groups[r.text("GroupId")], c.topics[r.text("TopicId")]
	switch {
	case g == nil:
		return refused(codeNoGroup, "no such group")
	case t == nil || t.group != g:
		return refused(codeGone, "no such topic")
	case c.codes[t.ID] != 0:
		return refused(c.codes[t.ID], "not to be modified")
	case len(r.members) == 2:
		return refused(codeParameter, "nothing to modify")
	}
	if mute := r.text("MuteAllMember"); mute != "" {
		t.Muted = mute == "On"
	}
	name := r.text("TopicName")
	if name != "" {
		t.Name = name
	}
	return result{changes: []Change{c.topicChanged(t, r.account, restAPI, name != "")}}
}

func (c *Chat) destroyTopic(r request) result {
	g := c.groups[r.text("GroupId")]
	if g == nil {
		return refused(codeNoGroup, "no such group")
	}
	ids := r.list("TopicIdList")
	items := make([]map[string]any, len(ids))
	var destroyed []string
	for i, id := range ids {
		t := c.topics[id]
		code := c.codes[id]
		if code == 0 && (t == nil || t.group != g) {
			code = codeGone
		}
		items[i] = map[string]any{"TopicId": id, "ErrorCode": c.number(code), "ErrorInfo": ""}
		if code == 0 {
			c.drop(t)
			destroyed = append(destroyed, id)
		}
	}
	res := result{members: map[string]any{"DestroyResultItem": items}}
	if len(destroyed) > 0 {
		res.changes = []Change{topicsDestroyed(g, destroyed, restAPI)}
	}
	return res
}

// drop takes a topic away.
func (c *Chat) drop(t *topic) {
	delete(c.topics, t.ID)
	t.group.topics = slices.DeleteFunc(t.group.topics, func(other *topic) bool { return other == t })
}

func (c *Chat) listGroups(r request) result {
	limit, found := r.number("Limit")
	if !found {
		limit = maxPage
	}
	next, _ := r.number("Next")
	if next != 0 {
		next -= nextBase
	}
	if limit < 1 || limit > maxPage || next < 0 || next > int64(len(c.order)) {
		return refused(codeParameter, "Limit or Next is out of range")
	}
	list := []map[string]any{}
	if kind := r.text("GroupType"); kind == "" || kind == "Community" {
		for ; next < int64(len(c.order)) && len(list) < int(limit); next++ {
			if g := c.order[next]; g != nil {
				list = append(list, map[string]any{"GroupId": g.id})
			}
		}
	} else {
		next = int64(len(c.order))
	}
	if next == int64(len(c.order)) {
		next = 0
	} else {
		next += nextBase
	}
	return result{members: map[string]any{"GroupIdList": list, "TotalCount": c.number(len(c.groups)), "Next": c.number(int(next))}}
}

func (c *Chat) modifyGroup(r request) result {
	g := c.groups[r.text("GroupId")]
	switch {
	case g == nil:
		return refused(codeNoGroup, "no such group")
	case len(r.members) == 1:
		return refused(codeParameter, "nothing to modify")
	}
	if mute := r.text("MuteAllMember"); mute != "" {
		g.muted = mute == "On"
	}
	name := r.text("Name")
	if name != "" {
		g.name = name
	}
	return result{changes: []Change{c.groupChanged(g, r.account, restAPI, name != "", r.now)}}
}

func (c *Chat) destroyGroup(r request) result {
	g := c.groups[r.text("GroupId")]
	if g == nil {
		return refused(codeNoGroup, "no such group")
	}
	c.disband(g)
	return result{}
}

// disband takes a community and its topics away.
func (c *Chat) disband(g *group) {
	for _, t := range g.topics {
		delete(c.topics, t.ID)
	}
	delete(c.groups, g.id)
	c.order[g.place] = nil
}

func onOff(yes bool) string {
	if yes {
		return "On"
	}
	return "Off"
}
