package gatetest

import "topicgate/pkg/chat"

// nobodys is an address where nobody listens.
const nobodys = "127.0.0.1:1"

// remedied is a configuration that acts on what slips past, by an API that nobody reaches.
func remedied() env {
	return env{
		"TOKENS": oneToken, "BANNED_WORDS": "spam", "REVIEW": "created,renamed", "REMEDY": "rename", "REMEDY_NAME": "Renamed", "REMEDY_LIMIT": "3/1h",
		"CHAT_API_URL": "http://" + nobodys, "CHAT_ADMIN": "gatekeeper", "CHAT_SECRET_KEY": "60c6c5", "REDIS_URL": "redis://" + nobodys,
	}
}

// remedies: what is done afterwards changes nothing about what is decided before.
func remedies() []Scenario {
	asFile := remedied()
	delete(asFile, "CHAT_SECRET_KEY")
	asFile["CHAT_SECRET_KEY_FILE"] = "key"
	key := map[string]string{"key": "# of the console\n60c6c5\n"}
	return []Scenario{
		{Name: "remedies: allowed", Env: remedied(), Token: oneToken, Want: byDefault},
		{Name: "remedies: refused", Env: remedied(), Token: oneToken, Topic: "spam", Want: refusedBy("banned-words")},
		{Name: "remedies: a key from a file, allowed", Env: asFile, Files: key, Token: oneToken, Want: byDefault},
		{Name: "remedies: a key from a file, refused", Env: asFile, Files: key, Token: oneToken, Topic: "spam", Want: refusedBy("banned-words")},
		{Name: "remedies: they need a token", Env: without(remedied(), "TOKENS"), Broken: true, Want: refusedFor("config")},
		{Name: "after: a topic that should not be there is answered 0", Env: remedied(), Command: chat.AfterCreateTopic, Token: oneToken, Topic: "spam", Want: notGoverned},
		{Name: "after: unsigned is answered 0", Env: remedied(), Command: chat.AfterTopicInfoChanged, Topic: "spam", Want: notGoverned},
	}
}

func without(e env, name string) env {
	delete(e, name)
	return e
}
