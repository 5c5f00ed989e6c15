//go:build unix

package quota

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"topicgate/pkg/policy"
)

// TestPoliciesLikeMemory: whatever quotas a policy has, per whom, by day or shared, it
// decides the same with a Redis as with memory. Time passes as in TestRedisLikeMemory; the
// gate's clock, by which days change, is the test's.
func TestPoliciesLikeMemory(t *testing.T) {
	s := redisServer(t)
	r := newRedis(t, s.URL())
	met := map[string]int{}
	lacks := func() (kinds []string) {
		for _, kind := range []string{"", "operator", "name", "day", "share", "name, tried", "share, tried"} {
			if met[kind] == 0 {
				kinds = append(kinds, kind)
			}
		}
		return kinds
	}
	decides := func(rt *rapid.T) {
		s.Do("FLUSHALL")
		c := newClock()
		m := memoryAt(c)
		p, problems, _ := policy.Compile(drawQuotas(rt))
		if problems != nil {
			rt.Fatal(problems)
		}
		dryRun := rapid.Bool().Draw(rt, "dry run")
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if minutes := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 7, 300, 1440}).Draw(rt, "minutes"); minutes > 0 {
				c.move(time.Duration(minutes) * time.Minute)
				for key := range strings.FieldsSeq(s.Do("KEYS", "*")) {
					s.Do("PEXPIRE", key, strconv.Itoa(s.Number("PTTL", key)-minutes*60_000))
				}
			}
			creation := policy.Creation{
				Subject: policy.Topic, App: "1400000000", At: c.Now(),
				Operator: rapid.SampledFrom([]string{"张三", "leckie"}).Draw(rt, "operator"),
				Name:     rapid.SampledFrom([]string{"Join us", "JOIN-us 42!", "jоооin us", "加群", "加 群 🔥", "General", "", "2026"}).Draw(rt, "name"),
				Platform: rapid.SampledFrom([]string{"Web", "iOS"}).Draw(rt, "platform"),
			}
			inMemory := p.Decide(t.Context(), creation, m, dryRun)
			inRedis := p.Decide(t.Context(), creation, r, dryRun)
			if diff := cmp.Diff(inMemory, inRedis); diff != "" {
				rt.Fatalf("-memory +Redis:\n%s", diff)
			}
			kind, _, _ := strings.Cut(inRedis.Rule, "-")
			met[kind]++
			for _, rule := range inRedis.WouldRefuse {
				kind, _, _ := strings.Cut(rule, "-")
				met[kind+", tried"]++
			}
		}
	}
	const most = 20 // a hundred sequences lack one of these once in a while
	for round := 0; round < most && len(lacks()) > 0 && !t.Failed(); round++ {
		rapid.Check(t, decides)
	}
	t.Logf("decided alike: %v", met)
	if kinds := lacks(); len(kinds) > 0 {
		t.Errorf("no decision by %q: the sequences show nothing", kinds)
	}
}

// drawQuotas is a policy of quotas alone.
func drawQuotas(t *rapid.T) policy.Spec {
	var spec policy.Spec
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		kind := rapid.SampledFrom([]string{"operator", "name", "day", "share", "share"}).Draw(t, "kind")
		q := policy.Quota{
			Limit:  rapid.IntRange(1, 4).Draw(t, "limit"),
			Window: policy.Duration(time.Duration(rapid.IntRange(1, 400).Draw(t, "window"))*time.Minute + 30*time.Second),
		}
		switch kind {
		case "name":
			q.Per, q.Exempt = policy.PerName, policy.List{"general"}
		case "day":
			q.Window, q.Zone = policy.Day, rapid.SampledFrom([]string{"", "Asia/Shanghai", "America/New_York"}).Draw(t, "zone")
		case "share":
			q.Share, q.Window, q.Per = "all", policy.Duration(90*time.Minute+30*time.Second), policy.PerName
		}
		r := policy.Rule{Name: fmt.Sprintf("%s-%d", kind, i), Quota: &q, Action: policy.Refuse}
		if rapid.Bool().Draw(t, "of the web") {
			r.Match = &policy.Match{Platform: &policy.OneOf{In: policy.List{"Web"}}}
		}
		if rapid.IntRange(0, 3).Draw(t, "tried") == 0 {
			r.Mode = policy.DryRun
		}
		spec.Rules = append(spec.Rules, r)
	}
	return spec
}
