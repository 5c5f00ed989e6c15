//go:build unix

package policyfile_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/policyfile"
)

// TestReportsAreLinear: however much is wrong, each mistake costs what the first one did.
// Eight times as many may take thirty times as long, so that no machine is too slow; what
// grows with the square takes sixty-four.
func TestReportsAreLinear(t *testing.T) {
	const times, most = 8, 30
	check := func(text string) int {
		return len(config.Load([]string{"TOPICGATE_POLICY=" + text}, config.Options{Offline: true}).Problems)
	}
	several := func(n int, head, each string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range n {
			b.WriteString(strings.ReplaceAll(each, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, of := range map[string]struct {
		least int // problems of each
		run   func(n int) (problems int)
	}{
		"three mistakes a rule": {3, func(n int) int {
			return check(several(n, "rules:\n", "- {name: r#, action: deny, cod: 7, match: {name: {contains: 5}}}\n"))
		}},
		"three that only compiling finds": {3, func(n int) int {
			return check(several(n, "rules:\n", "- {name: R#, action: deny, code: 7, match: {operator: {in: [a]}}}\n"))
		}},
		"one name": {1, func(n int) int {
			return check(several(n+1, "rules:\n", "- {name: r, action: refuse}\n")) // the first may have it
		}},
		"matches of one rule": {1, func(n int) int {
			return check(several(n, "rules:\n- name: r\n  action: refuse\n  match:\n    any:\n", "    - {operator: {}, type: 5}\n"))
		}},
		"items of one key": {1, func(n int) int {
			return check(several(n, "govern:\n", "- [#]\n"))
		}},
		"days of one rule": {1, func(n int) int {
			return check(several(n, "rules:\n- name: r\n  action: refuse\n  match:\n    time:\n      days:\n", "      - 5\n"))
		}},
		"words of which nothing is left": {1, func(n int) int {
			return check(several(n, "rules:\n- name: r\n  action: refuse\n  match:\n    name:\n      contains:\n", "      - \"\\u200B\\u200C\"\n"))
		}},
		"words of a variable": {1, func(n int) int {
			return len(config.Load([]string{"TOPICGATE_BANNED_WORDS=" + strings.Repeat("\u200B,", n)}, config.Options{Offline: true}).Problems)
		}},
		"lists that are not there": {1, func(n int) int {
			return check(several(n, several(n, "lists:\n", "  list#: [a]\n")+"rules:\n", "- {name: r#, action: refuse, match: {operator: {in: lost#}}}\n"))
		}},
		"keys that are not known": {1, func(n int) int { return check(several(n, "", "key#: 1\n")) }},
		"quotas too early": {0, func(n int) int {
			c := config.Load([]string{"TOPICGATE_POLICY=" + several(n, "rules:\n", "- {name: r#, action: refuse, quota: {limit: 1, window: 1h}}\n") + "- {name: last, action: refuse}\n"}, config.Options{Offline: true})
			return len(c.Warnings)
		}},
		"cases": {3, func(n int) int {
			_, problems := policyfile.LoadCases(several(n, "cases:\n", "- {name: 5, plaform: x, want: alow}\n"), "c.yaml")
			return len(problems)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			took := func(n int) time.Duration {
				start := worked(t)
				if got := of.run(n); got < of.least*n {
					t.Fatalf("%d problems in %d, want %d of each", got, n, of.least)
				}
				return worked(t) - start
			}
			few := 500
			took(few) // what is made once
			short := min(took(few), took(few))
			// Enough that a collection of garbage does not decide. What was found had 16,000
			// rules with three mistakes each.
			for few < 32000 && (short < 10*time.Millisecond || of.least == 3 && few < 2000) {
				few *= 2
				short = min(took(few), took(few))
			}
			long := took(few * times)
			for range 3 {
				if long > most*short {
					long = took(few * times)
				}
			}
			if long > most*short {
				t.Errorf("%d take %v, %d take %v", few, short, few*times, long)
			}
		})
	}
}

// worked is for how long this process has worked, whatever else the machine does.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
