package cli

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"topicgate/pkg/gate"
)

// A run is what serve says of itself while it serves: in lines of the log, since whoever
// reads that expects nothing else, and with counts in the last one.
type run struct {
	log                                  zerolog.Logger
	began                                time.Time
	callbacks, allowed, refused, relayed atomic.Int64
}

// observer counts what becomes of callbacks before another observer does.
func (r *run) observer(next gate.Observer) gate.Observer {
	return gate.Observer{
		Callback: func(command string) {
			r.callbacks.Add(1)
			next.Callback(command)
		},
		NoCallback: next.NoCallback,
		Decision: func(o gate.Outcome, took time.Duration) {
			if o.Verdict.Allows() {
				r.allowed.Add(1)
			} else {
				r.refused.Add(1)
			}
			next.Decision(o, took)
		},
		Relay: func(status int, failed bool, took time.Duration) {
			r.relayed.Add(1)
			next.Relay(status, failed, took)
		},
		Review: next.Review,
		Act:    next.Act,
	}
}

// listening says where callbacks are answered, and where metrics are, if anywhere.
func (r *run) listening(address, metrics string) {
	r.began = time.Now()
	e := gate.Stamp(r.log.Info(), r.began).Str("addr", address)
	if metrics != "" {
		e.Str("metrics_addr", metrics)
	}
	e.Msg("listening")
}

// announce says that the run is to stop, once it is; what it returns waits until that is
// said, if it was.
func (r *run) announce(ctx context.Context) (said func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		gate.Stamp(r.log.Info(), time.Now()).Msg("stopping")
		close(done)
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// stopped says that the run is over, what it did, and what ended it too early.
func (r *run) stopped(err error) {
	e := r.log.Info()
	if err != nil {
		e = r.log.Error().Str("error", err.Error())
	}
	gate.Stamp(e, time.Now()).
		Int64("callbacks", r.callbacks.Load()).
		Int64("allowed", r.allowed.Load()).
		Int64("refused", r.refused.Load()).
		Int64("relayed", r.relayed.Load()).
		Int64("uptime_s", int64(time.Since(r.began).Seconds())).
		Msg("stopped")
}
