package history

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine is the most bytes of a line, an event or a row that are looked at: the gate's
// are a few thousand long, and its longest a tenth of it. It bounds the memory of a Reader.
const maxLine = 1 << 20

// A Reader reads logs. Each of its files may be of another form, and compressed by gzip:
// what it is tells what is in it, not its name.
type Reader struct {
	Files []string  // in the order in which they are read; "-" is Stdin
	Stdin io.Reader // read as it is

	// Progress is told how many bytes were read and how many there are, 0 where nobody
	// knows; nil need not be.
	Progress func(read, total int64)
}

// Each calls decision with each decision, in the order of the files, and other with what
// else the gate wrote: its message and all of the line. other may be nil. An error of
// either ends the reading, and is returned. What cannot be read as a line of the gate's is
// counted; an error says that a file cannot be read at all.
func (r *Reader) Each(ctx context.Context, decision func(*Decision) error, other func(message string, fields map[string]any)) (Counts, error) {
	g := &reading{ctx: ctx, decision: decision, other: other, counts: Counts{Skipped: map[string]int{}}}
	p := &progress{tell: r.Progress}
	for _, name := range r.Files {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			p.total += info.Size()
		} else {
			p.unknown = true
		}
	}
	for _, name := range r.Files {
		if err := r.file(g, p, name); err != nil {
			return g.counts, err
		}
	}
	p.done()
	return g.counts, nil
}

func (r *Reader) file(g *reading, p *progress, name string) error {
	p.from = r.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // which was only read
		p.from = f
	}
	err := g.read(p)
	switch {
	case err != nil && p.failed != nil:
		return fmt.Errorf("%s: cannot be read: %w", name, p.failed)
	case errors.Is(err, errNotGzip), errors.Is(err, errUTF16):
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

// progress counts what is read of the files, and remembers why one could not be.
type progress struct {
	from              io.Reader
	tell              func(read, total int64)
	read, told, total int64
	unknown           bool
	failed            error
}

// step is how many bytes are read between two tellings.
const step = 1 << 18

func (p *progress) Read(to []byte) (int, error) {
	n, err := p.from.Read(to)
	p.read += int64(n)
	if p.read-p.told >= step {
		p.done()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.failed = err
	}
	return n, err
}

func (p *progress) done() {
	if p.told = p.read; p.tell == nil {
		return
	}
	total := p.total
	if p.unknown {
		total = 0
	}
	p.tell(p.read, total)
}

var (
	errNotGzip = errors.New("not gzip, though it begins as such")
	errUTF16   = errors.New("is UTF-16, which is what > makes of a log in some shells; save it as UTF-8")
)

var byteOrderMark = []byte("\uFEFF")

// read reads one file, whatever it is.
func (g *reading) read(from io.Reader) error {
	in := bufio.NewReaderSize(from, 1<<16)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(in)
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF): // nothing was written yet
			g.skip(SkippedBroken)
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", errNotGzip, err)
		}
		in = bufio.NewReaderSize(unzipped, 1<<16)
	}
	if mark, _ := in.Peek(2); bytes.Equal(mark, []byte{0xff, 0xfe}) || bytes.Equal(mark, []byte{0xfe, 0xff}) {
		return errUTF16
	}
	if mark, _ := in.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = in.Discard(len(byteOrderMark))
	}
	head, _ := in.Peek(1 << 12)
	first, _, _ := bytes.Cut(head, []byte("\n"))
	var err error
	if from, ok := csvColumns(first); ok {
		err = g.rows(in, from)
	} else if documentBegins.Match(head) {
		err = g.document(in)
	} else {
		err = g.lines(in)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		g.skip(SkippedBroken) // a file that was still being written: what was there is read
		return nil
	}
	return err
}

// A lineReader hands out lines, none longer than maxLine.
type lineReader struct {
	in   *bufio.Reader
	line []byte
	back bool // the line is handed out again
}

// next is the next line, without its end; tooLong says that it is only its beginning. The
// line is only lent.
func (l *lineReader) next() (line []byte, tooLong bool, err error) {
	if l.back {
		l.back = false
		return l.line, false, nil
	}
	l.line = l.line[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if room := maxLine - len(l.line); len(part) > room {
			part, tooLong = part[:room], true
		}
		l.line = append(l.line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(l.line) > 0:
			err = nil
		}
		return bytes.TrimRight(l.line, "\r\n"), tooLong, err
	}
}

// lines reads a file line by line.
func (g *reading) lines(in *bufio.Reader) error {
	l := &lineReader{in: in}
	for {
		line, tooLong, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case tooLong:
			g.counts.Lines++
			g.skip(SkippedTooLong)
			continue
		}
		if bytes.HasSuffix(bytes.TrimRight(line, " \t"), []byte("{")) {
			if line, err = spread(l, line); err != nil {
				return err
			}
		}
		if err := g.event(line); err != nil {
			return err
		}
	}
}

// spread is an object that is printed over several lines, of which the first was read: the
// others are indented, but for the bracket that ends it.
func spread(l *lineReader, first []byte) ([]byte, error) {
	whole := bytes.Clone(first)
	for {
		line, tooLong, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			return whole, nil
		case err != nil:
			return nil, err
		case tooLong || len(whole)+len(line) > maxLine:
			return whole, nil // and is broken
		}
		ends := bytes.HasPrefix(line, []byte("}"))
		if !ends && !bytes.HasPrefix(line, []byte(" ")) && !bytes.HasPrefix(line, []byte("\t")) {
			l.back, l.line = true, line
			return whole, nil
		}
		if whole = append(whole, line...); ends {
			return whole, nil
		}
	}
}
