package gate

import (
	"github.com/rs/zerolog"
)

// logReview writes the one line of what was looked at afterwards. Like a decision's, that
// of a callback that failed authentication holds nothing that its sender chose.
func (g *Gate) logReview(s *Snapshot, r *Request, v *Review) {
	level := zerolog.InfoLevel
	if v.Err != nil {
		level = zerolog.WarnLevel
	}
	e := g.line(s, level)
	c := &v.Creation
	g.logWhere(e, r, v, v.GroupID, v.TopicID)
	text(e, "command", string(v.Command))
	s.personal(e, "operator", c.Operator)
	text(e, "type", c.Type)
	s.personal(e, "name", c.Name)
	text(e, "platform", c.Platform)
	s.personal(e, "client_ip", c.ClientIP)
	e.Str("verdict", v.Verdict().Word())
	text(e, "rule", v.Rule)
	e.Str("reason", string(v.Reason))
	if v.Reason == ReasonRule || v.Reason == ReasonDefault {
		s.personal(e, "detail", v.Detail)
	} else {
		text(e, "detail", v.Detail)
	}
	if v.Slipped {
		e.Bool("slipped", true)
	}
	e.Str("mode", string(v.Mode))
	if len(v.WouldRefuse) > 0 {
		e.Strs("would_refuse", v.WouldRefuse)
	}
	text(e, "would_remedy", v.WouldRemedy)
	if len(v.Flags) > 0 {
		e.Strs("flags", v.Flags)
	}
	text(e, "policy", s.Digest)
	e.Int64("duration_us", g.Clock().Sub(r.Received).Microseconds())
	if v.Err != nil {
		text(e, "error", v.Err.Error())
	}
	e.Msg("review")
}

// logWhere says which callback led to a line, and where something was done.
func (g *Gate) logWhere(e *zerolog.Event, r *Request, v *Review, group, topic string) {
	text(e, "request_id", r.RequestID)
	if isAppID(v.Creation.App) {
		e.Str("sdk_app_id", v.Creation.App)
	}
	text(e, "event", string(v.Event))
	text(e, "group_id", group)
	text(e, "topic_id", topic)
}

// logAct writes the line of one topic that was acted on, or why it was not.
func (g *Gate) logAct(s *Snapshot, r *Request, v *Review, a *Act) {
	level, message := zerolog.InfoLevel, "remedy"
	switch {
	case a.Result == Skipped && a.Quiet:
		message = "remedy_skipped"
	case a.Result == Skipped:
		level, message = zerolog.WarnLevel, "remedy_skipped"
	case a.Result == Failed:
		level = zerolog.WarnLevel
	}
	e := g.line(s, level)
	g.logWhere(e, r, v, a.GroupID, a.TopicID)
	e.Str("remedy", s.Remedy.Word()).Str("result", string(a.Result))
	text(e, "reason", a.Reason)
	s.personal(e, "operator", v.Creation.Operator)
	s.personal(e, "before", a.Before)
	s.personal(e, "after", a.After)
	text(e, "rule", a.Rule)
	text(e, "unless", a.Unless)
	s.personal(e, "detail", a.Detail)
	text(e, "policy", s.Digest)
	e.Int64("duration_us", g.Clock().Sub(r.Received).Microseconds())
	if a.Err != nil {
		text(e, "error", a.Err.Error())
	}
	e.Msg(message)
}
