package deploy_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ignored reports whether .dockerignore keeps a path out of a build: the last line that
// matches it or a folder that it is in decides.
// https://docs.docker.com/build/concepts/context/#dockerignore-files
func ignored(rules, name string) bool {
	out := false
	for line := range strings.Lines(rules) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		pattern, again := strings.CutPrefix(line, "!")
		anywhere, deep := strings.CutPrefix(pattern, "**/")
		for at := name; at != "."; at = path.Dir(at) {
			matched, _ := path.Match(pattern, at)
			if deep {
				matched, _ = path.Match(anywhere, path.Base(at))
			}
			if matched {
				out = !again
				break
			}
		}
	}
	return out
}

// TestDockerignore: what holds secrets never enters a build, nor its cache; all that is
// built of does.
func TestDockerignore(t *testing.T) {
	rules := file(t, "../.dockerignore")
	for _, secret := range []string{
		".env", ".git/config", ".aws-sam/build/x", "dist/topicgate", "notes.txt", "deploy/container/.env", "deploy/container/.env.production",
		"deploy/container/secrets/tokens", "deploy/container/secrets/log-key", "deploy/policies/default/.env", "deploy/policies/mine.local", "pkg/.idea/x",
	} {
		if !ignored(rules, secret) {
			t.Errorf("%s would enter the build", secret)
		}
	}
	needed := []string{"go.mod", "go.sum", "Makefile"}
	for _, folder := range []string{"functions", "pkg", "deploy"} {
		out, err := exec.Command("go", "list", "-f", `{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}`, "../"+folder+"/...").Output()
		if err != nil {
			t.Fatal(err)
		}
		top, err := filepath.Abs(repository)
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.FieldsSeq(string(out)) {
			relative, err := filepath.Rel(top, name)
			if err != nil {
				t.Fatal(err)
			}
			needed = append(needed, filepath.ToSlash(relative))
		}
	}
	if err := filepath.WalkDir("policies/default", func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			needed = append(needed, "deploy/"+filepath.ToSlash(name))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(needed, "pkg/textfold/licences/MIT.txt", "deploy/CHANGELOG.md") {
		if ignored(rules, name) {
			t.Errorf("%s is kept out of the build", name)
		}
	}
}

// TestPinned: what others could move under us is named by its digest, with the version
// beside it for people.
func TestPinned(t *testing.T) {
	digest := regexp.MustCompile(`^docker\.io/library/\w+:\d+\.\d+\.\d+(-\w+)?@sha256:[0-9a-f]{64}$`)
	images := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(file(t, "container/Containerfile"), -1)
	images = append(images, regexp.MustCompile(`(?m)^ +image: (\S+)`).FindAllStringSubmatch(file(t, "container/compose.yaml"), -1)...)
	pinned := 0
	for _, image := range images {
		switch {
		case digest.MatchString(image[1]):
			pinned++
		case image[1] != "scratch" && image[1] != "topicgate:${VERSION:-dev}":
			t.Errorf("%s can be moved: name its digest", image[1])
		}
	}
	if pinned != 3 {
		t.Errorf("%d images are pinned, want those of Go, Redis and Caddy", pinned)
	}
	uses := regexp.MustCompile(`(?m)^ +- uses: (.*)$`).FindAllStringSubmatch(file(t, "../.github/workflows/ci.yml"), -1)
	for _, action := range uses {
		if !regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`).MatchString(action[1]) {
			t.Errorf("%s can be moved: name its commit", action[1])
		}
	}
	if len(uses) == 0 {
		t.Error("no action was found")
	}
}

// TestVersion: the changelog's newest heading is the version, in the tool, the image and
// the log, and stands nowhere else.
func TestVersion(t *testing.T) {
	newest := regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+)\b`).FindStringSubmatch(file(t, "CHANGELOG.md"))
	if newest == nil {
		t.Fatal("the changelog names no version")
	}
	out, err := exec.Command("make", "-s", "-C", repository, "version", "VERSION=").Output()
	if err != nil || string(out) != "\n" {
		t.Errorf("VERSION= gives %q (%v)", out, err)
	}
	command := exec.Command("make", "-s", "-C", repository, "version")
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "VERSION=") && !strings.HasPrefix(pair, "MAKE") {
			command.Env = append(command.Env, pair)
		}
	}
	if out, err = command.Output(); err != nil || !regexp.MustCompile(`^`+regexp.QuoteMeta(newest[1])+`(-g[0-9a-f]+(-dirty)?)?\n$`).Match(out) {
		t.Errorf("a build would be called %q (%v), want %s and the commit", out, err, newest[1])
	}
	container := file(t, "container/Containerfile")
	_, final, _ := strings.Cut(container, "\nFROM scratch\n")
	if !strings.Contains(final, "ARG VERSION=dev\nLABEL org.opencontainers.image.title=topicgate org.opencontainers.image.version=\"$VERSION\"\n") {
		t.Error("the image does not say its version")
	}
	if makefile := file(t, "../Makefile"); !strings.Contains(makefile, "--build-arg VERSION='$(VERSION)'") || !strings.Contains(makefile, "-t 'topicgate:$(VERSION)'") {
		t.Error("make image does not pass the version on")
	}
	for _, name := range []string{"../Makefile", "container/Containerfile", "container/compose.yaml", "../template.yaml", "../serverless.yml"} {
		if strings.Contains(file(t, name), newest[1]) {
			t.Errorf("%s says the version, too", name)
		}
	}
}
