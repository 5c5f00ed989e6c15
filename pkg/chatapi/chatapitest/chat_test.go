package chatapitest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tencentyun/tls-sig-api-v2-golang/tencentyun"

	"topicgate/pkg/chatapi/chatapitest"
)

const topics, groups = "million_group_open_http_svc", "group_open_http_svc"

// sig is what Chat's own module signs.
func sig(t *testing.T, app int, key, account string, seconds int) string {
	t.Helper()
	s, err := tencentyun.GenUserSig(app, key, account, seconds)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// query is one that is well, and changed; a value that is empty leaves the parameter out.
func query(t *testing.T, changes ...string) string {
	t.Helper()
	values := url.Values{
		"sdkappid": {"1400000000"}, "identifier": {"administrator"}, "usersig": {sig(t, 1400000000, chatapitest.SecretKey, "administrator", 60)},
		"random": {"4294967295"}, "contenttype": {"json"},
	}
	for i := 0; i < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			values.Del(changes[i])
		}
	}
	return values.Encode()
}

// call makes a call and returns what is answered.
func call(t *testing.T, chat *chatapitest.Chat, method, path, query, body string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, chat.URL()+"/v4/"+path+"?"+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := chat.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %d, %s (%v)", response.StatusCode, text, err)
	}
	if status := answer["ActionStatus"]; (status == "OK") != (answer["ErrorCode"] == 0.0) {
		t.Errorf("got %s", text)
	}
	return answer
}

// TestCallsThatAreRefused: what a page asks of a call is asked of it.
func TestCallsThatAreRefused(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true, Admins: []string{"administrator", "ops"}})
	group := chat.AddGroup("Players")
	topic := chat.AddTopic(group, "general")
	account := `"From_Account":"administrator"`
	get := fmt.Sprintf(`{"GroupId":%q,%s}`, group, account)
	modify := fmt.Sprintf(`{"GroupId":%q,"TopicId":%q,`, group, topic)
	well := query(t)
	otherKey := query(t, "usersig", sig(t, 1400000000, "another", "administrator", 60))
	good, err := url.ParseQuery(well)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, method, path, query, body string
		want                            float64
	}{
		{"well", "POST", topics + "/get_topic", well, get, 0},
		{"another administrator", "POST", topics + "/get_topic", query(t, "identifier", "ops", "usersig", sig(t, 1400000000, chatapitest.SecretKey, "ops", 60)), get, 0},
		{"GET", "GET", topics + "/get_topic", well, get, 60002},
		{"another service", "POST", groups + "/get_topic", well, get, 60002},
		{"no such command", "POST", topics + "/create_topic", well, get, 60002},
		{"deeper", "POST", topics + "/more/get_topic", well, get, 60002},
		{"another app", "POST", topics + "/get_topic", query(t, "sdkappid", "1400000001"), get, 60012},
		{"no app", "POST", topics + "/get_topic", query(t, "sdkappid", ""), get, 60012},
		{"random over 32 bits", "POST", topics + "/get_topic", query(t, "random", "4294967296"), get, 60002},
		{"random below 0", "POST", topics + "/get_topic", query(t, "random", "-1"), get, 60002},
		{"random with a sign", "POST", topics + "/get_topic", query(t, "random", "+1"), get, 60002},
		{"no random", "POST", topics + "/get_topic", query(t, "random", ""), get, 60002},
		{"another contenttype", "POST", topics + "/get_topic", query(t, "contenttype", "xml"), get, 60002},
		{"a parameter more", "POST", topics + "/get_topic", query(t, "servicename", "x"), get, 60002},
		{"a parameter twice", "POST", topics + "/get_topic", well + "&random=1", get, 60002},
		{"another key", "POST", topics + "/get_topic", otherKey, get, 70003},
		{"signed for another account", "POST", topics + "/get_topic", query(t, "identifier", "ops"), get, 70013},
		{"signed for another app", "POST", topics + "/get_topic", query(t, "usersig", sig(t, 1400000001, chatapitest.SecretKey, "administrator", 60)), get, 70014},
		{"signed for no time", "POST", topics + "/get_topic", query(t, "usersig", sig(t, 1400000000, chatapitest.SecretKey, "administrator", -2)), get, 70001},
		{"no signature", "POST", topics + "/get_topic", query(t, "usersig", ""), get, 70002},
		{"half a signature", "POST", topics + "/get_topic", query(t, "usersig", good.Get("usersig")[:40]), get, 70002},
		{"a signature that is none", "POST", topics + "/get_topic", query(t, "usersig", "sesame"), get, 70002},
		{"no administrator", "POST", topics + "/get_topic", query(t, "identifier", "member", "usersig", sig(t, 1400000000, chatapitest.SecretKey, "member", 60)), get, 60010},
		{"no JSON", "POST", topics + "/get_topic", well, get[1:], 60003},
		{"two bodies", "POST", topics + "/get_topic", well, get + get, 60003},
		{"a list", "POST", topics + "/get_topic", well, "[]", 60003},
		{"null", "POST", topics + "/get_topic", well, "null", 60003},
		{"no group", "POST", topics + "/get_topic", well, "{" + account + "}", 10004},
		{"no account", "POST", topics + "/get_topic", well, fmt.Sprintf(`{"GroupId":%q}`, group), 10004},
		{"an unknown member", "POST", topics + "/get_topic", well, fmt.Sprintf(`{"GroupId":%q,%s,"Limit":1}`, group, account), 10004},
		{"no topics", "POST", topics + "/get_topic", well, fmt.Sprintf(`{"GroupId":%q,%s,"TopicIdList":[]}`, group, account), 10004},
		{"a topic that is a number", "POST", topics + "/get_topic", well, fmt.Sprintf(`{"GroupId":%q,%s,"TopicIdList":[1]}`, group, account), 10004},
		{"another group", "POST", topics + "/get_topic", well, `{"GroupId":"none",` + account + `}`, 10015},
		{"nothing to modify", "POST", topics + "/modify_topic", well, fmt.Sprintf(`{"GroupId":%q,"TopicId":%q}`, group, topic), 10004},
		{"an empty name", "POST", topics + "/modify_topic", well, modify + `"TopicName":""}`, 10004},
		{"a long name", "POST", topics + "/modify_topic", well, modify + `"TopicName":"` + strings.Repeat("长", 51) + `"}`, 10004},
		{"the longest name", "POST", topics + "/modify_topic", well, modify + `"TopicName":"` + strings.Repeat("长", 50) + `"}`, 0},
		{"a switch that is neither", "POST", topics + "/modify_topic", well, modify + `"MuteAllMember":true}`, 10004},
		{"another topic", "POST", topics + "/modify_topic", well, fmt.Sprintf(`{"GroupId":%q,"TopicId":"none","TopicName":"n"}`, group), 110003},
		{"topics to destroy are missing", "POST", topics + "/destroy_topic", well, fmt.Sprintf(`{"GroupId":%q}`, group), 10004},
		{"too many groups", "POST", groups + "/get_appid_group_list", well, `{"Limit":10001}`, 10004},
		{"a page that is none", "POST", groups + "/get_appid_group_list", well, `{"Next":5}`, 10004},
		{"a number that is none", "POST", groups + "/get_appid_group_list", well, `{"Limit":"10"}`, 10004},
		{"nothing to modify in a group", "POST", groups + "/modify_group_base_info", well, fmt.Sprintf(`{"GroupId":%q}`, group), 10004},
		{"a group of another name", "POST", groups + "/modify_group_base_info", well, `{"GroupId":"none","Name":"n"}`, 10015},
	} {
		if got := call(t, chat, test.method, test.path, test.query, test.body)["ErrorCode"]; got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	calls := chat.Calls("get_topic")
	if last := calls[len(calls)-1]; last.Code != 10015 || last.Value("From_Account") != "administrator" || last.Account != "administrator" {
		t.Errorf("got %+v", last)
	}
	chat.SetClockAhead(2 * time.Minute)
	if got := call(t, chat, "POST", topics+"/get_topic", well, get)["ErrorCode"]; got != 70001.0 {
		t.Errorf("two minutes later: got %v", got)
	}
}

// TestLimits: calls of a command within a second are counted, each command's on their own.
func TestLimits(t *testing.T) {
	clock := &chatapitest.Clock{}
	chat := chatapitest.New(t, chatapitest.Settings{Now: clock.Now})
	group := chat.AddGroup("Players")
	list := func() any { return call(t, chat, "POST", groups+"/get_appid_group_list", query(t), "{}")["ErrorCode"] }
	mute := func() any {
		return call(t, chat, "POST", groups+"/modify_group_base_info", query(t), fmt.Sprintf(`{"GroupId":%q,"MuteAllMember":"On"}`, group))["ErrorCode"]
	}
	for i, want := range []float64{0, 10006, 10006} {
		if got := list(); got != want {
			t.Errorf("call %d: got %v, want %v", i, got, want)
		}
		if got := mute(); got != 0.0 {
			t.Errorf("a command without a limit: got %v", got)
		}
	}
	clock.Pass(time.Second)
	if got := list(); got != 0.0 {
		t.Errorf("a second later: got %v", got)
	}
	chat.SetLimit("get_appid_group_list", 2)
	for i, want := range []float64{0, 10006} {
		if got := list(); got != want {
			t.Errorf("call %d of two: got %v, want %v", i, got, want)
		}
	}
}

// TestFaultsAreCounted: a fault is played as often as it was asked for, at the command that it was asked for.
func TestFaultsAreCounted(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true})
	chat.AddGroup("Players")
	list := func() any { return call(t, chat, "POST", groups+"/get_appid_group_list", query(t), "{}")["ErrorCode"] }
	chat.BreakTimes("get_topic", chatapitest.Refusal(10007), 1)
	chat.BreakTimes("", chatapitest.Refusal(10002), 2)
	for i, want := range []float64{10002, 10002, 0} {
		if got := list(); got != want {
			t.Errorf("call %d: got %v, want %v", i, got, want)
		}
	}
	chat.Break("get_appid_group_list", chatapitest.Late(time.Millisecond))
	if got := list(); got != 0.0 {
		t.Errorf("late: got %v", got)
	}
	chat.Break("", chatapitest.Refusal(10002))
	chat.Break("get_appid_group_list", chatapitest.Refusal(11000))
	if got := list(); got != 11000.0 {
		t.Errorf("its own fault: got %v", got)
	}
	chat.Mend()
	if got := list(); got != 0.0 {
		t.Errorf("mended: got %v", got)
	}
}

// TestManyCommunities: 40,000 communities with 200,000 topics are made, listed and read whole.
func TestManyCommunities(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{Unlimited: true})
	made := map[string]bool{}
	var last string
	for range 40000 {
		last = chat.AddGroup("Players")
		made[last] = true
		for range 5 {
			chat.AddTopic(last, "general")
		}
	}
	body := `{"Limit":10000,"Next":0,"GroupType":"Community"}`
	pages := 0
	for ; ; pages++ {
		answer := call(t, chat, "POST", groups+"/get_appid_group_list", query(t), body)
		list, _ := answer["GroupIdList"].([]any)
		for _, item := range list {
			id, _ := item.(map[string]any)["GroupId"].(string)
			if !made[id] {
				t.Fatalf("%s is listed twice, or was never made", id)
			}
			delete(made, id)
		}
		next, _ := answer["Next"].(float64)
		if next == 0 {
			break
		}
		body = fmt.Sprintf(`{"Limit":10000,"Next":%.0f,"GroupType":"Community"}`, next)
	}
	if len(made) > 0 || pages != 3 {
		t.Errorf("%d communities are missing from %d pages", len(made), pages+1)
	}
	if n := len(chat.Topics()); n != 200000 {
		t.Errorf("there are %d topics", n)
	}
	answer := call(t, chat, "POST", topics+"/get_topic", query(t), fmt.Sprintf(`{"GroupId":%q,"From_Account":"a"}`, last))
	if list, _ := answer["TopicAndSelfInfo"].([]any); len(list) != 5 {
		t.Errorf("got %v", answer)
	}
	if answer := call(t, chat, "POST", groups+"/get_appid_group_list", query(t), `{"GroupType":"Public"}`); answer["Next"] != 0.0 || fmt.Sprint(answer["GroupIdList"]) != "[]" {
		t.Errorf("got %v of groups of another kind", answer)
	}
}

// TestChanges: what users do is told as Chat's pages say: a rename does not say of which topic.
func TestChanges(t *testing.T) {
	for _, repeats := range []bool{false, true} {
		chat := chatapitest.New(t, chatapitest.Settings{RepeatsUnchanged: repeats, Now: (&chatapitest.Clock{}).Now})
		var mu sync.Mutex
		var told []chatapitest.Change
		chat.OnChange(func(change chatapitest.Change) { mu.Lock(); defer mu.Unlock(); told = append(told, change) })
		group := chat.AddGroup("Players")
		created := chat.Create("amy", group, "general")
		made := []chatapitest.Change{
			created, chat.Rename("bob", created.Topic, "casino"), chat.RenameGroup("amy", group, "Members"), chat.Destroy(created.Topic),
		}
		profile := []string{}
		if repeats {
			profile = []string{"FaceUrl", "Introduction", "Notification"}
		}
		for i, want := range []struct {
			command, operator, name string
			members                 []string
		}{
			{"Group.CallbackAfterCreateTopic", "amy", "general", []string{"CallbackCommand", "GroupId", "Name", "Operator_Account", "Owner_Account", "TopicId", "Type", "UserDefinedDataList"}},
			{"Group.CallbackAfterTopicInfoChanged", "bob", "casino", append([]string{"CallbackCommand", "GroupId", "Name", "Operator_Account", "Type"}, profile...)},
			{"Group.CallbackAfterGroupInfoChanged", "amy", "Members", append([]string{"CallbackCommand", "EventTime", "GroupId", "Name", "Operator_Account", "Type"}, profile...)},
			{"Group.CallbackAfterTopicDestroyed", "", "", []string{"CallbackCommand", "GroupId", "TopicIdList", "Type"}},
		} {
			got := made[i]
			var body map[string]any
			if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
				t.Fatal(err)
			}
			slices.Sort(want.members)
			if members := slices.Sorted(maps.Keys(body)); !slices.Equal(members, want.members) || body["CallbackCommand"] != want.command || got.Group != group {
				t.Errorf("got %+v, want the members %v", got, want.members)
			}
			if got.Command != want.command || got.Operator != want.operator || got.Name != want.name || got.Platform == "RESTAPI" {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		if mu.Lock(); !slices.Equal(told, made) {
			t.Errorf("Chat told of %+v, want %+v", told, made)
		}
		mu.Unlock()
		if _, found := chat.Topic(created.Topic); found || len(chat.Calls()) > 0 {
			t.Error("the topic is there, or a call was counted")
		}
		chat.Disband(group)
		if _, found := chat.Group(group); found {
			t.Error("the community is there")
		}
	}
}

// TestDoneAllTheSame: a call may be done although nobody hears of it.
func TestDoneAllTheSame(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{})
	group := chat.AddGroup("Players")
	topic := chat.AddTopic(group, "casino")
	chat.Break("", chatapitest.FaultNamed("does it, then resets"))
	body := fmt.Sprintf(`{"GroupId":%q,"TopicId":%q,"TopicName":"renamed"}`, group, topic)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, chat.URL()+"/v4/"+topics+"/modify_topic?"+query(t), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
		t.Error("it was answered")
	}
	if now, _ := chat.Topic(topic); now.Name != "renamed" {
		t.Errorf("got %+v", now)
	}
	acts := chat.Acts()
	if len(acts) != 1 || acts[0].Code != -1 || acts[0].Value("TopicName") != "renamed" {
		t.Errorf("got %+v", acts)
	}
	if call(t, chatapitest.New(t, chatapitest.Settings{}), "POST", groups+"/destroy_group", query(t), fmt.Sprintf(`{"GroupId":%q}`, group))["ErrorCode"] != 10015.0 {
		t.Error("a community of another app was destroyed")
	}
	chat.Mend()
	if call(t, chat, "POST", groups+"/destroy_group", query(t), fmt.Sprintf(`{"GroupId":%q}`, group))["ErrorCode"] != 0.0 || len(chat.Topics()) > 0 || len(chat.Acts()) != 2 {
		t.Error("a community was not destroyed, or nobody saw it")
	}
}

// TestToldAfterTheAnswer: nobody is told of a change before the call that made it is answered.
func TestToldAfterTheAnswer(t *testing.T) {
	chat := chatapitest.New(t, chatapitest.Settings{})
	group := chat.AddGroup("Players")
	answered, told := make(chan struct{}), make(chan bool, 1)
	chat.OnChange(func(chatapitest.Change) {
		select {
		case <-answered:
			told <- true
		case <-time.After(time.Minute):
			told <- false
		}
	})
	call(t, chat, "POST", groups+"/modify_group_base_info", query(t), fmt.Sprintf(`{"GroupId":%q,"Name":"Members"}`, group))
	close(answered)
	if !<-told {
		t.Error("the answer came after Chat told of the change")
	}
}
