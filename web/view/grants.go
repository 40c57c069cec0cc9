package view

import (
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// asks are what a plugin wants to be granted.
func asks(m *abi.Manifest) []abi.Ask {
	if m == nil {
		return nil
	}
	return m.Asks
}

// GrantLines are the grants of a hook as a person types them, one a line.
func GrantLines(grants []task.Grant) string {
	var b strings.Builder
	for _, g := range grants {
		b.WriteString(g.String() + "\n")
	}
	return b.String()
}

// ParseGrantLines reads what GrantLines writes. Empty lines are left out.
func ParseGrantLines(text string) ([]task.Grant, error) {
	var grants []task.Grant
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		g, err := task.ParseGrant(line)
		if err != nil {
			return nil, err
		}
		grants = append(grants, g)
	}
	return grants, nil
}

// grantLine is what a hook was granted in one line.
func grantLine(h task.Hook) string {
	return strings.Join(strings.Fields(GrantLines(h.Grants)), ", ")
}
