package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"topicgate/pkg/policy"
)

// Names settles names that somebody keeps, one JSON object a line.
type Names struct {
	Policy *policy.Policy
	App    string // of lines that do not say; "": nobody knows
	Leave  string // names like this are left: a remedy gives it
	At     time.Time
}

// maxLine bounds a line of names, in bytes: a name has 150.
const maxLine = 1 << 20

var errObject = errors.New(`no JSON object with a name; write one a line, such as {"name": "General"}`)

// Read settles the names of a file, which problems call by its name.
func (n *Names) Read(ctx context.Context, file io.Reader, called string, r *Report) error {
	lines := bufio.NewReaderSize(file, 64<<10)
	for at := 1; ; at++ {
		if at%1000 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		text, long, err := line(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", called, reason(err))
		}
		text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF"))) // files that were put together have several
		switch {
		case long:
			r.failed(fmt.Sprintf("%s:%d: longer than %d bytes", called, at, maxLine))
		case len(text) > 0:
			if err := n.line(text, at, r); err != nil {
				r.failed(fmt.Sprintf("%s:%d: %v", called, at, err))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// line reads a line, without what is too much of it.
func line(r *bufio.Reader) (text []byte, long bool, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if long = long || len(text)+len(piece) > maxLine; long {
			text = nil
		} else {
			text = append(text, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, long, err
		}
	}
}

// line settles one line.
func (n *Names) line(text []byte, at int, r *Report) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields["name"] == nil || string(fields["name"]) == "null" {
		return errObject
	}
	var name, group, topic, subject, groupType string
	cr := policy.Creation{Subject: policy.Topic, App: n.App, At: n.At}
	unknown := Listed
	if n.App == "" {
		unknown |= policy.FactApp
	}
	for _, known := range [...]struct {
		key  string
		to   *string
		fact policy.Fact
	}{
		{"name", &name, 0}, {"command", &subject, 0}, {"app", &cr.App, policy.FactApp}, {"type", &groupType, 0},
		{"operator", &cr.Operator, policy.FactOperator}, {"platform", &cr.Platform, policy.FactPlatform}, {"client_ip", &cr.ClientIP, policy.FactClientIP},
		{"group_id", &group, 0}, {"topic_id", &topic, 0},
	} {
		var value string
		written := fields[known.key]
		if known.key == "app" && len(written) > 0 && '0' < written[0] && written[0] <= '9' {
			value = string(written) // an SDKAppID is a number to many
		} else if err := json.Unmarshal(written, &value); written != nil && err != nil {
			return fmt.Errorf("%s is no text", known.key)
		}
		// What is empty is not known: exports write it so.
		if value != "" {
			*known.to, unknown = value, unknown&^known.fact
		}
	}
	switch subject {
	case "", string(policy.Topic):
	case string(policy.Group):
		cr.Subject = policy.Group
		if groupType == "" {
			unknown |= policy.FactType
		}
	default:
		return fmt.Errorf("%q is no command; write topic or group", subject)
	}
	cr.Name, cr.Type = name, cmp.Or(groupType, community)
	var one Result
	if n.Leave != "" && name == n.Leave {
		one.Topics++
	} else {
		settled := n.Policy.Settle(cr, unknown)
		f := found(name, &settled)
		f.Community, f.Topic, f.Line = group, topic, at
		if f.Verdict != policy.Passes {
			// What another audit made of it, whose report this may be, is not what this one does.
			for _, ours := range [...]string{"name", "verdict", "rule", "unless", "unknown", "detail", "word", "by_name", "line"} {
				delete(fields, ours)
			}
			f.Rest = fields
		}
		one.add(f, &settled)
	}
	r.add(&one)
	return nil
}
