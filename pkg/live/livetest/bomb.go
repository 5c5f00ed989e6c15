package livetest

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"sync"
)

// bomb is 64 MiB in 64 KiB.
var bomb = sync.OnceValue(func() string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.Copy(w, io.LimitReader(zeros{}, 64<<20))
	_ = w.Close()
	return packed.String()
})

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, strings.Repeat("0", len(p))), nil }
