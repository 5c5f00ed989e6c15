package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"topicgate/pkg/gate/gatetest"
)

// A level is a number of connections, and what both servers did with so many.
type level struct {
	connections int
	bare, gate  side
}

// A side is what one server did in each round.
type side struct {
	throughput []float64 // requests a second
	p50, p99   []time.Duration
}

// loadServers loads net/http alone and topicgate with wrk, one after the other, from
// few connections to many. Without wrk it measures nothing.
func loadServers(here, dir string, s settings) ([]*level, error) {
	if wrk, _ := exec.LookPath("wrk"); wrk == "" {
		return nil, nil
	}
	bare, err := gatetest.StartServer(filepath.Join(dir, "http"), "", nil)
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	gate, err := gatetest.StartServer(filepath.Join(dir, "topicgate"), "", rules(filepath.Join(here, "policy/policy.yaml")))
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	levels := make([]*level, len(s.levels))
	for i, n := range s.levels {
		levels[i] = &level{connections: n}
	}
	script := filepath.Join(here, "wrk.lua")
	for round := range s.loads {
		for _, l := range levels {
			both := []func() error{
				func() error { return l.bare.load(bare, script, l.connections, s.load, nothingLogged) },
				func() error { return l.gate.load(gate, script, l.connections, s.load, allLogged) },
			}
			for i := range both { // each is the first in every other round
				if err := both[(i+round)%2](); err != nil {
					return nil, err
				}
			}
		}
	}
	return levels, nil
}

// load runs wrk once, and checks that what it counted was answered as it should be.
func (s *side) load(server *gatetest.Server, script string, connections int, duration time.Duration, check logCheck) error {
	call := scenario.Call(time.Now()) // a signature is good for a minute
	answer, err := server.Do(context.Background(), call)
	if err != nil {
		return err
	}
	if answer != allowed {
		return fmt.Errorf("%s answered %+v, want %+v", server.URL, answer, allowed)
	}
	if err := server.EmptyLog(); err != nil {
		return err
	}
	runtime.GC() // of the log read before, and not beside wrk
	// One thread is enough for wrk, and leaves the most to the server.
	command := exec.Command("wrk", "--threads", "1", "--connections", strconv.Itoa(connections), "--duration", fmt.Sprintf("%.0fs", duration.Seconds()),
		"--timeout", "10s", "--script", script, server.URL+"/?"+call.Query, "--", call.Body)
	text, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("wrk: %w\n%s", err, text)
	}
	// The last line is the script's.
	var seen struct {
		Requests, Duration, P50, P99          int
		Connect, Read, Write, Timeout, Status int
	}
	if err := json.Unmarshal(text[bytes.LastIndexByte(bytes.TrimSpace(text), '\n')+1:], &seen); err != nil {
		return fmt.Errorf("wrk: %w\n%s", err, text)
	}
	if seen.Requests == 0 || seen.Connect+seen.Read+seen.Write+seen.Timeout+seen.Status > 0 {
		return fmt.Errorf("wrk: not every request was answered:\n%s", text)
	}
	log, err := server.Log()
	if err != nil {
		return err
	}
	if err := check(log, seen.Requests, connections); err != nil {
		return err
	}
	s.throughput = append(s.throughput, float64(seen.Requests)/(float64(seen.Duration)/1e6))
	s.p50 = append(s.p50, time.Duration(seen.P50)*time.Microsecond)
	s.p99 = append(s.p99, time.Duration(seen.P99)*time.Microsecond)
	return nil
}

// A logCheck holds a server's log to what wrk counted.
type logCheck func(log []byte, requests, connections int) error

// nothingLogged is all there is to say of a server that decides nothing.
func nothingLogged([]byte, int, int) error { return nil }

// allLogged: each request was decided on and allowed. When time is up, wrk leaves up
// to one request on each connection behind.
func allLogged(log []byte, requests, connections int) error {
	lines, err := gatetest.Lines(log, "decision")
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line.Verdict != "allow" || line.Reason != "default" {
			return fmt.Errorf("under load a callback was decided otherwise: %+v", line)
		}
	}
	if n := len(lines); n < requests || n > requests+connections {
		return fmt.Errorf("wrk counted %d answers on %d connections, and the log has %d decisions", requests, connections, n)
	}
	return nil
}
