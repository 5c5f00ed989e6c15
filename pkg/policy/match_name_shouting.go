package policy

import "topicgate/pkg/textfold"

// nameShouting finds names in capitals. Scripts without case never shout.
var nameShouting = Condition{
	Keys: []Key{{Path: PathOf("name", "shouting"),
		About:   "Holds for a name with eight cased letters and more in at least two words, seven in ten of them capitals.",
		Example: "name: {shouting: true}", Holds: "`BUY NOW CHEAP`, but not `NASA news`"}},
	Sentence: "This name is written in capitals, please use small letters.",
	Telling:  5,
	compile:  func(*compiler, *Match) []test { return nameTest("shouting", textfold.Shouting) },
}
