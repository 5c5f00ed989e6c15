// Command lambda is topicgate as an AWS Lambda function: REST and HTTP APIs, Function
// URLs and load balancers.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"topicgate/pkg/app"
	"topicgate/pkg/awsevent"
)

func main() {
	if app.AskedVersion(os.Args, os.Stdout) {
		return
	}
	lambda.Start(awsevent.New(app.FromEnvironment()))
}
