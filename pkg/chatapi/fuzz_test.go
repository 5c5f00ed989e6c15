package chatapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// FuzzParse: whatever a server sends is read without a panic, as an error that quotes none of it, or as an answer that
// says whether it is well; and what Go's own decoder finds in it is what is found.
// Its corpus is in testdata/fuzz, by what each answer is.
func FuzzParse(f *testing.F) {
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
