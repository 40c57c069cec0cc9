package view

import (
	"context"
	"slices"

	"github.com/mailweir/mailweir/host/task"
)

// The steps of the wizard, in their order, as its addresses name them.
const (
	StepTemplate = "template"
	StepAccounts = "accounts"
	StepMapping  = "mapping"
	StepSafety   = "safety"
	StepSchedule = "schedule"
	StepSummary  = "summary"
)

// Steps returns all of them.
func Steps() []string {
	return []string{StepTemplate, StepAccounts, StepMapping, StepSafety, StepSchedule, StepSummary}
}

// The templates of tasks.
const (
	TemplateOnce    = "once"
	TemplatePull    = "pull"
	TemplateBackup  = "backup"
	TemplateCombine = "combine"
	TemplateInbox   = "inbox"
)

// Templates returns all of them.
func Templates() []string {
	return []string{TemplateOnce, TemplatePull, TemplateBackup, TemplateCombine, TemplateInbox}
}

// What a side of a task is picked from, besides [PickStored].
const (
	PickTyped = "typed" // its server is typed
	PickLocal = "local" // a mailbox of a local domain
)

// PickStored is the pick of a stored account.
func PickStored(id string) string { return "stored " + id }

// Wizard is what a step of the wizard shows. It holds no password.
type Wizard struct {
	ID       string // of the sketch; "" is none yet
	Step     string
	Reached  int // the last step that was come to, as an index
	Template string
	Form     TaskForm
	Sides    map[string]WizardSide // by the prefix of their fields

	Stored    []task.StoredAccount // that can be picked
	Domains   []string             // of whose mailboxes any can be picked
	Providers []Provider
	Anyway    bool // an account could not be opened: going on has to be asked for

	Task task.Task  // without passwords
	Plan *task.Plan // nil is none yet
	// Edits are rows of the plan as they were typed.
	Edits map[int]RowEdit
	// Hooks are the plugins and scripts, in the step about folders; Stale says that Plan
	// is from before they were changed.
	Hooks *HooksForm
	Stale bool
}

// WizardSide is an account of the task as it is being picked.
type WizardSide struct {
	Pick, Local     string
	Address, Preset string
	Query           string
	Found           *Found           // servers of Address
	Provider        *Provider        // whose server the fields name
	Answer          *DirectoryAnswer // to Query
	Test            *AccountTest
}

func (w Wizard) path(step string) string {
	if w.ID == "" {
		return "/tasks/new"
	}
	return "/tasks/new/" + w.ID + "/" + step
}

// before is the step before this one.
func (w Wizard) before() string { return Steps()[max(0, slices.Index(Steps(), w.Step)-1)] }

func (w Wizard) plan() PlanDetails { return PlanDetails{Task: w.Task, Plan: w.Plan, Edits: w.Edits} }

// stepState is the value of aria-current of a step.
func (w Wizard) stepState(step string) string {
	if step == w.Step {
		return "step"
	}
	return "false"
}

// reached reports whether a step can be gone to.
func (w Wizard) reached(step string) bool {
	return w.ID != "" && slices.Index(Steps(), step) <= w.Reached
}

// userText is a mailbox as a person knows it.
func userText(u task.DirectoryUser) string {
	if u.Name == "" {
		return Plain(u.Address)
	}
	return Plain(u.Name + " · " + u.Address)
}

// wizardNext is what the button says that goes on.
func wizardNext(ctx context.Context, w Wizard) string {
	if w.Step == StepAccounts {
		return t(ctx).WizardLook
	}
	return t(ctx).WizardNext
}

// enter is what the Enter key does. On the summary nothing is saved by it.
func (w Wizard) enter() string {
	if w.Step == StepSummary {
		return "go " + StepSummary
	}
	return "next"
}

// wizardAccount is an account of the task as a person knows it.
func wizardAccount(w Wizard, a task.Account) string {
	for _, stored := range w.Stored {
		if a.ID != "" && stored.ID == a.ID {
			return stored.Name
		}
	}
	if a.Local != "" {
		return a.Local
	}
	return accountName(a)
}
