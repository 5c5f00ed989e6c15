package chatapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Topic is one of a community's, as Chat has it.
type Topic struct {
	ID    string
	Group string // the community's id
	Name  string
	Muted bool      // nobody may write
	Made  time.Time // zero where Chat does not say

	// Err is why Chat tells nothing of the topic: an *Error, or that the item is none. Then what is above may be
	// empty.
	Err error
}

// Topics returns topics of a community as they are now: those with the ids, or all where none is given. One that was
// asked for and that Chat says nothing of is missing from what is returned. The error is of type *Error when Chat
// refuses; of kind [Gone] when there is no such community.
//
// Chat's page says that From_Account is required, the user whose part in each topic is told as well, and not whether
// that must be a member, which an administrator rarely is (https://trtc.io/document/49469). So it is left out until Chat
// is found not to take that, and is the administrator from then on.
func (c *Client) Topics(ctx context.Context, group string, ids ...string) ([]Topic, error) {
	if err := named(getTopic, append([]string{group}, ids...)...); err != nil {
		return nil, err
	}
	body := struct {
		GroupID     string   `json:"GroupId"`
		FromAccount string   `json:"From_Account,omitempty"`
		TopicIDs    []string `json:"TopicIdList,omitempty"`
	}{GroupID: group, TopicIDs: ids}
	if c.namesAccount.Load() {
		body.FromAccount = c.admin
	}
	a, err := c.call(ctx, getTopic, body)
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Kind() == Parameter && body.FromAccount == "" {
		body.FromAccount = c.admin
		if a, err = c.call(ctx, getTopic, body); err == nil {
			c.namesAccount.Store(true)
		}
	}
	if err != nil {
		return nil, err
	}
	topics := make([]Topic, len(a.TopicAndSelfInfo))
	for i, item := range a.TopicAndSelfInfo {
		info := item.TopicInfo
		t := Topic{ID: string(info.TopicID), Group: group, Name: string(info.TopicName.text), Muted: info.ShutUpAllFlag == on(true)}
		if seconds, ok := info.CreateTime.int(); ok && seconds > 0 {
			t.Made = time.Unix(int64(seconds), 0)
		}
		if refusal := c.refusal(getTopic, a, item.ErrorCode, item.ErrorInfo); refusal != nil {
			t.Err = refusal
		} else if t.ID == "" {
			t.Err = fmt.Errorf("%s: an item of the answer has no TopicId; try again", getTopic)
		} else if !info.TopicName.there { // the empty name, which it may not have, may be refused
			t.Err = fmt.Errorf("%s: an item of the answer has no TopicName; try again", getTopic)
		}
		topics[i] = t
	}
	return topics, nil
}

// RenameTopic gives a topic another name (https://trtc.io/document/49468).
func (c *Client) RenameTopic(ctx context.Context, group, topic, name string) error {
	return c.modifyTopic(ctx, topicChange{Group: group, Topic: topic, Name: &name})
}

// MuteTopic lets nobody but the community's managers write in a topic, or everybody again
// (https://trtc.io/document/49468).
func (c *Client) MuteTopic(ctx context.Context, group, topic string, muted bool) error {
	return c.modifyTopic(ctx, topicChange{Group: group, Topic: topic, Mute: on(muted)})
}

type topicChange struct {
	Group string  `json:"GroupId"`
	Topic string  `json:"TopicId"`
	Name  *string `json:"TopicName,omitempty"`
	Mute  text    `json:"MuteAllMember,omitempty"`
}

func (c *Client) modifyTopic(ctx context.Context, change topicChange) error {
	names := []string{change.Group, change.Topic}
	if change.Name != nil {
		names = append(names, *change.Name)
	}
	if err := named(modifyTopic, names...); err != nil {
		return err
	}
	_, err := c.call(ctx, modifyTopic, change)
	return err
}

// DestroyTopic destroys a topic, for good. One that is gone already, or whose community is, is well
// (https://trtc.io/document/49467).
func (c *Client) DestroyTopic(ctx context.Context, group, topic string) error {
	if err := named(destroyTopic, group, topic); err != nil {
		return err
	}
	a, err := c.call(ctx, destroyTopic, struct {
		Group  string   `json:"GroupId"`
		Topics []string `json:"TopicIdList"`
	}{group, []string{topic}})
	if err != nil {
		return unlessGone(err)
	}
	for _, item := range a.DestroyResultItem {
		if string(item.TopicID) != topic {
			continue
		}
		if refusal := c.refusal(destroyTopic, a, item.ErrorCode, item.ErrorInfo); refusal != nil {
			return unlessGone(refusal)
		}
		return nil
	}
	return fmt.Errorf("%s: the answer does not say what became of the topic; look whether it is still there", destroyTopic)
}

// unlessGone is an error, but for one that says that what was to be destroyed is not there.
func unlessGone(err error) error {
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Kind() == Gone {
		return nil
	}
	return err
}

// on is how Chat writes a switch.
func on(yes bool) text {
	if yes {
		return "On"
	}
	return "Off"
}

// named says when an id or a name that a call is about is empty: nobody documents what Chat would take that for.
func named(cmd command, values ...string) error {
	for _, v := range values {
		if v == "" {
			return fmt.Errorf("%s: an id or a name is empty; say which", cmd)
		}
	}
	return nil
}
