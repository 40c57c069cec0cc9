package view

import (
	"context"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// RuleEffect is what a rule means for a user.
type RuleEffect string

// The effects.
const (
	RuleMakes   RuleEffect = "makes"   // the user gets a task
	RuleKeeps   RuleEffect = "keeps"   // the user has one
	RuleResumes RuleEffect = "resumes" // the user is back
	RulePauses  RuleEffect = "pauses"  // the user has left
	RuleRefuses RuleEffect = "refuses" // no task can be made for the address
)

// RuleLine is what a rule means for one user.
type RuleLine struct {
	Address string
	Name    string
	Effect  RuleEffect
	TaskID  string // "" is none yet
	From    string // the source and the destination as they would be
	To      string
	Fault   string
}

// RulePreview says who would get a task by a rule.
type RulePreview struct {
	Fault    string // one sentence: why the directory could not be asked
	Lines    []RuleLine
	More     int // users that are not named
	Count    map[RuleEffect]int
	Unlikely bool // more users have left than is believed without being told
}

// ShownLines is how many users a preview names.
const ShownLines = 25

// The kinds of a side of a rule.
const (
	SideDomain  = "domain"
	SideAccount = "account"
	SideMaildir = "maildir"
)

// SideForm is the source or the destination of a rule as it was typed.
type SideForm struct{ Kind, Address, Account, Dir, Root string }

// sideForm is the form of a side.
func sideForm(a task.Account) SideForm {
	f := SideForm{Kind: SideDomain, Address: a.Local, Account: a.ID, Dir: a.Dir, Root: a.Root}
	switch {
	case a.ID != "":
		f.Kind = SideAccount
	case a.Kind == task.KindMaildir:
		f.Kind = SideMaildir
	}
	return f
}

// Side is what was typed as an account; what was typed for another kind is left out.
func (f SideForm) Side() task.Account {
	root := strings.Trim(strings.TrimSpace(f.Root), "/")
	switch f.Kind {
	case SideAccount:
		return task.Account{ID: f.Account, Root: root}
	case SideMaildir:
		return task.Account{Kind: task.KindMaildir, Dir: strings.TrimSpace(f.Dir)}
	}
	return task.Account{Local: strings.TrimSpace(f.Address), Root: root}
}

// RuleForm is what the page of a rule shows, or that of a new one.
type RuleForm struct {
	Rule     task.Rule // as stored; ID "" is a new one
	Name     string    // as typed, as is what follows
	Group    string
	Of       string // ID of the directory
	From, To SideForm
	Schedule ScheduleForm
	Like     string // name of a task whose hooks the rule's tasks get; "" keeps them
	NoHooks  bool   // they shall have none any more
	Faults   map[string]string
	Focus    string
	Problems []string

	Preview     TaskForm // the next runs by the schedule
	Who         *RulePreview
	Directories []task.Directory
	Accounts    []task.StoredAccount
	Domains     []task.LocalDomain
	Result      *task.RuleResult // of applying it just now
	AskMany     bool             // applying it was refused, as too many users have left
	Notice      string
}

// NewRuleForm is the empty form.
func NewRuleForm() RuleForm {
	return RuleForm{From: SideForm{Kind: SideDomain}, To: SideForm{Kind: SideDomain, Address: "{address}"}, Schedule: newSchedule()}
}

// RuleFormOf is the form of a stored rule.
func RuleFormOf(r task.Rule) RuleForm {
	return RuleForm{
		Rule: r, Name: r.Name, Group: r.Group, Of: r.Directory,
		From: sideForm(r.Source), To: sideForm(r.Destination), Schedule: scheduleForm(r.Schedule),
	}
}

// fields carries the schedule and the faults to the components of fields.
func (f RuleForm) fields() TaskForm {
	return TaskForm{Schedule: f.Schedule, Faults: f.Faults, Focus: f.Focus, Preview: f.Preview.Preview, Later: f.Preview.Later}
}

func (f RuleForm) action() string {
	if f.Rule.ID == "" {
		return "/rules/new"
	}
	return "/rules/" + f.Rule.ID
}

// directoryName is the name of the directory of an ID.
func directoryName(all []task.Directory, id string) string {
	for _, d := range all {
		if d.ID == id {
			return Plain(d.Name)
		}
	}
	return noValue
}

// ruleStatus says what a rule came to when it was applied last.
func ruleStatus(ctx context.Context, r task.Rule) Status {
	switch {
	case r.Result.Fault != "":
		return Status{Icon: "warning", Word: t(ctx).RuleBroken, Tone: ToneBad}
	case r.Applied.IsZero():
		return Status{Icon: "never", Word: t(ctx).RuleNever, Tone: ToneIdle}
	}
	return Status{Icon: "ok", Word: t(ctx).RuleWorks, Tone: ToneGood}
}

// effectStatus says what a rule means for a user.
func effectStatus(ctx context.Context, e RuleEffect) Status {
	x := t(ctx)
	switch e {
	case RuleMakes:
		return Status{Icon: "plus", Word: x.RuleMakes, Tone: ToneLive}
	case RuleResumes:
		return Status{Icon: "resume", Word: x.RuleResumes, Tone: ToneLive}
	case RulePauses:
		return Status{Icon: "pause", Word: x.RulePauses, Tone: ToneWarn}
	case RuleRefuses:
		return Status{Icon: "warning", Word: x.RuleRefuses, Tone: ToneBad}
	}
	return Status{Icon: "ok", Word: x.RuleKeeps, Tone: ToneGood}
}

// effects are all of them, in the order in which sums name them.
var effects = []RuleEffect{RuleMakes, RuleKeeps, RuleResumes, RulePauses, RuleRefuses}

// sideText says what a side of a rule is, such as {address} or the name of a stored
// account.
func sideText(ctx context.Context, a task.Account, accounts []task.StoredAccount) string {
	text := a.Local
	switch {
	case a.ID != "":
		text = noValue
		for _, s := range accounts {
			if s.ID == a.ID {
				text = s.Name
			}
		}
	case a.Kind == task.KindMaildir:
		text = a.Dir
	}
	if a.Root != "" {
		text += " " + t(ctx).TaskBelow + " " + a.Root
	}
	return Plain(text)
}

func ruleTitle(ctx context.Context, f RuleForm) string {
	if f.Rule.ID == "" {
		return t(ctx).NewRule
	}
	return Plain(f.Rule.Name)
}

func groupWord(ctx context.Context, group string) string {
	if group == "" {
		return t(ctx).RuleEverybody
	}
	return Plain(group)
}
