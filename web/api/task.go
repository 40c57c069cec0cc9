package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Task says what to copy, and what has become of that.
type Task struct {
	ID          string          `json:"id" readOnly:"true"`
	Name        string          `json:"name" maxLength:"200" doc:"For people; unique" example:"ann moves"`
	Sources     []Source        `json:"sources" minItems:"1" maxItems:"100" nullable:"false"`
	Destination Account         `json:"destination"`
	Hooks       []Hook          `json:"hooks,omitempty" maxItems:"50" doc:"Plugins, in the order in which they are asked"`
	Schedule    Schedule        `json:"schedule,omitzero" doc:"Without one the task runs by hand"`
	Removal     Removal         `json:"removal,omitzero" doc:"What runs delete or replace; nothing unless said"`
	Overrides   []task.Override `json:"overrides,omitempty" maxItems:"20000" doc:"Folders set by hand. They count when a task is made, and are told of a single task; changed by an operation of their own"`
	PlanFirst   bool            `json:"plan_first,omitempty" doc:"A plan has to be approved before the first run. It counts when a task is made; changed by an operation of its own"`
	Await       bool            `json:"await,omitempty" writeOnly:"true" doc:"Lets passwords be missing that only one person has: the task waits until that person has given them, see make-link, and nothing starts it before"`
	Missing     []string        `json:"missing,omitempty" readOnly:"true" doc:"Sources whose password nobody has given yet; '' is the destination"`
	Version     int64           `json:"version,omitempty" minimum:"0" doc:"Grows with each change. A change is refused when this is not what is stored; 0 or none is any"`
	Owner       Owner           `json:"owner,omitzero" readOnly:"true"`
	Status      string          `json:"status" readOnly:"true" doc:"Of the latest run, 'paused', 'waiting for user', or 'new' when there was none" example:"done"`
	Paused      *Paused         `json:"paused,omitempty" readOnly:"true"`
	Next        time.Time       `json:"next,omitzero" readOnly:"true" doc:"When a run starts by itself"`
	Skipped     int64           `json:"skipped,omitempty" readOnly:"true" doc:"Runs that did not start because the one before was not over"`
	Last        *Run            `json:"last,omitempty" readOnly:"true" doc:"The latest run"`
	Rule        string          `json:"rule,omitempty" readOnly:"true" doc:"ID of the rule that made it"`
	Batch       string          `json:"batch,omitempty" readOnly:"true" doc:"ID of the import that made or changed it last"`
	Created     time.Time       `json:"created,omitzero" readOnly:"true"`
	Updated     time.Time       `json:"updated,omitzero" readOnly:"true"`
}

// Owner is the user whom a task belongs to; without an ID it is the service itself.
type Owner struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Paused says who keeps a schedule from starting runs, and since when.
type Paused struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Source is an account that a task copies from.
type Source struct {
	Name string `json:"name" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Unique within the task; part of the ledger's identity" example:"office"`
	Account
	DeleteAfter string `json:"delete_after,omitempty" doc:"Deletes messages here once their copies were read back in the same run: 'now', or those copied at least that long ago. None deletes nothing" example:"30d"`
}

// Account is where mail is: a URL with a password, a stored account, or a mailbox of a
// local domain.
type Account struct {
	URL      string `json:"url,omitempty" maxLength:"4096" doc:"imaps://USER@HOST, imap://USER@HOST or maildir:///DIR. Without meaning where account or mailbox is given" example:"imaps://ann@mail.example"`
	Password string `json:"password,omitempty" maxLength:"4096" writeOnly:"true" doc:"Never shown. An empty one keeps the stored one, as long as server and user stay the same"`
	Account  string `json:"account,omitempty" doc:"ID of a stored account, instead of a URL"`
	Mailbox  string `json:"mailbox,omitempty" doc:"Address of a mailbox in a local domain, instead of a URL" example:"ann@example.org"`
	Root     string `json:"root,omitempty" doc:"Only this folder and those below it, of a stored account or mailbox; a URL has ?root="`
}

// Hook binds a plugin to a task.
type Hook struct {
	Plugin  string   `json:"plugin" minLength:"1" doc:"Name of a plugin that is shipped or installed" example:"folder-rules"`
	Digest  string   `json:"digest,omitempty" doc:"sha256:HEX of the plugin that is meant; none takes what is installed"`
	Config  any      `json:"config,omitempty" doc:"Handed to the plugin as it is"`
	Grants  []string `json:"grants,omitempty" doc:"What it may do beside answering, as 'http:hooks.example/POST'"`
	OnError string   `json:"on_error,omitempty" enum:"hold,ignore,stop" doc:"What becomes of what it fails at; hold unless said"`
	Merges  string   `json:"merges,omitempty" enum:"report,refuse" doc:"What becomes of a folder that it puts where another one goes: both are copied, which is reported, or it is held; report unless said"`
}

// Schedule says when runs start by themselves.
type Schedule struct {
	Every  string  `json:"every,omitempty" doc:"An interval; or a cron line, not both" example:"6h"`
	Cron   string  `json:"cron,omitempty" example:"30 2 * * 1-5"`
	Zone   string  `json:"zone,omitempty" doc:"IANA name of the time zone; none is the service's" example:"Europe/Berlin"`
	Window *Window `json:"window,omitempty" doc:"Nothing that is scheduled starts outside of it"`
	Jitter int     `json:"jitter,omitempty" minimum:"0" maximum:"50" doc:"Starts later by up to this many percent of the time to the next run"`
}

// Window is a part of the week.
type Window struct {
	From string   `json:"from,omitempty" doc:"Time of day" example:"22:00"`
	To   string   `json:"to,omitempty" doc:"Of the next day, if it is not later than from" example:"06:00"`
	Days []string `json:"days,omitempty" enum:"sun,mon,tue,wed,thu,fri,sat" doc:"On which it opens; none is every day"`
}

var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// TaskOf is t in JSON, with its latest run, if there is one.
func TaskOf(t task.Task, last *task.Run) Task {
	out := Task{
		ID: t.ID, Name: t.Name, Destination: AccountOf(t.Destination), Schedule: scheduleOf(t.Schedule), Version: t.Version,
		Owner: Owner{ID: t.Owner.ID, Name: t.Owner.Name}, Status: string(task.StatusOf(t, last)), Next: t.Agenda.Next, Skipped: t.Agenda.Skipped,
		Overrides: t.Overrides, PlanFirst: t.PlanFirst, Missing: t.Missing,
		Rule: t.Rule.ID, Batch: t.Batch, Created: t.Created, Updated: t.Updated, Sources: []Source{},
	}
	for _, s := range t.Sources {
		out.Sources = append(out.Sources, Source{Name: s.Name, Account: AccountOf(s.Account)})
	}
	removalOf(t, &out)
	for _, h := range t.Hooks {
		hook := Hook{Plugin: h.Plugin, Digest: h.Digest, OnError: string(h.OnError), Merges: string(h.Merges)}
		if h.Config != "" {
			hook.Config = json.RawMessage(h.Config)
		}
		for _, g := range h.Grants {
			hook.Grants = append(hook.Grants, g.String())
		}
		out.Hooks = append(out.Hooks, hook)
	}
	if last != nil {
		run := RunOf(*last)
		out.Last = &run
	}
	if !t.Pause.At.IsZero() {
		out.Paused, out.Next = &Paused{By: t.Pause.By, At: t.Pause.At}, time.Time{}
	}
	return out
}

// AccountOf is a in JSON, without its password.
func AccountOf(a task.Account) Account {
	if !a.Referred() {
		return Account{URL: a.String()}
	}
	out := Account{Account: a.ID, Mailbox: a.Local, Root: a.Root}
	if a.Kind != "" {
		out.URL = a.String()
	}
	return out
}

func scheduleOf(s task.Schedule) Schedule {
	out := Schedule{Cron: s.Cron, Zone: s.Zone, Jitter: s.Jitter}
	if s.Every > 0 {
		out.Every = task.IntervalText(s.Every)
	}
	if s.Window != (task.Window{}) {
		out.Window = &Window{From: task.ClockText(s.Window.From), To: task.ClockText(s.Window.To)}
		for i, day := range days {
			if s.Window.Days.Has(i) {
				out.Window.Days = append(out.Window.Days, day)
			}
		}
	}
	return out
}

// Noun is the task that the JSON says, without what only the service sets. Its error
// has a line for each fault.
func (t Task) Noun() (task.Task, error) {
	out := task.Task{ID: t.ID, Name: strings.TrimSpace(t.Name), Version: t.Version, Overrides: t.Overrides, PlanFirst: t.PlanFirst, Await: t.Await}
	var errs []error
	note := func(where string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", where, err))
		}
	}
	for i, s := range t.Sources {
		a, err := s.Noun()
		note("sources["+s.Name+"]", err)
		out.Sources = append(out.Sources, task.Source{Name: t.Sources[i].Name, Account: a})
	}
	var err error
	out.Destination, err = t.Destination.Noun()
	note("destination", err)
	for _, h := range t.Hooks {
		hook, err := h.noun()
		note("hooks["+h.Plugin+"]", err)
		out.Hooks = append(out.Hooks, hook)
	}
	out.Schedule, err = t.Schedule.Noun()
	note("schedule", err)
	if out.Removal, err = t.removal(); err != nil {
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// Noun is the account that the JSON says.
func (a Account) Noun() (task.Account, error) {
	if a.Account != "" || a.Mailbox != "" {
		if a.Account != "" && a.Mailbox != "" {
			return task.Account{}, errors.New("it is a stored account or a mailbox, not both")
		}
		if a.Password != "" {
			return task.Account{}, errors.New("a stored account and a local domain have their own password")
		}
		return task.Account{ID: a.Account, Local: a.Mailbox, Root: strings.Trim(a.Root, "/")}, nil
	}
	if a.URL == "" {
		return task.Account{}, errors.New("there is neither a url, nor an account or a mailbox")
	}
	if a.Root != "" {
		return task.Account{}, errors.New("the folder of a url is written into it, as ?root=FOLDER")
	}
	out, err := task.ParseAccount(a.URL)
	out.Password = task.Password(a.Password)
	return out, err
}

func (h Hook) noun() (task.Hook, error) {
	out := task.Hook{Plugin: h.Plugin, Digest: h.Digest, OnError: task.OnError(h.OnError), Merges: task.Merges(h.Merges)}
	if h.Config != nil {
		text, err := json.Marshal(h.Config)
		if err != nil {
			return out, fmt.Errorf("config: %w", err)
		}
		out.Config = string(text)
	}
	for _, text := range h.Grants {
		g, err := task.ParseGrant(text)
		if err != nil {
			return out, err
		}
		out.Grants = append(out.Grants, g)
	}
	return out, nil
}

// Noun is the schedule that the JSON says. It is valid.
func (s Schedule) Noun() (task.Schedule, error) {
	out := task.Schedule{Cron: strings.Join(strings.Fields(s.Cron), " "), Zone: s.Zone, Jitter: s.Jitter}
	var err error
	if s.Every != "" {
		if out.Every, err = task.ParseInterval(s.Every); err != nil {
			return out, err
		}
	}
	if w := s.Window; w != nil {
		for _, end := range []struct {
			text string
			to   *int
		}{{cmp.Or(w.From, "00:00"), &out.Window.From}, {cmp.Or(w.To, "00:00"), &out.Window.To}} {
			if *end.to, err = task.ParseClock(end.text); err != nil {
				return out, fmt.Errorf("window: %w", err)
			}
		}
		for _, day := range w.Days {
			i := slices.Index(days, strings.ToLower(day))
			if i < 0 {
				return out, fmt.Errorf("window: %q is none of the days %s", day, strings.Join(days, ", "))
			}
			out.Window.Days |= 1 << i
		}
		if out.Window.Days == task.EveryWeekday {
			out.Window.Days = 0
		}
	}
	return out, out.Validate()
}
