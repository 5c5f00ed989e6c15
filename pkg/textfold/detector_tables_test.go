package textfold

import (
	"strings"
	"testing"
)

// A detection is one line of a detector's table: a name, whether the detector must find
// something in it, and why.
type detection struct {
	name string
	want bool
	why  string
}

// detections returns the table of a detector, from testdata.
func detections(t *testing.T, file string) (rows []detection) {
	t.Helper()
	for _, line := range corpusLines(t, file) {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || fields[1] != "yes" && fields[1] != "no" || fields[2] == "" {
			t.Fatalf("%s: %q: want a name, yes or no, and why", file, line)
		}
		rows = append(rows, detection{fields[0], fields[1] == "yes", fields[2]})
	}
	return rows
}

// TestDetectorTables holds what the tables promise: enough names, about half of them
// innocent, none twice.
func TestDetectorTables(t *testing.T) {
	for file, least := range map[string]int{
		"contacts.txt": 60, "contacts.heldout.txt": 30,
		"links.txt": 60, "links.heldout.txt": 30,
		"repeats.txt": 40, "shouting.txt": 40,
	} {
		seen := map[string]bool{}
		found := 0
		rows := detections(t, file)
		for _, row := range rows {
			if seen[row.name] {
				t.Errorf("%s: %q: twice", file, row.name)
			}
			seen[row.name] = true
			if row.want {
				found++
			}
		}
		if innocent := len(rows) - found; len(rows) < least || 5*min(found, innocent) < 2*len(rows) {
			t.Errorf("%s: %d names, %d of them innocent", file, len(rows), innocent)
		}
	}
}
