package cli

import "strconv"

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// notNil makes an empty list print as [].
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
