package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"topicgate/pkg/chat"
	"topicgate/pkg/config"
	"topicgate/pkg/gate"
	"topicgate/pkg/policy"
)

// FuzzEnvironment: any environment gives a function a gate, and the gate answers a
// governed POST with a verdict that Chat can read. The variables are lines; Redis and
// the upstream are left out, as a run must not call machines at made-up addresses.
func FuzzEnvironment(f *testing.F) {
	for _, environ := range []string{
		"",
		"SDK_APP_IDS=1400000000",
		"SDK_APP_IDS=1400000000\nTOKENS=xxxxyyyy,zzzz1111",
		"SDK_APP_IDS=1400000000\nMODE=dry_run\nDEFAULT=refuse",
		"SDK_APP_IDS=1400000000\nDEFAULT=refuse\nREFUSE_CODE=10200\nREFUSE_MESSAGE=No, {{operator}}: {{name}}",
		"SDK_APP_IDS=1400000000\nBANNED_WORDS=first，topic、加微信\nEXEMPT_WORDS=myfirsttopic\nREFUSE_MESSAGE=\"{{word}}\"",
		"SDK_APP_IDS=1400000000\nBANNED_WORDS_FILE=words.txt",
		"SDK_APP_IDS=1400000000\nBANNED_WORDS=x\nBANNED_WORDS_FILE=words.txt",
		"SDK_APP_IDS=1400000000\nRESERVED_NAMES=MyFirstТopic\nREFUSE_CODE=1",
		"SDK_APP_IDS=1400000000\nNAME_MIN_CHARS=2\nNAME_MAX_CHARS=5\nNAME_MAX_BYTES=15\nON_ERROR=allow",
		"SDK_APP_IDS=1400000000\nNAME_PATTERN=[a-z]+(",
		"SDK_APP_IDS=1400000000\nBLOCKED_CLIENT_IPS=203.0.113.0/24,2001:db8::/32\nALLOWED_PLATFORMS=RESTAPI",
		"SDK_APP_IDS=1400000000\nTRUSTED_OPERATORS=ops-*,l?ckie\nBLOCKED_OPERATORS=*\nALLOWED_OPERATORS=administrator",
		"SDK_APP_IDS=1400000000\nQUOTA=5/1h",
		"SDK_APP_IDS=1400000000\nPOLICY={version: 1, rules: [{name: a, match: {name: {contains: [first]}}, action: refuse, code: 10100}]}",
		"SDK_APP_IDS=1400000000\nPOLICY={version: 1, lists: {a: [x]}, rules: [{name: a, match: {all: [{operator: {in: a}}, {not: {platform: {in: [Web]}}}]}, action: refuse}, {name: b, quota: {limit: 1, window: 1h, per: app}, action: refuse}]}",
		"SDK_APP_IDS=1400000000\nPOLICY=&a [*a]",
		"SDK_APP_IDS=app\nGOVERN=topics\nTIMEOUT=2h\nON_ERROR=alow\nLOG_LEVEL=loud",
		"SDK_APP_IDS=1400000000\nTIMEOUT=1ns\nON_ERROR=allow",
		"SDK_APP_IDS=1400000000\nLOG_PERSONAL=hash\nLOG_KEY=k\nLOG_LEVEL=trace",
		"SDK_APP_IDS=1400000000\nLOG_PERSONAL=hash\nLOG_LEVEL=disabled",
		"SDK_APP_IDS=1400000000\nBANED_WORDS=x\n=x\nGOVERN=group",
		"SDK_APP_IDS=\x00\nMODE=\xff\xfe",
	} {
		f.Add(environ)
	}
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, lines string) {
		environ := []string{"LAMBDA_TASK_ROOT=" + root}
		for line := range strings.SplitSeq(lines, "\n") {
			if !strings.Contains(line, "REDIS_URL") && !strings.Contains(line, "UPSTREAM_URL") {
				environ = append(environ, config.Prefix+line)
			}
		}
		var log bytes.Buffer
		g := New(config.Load(environ, config.Options{Function: true}), &log, gate.Observer{})
		query := "SdkAppid=1400000000&CallbackCommand=" + string(chat.BeforeCreateTopic)
		response := g.Handle(t.Context(), gate.Request{
			Method: http.MethodPost, Params: chat.ParseQuery(query), Received: time.Now(),
			Body: []byte(`{"CallbackCommand":"Group.CallbackBeforeCreateTopic","Operator_Account":"leckie","Type":"Community","Name":"MyFirstTopic"}`),
		})
		checkVerdict(t, g, response)
		for line := range bytes.Lines(log.Bytes()) {
			if !json.Valid(line) {
				t.Errorf("not a line of JSON in the log: %q", line)
			}
		}
	})
}

// checkVerdict holds an answer to what Chat reads.
func checkVerdict(t *testing.T, g *gate.Gate, response gate.Response) {
	t.Helper()
	if g.Relays() && response.Status == http.StatusBadGateway && response.Body == chat.NoAnswerJSON() {
		return // not governed, and nobody is there to ask
	}
	if response.Status != http.StatusOK || response.ContentType != "application/json" {
		t.Errorf("status %d, %q", response.Status, response.ContentType)
	}
	var verdict struct {
		ActionStatus, ErrorInfo *string
		ErrorCode               *int
	}
	d := json.NewDecoder(strings.NewReader(response.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&verdict); err != nil || verdict.ActionStatus == nil || verdict.ErrorInfo == nil || verdict.ErrorCode == nil {
		t.Fatalf("not a verdict: %q (%v)", response.Body, err)
	}
	switch code := *verdict.ErrorCode; {
	case *verdict.ActionStatus != "OK":
		t.Errorf("ActionStatus %q", *verdict.ActionStatus)
	case code != 0 && g.Snapshot().Mode == policy.DryRun:
		t.Errorf("a dry run refuses: %s", response.Body)
	case code > policy.CodeRefused && (code < policy.CodeMin || code > policy.CodeMax) || code < 0:
		t.Errorf("Chat knows no code %d", code)
	case code > policy.CodeRefused && g.Snapshot().Broken():
		t.Errorf("a broken configuration has a code of its own: %s", response.Body)
	case code == 0 && *verdict.ErrorInfo != "":
		t.Errorf("permission with a message: %s", response.Body)
	case len(*verdict.ErrorInfo) > chat.MaxErrorInfo:
		t.Errorf("ErrorInfo has %d bytes", len(*verdict.ErrorInfo))
	}
}

// Garbage is collected as before once a configuration is loaded.
func TestLoadRestoresCollection(t *testing.T) {
	const percent = 123
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	load(nil)
	if got := debug.SetGCPercent(percent); got != percent {
		t.Errorf("the percentage is %d, want %d", got, percent)
	}
}
