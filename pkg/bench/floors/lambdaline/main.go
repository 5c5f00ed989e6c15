// Command lambdaline is a floor that tells what a log line costs an invocation: it is
// lambdatyped, and writes a line as long as that of a decision.
package main

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

var line = []byte(`{"message":"` + strings.Repeat("x", 460) + `"}` + "\n")

func main() {
	lambda.Start(func(_ context.Context, _ events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		if _, err := os.Stdout.Write(line); err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		return events.APIGatewayV2HTTPResponse{
			StatusCode: 200,
			Headers:    map[string]string{"content-type": "application/json"},
			Body:       `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`,
		}, nil
	})
}
