package live

import (
	"errors"
	"fmt"
	"strings"
)

// keyNames are the variables in which a cloud gives a function the credentials of its role, and where they come from.
type keyNames struct {
	id, secret, token string
	from              string
}

var (
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
	awsKeys = keyNames{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "a Lambda function has them of its execution role"}
	// https://cloud.tencent.com/document/product/583/14570
	tencentKeys = keyNames{"TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN", "SCF sets them for a function that has an execution role"}
)

// keys are credentials. They live for one look, as those of a role are replaced while a function serves.
type keys struct{ id, secret, token string }

// read returns what the environment has now. Its errors name variables and no value.
func (n *keyNames) read(environ func(string) string) (keys, error) {
	k := keys{environ(n.id), environ(n.secret), environ(n.token)}
	if k.id == "" || k.secret == "" {
		return keys{}, fmt.Errorf("no credentials to ask with: set %s and %s, and %s if they are temporary (%s)", n.id, n.secret, n.token, n.from)
	}
	for _, v := range []struct{ name, value string }{{n.id, k.id}, {n.secret, k.secret}, {n.token, k.token}} {
		if strings.ContainsFunc(v.value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return keys{}, errors.New(v.name + " holds white space or a character that no credential has; paste it anew")
		}
	}
	return k, nil
}
