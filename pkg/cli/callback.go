package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"regexp"
	"strconv"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/policy"
)

// A callback is one as Chat sends it: sign prints it, and probe sends it.
type callback struct {
	policy.Creation // what it asks for, and when

	target  *url.URL     // where it goes
	command chat.Command // what it says that it is
	token   string       // what signs it; none: it is not signed

	group, topic string // where it was done, of one that tells
	mark         string // by which a deployment knows its owner's probe, or ""
}

// callbackFlags declares the flags of a command that plays Chat. What nobody says is as
// usual; where it goes, complete reads.
func callbackFlags(f *flag.FlagSet, usual policy.Creation) (cb *callback, address *string) {
	usual.Platform = "RESTAPI"
	cb = &callback{Creation: usual}
	address = f.String("url", "", "the callback URL; required")
	f.StringVar(&cb.App, "app", "", "SDKAppID (the first of "+config.Prefix+"SDK_APP_IDS)")
	f.StringVar(&cb.token, "token", "", "token to sign with (the first of "+config.Prefix+"TOKENS that signs for the app; none: not signed)")
	f.StringVar(&cb.Name, "name", usual.Name, "name that is asked for")
	creationFlags(f, &cb.Creation)
	return cb, address
}

// creationFlags declares the flags of a creation that mean the same wherever there is
// one; their defaults are what it holds.
func creationFlags(f *flag.FlagSet, asked *policy.Creation) {
	f.StringVar((*string)(&asked.Subject), "command", string(policy.Topic), "what is to be created: topic or group")
	f.StringVar(&asked.Operator, "operator", asked.Operator, "UserID that asks")
	f.StringVar(&asked.Type, "type", asked.Type, "type of the topic or group")
	f.StringVar(&asked.Platform, "platform", asked.Platform, "OptPlatform")
	f.StringVar(&asked.ClientIP, "client-ip", asked.ClientIP, "the end user's address")
}

// complete takes from the configuration what no flag said. Its error is for misuse.
func (cb *callback) complete(address string, c *config.Config) (err error) {
	if cb.target, err = url.Parse(address); err != nil || cb.target.Scheme != "http" && cb.target.Scheme != "https" || cb.target.Host == "" {
		return errors.New("-url needs an http or https URL")
	}
	if cb.command, err = creates(cb.Subject); err != nil {
		return err
	}
	cb.App = cmp.Or(cb.App, first(c.AppIDs))
	cb.token = cmp.Or(cb.token, first(c.TokensFor(cb.App)))
	if cb.App == "" {
		return errors.New("-app or " + config.Prefix + "SDK_APP_IDS is required")
	}
	return nil
}

// creates is the command of Chat's for what the flag -command names.
func creates(subject policy.Subject) (chat.Command, error) {
	command := chat.Creates(string(subject))
	if command == "" {
		return "", fmt.Errorf("-command is topic or group, not %q", subject)
	}
	return command, nil
}

var notASCII = regexp.MustCompile(`[^\x00-\x7F]+`)

// url is where it goes, with the parameters that Chat adds to what is there already.
func (cb *callback) url() string {
	u := *cb.target
	u.RawQuery = notASCII.ReplaceAllStringFunc(u.RawQuery, url.QueryEscape) // as all else of a URL is written
	add := func(name, value string) {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += name + "=" + url.QueryEscape(value)
	}
	add("SdkAppid", cb.App)
	add("CallbackCommand", string(cb.command))
	add("contenttype", "json")
	add("OptPlatform", cb.Platform)
	if cb.ClientIP != "" {
		add("ClientIP", cb.ClientIP)
	}
	if cb.token != "" {
		at := strconv.FormatInt(cb.At.Unix(), 10)
		add("RequestTime", at)
		add("Sign", chat.Sign(cb.token, at))
	}
	if cb.mark != "" {
		add(chat.ProbeParameter, cb.mark)
	}
	return u.String()
}

func (cb *callback) body() string {
	body, err := json.Marshal(struct {
		CallbackCommand chat.Command
		Operator        string `json:"Operator_Account"`
		Type, Name      string
		Group           string `json:"GroupId,omitempty"`
		Topic           string `json:"TopicId,omitempty"`
	}{cb.command, cb.Operator, cb.Type, cb.Name, cb.group, cb.topic})
	if err != nil {
		panic(err) // strings
	}
	return oneLine(string(body)) // which is the same JSON, for whoever reads it in a terminal
}
