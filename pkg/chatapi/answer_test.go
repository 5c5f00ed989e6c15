package chatapi_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"topicgate/pkg/chatapi"
	"topicgate/pkg/chatapi/chatapitest"
)

// TestTolerance: what pages do not say of the form of an answer is taken as it comes.
func TestTolerance(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{NumbersAsStrings: true})
	var groups []string
	for range 10001 {
		groups = append(groups, chat.AddGroup("Players"))
	}
	topic := chat.AddTopic(groups[0], "general")
	visited := 0
	if err := c.Communities(t.Context(), func(string) error { visited++; return nil }); err != nil || visited != len(groups) {
		t.Errorf("got %v after %d communities", err, visited)
	}
	topics, err := c.Topics(t.Context(), groups[0], topic, "gone")
	var refusal *chatapi.Error
	if err != nil || len(topics) != 2 || topics[0].Err != nil || topics[0].Made.IsZero() || !errors.As(topics[1].Err, &refusal) || refusal.Code != 110003 {
		t.Errorf("got %+v (%v)", topics, err)
	}
	chat.BreakTimes("", chatapitest.Refusal(10007), 1)
	if err := c.MuteGroup(t.Context(), groups[0], true); !errors.As(err, &refusal) || refusal.Code != 10007 {
		t.Errorf("got %v", err)
	}

	for text, want := range map[string]string{
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t","TopicName":"n","ShutUpAllFlag":"On","New":{"a":[1]}},"More":1}],"More":[]}`: `t "n" muted`,
		"\ufeff \n{\"ErrorCode\":0,\"TopicAndSelfInfo\":[{\"ErrorCode\":0,\"TopicInfo\":{\"TopicId\":\"t\",\"TopicName\":\"\"}}]}\n":                 `t ""`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":7,"TopicName":8,"CreateTime":"soon"}}]}`:                                         `7 "8"`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t","TopicName":"n","CreateTime":null}}]}`:                                       `t "n"`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t","TopicName":"n","CreateTime":[]}}]}`:                                         `t "n"`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t"}}]}`:                                                                         `get_topic: an item of the answer has no TopicName; try again`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t","TopicName":null}}]}`:                                                        `get_topic: an item of the answer has no TopicName; try again`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t","TopicName":{}}}]}`:                                                          `get_topic: an item of the answer has no TopicName; try again`,
		`{"ErrorCode":"0","TopicAndSelfInfo":null}`:                                                                                                  ``,
		`{"ErrorCode":0,"TopicAndSelfInfo":[null]}`:                                                                                                  `get_topic: an item of the answer has no TopicId; try again`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{}]}`:                                                                                                    `get_topic: an item of the answer has no TopicId; try again`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"ErrorCode":"10007"}]}`:                                                                                 `get_topic: code 10007: the account may not do this; let CHAT_ADMIN name an administrator of the app`,
		`{"ErrorCode":10015,"TopicAndSelfInfo":{}}`:                                                                                                  `get_topic: code 10015: the topic or its community is not there (any more); nothing is left to do`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"TopicInfo":{"TopicId":"t","CreateTime":-1}}]} {}`:                                                      `get_topic: the answer is no whole JSON object, or not of the form that Chat documents; try again, and see whether CHAT_API_URL is that of the app's region`,
	} {
		chat.Break("get_topic", chatapitest.Answers(text))
		got := ""
		topics, err := c.Topics(t.Context(), "g")
		for _, topic := range topics {
			got = fmt.Sprintf("%s %q", topic.ID, topic.Name)
			if topic.Muted {
				got += " muted"
			}
			if topic.Made != (time.Time{}) {
				got += fmt.Sprint(" made ", topic.Made)
			}
			err = topic.Err
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s\nis read as %s\nwant       %s", text, got, want)
		}
	}
}

// TestPages: a list that lacks something, or leads nowhere, must not look like the whole of it.
func TestPages(t *testing.T) {
	chat, c, _ := played(t, chatapitest.Settings{Unlimited: true})
	for text, want := range map[string]string{
		`{"ErrorCode":0,"TotalCount":3}`:                                               `get_appid_group_list: the answer counts 3 communities and lists none; try again`,
		`{"ErrorCode":0,"TotalCount":"3","GroupIdList":[]}`:                            `get_appid_group_list: the answer counts 3 communities and lists none; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"},{"Id":"h"}]}`:                   `get_appid_group_list: an item of the answer has no GroupId; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"Next":-1}`:                    `get_appid_group_list: the answer's Next is "-1", which is none; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"Next":"more"}`:                `get_appid_group_list: the answer's Next is "more", which is none; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"Next":1.5}`:                   `get_appid_group_list: the answer's Next is "1.5", which is none; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"Next":18446744073709551615}`:  `get_appid_group_list: the list leads back to where it was, 18446744073709551615; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"Next":"12"}`:                  `get_appid_group_list: the list leads back to where it was, 12; try again`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"Next":null,"TotalCount":"?"}`: `<nil>`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}]}`:                              `<nil>`,
	} {
		chat.Break("", chatapitest.Answers(text))
		if err := c.Communities(t.Context(), func(string) error { return nil }); fmt.Sprint(err) != want {
			t.Errorf("%s\nis read as %v\nwant       %s", text, err, want)
		}
	}
}
