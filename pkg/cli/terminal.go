package cli

import "topicgate/pkg/textfold"

// What people sent, and what files hold, is printed by way of this file: a name must not
// move the cursor, colour the next line, or turn it around.

// escape writes what a terminal would obey or not show as escapes, but for what is kept.
func escape(s, kept string) string { return textfold.Shown(s, kept) }

// oneLine is a text of which nothing is hidden, on one line.
func oneLine(s string) string { return escape(s, "") }

// quote puts a text in quotes, as one word.
func quote(s string) string { return textfold.Quoted(s) }

// printable is a text as it is where that shows all of it, else in quotes.
func printable(s string) string { return textfold.Printable(s) }
