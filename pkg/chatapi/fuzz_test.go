package chatapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// FuzzParse: whatever a server sends is read without a panic, as an error that quotes none of it, or as an answer that
// says whether it is well; and what Go's own decoder finds in it is what is found.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"TopicAndSelfInfo":[{"ErrorCode":0,"ErrorInfo":"","TopicInfo":{"TopicId":"@TGS#_@TGS#cQVLVHIM62CJ@TOPIC#_@TOPIC#cRTE3HIM62C5","TopicName":"general","CreateTime":1,"ShutUpAllFlag":"Off"},"SelfInfo":{}}]}`,
		`{"ErrorCode":"0","DestroyResultItem":[{"TopicId":"t","ErrorCode":110003}]}`,
		`{"ErrorCode":0,"GroupIdList":[{"GroupId":"g"}],"TotalCount":"1","Next":18446744073709551615}`,
		`{"ActionStatus":"FAIL","ErrorInfo":"too often","ErrorCode":10006}`,
		`{"ErrorCode":10015,"TopicAndSelfInfo":{}}`,
		`{"ErrorCode":0,"TopicAndSelfInfo":[{"ErrorCode":1,"ErrorInfo":"ses\u0000ame si\u0000gned"}]}`, `{"ErrorCode":1e1}`, `{"ErrorCode":"+7"}`, `{"errorcode":7,"ErrorCode":8}`, `{"ErrorCode":null}`, `{"ErrorCode":0}{}`, `<html>`, `[]`, `null`, ``, "\ufeff{}", `{"ErrorCode":0,"TopicAndSelfInfo":[null,{"TopicInfo":[]}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parse(body)
		if err != nil {
			if a != nil || strings.Contains(err.Error(), "%!") {
				t.Fatalf("got %+v and %v", a, err)
			}
			return
		}
		code, found := a.ErrorCode.int()
		if !found {
			t.Fatal("an answer without a code is taken")
		}
		var loose map[string]any
		decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff")), "\ufeff")))
		decoder.UseNumber()
		if err := decoder.Decode(&loose); err != nil {
			t.Fatalf("what is no JSON is taken: %v", err)
		}
		codes := 0
		for name := range loose {
			if strings.EqualFold(name, "ErrorCode") {
				codes++
			}
		}
		if value, ok := loose["ErrorCode"]; ok && codes == 1 { // else the last that differs in case counts
			text, _ := value.(string)
			if n, ok := value.(json.Number); ok {
				text = n.String()
			}
			if want, err := strconv.Atoi(strings.TrimSpace(text)); err != nil || want != code {
				t.Fatalf("the code %v is read as %d", value, code)
			}
		}
		c := &Client{key: "sesame"}
		a.sig = "signed"
		for _, item := range a.TopicAndSelfInfo {
			if refusal := c.refusal(getTopic, a, item.ErrorCode, item.ErrorInfo); refusal != nil && (refusal.Code == 0 || len(refusal.Info) > maxShown || strings.Contains(refusal.Info, "sesame") || strings.Contains(refusal.Info, "signed")) {
				t.Fatalf("got %+v", refusal)
			}
		}
	})
}
