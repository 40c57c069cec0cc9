package web

import (
	"cmp"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

const (
	maxSources = 50
	maxHooks   = 50
)

// typedTask is the form of a task as it came from a browser. The passwords are
// kept beside what is shown again.
type typedTask struct {
	form      view.TaskForm
	stored    task.Task         // as it is before; the zero Task when it is new
	passwords map[string]string // by the prefix of the account's fields
	confirmed string            // the word that was typed to allow deleting
	texts     view.Catalogue    // what its faults are said in; nil is English
}

func (typed *typedTask) says() view.Catalogue {
	if typed.texts == nil {
		return view.In(view.English)
	}
	return typed.texts
}

// readForm takes what was typed as it is.
func readForm(v url.Values, stored task.Task) *typedTask {
	typed := &typedTask{stored: stored, passwords: map[string]string{}}
	f := &typed.form
	f.ID, f.Version = stored.ID, v.Get("version")
	f.Name = v.Get("name")
	f.Schedule = readSchedule(v)
	typed.readRemoval(v)
	for _, key := range first(v["source"], maxSources+1) {
		src := view.SourceForm{Key: safeKey(key)}
		src.Name = v.Get(view.FieldID(src.Prefix(), "name"))
		src.Was = v.Get(view.FieldID(src.Prefix(), "was"))
		src.Delete = readDelete(v, src.Prefix())
		before, ok := typed.storedSource(src.Was)
		src.Account = typed.readAccount(v, src.Prefix(), before, ok)
		f.Sources = append(f.Sources, src)
	}
	f.Destination = typed.readAccount(v, view.DestinationPrefix, stored.Destination, stored.ID != "")
	for _, key := range first(v["hook"], maxHooks+1) {
		h := view.HookForm{Key: safeKey(key)}
		h.Plugin = v.Get(view.FieldID(h.Prefix(), "plugin"))
		h.Config = v.Get(view.FieldID(h.Prefix(), "config"))
		h.Grants = v.Get(view.FieldID(h.Prefix(), "grants"))
		if h.Plugin == v.Get(view.FieldID(h.Prefix(), "was")) {
			h.Digest = v.Get(view.FieldID(h.Prefix(), "digest")) // it pins that plugin and no other
		}
		f.Hooks = append(f.Hooks, h)
	}
	return typed
}

func (typed *typedTask) readAccount(v url.Values, prefix string, before task.Account, stored bool) view.AccountForm {
	get := func(field string) string { return strings.TrimSpace(v.Get(view.FieldID(prefix, field))) }
	typed.passwords[prefix] = v.Get(view.FieldID(prefix, "password")) // spaces may belong to it
	return view.AccountForm{
		Kind: get("kind"), Host: get("host"), Port: get("port"), TLS: get("tls"), User: get("user"),
		Auth: get("auth"), Master: get("master"), Sep: get("sep"), Authzid: get("authzid"),
		Root: strings.Trim(get("root"), "/"), CAFile: get("ca"), Pin: strings.ToLower(get("pin")), Dir: get("dir"),
		Stored: stored && before.Kind == task.KindIMAP,
	}
}

func (typed *typedTask) storedSource(name string) (task.Account, bool) {
	i := slices.IndexFunc(typed.stored.Sources, func(s task.Source) bool { return s.Name == name })
	if i < 0 {
		return task.Account{}, false
	}
	return typed.stored.Sources[i].Account, true
}

// change does what a button other than "save" asks for, and reports whether it
// was one.
func (typed *typedTask) change(button string) bool {
	f := &typed.form
	what, key, _ := strings.Cut(button, " ")
	source := slices.IndexFunc(f.Sources, func(s view.SourceForm) bool { return s.Key == key })
	hook := slices.IndexFunc(f.Hooks, func(h view.HookForm) bool { return h.Key == key })
	switch {
	case what == "preview":
		f.Faults, f.Focus = map[string]string{}, ""
		typed.checkSchedule(typed.says())
		f.Focus = cmp.Or(f.Focus, "preview")
	case what == "add-source":
		if len(f.Sources) < maxSources {
			f.Sources = append(f.Sources, view.NewSource(typed.freeKey()))
		}
		f.Focus = view.FieldID(f.Sources[len(f.Sources)-1].Prefix(), "name")
	case what == "add-hook":
		if len(f.Hooks) < maxHooks {
			f.Hooks = append(f.Hooks, view.HookForm{Key: typed.freeKey()})
		}
		f.Focus = view.FieldID(f.Hooks[len(f.Hooks)-1].Prefix(), "plugin")
	case what == "remove-source" && source >= 0:
		f.Sources = slices.Delete(f.Sources, source, source+1)
	case what == "remove-hook" && hook >= 0:
		f.Hooks = slices.Delete(f.Hooks, hook, hook+1)
	case what == "up-hook" && hook > 0:
		f.Hooks[hook-1], f.Hooks[hook] = f.Hooks[hook], f.Hooks[hook-1]
	case what == "down-hook" && hook >= 0 && hook < len(f.Hooks)-1:
		f.Hooks[hook+1], f.Hooks[hook] = f.Hooks[hook], f.Hooks[hook+1]
	default:
		return what != "" && what != "save"
	}
	return true
}

// freeKey is a key that no source or hook of the form has.
func (typed *typedTask) freeKey() string {
	highest := 0
	see := func(key string) {
		if n, err := strconv.Atoi(key); err == nil {
			highest = max(highest, n)
		}
	}
	for _, s := range typed.form.Sources {
		see(s.Key)
	}
	for _, h := range typed.form.Hooks {
		see(h.Key)
	}
	return strconv.Itoa(highest + 1)
}

// safeKey keeps keys fit for the ids of elements.
func safeKey(key string) string {
	n, err := strconv.ParseUint(key, 10, 31)
	if err != nil {
		return "0"
	}
	return strconv.FormatUint(n, 10)
}

// askPasswordsAgain marks the accounts whose typed password is lost with the page.
func (typed *typedTask) askPasswordsAgain() {
	f := &typed.form
	for i := range f.Sources {
		f.Sources[i].Account.Retype = typed.passwords[f.Sources[i].Prefix()] != ""
	}
	f.Destination.Retype = typed.passwords[view.DestinationPrefix] != ""
}

// task is what was typed as a task. The form has been checked.
func (typed *typedTask) task() task.Task {
	f := typed.form
	t := task.Task{ID: f.ID, Name: strings.TrimSpace(f.Name), Created: typed.stored.Created}
	t.Version, _ = strconv.ParseInt(f.Version, 10, 64) // without one, of a form that is older, any will do
	for _, s := range f.Sources {
		t.Sources = append(t.Sources, task.Source{Name: s.Name, Account: typed.withPassword(s.Prefix(), s.Account)})
	}
	t.Destination = typed.withPassword(view.DestinationPrefix, f.Destination)
	for _, h := range f.Hooks {
		grants, _ := view.ParseGrantLines(h.Grants) // checked
		t.Hooks = append(t.Hooks, task.Hook{Plugin: h.Plugin, Digest: h.Digest, Config: strings.TrimSpace(h.Config), Grants: grants})
	}
	keepPolicies(t.Hooks, typed.stored.Hooks)
	t.Schedule, _ = scheduleOf(f.Schedule, typed.says()) // checked
	t.Removal = typed.removal()
	return t
}

// keepPolicies hands on what the form does not show: each plugin keeps what becomes
// of what it fails at, and of folders that it merges.
func keepPolicies(hooks, stored []task.Hook) {
	left := slices.Clone(stored)
	for i, h := range hooks {
		at := slices.IndexFunc(left, func(s task.Hook) bool { return s.Plugin == h.Plugin })
		if at >= 0 {
			hooks[i].OnError, hooks[i].Merges = left[at].OnError, left[at].Merges
			left = slices.Delete(left, at, at+1)
		}
	}
}

func (typed *typedTask) withPassword(prefix string, form view.AccountForm) task.Account {
	a := account(form)
	if a.Kind == task.KindIMAP {
		a.Password = task.Password(typed.passwords[prefix])
	}
	return a
}

// account is what was typed for one kind of account; what was typed for the other
// kind is left out.
func account(f view.AccountForm) task.Account {
	if f.Kind == string(task.KindMaildir) {
		return task.Account{Kind: task.KindMaildir, Dir: filepath.Clean(f.Dir)}
	}
	a := task.Account{
		Kind: task.Kind(f.Kind), Host: f.Host, TLS: task.TLSMode(f.TLS), User: f.User,
		Auth: f.Auth, Master: f.Master, Sep: f.Sep, Authzid: f.Authzid,
		Root: f.Root, CAFile: f.CAFile, Pin: f.Pin,
	}
	a.Port, _ = strconv.Atoi(f.Port) // checked
	if a.Port == 0 {
		a.Port = 143
		if a.TLS == task.TLSImplicit {
			a.Port = 993
		}
	}
	return a
}

func first[E any](all []E, n int) []E { return all[:min(n, len(all))] }
