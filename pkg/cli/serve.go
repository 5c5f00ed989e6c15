package cli

import (
	"net"
	"runtime"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/httpserver"
	"topicgate/pkg/metrics"
)

func serve(in *invocation) int {
	f := in.flags()
	file := policyFlag(f)
	if status, ok := in.parseNoArguments(f); !ok {
		return status
	}
	c := config.Load(in.environ, config.Options{PolicyFile: *file})
	if c.Broken() {
		in.complainAll(c)
		return statusNo
	}
	listener, err := new(net.ListenConfig).Listen(in.ctx, "tcp", c.Addr)
	if err != nil {
		in.complain("cannot listen: %sADDR: %v", config.Prefix, err)
		return statusNo
	}
	var observer gate.Observer
	metricsAddr := ""
	if c.MetricsAddr != "" {
		m := metrics.New(app.Version(), c.ShortDigest(), string(c.Spec.Mode))
		scraped, err := new(net.ListenConfig).Listen(in.ctx, "tcp", c.MetricsAddr)
		if err != nil {
			_ = listener.Close()
			in.complain("cannot listen: %sMETRICS_ADDR: %v", config.Prefix, err)
			return statusNo
		}
		// Its end is the process's: what the last callbacks did can be scraped until
		// they are answered.
		defer func() { _ = scraped.Close() }()
		go func() { _ = m.Serve(scraped) }()
		observer = m.Observer()
		metricsAddr = scraped.Addr().String()
	}
	var r run
	g := app.New(c, in.stdout, r.observer(observer))
	r.log = g.Log
	runtime.GC() // what loading left behind, before it is in the way of callbacks
	r.listening(listener.Addr().String(), metricsAddr)
	said := r.announce(in.ctx)
	err = httpserver.New(g).Serve(in.ctx, listener)
	said()
	r.stopped(err)
	if err != nil {
		return statusNo
	}
	return statusOK
}
