// Package config turns the environment, and the files it names, into one validated
// Config: every variable is parsed on its own and every problem reported at once.
//
// The table in variables.go is the one truth about variables: parsing, the reference's
// table and the suggestion for a misspelt name all come from it.
package config

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"topicgate/pkg/live"
	"topicgate/pkg/policy"
)

// Prefix starts the name of every variable.
const Prefix = "TOPICGATE_"

// Unchecked warns of callbacks that are signed while no token is set to check them by:
// authentication was switched on in the console, and whoever did that believes that it
// protects.
const Unchecked = "callbacks are signed, and no signature is checked: " + Prefix + "TOKENS: " + setTokens

const setTokens = "set it to the callback authentication token of the Chat console"

// MaxTimeout leaves Chat's 2 seconds a margin for the network and for the platform.
const MaxTimeout = 1800 * time.Millisecond

// A Config is what topicgate runs with. When Problems is not empty it is broken: then
// Policy is nil, and of the rest only what says how to answer and log while broken
// is to be used: Spec's Govern, Mode and OnError, and the Log fields, each as it was
// readable, else its default.
type Config struct {
	AppIDs    []string            // SDKAppIDs served
	Tokens    []string            // any may sign, for apps without tokens of their own
	AppTokens map[string][]string // tokens that sign for one app only; see TokensFor
	Timeout   time.Duration

	Spec   policy.Spec    // the effective policy
	Policy *policy.Policy // Spec compiled
	Digest string         // of Spec; "" when broken

	LogLevel    string
	LogPersonal Personal
	LogKey      []byte

	Addr        string   // the server's listening address
	MetricsAddr string   // where it may be scraped; "" for nowhere
	Upstream    *url.URL // the handler that was there before; nil for none
	RedisURL    string   // where quotas are shared; "": each process counts its own

	PolicyURL *live.URL     // where the policy is looked for while it serves; nil for nowhere
	Refresh   time.Duration // how often at most
	Bundled   bool          // there is a policy to go by until one is found there
	StateDir  string        // where the server keeps the last good configuration; "" for nowhere

	MaxConnections int // of the server, at once

	// What is there already is looked at too, and remedied: see review.go.
	Review        []Event // nil for nothing
	Remedy        Remedy
	RemedyName    string // what a renamed topic is called; "" when nobody says
	RemedyLimit   Limit  // on acts
	ChatAPIURL    string // scheme and host of Chat's REST API
	ChatAdmin     string // who acts
	ChatSecretKey string // signs for any user of the app

	Ignored []string // variables with our prefix that the platform set

	Problems []policy.Problem // each says where
	Warnings []policy.Problem
}

// Broken reports whether anything must be put right before the gate can decide.
func (c *Config) Broken() bool { return len(c.Problems) > 0 }

// ShortDigest is the part of the digest that tells policies apart in a log; "" when
// broken.
func (c *Config) ShortDigest() string { return c.Digest[:min(12, len(c.Digest))] }

// Personal says how much of people the log tells.
type Personal string

// The choices for operator, name, client_ip and detail in the log.
const (
	Full Personal = "full"
	Hash Personal = "hash" // keyed, so that lines can be matched but not read
	Off  Personal = "off"
)

// Options narrow what Load asks for.
type Options struct {
	// Offline is for tools that decide without serving: SDK_APP_IDS is not required
	// and missing tokens are no warning.
	Offline bool
	// Function says that many processes serve at once, each with a memory of its own.
	Function bool
	// PolicyFile replaces POLICY and POLICY_FILE; "" does not.
	PolicyFile string
	// Words is a file of words that are banned beside those of BANNED_WORDS; "" is none.
	Words string
	// Found replaces them too: it is what was found at POLICY_URL; nil is nothing yet.
	Found *string

	// Seen is told of each file that is read, as policyfile.Folder tells; nil need not be.
	Seen func(path, text string, err error)
	// Kept holds files that are read in place of those of this machine, by the paths that
	// Seen was told; nil reads the machine's.
	Kept map[string]string
	// Edited holds files that somebody is writing, by the same paths: they are read as they
	// are here, and all others of this machine.
	Edited map[string]string
}

// Load reads the variables of an environment, given as os.Environ gives it.
func Load(environ []string, o Options) *Config {
	l := newLoader(environ)
	l.options = o
	l.unknown()
	if o.PolicyFile != "" {
		delete(l.env, Prefix+"POLICY")
		l.env[Prefix+"POLICY_FILE"] = o.PolicyFile
		if l.root != "" { // a person names it from where they are
			l.env[Prefix+"POLICY_FILE"], _ = filepath.Abs(o.PolicyFile)
		}
	}
	for _, v := range variables {
		if value, ok := l.value(v); ok {
			v.parse(l, value)
		}
	}
	l.found()
	l.words()
	l.finish(o)
	return l.config
}

// finish checks what no variable can say alone, and compiles the policy.
func (l *loader) finish(o Options) {
	c := l.config
	if !o.Offline {
		if c.AppIDs == nil && !l.failed["SDK_APP_IDS"] {
			l.problem("no app is served", Prefix+"SDK_APP_IDS", "set it to the SDKAppID shown in the Chat console")
		}
		l.warnTokens()
	}
	if c.LogPersonal == Hash && len(c.LogKey) == 0 && !l.failed["LOG_KEY"] {
		l.problem("hashing needs a key", Prefix+"LOG_KEY", "set it to a long random text, and keep it")
	}
	if c.LogLevel == "" {
		c.LogLevel = "info"
		if level := strings.ToLower(l.env["AWS_LAMBDA_LOG_LEVEL"]); slices.Contains(logLevels, level) {
			c.LogLevel = level
		}
	}
	l.warnUpstream()
	l.warnUnbundled(o)
	if !o.Offline {
		l.checkRemedy(o)
	}
	l.compile(o)
}
