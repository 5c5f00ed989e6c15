// Command scf is topicgate as a Tencent SCF event function, behind a Function URL or
// an API Gateway.
package main

import (
	"os"

	"github.com/tencentyun/scf-go-lib/cloudfunction"

	"topicgate/pkg/app"
	"topicgate/pkg/scfevent"
)

func main() {
	if app.AskedVersion(os.Args, os.Stdout) {
		return
	}
	late := app.NewLate(os.Environ(), os.Stdout)
	cloudfunction.StartHandler(scfevent.New(late.Gate))
}
