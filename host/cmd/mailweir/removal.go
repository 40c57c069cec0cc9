package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/copier"
)

const removalHelp = `Deleting is off unless it is asked for, and comes after the copying.
--delete-source deletes a message at the source once its copy was read back in the
same run and has the same bytes; --delete-source-after 30d only if it was copied at
least that long ago. --mirror-deletions deletes a copy once its message has been
missing from the source, in every run, for --grace. Messages that only the
destination has are never touched. Servers without UIDPLUS only get a mark.
Nothing at all is deleted, and the exit status is 7, when more than --max-delete of
one side would go, or when a side looks empty; 10 messages may go under any share.
Only a number allows an empty side. --dry-run lists what would go.`

// removalFlags say what is deleted.
type removalFlags struct {
	source, mirror        bool
	after, grace, maximum string
}

func (f *removalFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.source, "delete-source", false, "delete messages at the source once their copies are read back")
	flags.StringVar(&f.after, "delete-source-after", "", "the same, for messages copied at least `AGE` ago, such as 30d or 12h")
	flags.BoolVar(&f.mirror, "mirror-deletions", false, "delete copies of messages that are gone from the source")
	flags.StringVar(&f.grace, "grace", "", "with --mirror-deletions: `AGE` that a message has to be missing (default 7d)")
	flags.StringVar(&f.maximum, "max-delete", "", "share or `NUMBER` of messages of a side that may be deleted in one run (default 10%)")
}

// removal reads the flags.
func (f *removalFlags) removal() (copier.Removal, error) {
	r := copier.Removal{AtSource: f.source || f.after != "", AtTarget: f.mirror, Grace: copier.DefaultGrace}
	var err error
	switch {
	case r.AtSource && r.AtTarget:
		return r, usagef("--delete-source and --mirror-deletions exclude each other")
	case f.grace != "" && !f.mirror:
		return r, usagef("--grace needs --mirror-deletions")
	case f.maximum != "" && !r.AtSource && !r.AtTarget:
		return r, usagef("--max-delete needs --delete-source or --mirror-deletions")
	}
	if f.after != "" {
		if r.After, err = parseAge(f.after); err != nil {
			return r, usagef("--delete-source-after: %w", err)
		}
	}
	if f.grace != "" {
		if r.Grace, err = parseAge(f.grace); err != nil {
			return r, usagef("--grace: %w", err)
		}
	}
	if f.maximum != "" {
		if r.Limit, err = copier.ParseLimit(f.maximum); err != nil {
			return r, usagef("--max-delete: %w", err)
		}
	}
	return r, nil
}

// parseAge reads days ("30d") or what time.ParseDuration reads ("36h").
func parseAge(text string) (time.Duration, error) {
	const maxDays = 36500
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || days > maxDays {
			return 0, fmt.Errorf("%q is no number of days", text)
		}
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no age such as 30d or 12h", text)
	}
	return d, nil
}

// maxPrintedDeletions is how many messages of a folder are named on the terminal;
// --json names them all.
const maxPrintedDeletions = 5

// printDeletions says what a run would delete, folder by folder.
func printDeletions(w io.Writer, list []copier.Deletion) {
	for len(list) > 0 {
		first, n := list[0], 0
		place := func(d copier.Deletion) string {
			if d.Side == copier.SideTarget {
				return d.Target
			}
			return d.Folder
		}
		for n < len(list) && list[n].Side == first.Side && list[n].Source == first.Source && place(list[n]) == place(first) {
			n++
		}
		var uids []string
		for _, d := range list[:min(n, maxPrintedDeletions)] {
			uid := d.UID
			if d.Side == copier.SideTarget {
				uid = d.TargetUID
			}
			uids = append(uids, strconv.FormatUint(uint64(uid), 10))
		}
		if n > maxPrintedDeletions {
			uids = append(uids, "...")
		}
		fmt.Fprintf(w, "delete at the %s: %s, %s %s: UID %s\n", first.Side, plain(place(first)),
			number(int64(n)), plural(int64(n), "message", "messages"), strings.Join(uids, ", "))
		list = list[n:]
	}
}
