package task

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// RunOptions are what a run was started with: its options, where each came from, and
// its hooks. They hold no password and no configuration of a plugin, and are kept with
// the run.
type RunOptions struct {
	Program string     `json:"program,omitempty"` // version of mailweir
	Options []Option   `json:"options"`           // each Name and Of once
	Hooks   []HookUsed `json:"hooks,omitempty"`   // in the order in which they were asked
}

// Option is one option in force.
type Option struct {
	Name  OptionName `json:"name"`
	Of    string     `json:"of,omitempty"` // the source that it is about; "" is the task, or its destination
	Value string     `json:"value"`        // as the command line and the API write it, or one of the values below
	From  OptionFrom `json:"from"`
	By    string     `json:"by,omitempty"` // which rule or local domain, or ID of which stored account
}

// OptionName is what an option is about.
type OptionName string

// The names. Those that are not in force, or that say nothing, are left out.
const (
	OptionSchedule    OptionName = "schedule" // an interval, a cron line, or ValueByHand
	OptionZone        OptionName = "zone"
	OptionWindow      OptionName = "window"
	OptionJitter      OptionName = "jitter"
	OptionSource      OptionName = "source"      // URL of an account
	OptionDestination OptionName = "destination" // URL of an account
	OptionReach       OptionName = "reach"
	OptionPlanFirst   OptionName = "plan first"
	OptionPlan        OptionName = "approved plan" // when it was approved, and by whom
	OptionOverrides   OptionName = "folders set by hand"
	OptionOnly        OptionName = "only folders" // how many
	OptionRate        OptionName = "rate"         // bytes a second
	OptionMessages    OptionName = "message rate" // messages a second
	OptionFlags       OptionName = "flags"
	OptionDelete      OptionName = "delete at source" // how long after the copy
	OptionMirror      OptionName = "mirror deletions" // after which grace
	OptionLimit       OptionName = "limit on deleting"
	OptionReplace     OptionName = "replace"
	OptionProgram     OptionName = "version of mailweir" // only where two runs are compared
)

// OptionNames are all of them, in the order in which they are shown.
func OptionNames() []OptionName {
	return []OptionName{
		OptionSource, OptionDestination, OptionReach, OptionSchedule, OptionZone, OptionWindow, OptionJitter, OptionPlanFirst, OptionPlan,
		OptionOverrides, OptionOnly, OptionRate, OptionMessages, OptionFlags, OptionDelete, OptionMirror, OptionLimit, OptionReplace, OptionProgram,
	}
}

// Values that are words.
const (
	ValueByHand  = "by hand"
	ValueAny     = "any server"
	ValuePublic  = "public mail servers"
	ValueYes     = "yes"
	ValueMerge   = "carried over, what was changed at the destination stays"
	ValueNow     = "now"
	ValueNothing = "nothing"
	ValueNever   = "never"
	ValueAllowed = "plugins may"
	ValueNoLimit = "no limit"
	ValueZone    = "that of the service"
)

// ValueLimit is what Removal.Limit is unless a task says something else.
const ValueLimit = "10%"

// OptionValues are all of them.
func OptionValues() []string {
	return []string{ValueByHand, ValueAny, ValuePublic, ValueYes, ValueMerge, ValueNow, ValueNothing, ValueNever, ValueAllowed, ValueNoLimit, ValueZone}
}

// OptionFrom is what an option comes from.
type OptionFrom string

// What there is.
const (
	FromDefault OptionFrom = "default"
	FromTask    OptionFrom = "task"
	FromAccount OptionFrom = "stored account"
	FromDomain  OptionFrom = "local domain"
	FromRule    OptionFrom = "rule"
	FromRole    OptionFrom = "role of the owner"
	FromService OptionFrom = "service"
	FromRun     OptionFrom = "run"
)

// OptionOrigins are all of them.
func OptionOrigins() []OptionFrom {
	return []OptionFrom{FromDefault, FromTask, FromAccount, FromDomain, FromRule, FromRole, FromService, FromRun}
}

// HookUsed is a hook as a run asked it.
type HookUsed struct {
	Plugin  string  `json:"plugin"`            // as the hook names it
	ID      string  `json:"id,omitempty"`      // of the plugin; none if it could not be loaded
	Version string  `json:"version,omitempty"` // of the plugin, as its manifest has it
	Script  int     `json:"script,omitempty"`  // version of a script of the task
	Digest  string  `json:"digest,omitempty"`  // "sha256:HEX" of the file that was asked
	Pinned  bool    `json:"pinned,omitempty"`  // the task wants this digest and no other
	Config  string  `json:"config,omitempty"`  // "sha256:HEX" of the configuration; none is the plugin's default
	Grants  []Grant `json:"grants,omitempty"`
	OnError OnError `json:"on_error"`
	Merges  Merges  `json:"merges,omitempty"` // none is MergesReport, as it was before there was a choice
}

// Digest tells options apart: those of most runs of a task are the same.
func (o *RunOptions) Digest() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain values and lists of them
	}
	return sha256Text(text)
}

func sha256Text(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// OptionsOf are the options with which a run of t is started. bound says that the owner
// keeps it to public mail servers; plan is the approved plan that binds it, or nil.
func OptionsOf(t Task, run Run, bound bool, plan *Plan) []Option {
	var all []Option
	add := func(name OptionName, of, value string, from OptionFrom, by string) {
		all = append(all, Option{Name: name, Of: of, Value: value, From: from, By: by})
	}
	for _, s := range t.Sources {
		from, by := s.Account.origin()
		add(OptionSource, s.Name, s.Account.String(), from, by)
	}
	from, by := t.Destination.origin()
	add(OptionDestination, "", t.Destination.String(), from, by)
	if bound {
		add(OptionReach, "", ValuePublic, FromRole, t.Owner.Role)
	} else {
		add(OptionReach, "", ValueAny, FromRole, t.Owner.Role)
	}
	all = append(all, scheduleOptions(t)...)
	if t.PlanFirst {
		add(OptionPlanFirst, "", ValueYes, FromTask, "")
	}
	if plan != nil {
		add(OptionPlan, "", plan.Approved.UTC().Format(time.RFC3339)+", "+plan.ApprovedBy, FromTask, "")
	}
	if n := len(t.Overrides); n > 0 {
		text, err := json.Marshal(t.Overrides)
		if err != nil {
			panic(err) // plain values and lists of them
		}
		// What they are would be long; that they are others can be seen.
		add(OptionOverrides, "", fmt.Sprintf("%d (%s)", n, sha256Text(text)[:len("sha256:")+12]), FromTask, "")
	}
	if n := len(run.Only); n > 0 {
		add(OptionOnly, "", strconv.Itoa(n), FromRun, "")
	}
	if run.Pace.Bytes > 0 {
		add(OptionRate, "", strconv.FormatInt(run.Pace.Bytes, 10), FromRun, "")
	} else {
		add(OptionRate, "", ValueNoLimit, FromDefault, "")
	}
	if run.Pace.Messages > 0 {
		add(OptionMessages, "", strconv.FormatInt(run.Pace.Messages, 10), FromRun, "")
	}
	add(OptionFlags, "", ValueMerge, FromDefault, "")
	return append(all, removalOptions(t.Removal)...)
}

// origin is where what the account says comes from.
func (a Account) origin() (OptionFrom, string) {
	switch {
	case a.Local != "":
		return FromDomain, DomainOf(a.Local)
	case a.ID != "":
		return FromAccount, a.ID
	}
	return FromTask, ""
}

func scheduleOptions(t Task) []Option {
	from, by := FromTask, ""
	if t.Rule.ID != "" {
		from, by = FromRule, t.Rule.Name
	}
	s := t.Schedule
	if s.ByHand() {
		return []Option{{Name: OptionSchedule, Value: ValueByHand, From: FromDefault}}
	}
	every := Option{Name: OptionSchedule, Value: s.Cron, From: from, By: by}
	if s.Every > 0 {
		every.Value = IntervalText(s.Every)
	}
	all := []Option{every}
	if s.Zone != "" {
		all = append(all, Option{Name: OptionZone, Value: s.Zone, From: from, By: by})
	} else if s.Cron != "" || s.Window != (Window{}) {
		all = append(all, Option{Name: OptionZone, Value: ValueZone, From: FromService})
	}
	if w := s.Window; w != (Window{}) {
		value := ClockText(w.From) + "-" + ClockText(w.To)
		for _, d := range w.Days.Values() {
			value += " " + time.Weekday(d).String()[:3]
		}
		all = append(all, Option{Name: OptionWindow, Value: value, From: from, By: by})
	}
	if s.Jitter > 0 {
		all = append(all, Option{Name: OptionJitter, Value: strconv.Itoa(s.Jitter) + "%", From: from, By: by})
	}
	return all
}

func removalOptions(r Removal) []Option {
	var all []Option
	for _, name := range slices.Sorted(maps.Keys(r.Sources)) {
		value := ValueNow
		if age := r.Sources[name]; age > 0 {
			value = IntervalText(age)
		}
		all = append(all, Option{Name: OptionDelete, Of: name, Value: value, From: FromTask})
	}
	if len(all) == 0 {
		all = append(all, Option{Name: OptionDelete, Value: ValueNothing, From: FromDefault})
	}
	if r.Mirror {
		value := ValueNow
		if r.Grace > 0 {
			value = IntervalText(r.Grace)
		}
		all = append(all, Option{Name: OptionMirror, Value: value, From: FromTask})
	}
	switch {
	case r.Limit != "":
		all = append(all, Option{Name: OptionLimit, Value: r.Limit, From: FromTask})
	case r.Any():
		all = append(all, Option{Name: OptionLimit, Value: ValueLimit, From: FromDefault})
	}
	if r.Replace {
		return append(all, Option{Name: OptionReplace, Value: ValueAllowed, From: FromTask})
	}
	return append(all, Option{Name: OptionReplace, Value: ValueNever, From: FromDefault})
}

// UsedHook is what is known of a hook before its plugin is loaded.
func UsedHook(h Hook) HookUsed {
	u := HookUsed{Plugin: h.Plugin, Digest: h.Digest, Pinned: h.Digest != "", Grants: h.Grants, OnError: h.OnError}
	if u.OnError == "" {
		u.OnError = OnErrorHold
	}
	if h.Merges != MergesReport {
		u.Merges = h.Merges
	}
	if h.Config != "" {
		u.Config = sha256Text([]byte(h.Config))
	}
	if _, version, ok := ParseScriptHook(h.Plugin); ok {
		u.Script = version
	}
	return u
}
