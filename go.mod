module topicgate

go 1.26
