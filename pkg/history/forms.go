package history

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// columns are where the rows of a file hold a line.
type columns struct {
	line  int      // the column that holds it
	names []string // of all columns, where each member has one of its own
}

// csvColumns are the columns of a file whose first line names them: Insights and CLS export
// such, and CLS, where it took a line apart, a column for each member.
func csvColumns(first []byte) (c columns, ok bool) {
	if bytes.IndexByte(first, '{') >= 0 {
		return c, false
	}
	names := cells(first)
	if slices.Contains(names, "verdict") && slices.Contains(names, "timestamp") && slices.Contains(names, "message") {
		return columns{names: names}, true
	}
	best := len(wrappings)
	for i, name := range names {
		if r := rank([]byte(name)); r >= 0 && r < best {
			best, c.line, ok = r, i, true
		}
	}
	return c, ok
}

// cells are the cells of one row.
func cells(row []byte) []string {
	r := csv.NewReader(bytes.NewReader(row))
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	record, _ := r.Read() // what cannot be read has no cells
	return record
}

// rows reads a file of CSV. A row goes on while a quote is open.
func (g *reading) rows(in *bufio.Reader, from columns) error {
	l := &lineReader{in: in}
	if _, _, err := l.next(); err != nil { // the header
		return err
	}
	var row []byte
	open := false // a quote
	for {
		line, tooLong, err := l.next()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		row = append(append(row, line...), '\n')
		open = open != (bytes.Count(line, []byte(`"`))%2 == 1)
		if tooLong || open && len(row) > maxLine {
			g.counts.Lines++
			g.skip(SkippedTooLong)
			row, open = row[:0], false
			continue
		}
		if open && !end {
			continue
		}
		if len(bytes.TrimSpace(row)) > 0 {
			if err := g.row(cells(row), from); err != nil {
				return err
			}
		}
		if row, open = row[:0], false; end {
			return nil
		}
	}
}

func (g *reading) row(cells []string, from columns) error {
	switch {
	case from.line >= len(cells), len(from.names) > len(cells):
		g.counts.Lines++
		g.skip(SkippedBroken)
		return nil
	case from.names == nil:
		return g.event([]byte(cells[from.line]))
	}
	members := map[string]string{}
	for i, name := range from.names {
		if cells[i] != "" { // a line has no member that another one has
			members[name] = cells[i]
		}
	}
	line, err := json.Marshal(members)
	if err != nil {
		return err // which texts never are
	}
	return g.event(line)
}

// documentBegins tells a file that is one JSON document, or several, from one of a line each:
// a list of objects or texts, or of rows of them, or an object that begins with what answers
// of APIs begin with. What other programs put into brackets is none.
var documentBegins = regexp.MustCompile(`^\s*(?:\[\s*(?:\[\s*)?(?:\{\s*)?"|\{\s*"(?:events|searchedLogStreams|results|statistics|queryLanguage|nextToken|messageType|owner|logGroup|logStream|logEvents|Response|Results|Context|RequestId)"\s*:)`)

// document reads a file of JSON documents, of which only one element of a list is in memory.
func (g *reading) document(in io.Reader) error {
	d := &document{reading: g, allowed: &allowance{from: in}}
	d.allowed.more()
	d.Decoder = jsontext.NewDecoder(d.allowed, likeGo...)
	for {
		err := d.one(0)
		var broken *jsontext.SyntacticError
		switch {
		case errors.Is(err, errTooLong):
			g.skip(SkippedTooLong)
			return nil
		case errors.As(err, &broken):
			g.skip(SkippedBroken)
			return nil
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

var errTooLong = errors.New("too long")

// allowance bounds what is read at once.
type allowance struct {
	from io.Reader
	left int
}

func (a *allowance) more() { a.left = 4 * maxLine } // a decoder reads ahead

func (a *allowance) Read(to []byte) (int, error) {
	if a.left <= 0 {
		return 0, errTooLong
	}
	n, err := a.from.Read(to[:min(len(to), a.left)])
	a.left -= n
	return n, err
}

type document struct {
	*reading
	*jsontext.Decoder
	allowed *allowance
}

// one reads the value that comes next.
func (d *document) one(depth int) error {
	d.allowed.more()
	switch d.PeekKind() {
	case jsontext.KindBeginArray:
		return d.list(depth)
	case jsontext.KindBeginObject:
		if depth < maxDepth {
			return d.answer(depth)
		}
	}
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	d.counts.Lines++
	return d.value(value, depth)
}

// list reads the elements of a list. One that is a list itself is a row.
func (d *document) list(depth int) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for {
		d.allowed.more()
		if d.PeekKind() == jsontext.KindEndArray {
			_, err := d.ReadToken()
			return err
		}
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if d.counts.Lines++; d.counts.Lines%1024 == 0 && d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		if err := d.value(value, depth+1); err != nil {
			return err
		}
	}
}

// answer reads an object. What it lists under a key of ours is read an element at a time;
// all else is read as one.
func (d *document) answer(depth int) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	rest, inside := []byte{'{'}, false
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		name = name.Clone()
		kind := d.PeekKind()
		if wraps(text(name)) && (kind == jsontext.KindBeginArray || kind == jsontext.KindBeginObject) {
			inside = true
			if err := d.one(depth + 1); err != nil {
				return err
			}
			continue
		}
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if len(rest) > maxLine {
			return errTooLong
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, name...), ':'), value...)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if inside {
		return nil
	}
	d.counts.Lines++
	return d.value(append(rest, '}'), depth)
}

// octets is what journald makes of a message with characters that it takes for unprintable:
// a list of its bytes.
func octets(list []byte) (text []byte, ok bool) {
	inside := strings.Trim(string(list), "[] \n")
	for number := range strings.SplitSeq(inside, ",") {
		n := 0
		digits := strings.TrimSpace(number)
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' || n > 255 {
				return nil, false
			}
			n = n*10 + int(c-'0')
		}
		if digits == "" || n > 255 {
			return nil, false
		}
		text = append(text, byte(n))
	}
	return text, true
}
