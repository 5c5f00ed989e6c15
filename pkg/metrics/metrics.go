// Package metrics counts what a server's gate does, for Prometheus to scrape.
//
// Only the server's tool imports it. The functions have a platform that counts for
// them and a cold start to keep short: the client is 2.3 MB of code.
package metrics

import (
	"net"
	"net/http"
	"strconv"
	"time"

	// The standard client, Apache-2.0: it writes the format that every scraper reads,
	// and brings the metrics of runtime and process. It costs the server's binary
	// 2.3 MB.
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	// Go's own, BSD-3-Clause: whoever reaches the address must not take the memory and the
	// file descriptors that verdicts need.
	"golang.org/x/net/netutil"

	"topicgate/pkg/gate"
)

// maxScrapers is how many connections there may be at once.
const maxScrapers = 32

// buckets are upper bounds in seconds: most verdicts take microseconds, a quota's
// milliseconds; 1 s is the usual deadline and 2 s is when Chat has gone.
var buckets = []float64{.0001, .0005, .001, .005, .01, .05, .1, .25, .5, 1, 1.7, 2}

// Metrics are those of one gate.
type Metrics struct {
	registry  *prometheus.Registry
	version   string
	build     *prometheus.GaugeVec
	callbacks *prometheus.CounterVec
	others    prometheus.Counter
	decisions *prometheus.CounterVec
	took      prometheus.Histogram
	flags     *prometheus.CounterVec
	quotas    prometheus.Counter
	relays    *prometheus.CounterVec
	relayTook prometheus.Histogram
	reviews   *prometheus.CounterVec
	slipped   prometheus.Counter
	acts      *prometheus.CounterVec
}

// New makes the metrics of a gate. There are as many series as its policies can give: no
// label holds what a callback may choose.
func New(version string) *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	with := promauto.With(registry)
	return &Metrics{
		registry: registry,
		version:  version,
		build: with.NewGaugeVec(prometheus.GaugeOpts{
			Name: "topicgate_build_info", Help: "1; what runs, and by which policy, is in the labels.",
		}, []string{"version", "policy", "mode"}),
		callbacks: with.NewCounterVec(prometheus.CounterOpts{
			Name: "topicgate_callbacks_total", Help: "POSTs, decided or not, by the command of Chat's that they name; other and none for the rest.",
		}, []string{"command"}),
		others: with.NewCounter(prometheus.CounterOpts{
			Name: "topicgate_other_requests_total", Help: "Requests that are no POST, and so no callback.",
		}),
		decisions: with.NewCounterVec(prometheus.CounterOpts{
			Name: "topicgate_decisions_total", Help: "Governed callbacks, by what was answered and why.",
		}, []string{"command", "verdict", "rule", "reason", "mode"}),
		took: with.NewHistogram(prometheus.HistogramOpts{
			Name: "topicgate_decision_duration_seconds", Help: "From a governed callback's arrival to its verdict.", Buckets: buckets,
		}),
		flags: with.NewCounterVec(prometheus.CounterOpts{
			Name: "topicgate_flags_total", Help: "Governed callbacks that a rule flagged, by the rule.",
		}, []string{"rule"}),
		quotas: with.NewCounter(prometheus.CounterOpts{
			Name: "topicgate_quota_failures_total", Help: "Decisions for which a quota could not be asked.",
		}),
		relays: with.NewCounterVec(prometheus.CounterOpts{
			Name: "topicgate_relays_total", Help: "Relayed callbacks, by the class of the upstream's status; none when it gave no answer.",
		}, []string{"status"}),
		relayTook: with.NewHistogram(prometheus.HistogramOpts{
			Name: "topicgate_relay_duration_seconds", Help: "From a relayed callback's arrival to its answer.", Buckets: buckets,
		}),
		reviews: with.NewCounterVec(prometheus.CounterOpts{
			Name: "topicgate_reviews_total", Help: "What Chat told of afterwards, by what the policy says of it and why.",
		}, []string{"command", "event", "verdict", "rule", "reason", "mode"}),
		slipped: with.NewCounter(prometheus.CounterOpts{
			Name: "topicgate_slipped_total", Help: "Creations that the policy refuses, and that were made all the same.",
		}),
		acts: with.NewCounterVec(prometheus.CounterOpts{
			Name: "topicgate_remedies_total", Help: "Topics that a remedy was for, by what became of it, and why it was skipped.",
		}, []string{"remedy", "result", "reason"}),
	}
}

// Snapshot tells what the gate goes by from now on.
func (m *Metrics) Snapshot(s *gate.Snapshot) {
	m.build.Reset()
	m.build.WithLabelValues(m.version, s.Digest, string(s.Mode)).Set(1)
}

// Observer is what the gate tells.
func (m *Metrics) Observer() gate.Observer {
	return gate.Observer{
		Callback:   func(command string) { m.callbacks.WithLabelValues(command).Inc() },
		NoCallback: m.others.Inc,
		Decision:   m.decision,
		Relay:      m.relay,
		Review:     m.review,
		Act:        func(remedy string, a gate.Act) { m.acts.WithLabelValues(remedy, string(a.Result), a.Reason).Inc() },
	}
}

// Gauge adds a figure that somebody else keeps.
func (m *Metrics) Gauge(name, help string, figure func() int64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(figure()) }))
}

// Count adds a count that somebody else keeps.
func (m *Metrics) Count(name, help string, total func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(total()) }))
}

func (m *Metrics) decision(o gate.Outcome, took time.Duration) {
	m.decisions.WithLabelValues(string(o.Command), o.Verdict.Word(), o.Rule, string(o.Reason), string(o.Mode)).Inc()
	m.took.Observe(took.Seconds())
	for _, rule := range o.Flags {
		m.flags.WithLabelValues(rule).Inc()
	}
	if o.QuotaFailed {
		m.quotas.Inc()
	}
}

func (m *Metrics) review(v gate.Review) {
	m.reviews.WithLabelValues(string(v.Command), string(v.Event), v.Verdict().Word(), v.Rule, string(v.Reason), string(v.Mode)).Inc()
	if v.Slipped {
		m.slipped.Inc()
	}
}

func (m *Metrics) relay(status int, failed bool, took time.Duration) {
	class := strconv.Itoa(status/100) + "xx"
	if failed {
		class = "none"
	}
	m.relays.WithLabelValues(class).Inc()
	m.relayTook.Observe(took.Seconds())
}

// Serve answers GET /metrics on a listener of its own until that is closed: rule names
// are not for whoever can reach the callback URL.
func (m *Metrics) Serve(listener net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapers / 4}))
	server := &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
	return server.Serve(netutil.LimitListener(listener, maxScrapers))
}
