package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// sketch is a task that is being made step by step. What was typed is kept as the form of
// a task has it, passwords too, so that both are read and checked by the same code.
type sketch struct {
	ID        string `json:"-"`
	Template  string
	Values    url.Values
	Overrides []task.Override
	Hooks     []task.Hook
	Script    string                      // source of the script that a hook may name
	Stale     bool                        // Plan is from before the hooks were changed
	Plan      *task.Plan                  // of the task as it is; nil is none
	Tests     map[string]view.AccountTest // by the prefix of the account's fields
	Reached   int                         // index of the furthest step
}

// newSketch is the sketch of a template.
func newSketch(template string) *sketch {
	f := view.NewTaskForm()
	k := &sketch{Values: url.Values{
		"grace": {f.Removal.Grace}, "every": {f.Schedule.Every}, "unit": {f.Schedule.Unit}, "cron": {f.Schedule.Cron}, "jitter": {f.Schedule.Jitter},
	}}
	k.addSide(view.DestinationPrefix)
	k.addSource("old")
	k.choose(template)
	return k
}

// choose sets what the template stands for. What it says nothing about stays.
func (k *sketch) choose(template string) {
	if template == k.Template {
		return
	}
	if k.Template == view.TemplateInbox {
		k.Hooks = slices.DeleteFunc(k.Hooks, func(h task.Hook) bool { return sameHook(h, onlyInbox) })
		k.Overrides = slices.DeleteFunc(k.Overrides, func(o task.Override) bool { return o.Folder == inbox && o.Target == inbox })
	}
	k.Template, k.Plan = template, nil
	k.Values.Set("schedule", "hand")
	switch template {
	case view.TemplatePull:
		k.Values.Set("schedule", "every")
	case view.TemplateBackup:
		k.Values.Set("schedule", "cron")
	case view.TemplateCombine:
		if len(k.Values["source"]) == 1 {
			k.addSource("second")
		}
	case view.TemplateInbox:
		// The rule leaves out all that a person has not put somewhere by hand, and task
		// puts INBOX there.
		k.Hooks = append(k.Hooks, onlyInbox)
	}
}

const inbox = "INBOX"

var onlyInbox = task.Hook{Plugin: "folder-rules", Config: `{"exclude":["**"]}`}

// addSource adds a source to be filled in.
func (k *sketch) addSource(name string) {
	typed := readForm(k.Values, task.Task{})
	src := view.NewSource(typed.freeKey())
	k.Values.Add("source", src.Key)
	k.Values.Set(view.FieldID(src.Prefix(), "name"), name)
	k.addSide(src.Prefix())
}

func (k *sketch) addSide(prefix string) {
	a := view.NewTaskForm().Destination
	k.Values.Set(view.FieldID(prefix, "kind"), a.Kind)
	k.Values.Set(view.FieldID(prefix, "tls"), a.TLS)
	k.Values.Set(view.FieldID(prefix, "pick"), view.PickTyped)
}

// removeSource takes a source out, with all that was typed for it.
func (k *sketch) removeSource(key string) {
	if len(k.Values["source"]) < 2 {
		return
	}
	k.Values["source"] = slices.DeleteFunc(k.Values["source"], func(other string) bool { return other == key })
	prefix := view.SourceForm{Key: safeKey(key)}.Prefix()
	maps.DeleteFunc(k.Values, func(field string, _ []string) bool { return strings.HasPrefix(field, prefix+"-") })
	delete(k.Tests, prefix)
	k.Plan = nil
}

// typed is what was typed as the form of a task, without faults.
func (k *sketch) typed() *typedTask {
	typed := readForm(k.Values, task.Task{})
	f := &typed.form
	f.Faults = map[string]string{}
	for i := range f.Sources {
		f.Sources[i].Account.Stored = typed.passwords[f.Sources[i].Prefix()] != ""
	}
	f.Destination.Stored = typed.passwords[view.DestinationPrefix] != ""
	return typed
}

// typedIn is typed, with faults in the language of x.
func (k *sketch) typedIn(x view.Catalogue) *typedTask {
	typed := k.typed()
	typed.texts = x
	return typed
}

func (k *sketch) field(prefix, name string) string {
	return strings.TrimSpace(k.Values.Get(view.FieldID(prefix, name)))
}

// account is the account of a side: what was typed, or what it refers to.
func (k *sketch) account(prefix string, typed task.Account) task.Account {
	pick := k.field(prefix, "pick")
	if id, ok := strings.CutPrefix(pick, view.PickStored("")); ok {
		return task.Account{ID: id}
	}
	if pick == view.PickLocal {
		return task.Account{Local: k.field(prefix, "local")}
	}
	return typed
}

// task is the task as it is so far, with passwords.
func (k *sketch) task() task.Task {
	typed := k.typed()
	t := typed.task()
	t.Hooks = slices.Clone(k.Hooks)
	if slices.ContainsFunc(t.Hooks, isSketchScript) {
		t.Scripts = []task.Script{{Name: sketchScript, Version: 1, Source: k.Script}}
	}
	t.Destination = k.account(view.DestinationPrefix, t.Destination)
	for i, src := range typed.form.Sources {
		t.Sources[i].Account = k.account(src.Prefix(), t.Sources[i].Account)
	}
	t.Overrides = slices.DeleteFunc(slices.Clone(k.Overrides), func(o task.Override) bool {
		return !slices.ContainsFunc(t.Sources, func(s task.Source) bool { return s.Name == o.Source })
	})
	if k.Template == view.TemplateInbox {
		for _, s := range t.Sources {
			o := task.Override{Source: s.Name, Folder: inbox, Target: inbox}
			if !slices.ContainsFunc(t.Overrides, func(other task.Override) bool { return other.Source == o.Source && other.Folder == o.Folder }) {
				t.Overrides = append(t.Overrides, o)
			}
		}
	}
	return t
}

// accounts are the accounts of the task by the prefix of their fields.
func (k *sketch) accounts() map[string]task.Account {
	typed := k.typed()
	out := map[string]task.Account{
		view.DestinationPrefix: k.account(view.DestinationPrefix, typed.withPassword(view.DestinationPrefix, typed.form.Destination)),
	}
	for _, src := range typed.form.Sources {
		out[src.Prefix()] = k.account(src.Prefix(), typed.withPassword(src.Prefix(), src.Account))
	}
	return out
}

// ofSafety reports whether a field belongs to the step about safety.
func ofSafety(field string) bool {
	return slices.Contains([]string{"mirror", "replace", "grace", "limit", "confirm"}, field) ||
		strings.HasSuffix(field, "-delete") || strings.HasSuffix(field, "-delete-days")
}

// ofStep reports whether a field belongs to a step.
func ofStep(step, field string) bool {
	side := strings.HasPrefix(field, "source-") || strings.HasPrefix(field, view.DestinationPrefix+"-")
	switch step {
	case view.StepAccounts:
		return field == "name" || field == "source" || side && !ofSafety(field)
	case view.StepSafety:
		return ofSafety(field)
	case view.StepSchedule:
		return slices.Contains([]string{"schedule", "every", "unit", "cron", "zone", "from", "to", "day", "jitter"}, field)
	}
	return false
}

// take keeps what was typed in a step. What can not be right stays, too: the step says so.
func (k *sketch) take(step string, form url.Values) {
	if step == view.StepTemplate {
		if slices.Contains(view.Templates(), form.Get("template")) {
			k.choose(form.Get("template"))
		}
		return
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(form)), func(field string) bool { return ofStep(step, field) }) {
		return // a form without any is not that of the step
	}
	before, removal := k.typed(), k.typed().removal()
	accounts := k.accounts()
	maps.DeleteFunc(k.Values, func(field string, _ []string) bool { return ofStep(step, field) })
	for field, values := range form {
		if ofStep(step, field) {
			k.Values[field] = first(values, maxSources+1)
		}
	}
	switch step {
	case view.StepAccounts:
		k.keepPasswords(before)
		k.rename(before)
		k.forget(accounts)
	case view.StepSafety:
		if !removal.Equal(k.typed().removal()) {
			k.Plan = nil
		}
	}
}

// keepPasswords keeps the passwords of fields that were left empty, as long as they go
// where they were meant for.
func (k *sketch) keepPasswords(before *typedTask) {
	now := k.typed()
	keep := func(prefix string, was, is view.AccountForm) {
		if now.passwords[prefix] == "" && before.passwords[prefix] != "" && sameLogin(account(was), account(is)) {
			k.Values.Set(view.FieldID(prefix, "password"), before.passwords[prefix])
		}
	}
	keep(view.DestinationPrefix, before.form.Destination, now.form.Destination)
	for _, src := range now.form.Sources {
		if i := slices.IndexFunc(before.form.Sources, func(s view.SourceForm) bool { return s.Key == src.Key }); i >= 0 {
			keep(src.Prefix(), before.form.Sources[i].Account, src.Account)
		}
	}
}

// rename lets what was set by hand follow a source that has another name now.
func (k *sketch) rename(before *typedTask) {
	names := map[string]string{}
	for _, src := range k.typed().form.Sources {
		for _, was := range before.form.Sources {
			if was.Key == src.Key && was.Name != src.Name {
				names[was.Name] = src.Name
				k.Plan = nil
			}
		}
	}
	for i, o := range k.Overrides {
		if name, ok := names[o.Source]; ok {
			k.Overrides[i].Source = name
		}
	}
}

// forget forgets what was found out about accounts that are others now.
func (k *sketch) forget(before map[string]task.Account) {
	now := k.accounts()
	if !maps.Equal(before, now) {
		k.Plan = nil
	}
	maps.DeleteFunc(k.Tests, func(prefix string, _ view.AccountTest) bool { return before[prefix] != now[prefix] })
}

// hold puts what a button has found into the fields of a typed account.
func (k *sketch) hold(prefix string, a task.Account) {
	set := func(field, value string) { k.Values.Set(view.FieldID(prefix, field), value) }
	set("kind", string(a.Kind))
	set("host", a.Host)
	set("tls", string(a.TLS))
	set("port", "")
	if a.Port != 0 {
		set("port", fmt.Sprint(a.Port))
	}
	if a.User != "" {
		set("user", a.User)
	}
	k.Values.Del(view.FieldID(prefix, "password")) // it was meant for another server
	delete(k.Tests, prefix)
	k.Plan = nil
}

// sketch returns what the actor has typed.
func (s *Server) sketch(ctx context.Context, id string) (*sketch, error) {
	text, err := s.svc.Sketch(ctx, id)
	if err != nil {
		return nil, err
	}
	k := &sketch{}
	if err := json.Unmarshal(text, k); err != nil {
		return nil, fmt.Errorf("sketch %s: %w", id, err)
	}
	if k.ID = id; k.Values == nil {
		k.Values = url.Values{}
	}
	return k, nil
}

// keepSketch keeps what was typed, and that a step was come to.
func (s *Server) keepSketch(ctx context.Context, k *sketch, step string) error {
	k.Reached = max(k.Reached, slices.Index(view.Steps(), step))
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	k.ID, err = s.svc.SaveSketch(ctx, k.ID, text)
	return err
}
