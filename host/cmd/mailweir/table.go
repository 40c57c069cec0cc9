package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// maxPrintedListed bounds the messages that are named on the terminal; --json
// names them all.
const maxPrintedListed = 20

// table is columns of text; those that would hold nothing but zeros are left out.
type table struct {
	w     *tabwriter.Writer
	heads []string
	shown []bool
}

func newTable(w io.Writer, heads ...string) *table {
	t := &table{w: tabwriter.NewWriter(w, 0, 8, 2, ' ', 0), heads: heads, shown: make([]bool, len(heads))}
	for i := range t.shown {
		t.shown[i] = true
	}
	return t
}

func (t *table) hide(head string, when bool) {
	for i, h := range t.heads {
		if h == head && when {
			t.shown[i] = false
		}
	}
}

func (t *table) row(cells ...string) {
	var line []string
	for i, c := range cells {
		if t.shown[i] {
			line = append(line, c)
		}
	}
	fmt.Fprintln(t.w, strings.Join(line, "\t"))
}

// plain makes foreign text harmless to a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		// Zero-width joiners hold emoji together and can not reorder anything.
		if !strconv.IsPrint(r) && r != '\u200d' {
			return '\uFFFD'
		}
		return r
	}, s)
}

func number(n int64) string {
	if n < 0 {
		return "?"
	}
	return humanize.Comma(n)
}

func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

// printReport is what a person sees at the end of a copy.
func printReport(w io.Writer, r *task.Report) error {
	if len(r.Folders) == 0 && r.Outcome != task.OutcomeDone {
		return nil // it did not come that far; the reason follows on stderr
	}
	c := r.Counts
	if c.Copied+c.Skipped+c.Held+c.Failed+c.Flags+c.DeletedSource+c.DeletedTarget > 0 {
		t := newTable(w, "SOURCE", "FOLDER", "GOES TO", "MESSAGES", "COPIED", "PRESENT", "FLAGS", "SKIPPED", "HELD", "FAILED", "DELETED (SOURCE)", "DELETED (DEST.)", "SIZE")
		t.hide("SOURCE", oneSource(r.Folders))
		t.hide("FLAGS", c.Flags == 0)
		t.hide("SKIPPED", c.Skipped == 0)
		t.hide("HELD", c.Held == 0)
		t.hide("FAILED", c.Failed == 0)
		t.hide("DELETED (SOURCE)", c.DeletedSource == 0)
		t.hide("DELETED (DEST.)", c.DeletedTarget == 0)
		t.row(t.heads...)
		for _, f := range r.Folders {
			target := plain(f.Target)
			if target == "" {
				target = "(left out)"
			}
			t.row(plain(f.Source), plain(f.Folder), target, number(f.Counts.Source), number(f.Copied), number(f.Present),
				number(f.Flags), number(f.Skipped), number(f.Held), number(f.Failed),
				number(f.DeletedSource), number(f.DeletedTarget), size(f.Bytes))
		}
		if err := t.w.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	for _, f := range r.Folders {
		if f.Error != "" {
			fmt.Fprintf(w, "folder %s: %s\n", plain(f.Folder), plain(f.Error))
		}
	}
	printListed(w, r.Listed)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", plain(n))
	}
	if o := r.Outbox; o != (task.OutboxCounts{}) {
		fmt.Fprintf(w, "plugins told of copied messages: %s delivered, %s waiting, %s given up\n", number(o.Delivered), number(o.Waiting), number(o.GivenUp))
	}
	_, err := fmt.Fprintln(w, summary(r))
	return err
}

func oneSource(folders []task.FolderReport) bool {
	for _, f := range folders {
		if f.Source != folders[0].Source {
			return false
		}
	}
	return true
}

// summary is the last line.
func summary(r *task.Report) string {
	c := r.Counts
	took := r.Ended.Sub(r.Started).Round(100 * time.Millisecond)
	if r.Outcome == task.OutcomeDone && c.Copied+c.Flags+c.Skipped+c.DeletedSource+c.DeletedTarget == 0 {
		return fmt.Sprintf("nothing to copy: %s %s there already (%s)", number(c.Present), plural(c.Present, "message is", "messages are"), took)
	}
	parts := []string{fmt.Sprintf("%s %s copied (%s)", number(c.Copied), plural(c.Copied, "message", "messages"), size(c.Bytes))}
	add := func(n int64, words string) {
		if n > 0 {
			parts = append(parts, number(n)+" "+words)
		}
	}
	add(c.Present, "there already")
	add(c.Flags, plural(c.Flags, "of them with its flags carried over", "of them with their flags carried over"))
	add(c.Skipped, "left out on purpose")
	add(c.Held, "held until the next run")
	add(c.Failed, "not copied")
	add(c.DeletedSource, "deleted at the source")
	add(c.DeletedTarget, "deleted at the destination")
	words := r.Outcome.Words()
	if r.Outcome == task.OutcomeListed && c.Held+c.Failed == 0 && slices.ContainsFunc(r.Listed, isKept) {
		words = "done, but some messages were not deleted"
	}
	if r.Outcome == task.OutcomeListed && c.Held+c.Failed == 0 && slices.ContainsFunc(r.Listed, isUntold) {
		words = "done, but a plugin could not be told of some messages"
	}
	return fmt.Sprintf("%s: %s in %s", words, strings.Join(parts, ", "), took)
}

func isKept(l task.Listed) bool   { return l.Fate == task.FateKept }
func isUntold(l task.Listed) bool { return l.Fate == task.FateUntold }

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func printListed(w io.Writer, list []task.Listed) {
	for i, l := range list {
		if i == maxPrintedListed {
			fmt.Fprintf(w, "and %s more; --json names them all\n", number(int64(len(list)-i)))
			return
		}
		fmt.Fprintf(w, "%s: %s, UID %d: %s\n", l.Fate, plain(l.Folder), l.UID, plain(l.Reason))
	}
}

// printPlan is what a dry run shows.
func printPlan(w io.Writer, p *copier.Plan) error {
	t := newTable(w, "SOURCE", "FOLDER", "GOES TO", "BECAUSE", "MESSAGES", "TO COPY", "")
	sources := map[string]bool{}
	var known, unknown int64
	for _, f := range p.Pairs {
		sources[f.Source] = true
		switch {
		case f.Excluded || f.Error != "":
		case f.ToCopy < 0:
			unknown++
		default:
			known += f.ToCopy
		}
	}
	t.hide("SOURCE", len(sources) < 2)
	t.row(t.heads...)
	for _, f := range p.Pairs {
		target, remark := plain(f.Target), plain(f.Note)
		switch {
		case f.Error != "":
			remark = plain(f.Error)
		case f.Excluded:
			target = "(left out)"
		case f.Create && remark == "":
			remark = "made by the copy"
		}
		t.row(plain(f.Source), plain(f.Folder), target, plain(f.By), number(f.Messages), number(f.ToCopy), remark)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	printDeletions(w, p.Deletions)
	for _, n := range p.Notes {
		fmt.Fprintf(w, "note: %s\n", plain(n))
	}
	line := fmt.Sprintf("\ndry run: %s %s to copy", number(known), plural(known, "message", "messages"))
	if unknown > 0 {
		line += fmt.Sprintf(", and an unknown number in %s %s", number(unknown), plural(unknown, "folder", "folders"))
	}
	if n := int64(len(p.Deletions)); n > 0 {
		line += fmt.Sprintf(", %s to delete", number(n))
	}
	_, err := fmt.Fprintln(w, line+"; nothing was changed")
	return err
}

// printVerify is what a comparison found.
func printVerify(w io.Writer, r *copier.VerifyReport) error {
	t := newTable(w, "SOURCE", "FOLDER", "COMPARED WITH", "MESSAGES", "MATCHED", "MISSING", "ELSEWHERE", "SKIPPED", "DIFFER", "EXTRA")
	sources := map[string]bool{}
	for _, f := range r.Folders {
		sources[f.Source] = true
	}
	t.hide("SOURCE", len(sources) < 2)
	t.hide("ELSEWHERE", r.Elsewhere == 0)
	t.hide("SKIPPED", r.Skipped == 0)
	t.row(t.heads...)
	for _, f := range r.Folders {
		t.row(plain(f.Source), plain(f.Folder), plain(f.Target), number(f.VerifyCounts.Source), number(f.Matched), number(f.Missing),
			number(f.Elsewhere), number(f.Skipped), number(f.Differ), number(f.Extra))
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, f := range r.Folders {
		if f.Error != "" {
			fmt.Fprintf(w, "folder %s: %s\n", plain(f.Folder), plain(f.Error))
		}
	}
	printListed(w, r.Listed)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", plain(n))
	}
	altered := ""
	if r.Altered > 0 {
		altered = number(r.Altered) + " altered by the destination, "
	}
	_, err := fmt.Fprintf(w, "%s of %s messages are there byte for byte; %s missing, %s%s with other flags or another date, %s at the destination only\n",
		number(r.Matched-r.Altered), number(r.VerifyCounts.Source), number(r.Missing), altered, number(r.Differ-r.Altered), number(r.Extra))
	return err
}
