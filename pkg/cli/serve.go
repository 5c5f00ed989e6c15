package cli

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	// MIT, released in October 2026, under 0.2 MB with all it needs: it knows every way in which
	// cgroups, old and new, nested and mounted, say how much memory there is.
	"github.com/KimMachineGun/automemlimit/memlimit"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/httpserver"
	"topicgate/pkg/metrics"
)

// serve says everything in lines of its log once there is one, on standard output; what
// keeps it from serving at all is a diagnostic. It leaves the log off the path of the answers, and whatever a stranger may fill
// bounded.
func serve(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	// A reader of the log that goes away, or a terminal, must not take the verdicts along.
	signal.Ignore(syscall.SIGPIPE)
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	_, _ = memlimit.Set() // where nobody says how much memory there is, there is no limit
	served := app.Serve(in.environ, config.Options{PolicyFile: *file})
	c := served.Config()
	if c.Broken() {
		in.complainAll(c)
		return statusNo
	}
	listener, err := in.listen(c.Addr, "ADDR")
	if err != nil {
		return statusNo
	}
	log := newServeLog(in.stdout, c.LogLevel)
	defer log.close()
	m := metrics.New(app.Version())
	metricsAddr := ""
	if c.MetricsAddr != "" {
		scraped, err := in.listen(c.MetricsAddr, "METRICS_ADDR")
		if err != nil {
			_ = listener.Close()
			return statusNo
		}
		// Its end is the process's: what the last callbacks did can be scraped until
		// they are answered.
		defer func() { _ = scraped.Close() }()
		go func() { _ = m.Serve(scraped) }()
		metricsAddr = scraped.Addr().String()
	}
	var r run
	g := served.Start(log, r.observer(m.Observer()), m.Snapshot)
	m.Snapshot(g.Snapshot())
	r.log = g.Log
	server := httpserver.New(g)
	server.MaxConnections = r.maxConnections(c.MaxConnections)
	changes := served.Counts()
	m.Gauge("topicgate_reload_last_check_timestamp_seconds", "When the configuration was last looked at.", changes.Check.Load)
	m.Gauge("topicgate_reload_last_change_timestamp_seconds", "When another one was last taken; 0 for never.", changes.Change.Load)
	m.Count("topicgate_reload_failures_total", "Looks that failed, and changes that were refused.", changes.Failures.Load)
	m.Count("topicgate_log_dropped_total", "Lines of the log that nobody read in time.", log.dropped.Load)
	m.Count("topicgate_connections_closed_total", "Connections that gave way to newer ones.", server.GaveWay)
	m.Count("topicgate_bodies_refused_total", "Large bodies and relayed answers for which there was no memory beside others.", server.Refused)
	runtime.GC() // what loading left behind, before it is in the way of callbacks
	r.listening(listener.Addr().String(), metricsAddr)
	go served.Watch(in.ctx, reload)
	said := r.announce(in.ctx)
	err = server.Serve(in.ctx, listener)
	said()
	r.stopped(err)
	return statusOf(err == nil)
}

// listen listens on the address of a variable, or complains.
func (in *invocation) listen(address, variable string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(in.ctx, "tcp", address)
	if err != nil {
		in.complain("cannot listen: %s%s: %v", config.Prefix, variable, err)
	}
	return listener, err
}

// spareFiles are for what a connection may lead to (Redis, the upstream) and for what is
// always open.
const spareFiles = 128

// maxConnections is how many connections there may be, wanted or as many as there can be
// without taking the files that quotas and the relay need.
func (r *run) maxConnections(wanted int) int {
	files := openFiles()
	most := max(files-spareFiles, files/2)
	if wanted <= most {
		return wanted
	}
	warning := fmt.Sprintf("%sMAX_CONNECTIONS: only %d files may be open, so %d connections are let in: raise that limit, or set it to no more", config.Prefix, files, most)
	gate.Stamp(r.log.Warn(), time.Now()).Str("warning", warning).Msg("warning")
	return most
}
