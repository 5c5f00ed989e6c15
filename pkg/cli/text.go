package cli

import "strconv"

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// are is so many of what something is said about.
func are(n int, noun string) string {
	if n == 1 {
		return plural(n, noun) + " is"
	}
	return plural(n, noun) + " are"
}

// first is the first of a list, or "" of none.
func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
