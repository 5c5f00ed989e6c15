// Package live is where a policy comes from while it serves.
//
// A [Remote] looks for it at a [URL], when a [Schedule] says that a look is due. What is found is text: who asked
// compiles it, and keeps the last good one.
package live
