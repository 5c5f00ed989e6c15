package ui

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// maxBody is the most bytes of a request: two texts that the editor may hold, and names.
const maxBody = 4 * maxText

// routes is the table of what is answered. Everything that is asked for is a POST, and so
// is everything that writes: what a page of another site can make a browser do is a GET.
func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", s.page)
	for name := range assets {
		m.HandleFunc("GET /"+name, s.asset)
	}
	m.HandleFunc("GET /{report}", s.reportPage)
	m.HandleFunc("POST /api/open", answer(s.open))
	m.HandleFunc("POST /api/check", answer(s.check))
	m.HandleFunc("POST /api/try", answer(s.try))
	m.HandleFunc("POST /api/cases", answer(s.runCases))
	m.HandleFunc("POST /api/keep", answer(s.keep))
	m.HandleFunc("POST /api/effect", answer(s.effect))
	m.HandleFunc("POST /api/excuse", answer(s.excuse))
	m.HandleFunc("POST /api/save", answer(s.save))
	m.HandleFunc("POST /api/report", answer(s.report))
	return m
}

// A failure is what a person is told when something cannot be done.
type failure struct {
	status int
	text   string
	now    *content // what a file holds that has changed meanwhile
}

func (f failure) Error() string { return f.text }

// answer turns a function into a handler: JSON in, JSON out.
func answer[Q, A any](f func(context.Context, *Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked Q
		if err := decode(w, r, &asked); err != nil {
			writeJSON(w, err.status, map[string]any{"error": err.text})
			return
		}
		got, err := f(r.Context(), &asked)
		failed, is := errors.AsType[failure](err)
		switch {
		case err == nil:
			writeJSON(w, http.StatusOK, got)
		case errors.Is(err, context.Canceled): // nobody waits any more
			w.WriteHeader(http.StatusServiceUnavailable)
		case is && failed.now != nil:
			writeJSON(w, failed.status, map[string]any{"error": failed.text, "now": failed.now})
		case is:
			writeJSON(w, failed.status, map[string]any{"error": failed.text})
		default:
			writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": err.Error()})
		}
	}
}

func decode(w http.ResponseWriter, r *http.Request, into any) *failure {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return &failure{status: http.StatusUnsupportedMediaType, text: "the body is no JSON; send application/json"}
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); more == io.EOF {
			return nil
		}
		err = errors.New("more than one value")
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &failure{status: http.StatusRequestEntityTooLarge, text: "this is too much at once"}
	}
	return &failure{status: http.StatusBadRequest, text: "the body cannot be read: " + err.Error()}
}

// writeJSON writes an answer. In it < > & are escaped, so that it is no HTML for anybody.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who has gone away needs none
}
