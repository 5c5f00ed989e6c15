package ui

import (
	"bytes"
	"embed"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var embedded embed.FS

// assets are what the page is made of, by name. No other path leads to a file.
var assets = func() map[string][]byte {
	entries, err := embedded.ReadDir("assets")
	if err != nil {
		panic(err) // they are within the binary
	}
	all := map[string][]byte{}
	for _, entry := range entries {
		data, err := embedded.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		all[entry.Name()] = data
	}
	return all
}()

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	if name == "index.html" {
		http.NotFound(w, r) // it is the page, and needs a nonce
		return
	}
	_, _ = w.Write(assets[name])
}

// page is index.html, with a nonce by which CodeMirror may add its styles.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	once := nonce()
	w.Header().Set("Content-Security-Policy", contentPolicy(once))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(bytes.Replace(assets["index.html"], []byte("NONCE"), []byte(once), 1))
}
