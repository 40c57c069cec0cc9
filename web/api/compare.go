package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// History is what is asked of runs that have ended.
type History interface {
	// RunOptions is with what a run was started; nil is not known: it has not begun, or
	// was begun by a version that did not keep it.
	RunOptions(ctx context.Context, runID string) (*task.RunOptions, error)
	// CompareRuns compares two runs of a task that have ended, the earlier one first; with
	// "" is the run before. Where there is none it is a conflict.
	CompareRuns(ctx context.Context, runID, with string) (task.Comparison, error)
}

func (a *API) historyOperations() {
	const get = http.MethodGet
	add(a, about{
		id: "show-run-options", method: get, path: "/runs/{run}/options", action: access.ReadTask, tag: "runs",
		summary: "Shows with what a run was started",
		more: "Its options then, where each came from, and its hooks with version and digest; kept as long as the run. A run that goes on after a pause or on another node has " +
			"those with which it went on last. 404 for a run that has not begun, or was begun by a version that did not keep it.",
	}, a.showRunOptions)
	add(a, about{
		id: "compare-runs", method: get, path: "/runs/{run}/compare", action: access.ReadTask, tag: "runs",
		summary: "Compares two runs of a task", more: "With the run before, or with another one. Both have ended.", errors: []int{http.StatusConflict},
	}, a.compareRuns)
}

// RunOptions are what a run was started with.
type RunOptions struct {
	Program string     `json:"program,omitempty" doc:"Version of mailweir"`
	Options []Option   `json:"options" nullable:"false"`
	Hooks   []HookUsed `json:"hooks" nullable:"false" doc:"In the order in which they were asked"`
}

// Option is one option in force.
type Option struct {
	Name  string `json:"name" example:"schedule"`
	Of    string `json:"of,omitempty" doc:"Name of the source that it is about"`
	Value string `json:"value" example:"6h"`
	From  string `json:"from" doc:"default, task, stored account, local domain, rule, role of the owner, service or run"`
	By    string `json:"by,omitempty" doc:"Which one: ID of the account, the domain, name of the rule, or role"`
}

// HookUsed is a hook as a run asked it.
type HookUsed struct {
	Plugin  string   `json:"plugin" doc:"As the task names it"`
	ID      string   `json:"id,omitempty" doc:"Of the plugin; none if it could not be loaded"`
	Version string   `json:"version,omitempty" doc:"Of the plugin"`
	Script  int      `json:"script,omitempty" doc:"Version of a script of the task"`
	Digest  string   `json:"digest,omitempty" doc:"sha256:HEX of the file that was asked"`
	Pinned  bool     `json:"pinned,omitempty" doc:"The task wanted this digest and no other"`
	Config  string   `json:"config,omitempty" doc:"sha256:HEX of the configuration; none is the plugin's default"`
	Grants  []string `json:"grants,omitempty"`
	OnError string   `json:"on_error"`
	Merges  string   `json:"merges" doc:"What became of a folder that it put where another one went: report or refuse"`
}

// RunOptionsOf is o in JSON.
func RunOptionsOf(o *task.RunOptions) RunOptions {
	out := RunOptions{Program: o.Program, Options: []Option{}, Hooks: []HookUsed{}}
	for _, opt := range o.Options {
		out.Options = append(out.Options, *optionOf(&opt))
	}
	for _, h := range o.Hooks {
		out.Hooks = append(out.Hooks, *hookUsedOf(&h))
	}
	return out
}

func optionOf(o *task.Option) *Option {
	if o == nil {
		return nil
	}
	return &Option{string(o.Name), o.Of, o.Value, string(o.From), o.By}
}

func hookUsedOf(h *task.HookUsed) *HookUsed {
	if h == nil {
		return nil
	}
	out := &HookUsed{h.Plugin, h.ID, h.Version, h.Script, h.Digest, h.Pinned, h.Config, nil, string(h.OnError), string(cmp.Or(h.Merges, task.MergesReport))}
	for _, g := range h.Grants {
		out.Grants = append(out.Grants, g.String())
	}
	return out
}

func (a *API) showRunOptions(ctx context.Context, in *OfRun) (*struct{ Body RunOptions }, error) {
	o, err := a.svc.RunOptions(ctx, in.Run)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, NewProblem(http.StatusNotFound, "what the run was started with is not kept: it has not begun, or an earlier version of mailweir began it")
	}
	return &struct{ Body RunOptions }{RunOptionsOf(o)}, nil
}

// Comparison is what differs between two runs of one task.
type Comparison struct {
	Before      ComparedRun     `json:"before"`
	After       ComparedRun     `json:"after"`
	OptionsKept bool            `json:"options_kept" doc:"Of both runs it is known what they were started with; otherwise options and hooks are empty"`
	Options     []OptionChange  `json:"options" nullable:"false" doc:"Only what differs"`
	Hooks       []HookChange    `json:"hooks" nullable:"false" doc:"Only what differs"`
	FoldersKept bool            `json:"folders_kept" doc:"The folders of both runs are kept still; otherwise folders and troubles are empty"`
	Folders     []FolderChange  `json:"folders" nullable:"false" doc:"What differs comes first"`
	Troubles    []TroubleChange `json:"troubles" nullable:"false" doc:"What is new comes first"`
}

// ComparedRun is a run with its sums.
type ComparedRun struct {
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Trigger string    `json:"trigger"`
	Queued  time.Time `json:"queued"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome,omitempty"`
	Cause   string    `json:"cause,omitempty"`
	Counts  Counts    `json:"counts"`
}

// OptionChange is an option that differs; one that was not in force is left out.
type OptionChange struct {
	Name   string  `json:"name"`
	Of     string  `json:"of,omitempty"`
	Before *Option `json:"before,omitempty"`
	After  *Option `json:"after,omitempty"`
}

// HookChange is a hook that differs.
type HookChange struct {
	Plugin string    `json:"plugin"`
	What   []string  `json:"what" nullable:"false" doc:"added, removed, version, digest, configuration, grants, on error, merges or order"`
	Before *HookUsed `json:"before,omitempty"`
	After  *HookUsed `json:"after,omitempty"`
}

// FolderChange is a source folder in both runs; one that a run did not look at is left
// out.
type FolderChange struct {
	Source string  `json:"source"`
	Folder string  `json:"folder"`
	Same   bool    `json:"same"`
	Before *Folder `json:"before,omitempty"`
	After  *Folder `json:"after,omitempty"`
}

// TroubleChange is a trouble of one or both runs.
type TroubleChange struct {
	Cause  string `json:"cause"`
	Remedy string `json:"remedy,omitempty"`
	Before int64  `json:"before" doc:"Messages and folders"`
	After  int64  `json:"after"`
	Change string `json:"change" doc:"new, gone or stays"`
}

// ComparisonOf is c in JSON.
func ComparisonOf(c task.Comparison) Comparison {
	out := Comparison{
		Before: comparedRun(c.Before), After: comparedRun(c.After), OptionsKept: c.OptionsKept, FoldersKept: c.FoldersKept,
		Options: []OptionChange{}, Hooks: []HookChange{}, Folders: []FolderChange{}, Troubles: []TroubleChange{},
	}
	for _, o := range c.Options {
		out.Options = append(out.Options, OptionChange{string(o.Name), o.Of, optionOf(o.Before), optionOf(o.After)})
	}
	for _, h := range c.Hooks {
		out.Hooks = append(out.Hooks, HookChange{h.Plugin, h.What, hookUsedOf(h.Before), hookUsedOf(h.After)})
	}
	for _, f := range c.Folders {
		out.Folders = append(out.Folders, FolderChange{f.Source, f.Folder, f.Same(), folderOf(f.Before), folderOf(f.After)})
	}
	for _, t := range c.Troubles {
		change := "stays"
		switch {
		case t.New:
			change = "new"
		case t.Gone:
			change = "gone"
		}
		out.Troubles = append(out.Troubles, TroubleChange{t.Cause, t.Remedy, t.Before, t.After, change})
	}
	return out
}

func comparedRun(r task.Run) ComparedRun {
	out := ComparedRun{ID: r.ID, Status: string(r.Status()), Trigger: r.Trigger, Queued: r.Queued, Started: r.Started, Ended: r.Ended}
	if r.Report != nil {
		out.Outcome, out.Cause, out.Counts = string(r.Report.Outcome), r.Report.Cause, CountsOf(r.Report.Counts)
	}
	return out
}

func folderOf(f *task.FolderReport) *Folder {
	if f == nil {
		return nil
	}
	return &Folder{f.Source, f.Folder, f.Target, f.By, CountsOf(f.Counts), f.Done, f.Error}
}

type compareRunsInput struct {
	OfRun
	With string `query:"with" doc:"ID of another run of the task; none is the latest one before"`
}

func (a *API) compareRuns(ctx context.Context, in *compareRunsInput) (*struct{ Body Comparison }, error) {
	c, err := a.svc.CompareRuns(ctx, in.Run, in.With)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Comparison }{ComparisonOf(c)}, nil
}
