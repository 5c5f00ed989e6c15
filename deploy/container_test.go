package deploy_test

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"topicgate/pkg/config"
)

func file(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checkVariable holds one setting to the table of variables, and secrets to files.
func checkVariable(t *testing.T, where, name, value string) {
	t.Helper()
	if !strings.HasPrefix(name, config.Prefix) {
		return
	}
	if !slices.ContainsFunc(config.Docs(), func(d config.Doc) bool { return name == d.Name || d.File && name == d.Name+"_FILE" }) {
		t.Errorf("%s: unknown variable %s", where, name)
	}
	if isSecret(name) && !strings.HasSuffix(name, "_FILE") && value != "${"+name+":-}" && value != "${"+name+"-redis://redis:6379/0}" { // a network of its own, without a password
		t.Errorf("%s: %s has a value", where, name)
	}
}

// TestContainerfile: the binary is the Makefile's, what is copied is there, and what
// runs is nobody.
func TestContainerfile(t *testing.T) {
	stages, user, built := 0, "", false
	for line := range strings.Lines(file(t, "container/Containerfile")) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "FROM":
			stages++
			if version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(file(t, "../go.mod"))[1]; stages == 1 && !strings.Contains(line, "golang:"+version+".") {
				t.Errorf("built with %s, and go.mod says %s", words[1], version)
			}
			if stages == 2 && words[1] != "scratch" {
				t.Errorf("runs in %s", words[1])
			}
		case "COPY":
			if stages == 2 {
				if words[1] != "--from=build" {
					t.Errorf("the image takes something from outside its build: %s", line)
				}
				continue
			}
			for _, name := range words[1 : len(words)-1] {
				if _, err := os.Stat("../" + name); err != nil {
					t.Error(err)
				}
			}
		case "RUN":
			built = built || strings.HasPrefix(line, `RUN make check-policy POLICY_DIR="$POLICY_DIR" VERSION="$VERSION"`)
		case "ENV":
			name, value, _ := strings.Cut(words[1], "=")
			checkVariable(t, "Containerfile", name, value)
		case "USER":
			user = words[1]
		}
	}
	if !built {
		t.Error("the binary is not built by the Makefile")
	}
	if stages != 2 || user != "65532:65532" {
		t.Errorf("%d stages, user %q", stages, user)
	}
	// What that target of the Makefile makes is static: scratch has no loader.
	copied, err := copied("container")
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("make", "check-policy", "POLICY_DIR=deploy/policies/default", "VERSION=v1.2.3")
	build.Dir = copied
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// What the image takes from beside it is put there as into the functions' packages.
	place := exec.Command("go", "run", "./deploy/package", "dist/topicgate", "deploy/policies/default")
	place.Dir = copied
	if out, err := place.CombinedOutput(); err != nil || !strings.Contains(file(t, "container/Containerfile"), `&& go run ./deploy/package dist/topicgate "$POLICY_DIR"`) {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, found := range regexp.MustCompile(`(?m)^COPY --from=build /src/(\S+) `).FindAllStringSubmatch(file(t, "container/Containerfile"), -1) {
		if _, err := os.Stat(copied + "/" + found[1]); err != nil {
			t.Errorf("the image takes what is not made: %v", err)
		}
	}
	checkNotices(t, "the image", copied+"/dist/topicgate", file(t, copied+"/dist/THIRD-PARTY-NOTICES.txt"))
	out, err := exec.Command(copied+"/dist/topicgate", "version").Output()
	if err != nil || string(out) != "topicgate v1.2.3\n" {
		t.Errorf("got %q (%v)", out, err)
	}
	if out, _ := exec.Command("go", "version", "-m", copied+"/dist/topicgate").Output(); !strings.Contains(string(out), "CGO_ENABLED=0") {
		t.Errorf("not static: %s", out)
	}
}

func TestCompose(t *testing.T) {
	type service struct {
		Environment map[string]string `yaml:"environment"`
		User        string            `yaml:"user"`
		ReadOnly    bool              `yaml:"read_only"`
		CapDrop     []string          `yaml:"cap_drop"`
		SecurityOpt []string          `yaml:"security_opt"`
		Ports       []string          `yaml:"ports"`
		Networks    []string          `yaml:"networks"`
		Restart     string            `yaml:"restart"`
		Grace       string            `yaml:"stop_grace_period"`
		Volumes     []string          `yaml:"volumes"`
		Build       struct{ Context, Dockerfile string }
	}
	var compose struct {
		Services map[string]service
		Networks map[string]struct{ Internal bool }
		Secrets  map[string]struct{ File string }
	}
	if err := yaml.Unmarshal([]byte(file(t, "container/compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	if len(compose.Services) != 4 {
		t.Fatalf("%d services", len(compose.Services))
	}
	for name, s := range compose.Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Restart == "" {
			t.Errorf("%s may do more than it needs, or stays down: %+v", name, s)
		}
		if (s.Ports != nil) != (name == "caddy") {
			t.Errorf("%s is open to the outside: %v", name, s.Ports)
		}
		if name != "caddy" && (s.User == "" || strings.HasPrefix(s.User, "0") || s.User == "root") {
			t.Errorf("%s runs as %q", name, s.User)
		}
		for variable, value := range s.Environment {
			checkVariable(t, name, variable, value)
		}
	}
	for _, name := range []string{"gate-a", "gate-b"} {
		gate, ok := compose.Services[name]
		if !ok || gate.Grace != "10s" {
			t.Errorf("%s: %+v", name, gate)
		}
		// Each keeps its own: two that write one folder keep what neither has.
		state := strings.TrimSuffix(strings.TrimPrefix(gate.Environment["TOPICGATE_STATE_DIR"], "${TOPICGATE_STATE_DIR-"), "}")
		if want := []string{strings.Replace(name, "gate", "state", 1) + ":" + state}; state == "" || !slices.Equal(gate.Volumes, want) {
			t.Errorf("%s keeps its state in %v, want %v", name, gate.Volumes, want)
		}
		if owned := "COPY --from=build --chown=" + gate.User + " --chmod=700 " + state + " " + state + "\n"; !strings.Contains(file(t, "container/Containerfile"), owned) {
			t.Errorf("a volume at %s is not %s's: the image lacks %q", state, gate.User, owned)
		}
		if _, err := os.Stat("container/" + gate.Build.Context + "/" + gate.Build.Dockerfile); err != nil {
			t.Error(err)
		}
		if upstreams := file(t, "container/Caddyfile"); !strings.Contains(upstreams, name+":9000") || !strings.Contains(upstreams, "health_uri /healthz") {
			t.Errorf("Caddy does not know %s", name)
		}
	}
	if !slices.Equal(compose.Services["redis"].Networks, []string{"inside"}) || !compose.Networks["inside"].Internal {
		t.Error("Redis, which has no password, can be reached from elsewhere")
	}
	if strings.Contains(file(t, "container/Caddyfile"), "\n\tlog") {
		t.Error("Caddy logs, and the query holds the signature")
	}
	if got := compose.Secrets["tokens"].File; got != "./secrets/tokens" {
		t.Errorf("the tokens come from %q", got)
	}
	for _, ignored := range []string{"deploy/container/.env", "deploy/container/secrets/tokens"} {
		if err := exec.Command("git", "-C", "..", "check-ignore", "-q", ignored).Run(); err != nil {
			t.Errorf("%s can be committed: %v", ignored, err)
		}
	}
}

// settings are the lines of an environment file.
func settings(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for scanner := bufio.NewScanner(strings.NewReader(file(t, name))); scanner.Scan(); {
		if line := strings.TrimSpace(scanner.Text()); line != "" && line[0] != '#' {
			key, value, _ := strings.Cut(line, "=")
			all[key] = value
		}
	}
	return all
}

func TestExampleEnvironments(t *testing.T) {
	for _, name := range []string{"container/env.example", "systemd/topicgate.env.example"} {
		environ := []string{"USER_CODE_ROOT=policies/default"}
		for variable, value := range settings(t, name) {
			checkVariable(t, name, variable, value)
			environ = append(environ, variable+"="+value)
		}
		if c := config.Load(environ, config.Options{}); c.Broken() {
			t.Errorf("%s: %v", name, c.Problems)
		}
		offered := regexp.MustCompile(`(?m)^# (TOPICGATE_\w+)=(\S+)$`).FindAllStringSubmatch(file(t, name), -1)
		if len(offered) < 3 {
			t.Errorf("%s offers only %q", name, offered)
		}
		for _, o := range offered { // each alone, as when its # is taken away
			checkVariable(t, name, o[1], o[2])
			if strings.HasSuffix(o[1], "_FILE") {
				continue // a file that its user writes
			}
			if c := config.Load(append(environ, o[1]+"="+o[2]), config.Options{}); c.Broken() {
				t.Errorf("%s with %s: %v", name, o[1], c.Problems)
			}
		}
	}
}

// TestUnit: what systemd itself says of the unit, where it is installed, and that the
// hardening is there.
func TestUnit(t *testing.T) {
	const name = "systemd/topicgate.service"
	unit := settings(t, name)
	for key, want := range map[string]string{
		"ExecStart": "/usr/local/bin/topicgate serve", "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
		"ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "CapabilityBoundingSet": "", "MemoryDenyWriteExecute": "yes",
		"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "LoadCredential": "tokens:/etc/topicgate/tokens",
		"Environment":    "TOPICGATE_TOKENS_FILE=%d/tokens TOPICGATE_STATE_DIR=%S/topicgate",
		"StateDirectory": "topicgate", "StateDirectoryMode": "0700", "ExecReload": "/bin/kill -HUP $MAINPID",
		"EnvironmentFile": "/etc/topicgate/topicgate.env", "TimeoutStopSec": "10", "Restart": "always",
	} {
		if got, ok := unit[key]; !ok || got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd is not installed: it does not judge the unit")
	}
	out, err := exec.Command("systemd-analyze", "verify", name).CombinedOutput()
	for line := range strings.Lines(string(out)) { // it only misses the binary, which is not installed here
		if !strings.Contains(line, "/usr/local/bin/topicgate is not executable") {
			t.Errorf("verify: %s (%v)", line, err)
		}
	}
	out, err = exec.Command("systemd-analyze", "security", "--offline=yes", name).CombinedOutput()
	found := regexp.MustCompile(`Overall exposure level for topicgate.service: (\d+\.\d)`).FindSubmatch(out)
	if found == nil {
		t.Skipf("this systemd cannot judge a file: %v", err)
	}
	if exposure, err := strconv.ParseFloat(string(found[1]), 64); err != nil || exposure > 2 {
		t.Errorf("exposed by %s of 10, want at most 2", found[1])
	}
}
