package ui

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"

	"topicgate/pkg/history"
	"topicgate/pkg/policy"
)

// reported is the page of the report that was made last, which a frame of the workbench
// loads by an address that nobody can guess.
type reported struct {
	mu   sync.Mutex
	path string
	page []byte
}

// reports says whether there is anything to report of: standard input is read once.
func (s *Server) reports() bool {
	return len(s.options.Logs) > 0 && !slices.Contains(s.options.Logs, "-")
}

// report makes the page of the logs at hand, with what of a policy never matched.
func (s *Server) report(ctx context.Context, q *struct {
	Text      string `json:"text"`
	Language  string `json:"language"`
	Names     bool   `json:"names"`
	Operators bool   `json:"operators"`
},
) (*struct {
	Path string `json:"path"`
}, error,
) {
	if !s.reports() {
		return nil, failure{status: http.StatusNotFound, text: "there are no logs to report of"}
	}
	var spec *policy.Spec
	if l := s.loads.load(q.Text); !l.Broken() {
		spec = &l.Spec
	}
	r := history.NewReporter(spec)
	counts, err := (&history.Reader{Files: s.options.Logs}).Each(ctx, func(d *history.Decision) error {
		r.Decision(d)
		return ctx.Err()
	}, r.Said)
	if err != nil {
		return nil, err
	}
	texts := reportTexts(q.Language)
	result := r.Report(counts, history.ReportOptions{Names: q.Names, Operators: q.Operators, Policy: s.policy.path, Logs: s.options.Logs, Texts: texts})
	var page bytes.Buffer
	if err := history.Page(&page, result, history.PageOptions{Texts: texts}); err != nil {
		return nil, err
	}
	path := "report-" + rand.Text()
	s.reported.mu.Lock()
	defer s.reported.mu.Unlock()
	s.reported.path, s.reported.page = path, page.Bytes()
	return &struct {
		Path string `json:"path"`
	}{path}, nil
}

// reportPage is the page, which may run nothing and reach nothing: names are in it.
func (s *Server) reportPage(w http.ResponseWriter, r *http.Request) {
	s.reported.mu.Lock()
	defer s.reported.mu.Unlock()
	if s.reported.path == "" || !same(r.PathValue("report"), s.reported.path) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", history.PageCSP+"; frame-ancestors 'self'; sandbox")
	w.Header().Set("X-Frame-Options", "SAMEORIGIN")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(s.reported.page)
}

// reportTexts are what a report says in a language of the workbench.
func reportTexts(language string) history.Texts {
	if language == "zh" {
		return chinese
	}
	return history.English
}
