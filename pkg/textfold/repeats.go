package textfold

// longestUnit is how many characters a unit has at most.
const longestUnit = 4

// Repeated finds a character, or a unit of up to four, that stands times and more in a
// row in the folded name, and returns all of the row as it was typed.
func Repeated(name string, times int) (what string, found bool) {
	if times < 2 || len(name) < times || !mayRepeat(name, times) {
		return "", false
	}
	t := trace(name)
	defer t.release()
	var same [longestUnit + 1]int // how many characters in a row are those a unit before
	for i, r := range t.runes {
		for unit := 1; unit <= longestUnit && unit <= i; unit++ {
			if r != t.runes[i-unit] {
				same[unit] = 0
				continue
			}
			if same[unit]++; same[unit] < unit*(times-1) {
				continue
			}
			start, end := i+1-same[unit]-unit, i+1
			for end < len(t.runes) && t.runes[end] == t.runes[end-unit] {
				end++
			}
			return t.written(start, end), true
		}
	}
	return "", false
}

// mayRepeat reports whether a name repeats anything, without reading the whole of it
// anew: where each character folds alone, it looks at each and at those before.
func mayRepeat(name string, times int) bool {
	var before [longestUnit]rune // the last is the first of them
	var same [longestUnit]int
	for _, r := range name {
		r, alone := foldAlone(r)
		if !alone {
			return true
		}
		if r != before[0] && r != before[1] && r != before[2] && r != before[3] {
			same = [longestUnit]int{}
		} else {
			for i := range before {
				if r != before[i] {
					same[i] = 0
				} else if same[i]++; same[i] >= (i+1)*(times-1) {
					return true
				}
			}
		}
		before[3], before[2], before[1], before[0] = before[2], before[1], before[0], r
	}
	return false
}
