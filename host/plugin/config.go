package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// settings is a plugin's configuration: nothing, or a JSON object.
type settings struct {
	whole string
	root  map[string]json.RawMessage
}

func parseSettings(raw []byte) (settings, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return settings{}, nil
	}
	s := settings{whole: string(raw)}
	if err := json.Unmarshal(raw, &s.root); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return settings{}, fmt.Errorf("its configuration is no valid JSON: %w at byte %d", err, syntax.Offset)
		}
		return settings{}, errors.New("its configuration is no JSON object")
	}
	if s.root == nil { // null
		return settings{}, errors.New("its configuration is no JSON object")
	}
	return s, nil
}

// get returns the member that a path such as "a.b" leads to: a string as its text,
// anything else as JSON. The empty path is the whole.
func (s settings) get(path string) (string, bool) {
	if path == "" {
		return s.whole, s.whole != ""
	}
	at := s.root
	for {
		key, rest, more := strings.Cut(path, ".")
		value, ok := at[key]
		if !ok {
			return "", false
		}
		if !more {
			var text string
			if json.Unmarshal(value, &text) == nil && len(value) > 0 && value[0] == '"' {
				return text, true
			}
			return string(value), true
		}
		at = nil
		if json.Unmarshal(value, &at) != nil {
			return "", false
		}
		path = rest
	}
}
