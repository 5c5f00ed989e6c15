// Package chat is Chat's wire protocol: the parameters and bodies that Chat POSTs
// before a topic or a group is created, the signature that proves them, and the
// verdict that it expects back.
//
// It knows no rules and does no I/O. It is lenient on what Chat sends, since
// fields and spellings come and go between Chat's versions, and strict on what
// topicgate answers.
//
// Vendor pages: https://cloud.tencent.com/document/product/269/1522 (webhooks),
// https://www.tencentcloud.com/document/product/1047/34354 (the same in English).
package chat

// MaxBody is the largest body that is read as a callback, in bytes. A real one is
// under 10 KB even with a hundred members listed.
const MaxBody = 256 << 10
