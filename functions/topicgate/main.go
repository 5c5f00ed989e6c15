// Command topicgate is the gate on your own machine, as a server, and the tool to
// check, try and sign with.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"topicgate/pkg/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(cli.Run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
