package gate_test

import (
	"testing"

	"topicgate/pkg/chat"
	"topicgate/pkg/policy"
)

// What the policy cuts a message at, and the tools show, is what Chat is sent.
func TestMessagesAreCutOnce(t *testing.T) {
	if policy.MaxMessage != chat.MaxErrorInfo {
		t.Errorf("the policy cuts messages at %d bytes, the protocol at %d", policy.MaxMessage, chat.MaxErrorInfo)
	}
}
