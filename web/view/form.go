package view

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// TaskForm is the form of a task as it was typed. It holds no passwords, so that
// no page can show one.
type TaskForm struct {
	ID          string // "" is a new task
	Version     string // of the task, as it was when the form was opened
	Name        string
	Sources     []SourceForm
	Destination AccountForm
	Hooks       []HookForm
	Schedule    ScheduleForm
	Removal     RemovalForm
	Confirm     bool // a word has to be typed before the task is saved

	Preview []time.Time // the next runs that what was typed would give
	Later   bool        // jitter will add to Preview
	Paused  bool        // the task is, and stays so

	Plugins  []abi.Manifest    // that a hook can name
	Faults   map[string]string // by the id of the field
	Problems []string          // of the task as a whole
	Focus    string            // id of the field to go to
}

// SourceForm is one source. Its key tells it from the others while they are
// added and removed.
type SourceForm struct {
	Key     string
	Name    string
	Was     string // its stored name, "" if it is not stored
	Account AccountForm
	Delete  DeleteForm
}

// AccountForm is one account.
type AccountForm struct {
	Kind                       string
	Host, Port, TLS, User      string
	Auth, Master, Sep, Authzid string
	Root, CAFile, Pin, Dir     string
	Stored                     bool // a password is stored that an empty field keeps
	Retype                     bool // one was typed, and is not sent back
}

// HookForm is one plugin that the task asks.
type HookForm struct {
	Key, Plugin, Digest, Config string
	Grants                      string // one a line
}

// FieldID is the id and name of a field of a source, the destination or a hook.
func FieldID(prefix, field string) string { return prefix + "-" + field }

// Prefix is what the names of the source's fields start with.
func (s SourceForm) Prefix() string { return "source-" + s.Key }

// Prefix is what the names of the hook's fields start with.
func (h HookForm) Prefix() string { return "hook-" + h.Key }

// DestinationPrefix is what the names of the destination's fields start with.
const DestinationPrefix = "destination"

// NewTaskForm is the empty form.
func NewTaskForm() TaskForm {
	return TaskForm{
		Sources:     []SourceForm{NewSource("1")},
		Destination: newAccount(),
		Schedule:    newSchedule(),
		Removal:     removalForm(task.Removal{}),
	}
}

// NewSource is a source to be filled in.
func NewSource(key string) SourceForm { return SourceForm{Key: key, Account: newAccount()} }

func newAccount() AccountForm {
	return AccountForm{Kind: string(task.KindIMAP), TLS: string(task.TLSImplicit)}
}

// FormOf is the form of a stored task.
func FormOf(t task.Task) TaskForm {
	f := TaskForm{ID: t.ID, Version: FormVersion(t), Name: t.Name, Destination: accountForm(t.Destination), Schedule: scheduleForm(t.Schedule), Removal: removalForm(t.Removal)}
	for i, s := range t.Sources {
		f.Sources = append(f.Sources, SourceForm{Key: strconv.Itoa(i + 1), Name: s.Name, Was: s.Name, Account: accountForm(s.Account), Delete: deleteForm(t.Removal, s.Name)})
	}
	for i, h := range t.Hooks {
		f.Hooks = append(f.Hooks, HookForm{Key: strconv.Itoa(i + 1), Plugin: h.Plugin, Digest: h.Digest, Config: h.Config, Grants: GrantLines(h.Grants)})
	}
	return f
}

// FormVersion is the version of a task as its form has it.
func FormVersion(t task.Task) string { return strconv.FormatInt(t.Version, 10) }

func accountForm(a task.Account) AccountForm {
	f := AccountForm{
		Kind: string(a.Kind), Host: a.Host, TLS: string(a.TLS), User: a.User,
		Auth: a.Auth, Master: a.Master, Sep: a.Sep, Authzid: a.Authzid,
		Root: a.Root, CAFile: a.CAFile, Pin: a.Pin, Dir: a.Dir,
		Stored: a.Kind == task.KindIMAP,
	}
	if a.Port != 0 {
		f.Port = strconv.Itoa(a.Port)
	}
	return f
}

// advanced reports whether a field is in use, or wrong, that is folded away.
func (a AccountForm) advanced(prefix string, faults map[string]string) bool {
	for _, field := range []string{"auth", "master", "sep", "authzid", "root", "ca", "pin"} {
		if faults[FieldID(prefix, field)] != "" {
			return true
		}
	}
	return a.Auth+a.Master+a.Sep+a.Authzid+a.Root+a.CAFile+a.Pin != ""
}

// plugin finds the manifest of an installed plugin, or nil.
func (f TaskForm) plugin(id string) *abi.Manifest {
	for i := range f.Plugins {
		if f.Plugins[i].ID == id {
			return &f.Plugins[i]
		}
	}
	return nil
}

// schema is a plugin's JSON Schema for reading, or "".
func schema(m *abi.Manifest) string {
	if m == nil || len(m.Config) == 0 {
		return ""
	}
	var v any
	if json.Unmarshal(m.Config, &v) != nil {
		return ""
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// everyOf splits an interval into a number and its largest whole unit.
func everyOf(d time.Duration) (n int64, unit string) {
	switch {
	case d%(24*time.Hour) == 0:
		return int64(d / (24 * time.Hour)), "days"
	case d%time.Hour == 0:
		return int64(d / time.Hour), "hours"
	case d%time.Minute == 0:
		return int64(d / time.Minute), "minutes"
	}
	return int64(d / time.Second), "seconds"
}

// Interval is the inverse: the time between two runs that the form asks for.
func Interval(n int64, unit string) time.Duration {
	switch unit {
	case "days":
		return time.Duration(n) * 24 * time.Hour
	case "hours":
		return time.Duration(n) * time.Hour
	case "seconds":
		return time.Duration(n) * time.Second
	}
	return time.Duration(n) * time.Minute
}
