package view

import (
	"context"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// optionLabel is what an option is about. What the catalogue does not know, as after a
// step back to an earlier version, is shown as it is.
func optionLabel(ctx context.Context, name task.OptionName, of string) string {
	label := wordOr(t(ctx).OptionWords, string(name))
	return strings.TrimSpace(label + " " + Plain(of))
}

func optionText(ctx context.Context, o *task.Option) string {
	if o == nil {
		return noValue
	}
	return wordOr(t(ctx).OptionValueWords, o.Value)
}

func optionFrom(ctx context.Context, o task.Option) string {
	from := wordOr(t(ctx).OptionFromWords, string(o.From))
	if o.From == task.FromDomain || o.From == task.FromRule {
		from += " " + Plain(o.By)
	}
	return from
}

func wordOr(words map[string]string, text string) string {
	if word := words[text]; word != "" {
		return word
	}
	return Plain(text)
}

// hookWords are what differs about a hook.
func hookWords(ctx context.Context, what []string) string {
	words := make([]string, len(what))
	for i, w := range what {
		words[i] = wordOr(t(ctx).HookChangeWords, w)
	}
	return strings.Join(words, ", ")
}

func hookVersion(h *task.HookUsed) string {
	switch {
	case h == nil:
		return noValue
	case h.Script > 0:
		return strconv.Itoa(h.Script)
	case h.Version == "":
		return noValue
	}
	return Plain(h.Version)
}

// countRow is one of the sums of two runs.
type countRow struct {
	name          string
	before, after int64
	size          bool
}

func countRows(ctx context.Context, a, b task.Counts) []countRow {
	x := t(ctx)
	return []countRow{
		{x.Found, a.Source, b.Source, false},
		{x.Copied, a.Copied, b.Copied, false},
		{x.ColSize, a.Bytes, b.Bytes, true},
		{x.Present, a.Present, b.Present, false},
		{x.Skipped, a.Skipped, b.Skipped, false},
		{x.Held, a.Held, b.Held, false},
		{x.Failed, a.Failed, b.Failed, false},
	}
}

func (r countRow) text(ctx context.Context, n int64) string {
	if r.size {
		return t(ctx).Bytes(n)
	}
	return t(ctx).Number(n)
}

// folderDifferences are the folders that differ, and how many do not.
func folderDifferences(all []task.FolderChange) (differ []task.FolderChange, same int) {
	for _, f := range all {
		if f.Same() {
			same++
		} else {
			differ = append(differ, f)
		}
	}
	return differ, same
}

// changeOf are two numbers of a folder, or one if they are the same.
func changeOf(ctx context.Context, c task.FolderChange, of func(task.Counts) int64) string {
	before, after := noValue, noValue
	if c.Before != nil {
		before = t(ctx).Number(of(c.Before.Counts))
	}
	if c.After != nil {
		after = t(ctx).Number(of(c.After.Counts))
	}
	if before == after {
		return before
	}
	return before + " → " + after
}

// folderGoes is where a folder goes in a run.
func folderGoes(ctx context.Context, f *task.FolderReport) string {
	switch {
	case f == nil:
		return t(ctx).CompareNotThere
	case f.Error != "":
		return Plain(f.Error)
	case f.Target == "":
		return t(ctx).FolderExcluded
	}
	return Plain(f.Target)
}

func troubleStatus(ctx context.Context, c task.TroubleChange) Status {
	x := t(ctx)
	switch {
	case c.New:
		return Status{Icon: "warning", Word: x.CompareNew, Tone: ToneBad}
	case c.Gone:
		return Status{Icon: "ok", Word: x.CompareGone, Tone: ToneGood}
	}
	return Status{Icon: "again", Word: x.CompareStays, Tone: ToneWarn}
}

// comparable reports whether there may be a run before.
func comparable(r task.Run) bool { return r.Report != nil && r.Number != 1 }
