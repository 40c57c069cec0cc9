package task

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Task says what to copy: one or more named sources into one destination.
type Task struct {
	ID          string
	Name        string // for people; unique
	Owner       Owner  // of a new task only the ID counts, and later nothing of it: it is the store's to set
	Sources     []Source
	Destination Account
	Hooks       []Hook // asked in this order
	Schedule    Schedule
	Removal     Removal // what a run deletes or replaces; the zero value is nothing
	// Overrides are folders that a person has put somewhere by hand, and PlanFirst keeps
	// runs from starting until a plan was approved. Of a new task they count; later they
	// are changed by themselves.
	Overrides []Override
	PlanFirst bool
	// Scripts are what hooks of a new task name with [ScriptHook]; later they are saved by
	// themselves. Only Name, Version, which is 1, and Source of each count.
	Scripts []Script
	Pause   Pause    // this and what follows is the store's to set
	Agenda  Agenda   // of Schedule
	Rule    RuleUser // whom it was made for, if a rule made it
	Batch   string   // ID of the import that made or changed it last
	// Missing are the accounts whose password nobody has given yet: names of sources; ""
	// is the destination.
	Missing []string
	Created time.Time
	Updated time.Time
	// Version grows with each change. Whoever saves a task that was read before is told
	// when it is not that of the stored one any more; 0 is any.
	Version int64
	// Await lets a task be saved without passwords of accounts that are [Account.Personal];
	// of a stored one it does not tell anything.
	Await bool
}

// Owner is the user whom a task belongs to. Without an ID it is the service itself.
type Owner struct {
	ID   string
	Name string
	Role string // decides how far the task may reach
}

// Source is one account that a task copies from.
type Source struct {
	Name    string // unique within the task; part of the ledger's identity
	Account Account
}

// Hook binds a plugin to a task.
type Hook struct {
	Plugin string // name of an installed plugin, or path of a .wasm file
	Digest string // "sha256:HEX" of the module that the task was made with; "" takes what is installed
	Config string // JSON, handed to the plugin as it is; "" is the plugin's default
	Grants []Grant
	// OnError says what becomes of a folder or message when the plugin fails.
	OnError OnError
	// Merges says what becomes of a folder that the plugin puts where another one goes.
	Merges Merges
}

// OnError is what becomes of a folder or message when a plugin that was asked about
// it fails.
type OnError string

// What there is. The zero value holds.
const (
	OnErrorHold   OnError = "hold"   // it is not copied, listed with the reason, and tried again in the next run
	OnErrorIgnore OnError = "ignore" // it goes on as if the plugin had not been asked
	OnErrorStop   OnError = "stop"   // the run ends, and a person has to look at the plugin
)

// Valid reports whether it is one of those, or the zero value.
func (o OnError) Valid() bool {
	return o == "" || o == OnErrorHold || o == OnErrorIgnore || o == OnErrorStop
}

var sourceName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`) })

// Validate reports all that is wrong with the task. It asks no server.
func (t Task) Validate() error {
	var errs []error
	if strings.TrimSpace(t.Name) == "" {
		errs = append(errs, errors.New("the task has no name"))
	}
	if len(t.Name) > 200 {
		errs = append(errs, errors.New("the task's name is longer than 200 bytes"))
	}
	if len(t.Sources) == 0 {
		errs = append(errs, errors.New("the task has no source"))
	}
	seen := map[string]bool{}
	for _, s := range t.Sources {
		if err := ValidSourceName(s.Name); err != nil {
			errs = append(errs, err)
		}
		if seen[s.Name] {
			errs = append(errs, fmt.Errorf("two sources are called %q", s.Name))
		}
		seen[s.Name] = true
		if err := s.Account.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("source %s: %w", s.Name, err))
		}
		if sameMailbox(s.Account, t.Destination) {
			errs = append(errs, fmt.Errorf("source %s and the destination are the same account; a copy into itself would never end", s.Name))
		}
	}
	if err := t.Destination.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("destination: %w", err))
	}
	for _, h := range t.Hooks {
		if err := h.validateGrants(); err != nil {
			errs = append(errs, err)
		}
		if !h.OnError.Valid() {
			errs = append(errs, fmt.Errorf("plugin %s: on error %q: it is one of hold, ignore and stop", h.Plugin, h.OnError))
		}
		if !h.Merges.Valid() {
			errs = append(errs, fmt.Errorf("plugin %s: merges %q: it is one of report and refuse", h.Plugin, h.Merges))
		}
	}
	if err := t.Schedule.Validate(); err != nil {
		errs = append(errs, err)
	}
	if err := ValidateOverrides(t.Overrides); err != nil {
		errs = append(errs, err)
	}
	for _, sc := range t.Scripts {
		if err := ValidScriptName(sc.Name); err != nil {
			errs = append(errs, err)
		}
	}
	if err := t.Removal.validate(t.Sources); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// ValidSourceName reports why name can not be the name of a source, or nil.
func ValidSourceName(name string) error {
	if !sourceName().MatchString(name) {
		return fmt.Errorf("source name %q: up to 64 letters, digits, '.', '_' and '-', starting with a letter or digit", name)
	}
	return nil
}

// sameMailbox reports whether two accounts are evidently one and the same. Two
// host names of one server are not noticed.
func sameMailbox(a, b Account) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Kind == "" { // what they refer to is not known yet
		return a.ID == b.ID && a.Local == b.Local && a.Root == b.Root
	}
	if a.Kind == KindMaildir {
		return a.Dir == b.Dir && a.Root == b.Root
	}
	return strings.EqualFold(a.Host, b.Host) && a.Port == b.Port && a.User == b.User && a.Authzid == b.Authzid && a.Root == b.Root
}
