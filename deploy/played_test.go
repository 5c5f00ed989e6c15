package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"topicgate/pkg/chatapi/chatapitest"
	"topicgate/pkg/gate/gatetest"
)

// playedTools are the programs of accounts, clusters and machines that a reader has and a
// test has not. Each refuses what the real one would: another subcommand or flag, a file
// that is not there, a parameter that the template has not.
const playedTools = `#!/bin/bash
set -u
me=$(basename "$0")
no() { echo "$me: $*" >&2; exit 2; }
there() { [ -e "$1" ] || no "no such file: $1"; }
# flags WITH_VALUE WITHOUT -- ARGUMENTS: leaves what is no flag in rest, and looks for files.
rest=()
flags() {
	local valued=" $1 " bare=" $2 "; shift 3
	while (($#)); do
		case $1 in
		--*=*) [[ $valued == *" ${1%%=*} "* ]] || no "no such option: $1";;
		-*) if [[ $valued == *" $1 "* ]]; then
				(($# > 1)) || no "$1 takes a value"
				case $1 in -f|--config-file|--template-file|--env-file) there "$2";; esac
				shift
			else [[ $bare == *" $1 "* ]] || no "no such option: $1"; fi;;
		*) rest+=("$1");;
		esac
		shift
	done
}
case "$me ${1-} ${2-}" in
"sam build "*) flags "--config-file --template-file" "" -- "${@:2}"
	mkdir -p .aws-sam/build/Topicgate && echo code >.aws-sam/build/Topicgate/bootstrap;;
"sam deploy "*) flags "--config-file --stack-name" "--parameter-overrides" -- "${@:2}"
	for pair in "${rest[@]}"; do grep -q "^  ${pair%%=*}:" template.yaml || no "no such parameter: $pair"; done;;
"sam list stack-outputs") flags "--stack-name --output" "" -- "${@:3}"
	url=http://$PLAYED_GATE/
	[ "${TOPICGATE_MODE-}" != dry_run ] || url=http://$PLAYED_TRIAL/
	[ "${TOPICGATE_FREEZE-}" != on ] || url=http://$PLAYED_FROZEN/
	echo "[{\"OutputKey\": \"CallbackUrl\", \"OutputValue\": \"$url\"}]";;
"scf deploy "*) (($# == 1)) || no "unknown: $*"; there serverless.yml; there dist/package/scf-amd64/main;;
"aws logs tail") flags "--since --format" "" -- "${@:3}"
	[[ ${rest[0]} == /aws/lambda/* && ${#rest[@]} == 1 ]] || no "${rest[*]}"
	sed 's/^/2026-01-31T18:30:00 /' "$PLAYED_LOG";;
"aws s3api put-bucket-versioning") flags "--bucket --versioning-configuration" "" -- "${@:3}"; [ ${#rest[@]} = 0 ] || no "${rest[*]}";;
"aws secretsmanager create-secret") flags "--name --secret-string" "" -- "${@:3}"
	[[ ${#rest[@]} == 0 && $* == *" --secret-string file://"* ]] || no "$*"; all=$*; there "${all##*file://}";;
"aws cloudformation deploy") flags "--stack-name --template-file --capabilities" "--parameter-overrides" -- "${@:3}"
	[[ $* == *" --capabilities CAPABILITY_IAM "* ]] || no "requires capabilities"
	for pair in "${rest[@]}"; do grep -q "^  ${pair%%=*}:" deploy/aws/audit.yaml || no "no such parameter: $pair"; done;;
"aws s3 cp") there "$3"; [[ $4 == s3://*/* && $# == 4 ]] || no "$*";;
"docker build "*) flags "-f --build-arg -t" "" -- "${@:2}"; there "${rest[0]}/go.mod";;
"docker run "*) # the options are docker's up to the image, and then the tool's
	shift; [[ $1 == --rm && $2 == --env-file && $4 == -v && $6 == topicgate ]] || no "$*"; there "$3"; dist/topicgate "$7" -help >/dev/null;;
"docker compose -f") there "$3"; file=$3 verb=$4
	case $verb in
	up) flags "" "--build --detach --no-deps" -- "${@:5}";;
	build) flags "" "--no-cache" -- "${@:5}";;
	*) no "unknown: $verb";;
	esac
	for service in "${rest[@]}"; do grep -q "^  $service:" "$file" || no "no such service: $service"; done;;
"kubectl create secret") [[ $3 == generic && $# == 5 && $5 == --from-file=tokens=* ]] || no "$*"; there "${5##*=}";;
"kubectl apply -f") there "$3"; (($# == 3)) || no "$*";;
"systemctl daemon-reload "*) (($# == 1)) || no "$*";;
"systemctl reload "*) there "$PLAYED_ROOT/etc/systemd/system/$2.service";;
"systemctl enable --now") unit=$3; [[ $unit == *.timer ]] || unit=$unit.service; there "$PLAYED_ROOT/etc/systemd/system/$unit";;
"journalctl -u "*) flags "-u -o -n" "" -- "$@"; grep '"message":"reload"' "$PLAYED_LOG";;
"git checkout LAST_GOOD_COMMIT") (($# == 2)) || no "$*";;
"openssl rand -hex") [[ $3 == 16 ]] && echo "$PLAYED_TOKEN" || no "$*";;
*) no "unknown: $*";;
esac
`

// playedElsewhere are the blocks that stand for what another test does, by their last command,
// with the test.
var playedElsewhere = map[string]string{
	"dist/topicgate ui -policy policy.yaml -log topicgate.log": "TestPath of pkg/ui, in a browser",
	"dist/topicgate audit -undo changed.jsonl":                 "TestPlanted of pkg/audit, at 50 acts: here nobody would confirm them",
}

// TestPlayedCommands runs the commands of the guides that need an account, a cluster, root or
// a public name: the repository's own for real, and what they call for a reader's own played.
func TestPlayedCommands(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed: documented commands are not tested")
	}
	r := newReader(t, "player")
	bin, root := t.TempDir(), t.TempDir()
	for _, name := range []string{"sam", "scf", "aws", "docker", "kubectl", "systemctl", "journalctl", "git", "openssl"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(playedTools), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put := func(path, text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(root, "written.log")
	put(log, file(t, filepath.Join(r.dir, "topicgate.log")))
	for _, name := range []string{"template.yaml", "serverless.yml"} {
		put(filepath.Join(r.dir, name), file(t, filepath.Join(repository, name)))
	}
	put(filepath.Join(r.dir, "policy.yaml"), "version: 1\nrules: []\n")
	put(filepath.Join(r.dir, "deploy/container/secrets/tokens"), readersToken+"\n")
	put(filepath.Join(r.dir, "deploy/container/audit.env"), "TOPICGATE_SDK_APP_IDS="+gatetest.App+"\n")
	put(filepath.Join(root, "etc/topicgate/chat-secret-key"), chatapitest.SecretKey+"\n")
	for _, folder := range []string{"usr/local/bin", "etc/systemd/system"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	frozen, err := gatetest.StartServer(filepath.Join(r.dir, "dist", "topicgate"), r.dir, []string{"TOPICGATE_SDK_APP_IDS=" + gatetest.App, "TOPICGATE_TOKENS=" + readersToken, "TOPICGATE_FREEZE=on"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(frozen.Close)
	chat := chatapitest.New(t, chatapitest.Settings{App: gatetest.App, Unlimited: true, AccountOptional: true})
	chat.AddTopic(chat.AddGroup("The guild"), "Welcome")
	own := r.environ
	here := strings.NewReplacer(
		"/usr/local/bin/", root+"/usr/local/bin/", "/etc/", root+"/etc/",
		"https://gate.example.com/", "http://"+r.trial+"/", "https://the-callback-url/", "http://"+r.gate+"/", "https://console.tim.qq.com", chat.URL())
	played, passed := 0, map[string]bool{}
	for _, name := range guides {
		for _, b := range docBlocks(t, name) {
			if b.needs == "" {
				continue
			}
			last, _, _ := strings.Cut(b.commands[len(b.commands)-1], "  ")
			if playedElsewhere[last] != "" {
				passed[last] = true
				continue
			}
			gate := r.gate
			for i, line := range b.commands {
				if strings.Contains(line, "dry_run") {
					gate = r.trial
				}
				b.commands[i] = here.Replace(line)
			}
			r.environ = append(slices.Clone(own), "PATH="+bin+":"+os.Getenv("PATH"), "URL=http://"+gate+"/",
				"PLAYED_GATE="+r.gate, "PLAYED_TRIAL="+r.trial, "PLAYED_FROZEN="+strings.TrimPrefix(frozen.URL, "http://"), "PLAYED_LOG="+log, "PLAYED_ROOT="+root, "PLAYED_TOKEN="+readersToken)
			r.run(t, b)
			played++
		}
	}
	for last, where := range playedElsewhere {
		if !passed[last] {
			t.Errorf("no block ends with %q any more, which %s stands for", last, where)
		}
	}
	if played < 20 {
		t.Errorf("%d blocks were played: some are missing", played)
	}
	t.Logf("%d blocks played, %d done by other tests", played, len(passed))
}
