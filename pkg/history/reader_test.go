package history

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"topicgate/pkg/rawjson"
)

// everything reads logs and returns all that is in them.
func everything(t *testing.T, r *Reader) (decisions []Decision, others []string, counts Counts) {
	t.Helper()
	counts, err := r.Each(t.Context(), func(d *Decision) error {
		decisions = append(decisions, *d)
		return nil
	}, func(message string, fields map[string]any) {
		others = append(others, fmt.Sprint(message, " ", fields["policy"]))
	})
	if err != nil {
		t.Fatal(err)
	}
	return decisions, others, counts
}

func reading1(t *testing.T, text string) ([]Decision, []string, Counts) {
	t.Helper()
	return everything(t, &Reader{Files: []string{"-"}, Stdin: strings.NewReader(text)})
}

const plainLog = "testdata/forms/plain.jsonl"

// TestDecision holds each key of a line to the field that it goes to.
func TestDecision(t *testing.T) {
	got, others, counts := everything(t, &Reader{Files: []string{plainLog}})
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	want := []Decision{
		{
			Time: at("2026-03-01T12:00:01.24975Z"), Timestamp: at("2026-03-01T12:00:01.25Z"), RequestID: "r-1", App: "1400000000", Command: "Group.CallbackBeforeCreateTopic",
			Operator: "leckie", Type: "Community", Name: "新手报到区", Platform: "Web", ClientIP: "192.0.2.7", Verdict: "allow", Reason: "default", Mode: "enforce",
			Policy: "0a1b2c3d4e5f", Duration: 250 * time.Microsecond, ColdStart: true,
		},
		{
			Time: at("2026-03-01T12:00:01.999Z"), Timestamp: at("2026-03-01T12:00:02Z"), RequestID: "r-2", Ref: "7ZK4M0QX", App: "1400000000", Command: "Group.CallbackBeforeCreateTopic",
			Operator: "mallory", Type: "Community", Platform: "iOS", ClientIP: "2001:db8::1", Verdict: "refuse", Code: 10102, Rule: "banned-words", Reason: "rule", Detail: "casino", Mode: "enforce",
			Name:        "x\"}\n{\"level\":\"info\",\"timestamp\":\"2026-03-01T12:00:02.000Z\",\"message\":\"decision\",\"verdict\":\"allow\"} \\ \t,\"\" casino",
			WouldRefuse: []string{"on-trial"}, Flags: []string{"new-brand", "seen"}, Policy: "0a1b2c3d4e5f", Duration: time.Millisecond,
		},
		{
			Time: at("2026-03-01T12:00:02.99996Z"), Timestamp: at("2026-03-01T12:00:03Z"), RequestID: "r-3", App: "1400000000", Command: "Group.CallbackBeforeCreateTopic",
			Verdict: "refuse", Code: 1, Reason: "sign_missing", Detail: "Sign", Mode: "enforce", Policy: "ffffffffffff", Duration: 40 * time.Microsecond, StaleS: 301, Withheld: true,
		},
		{
			Time: at("2026-03-01T12:00:03.699Z"), Timestamp: at("2026-03-01T12:00:04Z"), RequestID: "r-4", App: "1400000000", Command: "Group.CallbackBeforeCreateGroup",
			Operator: "李四", Type: "Public", Name: "سلام 🐉", Platform: "RESTAPI", Verdict: "allow", Rule: "staff", Reason: "rule", Detail: "李*", Mode: "dry_run",
			WouldRefuse: []string{"flood"}, Policy: "ffffffffffff", Duration: 301 * time.Millisecond, Error: "quota flood skipped: i/o timeout",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"start 0a1b2c3d4e5f", "reload ffffffffffff"}, others); diff != "" {
		t.Errorf("others: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(Counts{Lines: 6, Decisions: 4, Skipped: map[string]int{"start": 1, "reload": 1}}, counts); diff != "" {
		t.Errorf("counts: -want +got:\n%s", diff)
	}
}

// TestForms reads the same log as each platform exports it, as it is and compressed.
func TestForms(t *testing.T) {
	want, wantOthers, _ := everything(t, &Reader{Files: []string{plainLog}})
	files, err := filepath.Glob("testdata/forms/*")
	if err != nil || len(files) < 25 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var zipped bytes.Buffer
			w := gzip.NewWriter(&zipped)
			_, _ = w.Write(data)
			_ = w.Close()
			for form, in := range map[string]io.Reader{"as it is": bytes.NewReader(data), "compressed": &zipped} {
				got, others, counts := everything(t, &Reader{Files: []string{"-"}, Stdin: in})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: -want +got:\n%s", form, diff)
				}
				if diff := cmp.Diff(wantOthers, others); diff != "" {
					t.Errorf("%s: others: -want +got:\n%s", form, diff)
				}
				if len(got) != counts.Decisions || counts.Skipped["start"] != 1 || counts.Skipped["reload"] != 1 {
					t.Errorf("%s: counts are %+v", form, counts)
				}
			}
		})
	}
}

// someLine is a decision with a name.
func someLine(name string) string {
	return fmt.Sprintf(`{"level":"info","timestamp":"2026-03-01T12:00:00.000Z","command":"Group.CallbackBeforeCreateTopic","operator":"leckie","name":%s,"verdict":"allow","code":0,"reason":"default","mode":"enforce","policy":"0a1b2c3d4e5f","duration_us":1,"cold_start":false,"message":"decision"}`, quoted(name))
}

// TestSkipped: what cannot be read is counted by kind, and what stands beside it is read.
func TestSkipped(t *testing.T) {
	one := someLine("a")
	huge := `{"level":"info","message":"` + strings.Repeat("x", 2*maxLine) + `"}`
	for name, tt := range map[string]struct {
		text string
		want Counts
	}{
		"nothing":              {"", Counts{0, 0, map[string]int{}}},
		"blank lines":          {"\n \n\r\n\x00\x00\n" + one, Counts{5, 1, map[string]int{}}},
		"no end of the line":   {one, Counts{1, 1, map[string]int{}}},
		"text":                 {"hello\n" + one + "\n}{\n", Counts{3, 1, map[string]int{SkippedText: 1, SkippedBroken: 1}}},
		"cut":                  {one[:len(one)-30] + "\n" + one + "\n", Counts{2, 1, map[string]int{SkippedBroken: 1}}},
		"cut within a name":    {someLine(one)[:150] + "\n" + one, Counts{2, 1, map[string]int{SkippedBroken: 1}}},
		"begins in the middle": {one[20:] + "\n" + one, Counts{2, 1, map[string]int{SkippedText: 1}}},
		"a huge line":          {one + "\n" + huge + "\n" + one, Counts{3, 2, map[string]int{SkippedTooLong: 1}}},
		"others":               {`{"level":"info","msg":"hi"}` + "\n" + `{"a":{"message":"decision"}}` + "\n[1]\n{}\n", Counts{4, 0, map[string]int{SkippedOther: 3, SkippedText: 1}}},
		"no verdict":           {`{"level":"info","timestamp":"2026-03-01T12:00:00Z","message":"decision"}`, Counts{1, 0, map[string]int{SkippedBroken: 1}}},
		"no time":              {`{"level":"info","timestamp":"yesterday","message":"decision","verdict":"allow"}`, Counts{1, 0, map[string]int{SkippedText: 1}}},
		"too deep":             {strings.Repeat(`{"log":`, 20) + one + strings.Repeat("}", 20), Counts{1, 0, map[string]int{SkippedDeep: 1}}},
		"several on a line":    {one + " " + one + "\t{", Counts{1, 2, map[string]int{SkippedBroken: 1}}},
		"printed, and cut":     {"{\n  \"level\": 1,\n" + one + "\n", Counts{2, 1, map[string]int{SkippedBroken: 1}}},
		"a null of journald's": {`{"MESSAGE":null}` + "\n" + `{"MESSAGE":[1,300]}`, Counts{2, 0, map[string]int{SkippedBroken: 3}}},
		"a document, cut":      {`{"events":[{"message":` + string(quoted(one)) + `},{"mess`, Counts{1, 1, map[string]int{SkippedBroken: 1}}},
		"a document of others": {`[{"a":1},{"message":"x"},5]`, Counts{3, 0, map[string]int{SkippedOther: 1, SkippedText: 1, SkippedBroken: 1}}},
		"documents":            {`[{"log":` + one + `}]` + "\n" + `[` + one + `]`, Counts{2, 2, map[string]int{}}},
		"a huge element":       {`[{"log":"` + strings.Repeat("x", 8*maxLine) + `"}]`, Counts{0, 0, map[string]int{SkippedTooLong: 1}}},
		"a short row":          {"@timestamp,@message\n2026\n" + "1,\"" + strings.ReplaceAll(one, `"`, `""`) + "\"\n", Counts{2, 1, map[string]int{SkippedBroken: 1}}},
		"an open quote":        {"@timestamp,@message\n1,\"" + strings.Repeat(strings.Repeat("x", 99)+"\n", maxLine/100+1) + "\n1,\"" + strings.ReplaceAll(one, `"`, `""`) + "\"", Counts{2, 1, map[string]int{SkippedTooLong: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, counts := reading1(t, tt.text)
			if diff := cmp.Diff(tt.want, counts); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func quoted(s string) []byte { return rawjson.AppendText(nil, s) }

// Values that the gate may have cut or hashed are marked.
func TestJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		in               Decision
		cut              []string
		hashed, withheld bool
	}{
		"plain":               {in: Decision{Name: "a", Operator: "b"}},
		"nothing":             {withheld: true},
		"long":                {in: Decision{Name: strings.Repeat("a", 252)}},
		"cut":                 {in: Decision{Name: strings.Repeat("a", 256)}, cut: []string{"name"}},
		"cut at a character":  {in: Decision{Name: strings.Repeat("a", 253), Platform: strings.Repeat("b", 255)}, cut: []string{"name", "platform"}},
		"hashed":              {in: Decision{Name: "0123456789abcdef", Operator: "fedcba9876543210"}, hashed: true},
		"one that looks so":   {in: Decision{Name: "a", Operator: "fedcba9876543210"}},
		"an address that not": {in: Decision{Name: "0123456789abcdef", ClientIP: "10.0.0.1"}},
	} {
		d := tt.in
		d.judge()
		if !cmp.Equal(d.Cut, tt.cut) || d.Hashed != tt.hashed || d.Withheld != tt.withheld {
			t.Errorf("%s: cut %q, hashed %v, withheld %v", name, d.Cut, d.Hashed, d.Withheld)
		}
		if d.IsCut("name") != (len(tt.cut) > 0) {
			t.Errorf("%s: IsCut is %v", name, d.IsCut("name"))
		}
	}
}

// TestReader: several files, of several forms; a file that is none; errors of others; a
// context that ends.
func TestReader(t *testing.T) {
	decisions, _, counts := everything(t, &Reader{Files: []string{plainLog, "-", "testdata/forms/aws_insights.csv"}, Stdin: strings.NewReader(someLine("a"))})
	if len(decisions) != 9 || counts.Decisions != 9 || decisions[4].Name != "a" || counts.Skips() != 7 {
		t.Errorf("got %d decisions, counts %+v", len(decisions), counts)
	}
	none := func(*Decision) error { return nil }
	if _, err := (&Reader{Files: []string{"testdata/none"}}).Each(t.Context(), none, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := (&Reader{Files: []string{"testdata"}}).Each(t.Context(), none, nil); err == nil || !strings.Contains(err.Error(), "testdata") {
		t.Errorf("a folder: %v", err)
	}
	stop := errors.New("enough")
	n := 0
	if _, err := (&Reader{Files: []string{plainLog}}).Each(t.Context(), func(*Decision) error { n++; return stop }, nil); !errors.Is(err, stop) || n != 1 {
		t.Errorf("stopped: %v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := strings.NewReader(strings.Repeat(someLine("a")+"\n", 5000))
	if _, err := (&Reader{Files: []string{"-"}, Stdin: in}).Each(ctx, none, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// What other programs write first into brackets makes no document of a log.
func TestBracketsFirst(t *testing.T) {
	for _, first := range []string{"[[ starting ]]", "[{main}] starting", strings.Repeat("[", 1<<16), "[ [info] {x} ]"} {
		decisions, _, counts := everything(t, &Reader{Files: []string{"-"}, Stdin: strings.NewReader(first + "\n" + someLine("a") + "\n")})
		if len(decisions) != 1 || counts.Lines != 2 {
			t.Errorf("%.20s: got %d decisions, counts %+v", first, len(decisions), counts)
		}
	}
}

// What a shell has written in UTF-16 is told, rather than read as a log without decisions.
func TestUTF16(t *testing.T) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		_, err := (&Reader{Files: []string{"-"}, Stdin: strings.NewReader(mark + "{\x00\n\x00")}).Each(t.Context(), nil, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "-: is UTF-16") {
			t.Errorf("%q: %v", mark, err)
		}
	}
}

// A compressed file that was still being written is read as far as it goes.
func TestTruncatedGzip(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	for i := range 5000 {
		_, _ = io.WriteString(w, someLine(fmt.Sprint("name ", i*7919))+"\n")
	}
	_ = w.Close()
	decisions, _, counts := everything(t, &Reader{Files: []string{"-"}, Stdin: bytes.NewReader(zipped.Bytes()[:zipped.Len()/2])})
	if len(decisions) < 1000 || len(decisions) > 4000 || counts.Skipped[SkippedBroken] == 0 {
		t.Errorf("got %d decisions, counts %+v", len(decisions), counts)
	}
	for n := 2; n < 12; n++ {
		if _, _, counts := everything(t, &Reader{Files: []string{"-"}, Stdin: bytes.NewReader(zipped.Bytes()[:n])}); counts.Skipped[SkippedBroken] != 1 {
			t.Errorf("the first %d bytes: counts %+v", n, counts)
		}
	}
	_, err := (&Reader{Files: []string{"-"}, Stdin: strings.NewReader("\x1f\x8bnonsense")}).Each(t.Context(), nil, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "-: not gzip") {
		t.Errorf("no gzip: %v", err)
	}
}

func TestProgress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte(strings.Repeat(someLine("a")+"\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	var last, total int64
	told := 0
	r := Reader{Files: []string{file}, Progress: func(read, of int64) {
		if read < last {
			t.Errorf("%d bytes read after %d", read, last)
		}
		last, total = read, of
		told++
	}}
	everything(t, &r)
	if last != info.Size() || total != info.Size() || told < 3 || told > 20 {
		t.Errorf("told %d times, last of %d bytes of %d; the file has %d", told, last, total, info.Size())
	}
	r.Files, r.Stdin, last = append(r.Files, "-"), strings.NewReader(""), 0
	if everything(t, &r); total != 0 {
		t.Errorf("with standard input there are %d bytes to read, though nobody knows", total)
	}
}

// manyLines is a log that is never all there.
type manyLines struct {
	line []byte
	left int
	rest []byte
}

func (m *manyLines) Read(to []byte) (int, error) {
	if len(m.rest) == 0 {
		if m.left == 0 {
			return 0, io.EOF
		}
		m.left--
		m.rest = m.line
	}
	n := copy(to, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// However long a log is, little of it is in memory.
func TestMemory(t *testing.T) {
	for form, line := range map[string]string{
		"lines":    someLine("a") + "\n",
		"rows":     `1,"` + strings.ReplaceAll(someLine("a"), `"`, `""`) + "\"\n",
		"document": `{"message":` + string(quoted(someLine("a"))) + `},`,
	} {
		const lines = 100_000
		head := map[string]string{"rows": "@timestamp,@message\n", "document": `{"events":[`}[form]
		var most uint64
		n := 0
		r := Reader{Files: []string{"-"}, Stdin: io.MultiReader(strings.NewReader(head), &manyLines{line: []byte(line), left: lines})}
		if _, err := r.Each(t.Context(), func(*Decision) error {
			if n++; n%20_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return nil
		}, nil); err != nil {
			t.Fatal(err)
		}
		if n != lines || most > 64<<20 {
			t.Errorf("%s: %d decisions, %d bytes held", form, n, most)
		}
	}
}

// FuzzReader: whatever a log holds, it is read to its end, and what was counted is what
// was there. What is put into a name is never a line of its own.
func FuzzReader(f *testing.F) {
	files, _ := filepath.Glob("testdata/forms/*")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("\x1f\x8b")
	f.Add("@message\n\"")
	f.Add("[[\n{")
	f.Add(someLine(someLine("a")))
	f.Fuzz(func(t *testing.T, text string) {
		decisions := 0
		r := Reader{Files: []string{"-"}, Stdin: strings.NewReader(text)}
		counts, err := r.Each(t.Context(), func(d *Decision) error {
			if decisions++; d.Verdict == "" || d.Timestamp.IsZero() {
				t.Errorf("a decision without verdict or time: %+v", d)
			}
			return nil
		}, func(string, map[string]any) {})
		if err != nil && !strings.HasPrefix(text, "\x1f\x8b") {
			t.Fatal(err)
		}
		if decisions != counts.Decisions {
			t.Errorf("%d decisions, counts %+v", decisions, counts)
		}
		for _, line := range []string{string(quoted("x")), someLine(text), "host: " + someLine(text) + "\n"} {
			_, _, counts := reading1(t, line)
			if counts.Decisions > 1 {
				t.Errorf("%q is %d decisions", line, counts.Decisions)
			}
		}
	})
}
