package config

import (
	"regexp"
	"strings"
	"sync"
)

// injectedName is what Kubernetes names after a Service that is called topicgate, or
// topicgate-redis, and Docker after a link: all containers beside it get these.
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
// It is compiled when a name is not one of ours.
var injectedName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_[A-Z_]+)?|ENV_.+)$`)
})

// injected reports whether a container platform set a variable by itself: that is
// nobody's slip. Two of their names could be a person's, and tell by what they hold.
func injected(name, text string) bool {
	switch {
	case injectedName().MatchString(name):
		return true
	case name == "PORT" || strings.HasSuffix(name, "_PORT"):
		return strings.Contains(text, "://") // tcp://10.96.0.7:9000
	case name == "NAME" || strings.HasSuffix(name, "_NAME"):
		return strings.HasPrefix(text, "/") && strings.Count(text, "/") == 2 // /web/topicgate
	}
	return false
}
