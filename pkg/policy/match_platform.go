package policy

import (
	"slices"
	"strings"
)

// platform restricts from where something may be created: RESTAPI for a back end, the
// systems of apps for users.
var platform = Condition{
	Keys: oneOfKeys("platform", "From where: RESTAPI, Web, iOS, Android, Windows, Mac, … Without case.",
		"platform: {in: [RESTAPI]}", "requests of your back end",
		"platform: {not_in: [iOS, Android]}", "anything but phones; `Mac` is `macOS`"),
	Sentence: "This cannot be created from this app.",
	Telling:  3,
	compile: func(c *compiler, m *Match) []test {
		return c.oneOf("platform", m.Platform, func(key string, list []string) listed {
			c.known(key, list, "platform", platforms[:], "Unkown", "Linux") //nolint:misspell // as Chat was seen to write it
			// Chat's documentation has called one platform both Mac and macOS.
			mac := slices.IndexFunc(list, isMac)
			spelled := spelling(list, func(q *question) string { return q.Platform })
			return func(q *question) (string, bool) {
				entry, found := spelled(q)
				if !found && mac >= 0 && isMac(q.Platform) {
					return list[mac], true
				}
				return entry, found
			}
		})
	},
}

// platforms are those of the vendor's documentation.
var platforms = [...]string{"RESTAPI", "Web", "Android", "iOS", "Windows", "Mac", "macOS", "iPad", "Unknown"}

func isMac(s string) bool { return strings.EqualFold(s, "Mac") || strings.EqualFold(s, "macOS") }
