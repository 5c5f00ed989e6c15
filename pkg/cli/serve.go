package cli

import (
	"net"

	"topicgate/pkg/app"
	"topicgate/pkg/config"
	"topicgate/pkg/httpserver"
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
	g := app.New(c, in.stdout)
	in.complain("listening on http://%s", listener.Addr())
	if err := httpserver.New(g).Serve(in.ctx, listener); err != nil {
		in.complain("stopped: %v", err)
		return statusNo
	}
	return statusOK
}
