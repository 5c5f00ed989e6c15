// Command scftyped is the floor on SCF: the vendor's typed event and a constant
// verdict.
package main

import (
	"context"

	"github.com/tencentyun/scf-go-lib/cloudfunction"
	"github.com/tencentyun/scf-go-lib/events"
)

func main() {
	cloudfunction.Start(func(_ context.Context, _ events.APIGatewayRequest) (events.APIGatewayResponse, error) {
		return events.APIGatewayResponse{
			StatusCode: 200,
			Headers:    map[string]string{"Content-Type": "application/json"},
			Body:       `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`,
		}, nil
	})
}
