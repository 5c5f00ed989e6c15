// Package textfold tells whether two spellings that look alike are the same
// word: it folds names, searches them for the words of a list, compares them
// with reserved names, and finds the characters that nobody sees.
//
// Start with [NewSet] for a word list, [NewNames] for names that no other
// name may resemble, [Invisible] for what hides in a name, and [Fold] for
// text to match with a regular expression. Everything built is immutable and
// safe for concurrent use; every function takes time linear in the name and
// takes any bytes for one: each byte that is not UTF-8 counts as U+FFFD,
// which is a visible symbol.
//
// # Why tables of its own
//
// No library simplifies Han, takes look-alikes for Latin by the company they keep, or
// says which invisible characters have a meaning where they stand. With tables for
// these, NFKC and case folding come along in the same pass: the tables take nothing at
// the start of a process and 350 KB of the binary, where x/text's norm and cases alone
// take 380 KB; the sounds and halves of Han characters take another 100 KB. The tests hold them to x/text, code point by code point and by fuzzing.
package textfold

//go:generate go -C internal/gen run .
