module topicgate

go 1.26

require (
	github.com/gomodule/redigo v1.9.3
	pgregory.net/rapid v1.3.0
)
