package kit

import (
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/task"
)

// AuthorAccess is what a plugin may do that its author tries: it has config, body and
// log-content, and what the grants say as in a dry run, in which doors only write into
// the log. A relay that is granted counts as there.
func AuthorAccess(grants []task.Grant) plugin.Access {
	a := plugin.Access{Grants: grants, Own: true, DryRun: true, Relays: map[string]door.Relay{}}
	for _, g := range grants {
		if g.Relay != "" {
			a.Relays[g.Relay] = door.Relay{}
		}
	}
	return a
}

// parseGrants reads grants as people write them.
func parseGrants(texts []string) ([]task.Grant, error) {
	var out []task.Grant
	for _, text := range texts {
		g, err := task.ParseGrant(text)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}
