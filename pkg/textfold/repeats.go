package textfold

// Repeated finds a character, or a unit of up to four, that stands times and more in a
// row in the folded name, and returns all of the row as it was typed.
func Repeated(name string, times int) (what string, found bool) {
	if times < 2 || len(name) < times {
		return "", false
	}
	t := trace(name)
	defer t.release()
	const longest = 4
	var same [longest + 1]int // how many characters in a row are those a unit before
	for i, r := range t.runes {
		for unit := 1; unit <= longest && unit <= i; unit++ {
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
