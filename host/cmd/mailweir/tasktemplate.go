package main

import (
	neturl "net/url"

	"github.com/mailweir/mailweir/web/api"
)

// pathEscape spells a name as a part of a path.
func pathEscape(name string) string { return neturl.PathEscape(name) }

// templates are schedules by name.
var templates = map[string]api.Schedule{
	"migrate": {},
	"pull":    {Every: "15m", Jitter: 20},
	"backup":  {Every: "1d", Jitter: 10},
	"combine": {Every: "6h", Jitter: 10},
	"inbox":   {Every: "10m", Jitter: 20},
}

// notInbox matches every name but INBOX: there is no "not" in regular expressions of
// RE2.
var notInbox = []string{"^.{0,4}$", "^[^I]", "^I[^N]", "^IN[^B]", "^INB[^O]", "^INBO[^X]", "^INBOX."}

// applyTemplate begins a task; flags that come after it may change all of that.
func (f *taskFlags) applyTemplate(tk *api.Task) error {
	if f.template == "" {
		return nil
	}
	schedule, ok := templates[f.template]
	if !ok {
		return usagef("--template: %q is none of migrate, pull, backup, combine and inbox", f.template)
	}
	tk.Schedule = schedule
	var rules map[string]any
	switch f.template {
	case "inbox":
		rules = map[string]any{"exclude_regexp": notInbox}
	case "combine":
		sources := map[string]any{}
		for _, s := range tk.Sources {
			sources[s.Name] = map[string]any{"prefix": s.Name}
		}
		rules = map[string]any{"sources": sources}
	default:
		return nil
	}
	if hook(tk, "folder-rules") != nil {
		return usagef("--template %s brings the plugin folder-rules with it; leave --plugin folder-rules out, or the template", f.template)
	}
	tk.Hooks = append([]api.Hook{{Plugin: "folder-rules", Config: rules}}, tk.Hooks...)
	return nil
}
