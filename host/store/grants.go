package store

import (
	"encoding/json"

	"github.com/mailweir/mailweir/host/task"
)

// grantsText is how the grants of a hook are stored.
func grantsText(grants []task.Grant) (string, error) {
	if len(grants) == 0 {
		return "", nil
	}
	text, err := json.Marshal(grants)
	return string(text), err
}

func parseGrants(text string) ([]task.Grant, error) {
	if text == "" {
		return nil, nil
	}
	var grants []task.Grant
	err := json.Unmarshal([]byte(text), &grants)
	return grants, err
}
