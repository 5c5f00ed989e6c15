package policy

import "strings"

// Suggest says what an unknown name was probably meant to be, and how to put it right: by
// the name that is near, or by all that there are.
func Suggest(name string, known []string) (meant, how string) {
	if meant = Meant(name, known); meant != "" {
		return meant, "did you mean " + meant + "?"
	}
	meant = Nearest(name, known)
	if last := len(known) - 1; last > 0 {
		return meant, "write " + strings.Join(known[:last], ", ") + " or " + known[last]
	}
	return meant, "write " + meant
}

// Meant is the known name that an unknown one was probably meant to be, or "" where none
// is near.
func Meant(name string, known []string) string {
	nearest := Nearest(name, known)
	if 2*edits(name, nearest) <= len(name) || begins(name, nearest) {
		return nearest
	}
	return ""
}

// Nearest is the known name that takes the fewest edits to reach, whatever its case; of
// two that are as near, one that is only longer or shorter.
func Nearest(name string, known []string) string {
	best, least := "", -1
	for _, candidate := range known {
		if d := edits(name, candidate); least < 0 || d < least || d == least && begins(name, candidate) && !begins(name, best) {
			best, least = candidate, d
		}
	}
	return best
}

// begins reports whether one name is the other's beginning, and tells enough of it: REST
// is meant to be RESTAPI.
func begins(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 3 && strings.EqualFold(a, b[:len(a)])
}

// edits is the Levenshtein distance in bytes, without case: the names that are known are
// ASCII.
func edits(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
