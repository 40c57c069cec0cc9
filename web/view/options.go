package view

import (
	"cmp"
	"context"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// TaskDetails is what the page of a task shows beside the task.
type TaskDetails struct {
	Task    task.Task
	Runs    []task.Run // the latest, newest first, without folders
	Planned *task.Run  // with folders: the last dry run, or the last run that got so far
	Events  []access.Event
	InForce *task.Plan // binds runs; nil is none
	Link    *task.Link // nil is none
}

// ShownEvents is how many events the page of a task has.
const ShownEvents = 6

// maxPlan is how many folders of a plan a page shows.
const maxPlan = 200

// choice is an option in force, and where it comes from.
type choice struct{ name, value, from string }

// choices are the options that count for the task's next run.
func choices(ctx context.Context, tk task.Task) []choice {
	x := t(ctx)
	var all []choice
	add := func(name, value, from string) { all = append(all, choice{name, value, from}) }
	taskOr := func(set bool) string {
		if set {
			return x.FromTask
		}
		return x.FromDefault
	}
	from := taskOr(true)
	if tk.Rule.ID != "" {
		from = x.FromRule + " " + Plain(tk.Rule.Name)
	}
	if tk.Schedule.ByHand() {
		add(x.TaskSchedule, schedule(ctx, tk.Schedule), x.FromDefault)
	} else {
		add(x.TaskSchedule, rhythm(ctx, tk.Schedule), from)
		add(x.OptOverlap, x.OptOverlapSkip, x.FromDefault)
		if zone := zoneName(ctx, tk.Schedule); zone != "" {
			by := from
			if tk.Schedule.Zone == "" {
				by = x.FromService
			}
			add(x.OptZone, zone, by)
		}
	}
	for _, s := range tk.Sources {
		all = append(all, accountChoices(ctx, x.TaskSources+" "+Plain(s.Name), s.Account)...)
	}
	all = append(all, accountChoices(ctx, x.TaskDestination, tk.Destination)...)
	if access.Role(tk.Owner.Role).Bound() && tk.Owner.ID != "" {
		add(x.OptReach, x.OptReachBound, x.FromRole)
	} else {
		add(x.OptReach, x.OptReachFree, x.FromRole)
	}
	if tk.PlanFirst {
		add(x.OptPlanFirst, x.OptPlanFirstYes, x.FromTask)
	}
	if n := len(tk.Overrides); n > 0 {
		add(x.PlanByHand, x.CauseFolders(n), x.FromTask)
	}
	add(x.OptFlags, x.OptFlagsBoth, x.FromDefault)
	if words := removalWords(ctx, tk.Removal); len(words) > 0 {
		add(x.OptDelete, strings.Join(words, "; "), x.FromTask)
		add(x.RemovalLimit, cmp.Or(Plain(tk.Removal.Limit), "10%"), taskOr(tk.Removal.Limit != ""))
	} else {
		add(x.OptDelete, x.OptDeleteNothing, x.FromDefault)
	}
	if tk.Removal.Replace {
		add(x.OptReplace, x.RemovalReplace, x.FromTask)
	} else {
		add(x.OptReplace, x.OptReplaceNever, x.FromDefault)
	}
	for _, h := range tk.Hooks {
		name := Plain(h.Plugin) + ": "
		add(name+x.OptOnError, onErrorWords(x, h.OnError), taskOr(h.OnError != ""))
		add(name+x.OptMerges, mergesWords(x, h.Merges), taskOr(h.Merges != ""))
		if h.Digest == "" {
			add(name+x.OptDigest, x.OptDigestAny, x.FromDefault)
		} else {
			add(name+x.OptDigest, shortDigest(h.Digest), x.FromTask)
		}
		if len(h.Grants) == 0 {
			add(name+x.OptGrants, x.OptGrantsNone, x.FromDefault)
		}
	}
	return all
}

func accountChoices(ctx context.Context, side string, a task.Account) []choice {
	x := t(ctx)
	from := x.FromTask
	switch {
	case a.Local != "":
		from = x.FromDomain
	case a.ID != "":
		from = x.FromAccount
	}
	if a.Kind == task.KindMaildir {
		return []choice{{side, Plain(a.Dir), from}}
	}
	login, loginFrom := x.OptLoginBest, x.FromDefault
	if a.Auth != "" {
		login, loginFrom = strings.ToUpper(Plain(a.Auth)), from
	}
	return []choice{
		{side, Plain(accountUser(a)), from},
		{side + ": " + x.OptTLS, protection(ctx, a.TLS), from},
		{side + ": " + x.OptLogin, login, loginFrom},
	}
}

func onErrorWords(x *texts, o task.OnError) string {
	switch o {
	case task.OnErrorIgnore:
		return x.OptOnErrorIgnore
	case task.OnErrorStop:
		return x.OptOnErrorStop
	}
	return x.OptOnErrorHold
}

func mergesWords(x *texts, m task.Merges) string {
	if m == task.MergesRefuse {
		return x.OptMergesRefuse
	}
	return x.OptMergesReport
}

// command is the task as a command line for a POSIX shell. Passwords are asked for.
func command(tk task.Task) string {
	words := []string{"mailweir copy", "--name " + quoted(tk.Name)}
	for _, s := range tk.Sources {
		url := s.Account.String()
		if len(tk.Sources) > 1 {
			url = s.Name + "=" + url
		}
		words = append(words, "--from "+quoted(url))
	}
	words = append(words, "--to "+quoted(tk.Destination.String()))
	for _, h := range tk.Hooks {
		words = append(words, "--plugin "+quoted(h.Plugin))
		if h.Config != "" {
			words = append(words, "--plugin-config "+quoted(h.Plugin+"="+h.Plugin+".json"))
		}
		if h.OnError != "" {
			words = append(words, "--plugin-on-error "+quoted(h.Plugin+"="+string(h.OnError)))
		}
		if h.Merges != "" {
			words = append(words, "--plugin-merges "+quoted(h.Plugin+"="+string(h.Merges)))
		}
	}
	words = append(words, removalCommand(tk)...)
	return strings.Join(words, " \\\n    ")
}

// quoted is a word as a POSIX shell takes it. Control characters, which somebody may
// have put there for whoever pastes it, are left out.
func quoted(word string) string {
	word = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || isBidi(r) {
			return -1
		}
		return r
	}, word)
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/@%+,=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// planLead says which run the plan is of.
func planLead(ctx context.Context, r task.Run) string {
	if r.Report != nil && r.Report.DryRun {
		return t(ctx).PlanDry
	}
	return t(ctx).PlanLast
}
