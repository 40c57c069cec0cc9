package view

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// HooksForm is the ordered list of the plugins and scripts that a task asks, as it
// was typed.
type HooksForm struct {
	Task     task.Task
	Hooks    []HookEdit
	Plugins  []Plugin // that can be named
	Problems []string
	Faults   map[string]string // by the id of the field
	Focus    string
	Saved    bool
	// Source is that of the script of a task which is not saved yet; nil is one that is.
	Source *string
}

// HookEdit is one of them.
type HookEdit struct {
	Key     string // tells it from the others while they are moved
	Plugin  string
	Digest  string // that it is pinned to; "" is whatever is installed
	OnError task.OnError
	Merges  task.Merges
	Config  *ConfigForm
	Grants  []task.Grant
	More    string // grants that no switch stands for, one a line
}

// Prefix is what the names of the hook's fields start with.
func (h HookEdit) Prefix() string { return "hook-" + h.Key }

// find returns an installed plugin, or nil.
func (f HooksForm) find(id string) *Plugin {
	i := slices.IndexFunc(f.Plugins, func(p Plugin) bool { return p.Manifest.ID == id })
	if i < 0 {
		return nil
	}
	return &f.Plugins[i]
}

// GrantSwitch is a grant that is given by a switch, because the plugin's manifest says
// all there is to know about it.
type GrantSwitch struct {
	ID    string // of the field
	Grant task.Grant
	On    bool
}

// Switches are the grants that a plugin's ask stands for: one for each host that it
// names, or itself.
func Switches(prefix string, a abi.Ask, given []task.Grant) []GrantSwitch {
	var texts []string
	switch a.Grant {
	case abi.GrantSMTP:
		return nil // which relay, only the admin can say
	case abi.GrantHTTP, abi.GrantTCP:
		for _, host := range a.Hosts {
			text := a.Grant + ":" + host
			if a.Grant == abi.GrantHTTP && len(a.Methods) > 0 {
				text += "/" + strings.Join(a.Methods, ",")
			}
			texts = append(texts, text)
		}
	default:
		texts = []string{a.Grant}
	}
	var out []GrantSwitch
	for i, text := range texts {
		g, err := task.ParseGrant(text)
		if err != nil {
			continue // a hint that is none can be typed by hand
		}
		on := slices.ContainsFunc(given, func(o task.Grant) bool { return o.String() == g.String() })
		out = append(out, GrantSwitch{ID: child(FieldID(prefix, "grant-"+a.Grant), i), Grant: g, On: on})
	}
	return out
}

// OtherGrants are those that no switch of the plugin stands for, one a line.
func OtherGrants(prefix string, m *abi.Manifest, given []task.Grant) string {
	var rest []task.Grant
	for _, g := range given {
		known := slices.ContainsFunc(asks(m), func(a abi.Ask) bool {
			return slices.ContainsFunc(Switches(prefix, a, given), func(s GrantSwitch) bool { return s.Grant.String() == g.String() })
		})
		if !known {
			rest = append(rest, g)
		}
	}
	return GrantLines(rest)
}

// lacks reports whether a plugin does not start because nothing of an ask is granted.
func (h HookEdit) lacks(a abi.Ask) bool {
	if a.Optional || a.Grant == abi.GrantConfig {
		return false
	}
	more, _ := ParseGrantLines(h.More)
	return !slices.ContainsFunc(append(slices.Clone(h.Grants), more...), func(g task.Grant) bool { return g.Name == a.Grant })
}

// outdated reports whether the hook is pinned to another file than is installed.
func (h HookEdit) outdated(p *Plugin) bool { return p != nil && h.Digest != "" && h.Digest != p.Digest }

// hookTitle is what a hook is called.
func hookTitle(ctx context.Context, h HookEdit) string {
	if name, version, ok := task.ParseScriptHook(h.Plugin); ok {
		return t(ctx).HookScript(name, version)
	}
	if h.Plugin == "" {
		return t(ctx).HookNew
	}
	return Plain(h.Plugin)
}

// scripted reports whether one of the hooks is a script.
func (f HooksForm) scripted() bool {
	return slices.ContainsFunc(f.Hooks, func(h HookEdit) bool { return isScriptHook(h.Plugin) })
}

func isScriptHook(plugin string) bool { _, _, ok := task.ParseScriptHook(plugin); return ok }

func scriptPath(taskID, plugin string) string {
	name, _, _ := task.ParseScriptHook(plugin)
	return "/tasks/" + taskID + "/scripts/" + name
}

// describe are the attributes that tie a field to its fault and its hint.
func (c *ConfigForm) describe(id, hint string) templ.Attributes {
	a := templ.Attributes{}
	var described []string
	if c.Faults[id] != "" {
		a["aria-invalid"] = "true"
		described = append(described, id+"-fault")
	}
	if hint != "" {
		described = append(described, id+"-hint")
	}
	if len(described) > 0 {
		a["aria-describedby"] = strings.Join(described, " ")
	}
	return a
}

func mergesOf(h HookEdit) string { return string(cmp.Or(h.Merges, task.MergesReport)) }

func onErrorOf(h HookEdit) string { return string(cmp.Or(h.OnError, task.OnErrorHold)) }

// grantShape is how a grant is typed that has no switch.
func grantShape(grant string) string {
	switch grant {
	case abi.GrantHTTP:
		return "http:HOST[/METHOD]"
	case abi.GrantTCP:
		return "tcp:HOST:PORT"
	}
	return "smtp:RELAY"
}
