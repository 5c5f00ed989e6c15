package config

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"time"

	"topicgate/pkg/live"
	"topicgate/pkg/policy"
	"topicgate/pkg/policyfile"
)

// parsePolicyURL never tells more of a URL than where it leads: its query may be a key.
func parsePolicyURL(l *loader, v value) {
	u, err := live.ParseURL(v.word())
	if err != nil {
		l.bad(v, err.Error(), "use one such as https://config.example.com/policy.yaml or s3://bucket/policy.yaml?region=eu-central-1")
		return
	}
	l.config.PolicyURL = u
}

// MinRefresh and MaxRefresh bound REFRESH.
const (
	MinRefresh = 5 * time.Second
	MaxRefresh = time.Hour
)

func parseRefresh(l *loader, v value) {
	d, err := time.ParseDuration(v.word())
	if err != nil || d < MinRefresh || d > MaxRefresh {
		l.bad(v, fmt.Sprintf("%q is not a duration from %v to %v", v.scalar(), policy.Duration(MinRefresh), policy.Duration(MaxRefresh)), "use one such as 30s")
		return
	}
	l.config.Refresh = d
}

// parseStateDir takes a folder that is not there yet, too: it is made.
func parseStateDir(l *loader, v value) {
	dir := v.word()
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		l.bad(v, fmt.Sprintf("%q is not a folder", dir), "name one that this user may write to")
		return
	}
	l.config.StateDir = dir
}

// found reads the policy that was found at POLICY_URL, if one was. Its lists stand in it:
// it names no file of this machine.
func (l *loader) found() {
	if l.options.Found == nil || l.config.PolicyURL == nil {
		return
	}
	var warnings []policy.Problem
	l.policy, l.source, l.inFile, warnings = policyfile.Load(*l.options.Found, l.config.PolicyURL.String(), policyfile.Folder{})
	l.config.Warnings = append(l.config.Warnings, warnings...)
}

// warnUnbundled warns of a gate that has nothing to go by until its first look succeeds: a
// function's, in each of its instances.
func (l *loader) warnUnbundled(o Options) {
	c := l.config
	if c.PolicyURL != nil && !c.Bundled && !l.failed["POLICY"] && !o.Offline {
		l.warn("until a first look succeeds, on_error answers", Prefix+"POLICY_URL", "set "+Prefix+"POLICY_FILE or "+Prefix+"POLICY too, to go by until then")
	}
}

// folder is where files are: on this machine, or those that were kept of it.
func (l *loader) folder(name string) policyfile.Folder {
	f := policyfile.Dir(name)
	f.Seen = l.options.Seen
	if l.options.Kept != nil {
		f.FS = kept{folder: f, files: l.options.Kept}
	}
	if l.options.Edited != nil {
		f.FS = kept{folder: f, files: l.options.Edited, others: f.FS}
	}
	return f
}

// kept are files whose text is known: another run of this program has read them, or
// somebody is writing them.
type kept struct {
	folder policyfile.Folder
	files  map[string]string
	others fs.FS // where all others are; nil for nowhere
}

func (k kept) Open(name string) (fs.File, error) {
	text, ok := k.files[k.folder.Path(name)]
	switch {
	case ok:
	case k.others != nil:
		return k.others.Open(name)
	default:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return keptFile{bytes.NewReader([]byte(text)), name}, nil
}

// A keptFile is one of them, open, and what there is to know of it.
type keptFile struct {
	*bytes.Reader
	name string
}

func (f keptFile) Close() error               { return nil }
func (f keptFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f keptFile) Name() string               { return f.name }
func (f keptFile) Mode() fs.FileMode          { return 0o600 }
func (f keptFile) ModTime() time.Time         { return time.Time{} }
func (f keptFile) IsDir() bool                { return false }
func (f keptFile) Sys() any                   { return nil }
