// The generator is a module of its own, so that what only it needs stays out
// of the requirements of the gate.
module topicgate/pkg/textfold/internal/gen

go 1.26.0

require (
	go.mau.fi/util v0.9.4
	golang.org/x/text v0.43.0
)
