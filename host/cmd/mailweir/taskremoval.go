package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/web/api"
)

const taskRemovalHelp = `DANGEROUS, and off unless it is asked for: deleting and replacing, in every run of the task.
--delete-source-after deletes at a source what was copied at least AGE ago ("now": in the same
run), once the copy was read back and has the same bytes. --mirror-deletions deletes copies of
messages that have been missing from their source for --grace. When more than --max-delete of
a side would go, nothing is deleted and the run waits for you. "task run --dry-run" says what
would go. --keep-all turns all of it off.`

// taskRemovalFlags say what a task deletes.
type taskRemovalFlags struct {
	sources               []string
	now                   bool
	mirror, replace, keep bool
	grace, maximum        string
}

func (f *taskRemovalFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.now, "delete-source", false, "delete messages at all sources once their copies are read back")
	flags.StringArrayVar(&f.sources, "delete-source-after", nil, "`[NAME=]AGE`: the same, for messages copied at least that long ago: now, 12h, 30d, or never; repeatable")
	flags.BoolVar(&f.mirror, "mirror-deletions", false, "delete copies of messages that are gone from their source")
	flags.StringVar(&f.grace, "grace", "", "with --mirror-deletions: `AGE` that a message has to be missing (default 7d)")
	flags.StringVar(&f.maximum, "max-delete", "", "share or `NUMBER` of messages of a side that one run may delete (default 10%)")
	flags.BoolVar(&f.replace, "allow-replace", false, "let plugins replace messages at the destination by those of a source")
	flags.BoolVar(&f.keep, "keep-all", false, "delete and replace nothing any more")
}

// apply puts what the flags say into the task, whose sources are complete.
func (f *taskRemovalFlags) apply(flags *pflag.FlagSet, tk *api.Task) error {
	if f.keep {
		if f.now || len(f.sources) > 0 || f.mirror || f.replace || f.grace != "" || f.maximum != "" {
			return usagef("--keep-all deletes and replaces nothing; leave the other flags about that out")
		}
		tk.Removal = api.Removal{}
		for i := range tk.Sources {
			tk.Sources[i].DeleteAfter = ""
		}
		return nil
	}
	ages := f.sources
	if f.now {
		ages = append([]string{"now"}, ages...)
	}
	for _, text := range ages {
		name, age, named := strings.Cut(text, "=")
		if !named {
			age = text
		}
		if age == "never" {
			age = ""
		} else if _, err := api.ParseAge(age); err != nil {
			return usagef("--delete-source-after: %w", err)
		}
		if named && !slices.ContainsFunc(tk.Sources, func(s api.Source) bool { return s.Name == name }) {
			return usagef("--delete-source-after: there is no source %s", name)
		}
		for i := range tk.Sources {
			if !named || tk.Sources[i].Name == name {
				tk.Sources[i].DeleteAfter = age
			}
		}
	}
	if flags.Changed("mirror-deletions") {
		if tk.Removal.Mirror = f.mirror; !f.mirror {
			tk.Removal.Grace = ""
		}
	}
	if f.grace != "" {
		if !tk.Removal.Mirror {
			return usagef("--grace needs --mirror-deletions")
		}
		if _, err := api.ParseAge(f.grace); err != nil {
			return usagef("--grace: %w", err)
		}
		tk.Removal.Grace = f.grace
	}
	if f.maximum != "" {
		if _, err := copier.ParseLimit(f.maximum); err != nil {
			return usagef("--max-delete: %w", err)
		}
		tk.Removal.Limit = f.maximum
	}
	if flags.Changed("allow-replace") {
		tk.Removal.Replace = f.replace
	}
	return nil
}

// warnRemoval says what a task deletes or replaces, one line for each thing.
func warnRemoval(w io.Writer, tk api.Task) {
	for _, line := range removalWords(tk) {
		fmt.Fprintln(w, "careful: it "+line)
	}
}

func removalWords(tk api.Task) (words []string) {
	for _, s := range tk.Sources {
		switch s.DeleteAfter {
		case "":
		case "now":
			words = append(words, "deletes messages at source "+plain(s.Name)+" as soon as their copies are read back")
		default:
			words = append(words, "deletes messages at source "+plain(s.Name)+" "+s.DeleteAfter+" after they were copied")
		}
	}
	if tk.Removal.Mirror {
		words = append(words, "deletes copies "+tk.Removal.Grace+" after their messages are gone from the source")
	}
	if tk.Removal.Replace {
		words = append(words, "lets plugins replace messages at the destination")
	}
	if tk.Removal.Limit != "" {
		words = append(words, "may delete up to "+tk.Removal.Limit+" of the messages of a side in one run")
	}
	return words
}
