package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"topicgate/pkg/wholefile"
)

// A State is all that a configuration was made of, so that the same can be made again
// when what is found then is broken. It holds secrets.
type State struct {
	Variables []string          `json:"variables"` // NAME=value
	Files     map[string]string `json:"files"`     // by path
	Policy    *string           `json:"policy"`    // found at a URL
}

const stateFile = "last-good.json"

// Save keeps a state in a folder, readable to this user alone. It replaces the last one as
// a whole or not at all.
func (s *State) Save(dir string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return wholefile.Write(filepath.Join(dir, stateFile), data)
}

// LoadState is the state that a folder keeps; nil where it keeps none yet.
func LoadState(dir string) (*State, error) {
	path := filepath.Join(dir, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it", path, err)
	}
	return &s, nil
}
