package policy

import "topicgate/pkg/textfold"

// nameContacts finds what leads out of the chat, so that nobody writes a regular
// expression for it: numbers in any writing, channels with an id, e-mail addresses.
var nameContacts = Condition{
	Keys: []Key{{Path: PathOf("name", "contacts"),
		About:   "Holds for a name with a number of seven digits and more in any writing, 加V and its like, a channel with an id, or an e-mail address; not for dates, times, prices and IP addresses.",
		Example: "name: {contacts: true}", Holds: "`加V看片`, `V信：abcd88`, `①③⑧ 0013 八〇〇〇`, `a@example.com`; not `2024-05-01`"}},
	Sentence: "This name contains contact details, which are not allowed.",
	Telling:  12,
	compile:  func(*compiler, *Match) []test { return nameTest("contacts", textfold.Contact) },
}
