package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInjected: what Kubernetes sets beside a Service called topicgate, or
// topicgate-redis, and Docker beside a link, is nobody's slip.
func TestInjected(t *testing.T) {
	pairs := []string{
		"ENV_PATH=/usr/bin", "ENV_TOPICGATE_TOKENS=x", "NAME=/web/topicgate",
		"PORT=tcp://10.96.0.7:9000", "PORT_53_UDP=udp://10.96.0.7:53", "PORT_9000_TCP=tcp://10.96.0.7:9000", "PORT_9000_TCP_ADDR=10.96.0.7", "PORT_9000_TCP_PORT=9000", "PORT_9000_TCP_PROTO=tcp",
		"PORT_9000_TCP_PORT_START=9000", "PORT_9000_TCP_START=tcp://10.96.0.7:9000",
		"REDIS_MASTER_SERVICE_HOST=10.96.0.9", "REDIS_NAME=/web/topicgate_redis", "REDIS_PORT=tcp://10.96.0.8:6379", "REDIS_PORT_6379_TCP=tcp://10.96.0.8:6379", "REDIS_PORT_6379_TCP_ADDR=10.96.0.8",
		"REDIS_SERVICE_HOST=10.96.0.8", "REDIS_SERVICE_PORT=6379", "REDIS_SERVICE_PORT_REDIS=6379",
		"SERVICE_HOST=10.96.0.7", "SERVICE_PORT=9000", "SERVICE_PORT_HTTP=9000", "SERVICE_PORT_METRICS_TLS=9001",
	}
	c := Load(with(pairs...), Options{})
	if c.Broken() || c.Warnings != nil {
		t.Errorf("problems %q, warnings %q", c.Problems, c.Warnings)
	}
	var want []string
	for _, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		want = append(want, Prefix+name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, c.Ignored); diff != "" {
		t.Errorf("ignored -want +got:\n%s", diff)
	}
}

// What only resembles them is a person's slip.
func TestNotInjected(t *testing.T) {
	for _, pair := range []string{
		"PORT=9000", "PORT=", "NAME=topicgate", "NAME=/topicgate", "NAME=spam", "NAME_PORT=5", "SERVICE=x", "SERVICEHOST=x", "HOST=10.0.0.1", "PORT_9000=tcp://h:9000",
		"PORT_TCP=tcp://h:9000", "PORT_HTTP_TCP=x", "service_host=x", "ENVIRONMENT=x", "ENV_=x", "RULE_NAME=a/b/c", "BANNED_WORD=spam",
	} {
		c := Load(with(pair), Options{})
		if len(c.Problems) != 1 || c.Problems[0].What != "unknown variable" || c.Ignored != nil {
			t.Errorf("%s: problems %q, ignored %q", pair, c.Problems, c.Ignored)
		}
	}
}
