package view

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// causeGroup is messages and folders that were not copied for one and the same reason.
type causeGroup struct {
	Reason   string // of the first of them
	Fate     task.Fate
	Messages int64
	Folders  []string // where they are, each once
	Remedy   string
}

// What differs between two messages of the same trouble: numbers and quoted names.
var particular = regexp.MustCompile(`"[^"]*"|“[^”]*”|'[^']*'|[0-9][0-9.,]*`)

// causesOf groups what a run left undone, the most frequent cause first. What the
// list of messages does not reach is counted by the folders' own errors.
func causesOf(ctx context.Context, r task.Run) []causeGroup {
	if r.Report == nil {
		return nil
	}
	groups := map[string]*causeGroup{}
	several := severalSources(FoldersOf(r))
	add := func(fate task.Fate, source, folder, reason string, n int64) {
		key := string(fate) + "\x00" + particular.ReplaceAllString(reason, "#")
		g := groups[key]
		if g == nil {
			g = &causeGroup{Reason: reason, Fate: fate, Remedy: remedyFor(ctx, fate, reason)}
			groups[key] = g
		}
		g.Messages += n
		if several {
			folder = source + ": " + folder
		}
		if !slices.Contains(g.Folders, folder) {
			g.Folders = append(g.Folders, folder)
		}
	}
	type place struct{ source, folder string }
	listed := map[place]int64{}
	for _, l := range r.Report.Listed {
		if l.Fate == task.FateHeld || l.Fate == task.FateFailed {
			listed[place{l.Source, l.Folder}]++
			add(l.Fate, l.Source, l.Folder, l.Reason, 1)
		}
	}
	for _, f := range r.Report.Undone() {
		if rest := f.Held + f.Failed - listed[place{f.Source, f.Folder}]; f.Error != "" {
			fate := task.FateFailed
			if f.Held > f.Failed {
				fate = task.FateHeld
			}
			add(fate, f.Source, f.Folder, f.Error, max(0, rest))
		}
	}
	all := make([]causeGroup, 0, len(groups))
	for _, g := range groups {
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b causeGroup) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

// remedyFor is advice. The reason is for people, so that this goes by its words: what
// it does not know gets the general advice.
func remedyFor(ctx context.Context, fate task.Fate, reason string) string {
	x, low := t(ctx), strings.ToLower(reason)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(low, w) })
	}
	switch {
	case has("plugin"):
		return x.RemedyPluginHeld
	case fate == task.FateHeld:
		return x.RemedyPluginHeld
	case has("quota", "is full", "no space"):
		return x.RemedyPlace
	case has("larger than", "too big", "too large", "limit of"):
		return x.RemedyTooBig
	case has("not readable", "can not be read", "unreadable"):
		return x.RemedyUnreadable
	case has("permission", "denied", "not allowed", "rights"):
		return x.RemedyRights
	case has("context canceled", "was stopped", "given up", "not reached"):
		return x.RemedyStop
	case has("connection", "timeout", "timed out", "eof", "reset", "too slow", "try again"):
		return x.RemedyConnection
	case has("refuse"):
		return x.RemedyRefused
	}
	return x.RemedyOther
}

// retryable reports whether the reader is offered to try again what was left undone.
func retryable(r task.Run) bool { return r.Report != nil && len(r.Report.Undone()) > 0 }
