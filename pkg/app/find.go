package app

import (
	"context"
	"fmt"
	"time"

	"topicgate/pkg/config"
	"topicgate/pkg/live"
)

// findTime is how long a tool waits for a look at POLICY_URL.
const findTime = 10 * time.Second

// FindPolicy looks at POLICY_URL once, for a tool that goes by the policy that serves.
func FindPolicy(ctx context.Context, c *config.Config, environ []string) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	remote := live.NewRemote(c.PolicyURL, func(name string) string { return variable(environ, name) })
	text, _, err = remote.Look(ctx)
	if err != nil {
		return "", fmt.Errorf("%sPOLICY_URL: %w", config.Prefix, err)
	}
	return text, nil
}
