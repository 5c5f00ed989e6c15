package history

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"topicgate/pkg/textfold"
)

// CommandLine is the words of a command as one pastes them into a shell. What a screen would
// obey or not show is written in octal in $'…', which POSIX.1-2024 has, and bash, zsh and
// BusyBox had before.
func CommandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

const plainInShells = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,"

func shellWord(word string) string {
	if word != "" && strings.Trim(word, plainInShells) == "" {
		return word
	}
	if textfold.Shown(word, "") == word {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for len(word) > 0 {
		r, size := utf8.DecodeRuneInString(word)
		switch one := word[:size]; {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + one)
		case textfold.Hidden(r), r == utf8.RuneError && size == 1:
			for _, c := range []byte(one) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(one)
		}
		word = word[size:]
	}
	return b.String() + "'"
}
