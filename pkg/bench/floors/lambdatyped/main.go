// Command lambdatyped is the floor that topicgate is measured against on Lambda: the
// vendor's typed event and a constant verdict.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(_ context.Context, _ events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{
			StatusCode: 200,
			Headers:    map[string]string{"content-type": "application/json"},
			Body:       `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`,
		}, nil
	})
}
