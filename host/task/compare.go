package task

import (
	"cmp"
	"slices"
)

// Comparison is what differs between two runs of one task, which have ended.
type Comparison struct {
	Before, After Run // with their reports
	// OptionsKept says whether it is known what both were started with; otherwise
	// Options and Hooks are empty and say nothing. So does FoldersKept of Folders and
	// Troubles.
	OptionsKept bool
	FoldersKept bool
	Options     []OptionChange // only what differs
	Hooks       []HookChange   // only what differs
	Folders     []FolderChange // all, what differs first
	Troubles    []TroubleChange
}

// OptionChange is an option that differs; nil is one that was not in force.
type OptionChange struct {
	Name          OptionName
	Of            string
	Before, After *Option
}

// HookChange is a hook that differs; nil is one that was not asked.
type HookChange struct {
	Plugin        string
	What          []string // "version", "digest", "configuration", "grants", "on error", "merges", "order", "added" or "removed"
	Before, After *HookUsed
}

// HookDifferences are all that HookChange.What can say.
func HookDifferences() []string {
	return []string{"added", "removed", "version", "digest", "configuration", "grants", "on error", "merges", "order"}
}

// FolderChange is a source folder in both runs; nil is one that a run did not look at.
type FolderChange struct {
	Source, Folder string
	Before, After  *FolderReport
}

// Same reports whether both runs did the same to the folder.
func (c FolderChange) Same() bool {
	if c.Before == nil || c.After == nil {
		return c.Before == c.After
	}
	return c.Before.Counts == c.After.Counts && c.Before.Target == c.After.Target && c.Before.Error == c.After.Error
}

// TroubleChange is a trouble of one or both runs.
type TroubleChange struct {
	Trouble       // of the later run, if it has it
	Before, After int64
	New, Gone     bool // neither: both have it
}

// CompareRuns compares two runs with what they were started with, which may be nil:
// not known.
func CompareRuns(before, after Run, with, now *RunOptions) Comparison {
	c := Comparison{Before: before, After: after, OptionsKept: with != nil && now != nil}
	if c.OptionsKept {
		c.Options, c.Hooks = CompareOptions(with, now), CompareHooks(with, now)
	}
	var a, b Report
	if before.Report != nil {
		a = *before.Report
	}
	if after.Report != nil {
		b = *after.Report
	}
	// A run whose folders are not kept any more has their sums still.
	c.FoldersKept = (len(a.Folders) > 0 || a.Counts == Counts{}) && (len(b.Folders) > 0 || b.Counts == Counts{})
	if c.FoldersKept {
		c.Folders, c.Troubles = compareFolders(a.Folders, b.Folders), compareTroubles(a.Troubles(), b.Troubles())
	}
	return c
}

// CompareOptions finds the options that differ.
func CompareOptions(before, after *RunOptions) []OptionChange {
	var all []OptionChange
	find := func(list []Option, like Option) *Option {
		for _, o := range list {
			if o.Name == like.Name && o.Of == like.Of {
				return &o
			}
		}
		return nil
	}
	for _, o := range before.Options {
		if now := find(after.Options, o); now == nil || *now != o {
			all = append(all, OptionChange{o.Name, o.Of, &o, now})
		}
	}
	for _, o := range after.Options {
		if find(before.Options, o) == nil {
			all = append(all, OptionChange{o.Name, o.Of, nil, &o})
		}
	}
	slices.SortStableFunc(all, func(a, b OptionChange) int {
		return cmp.Or(cmp.Compare(slices.Index(OptionNames(), a.Name), slices.Index(OptionNames(), b.Name)), cmp.Compare(a.Of, b.Of))
	})
	if before.Program != after.Program {
		all = append(all, OptionChange{
			Name:   OptionProgram,
			Before: &Option{Name: OptionProgram, Value: before.Program, From: FromService},
			After:  &Option{Name: OptionProgram, Value: after.Program, From: FromService},
		})
	}
	return all
}

// Text is the option's value for a line of text; nil was not in force.
func (o *Option) Text() string {
	if o == nil {
		return "-"
	}
	return o.Value
}

// name is what a hook is known by from one run to another: a script's whatever its
// version.
func (h HookUsed) name() string {
	if script, _, ok := ParseScriptHook(h.Plugin); ok {
		return script + ".js"
	}
	return h.Plugin
}

// CompareHooks finds the hooks that differ. One plugin may be asked several times: the
// first is compared with the first then, and so on.
func CompareHooks(before, after *RunOptions) []HookChange {
	type key struct {
		name string
		nth  int
	}
	index := func(list []HookUsed) (map[key]int, []key) {
		at, order, seen := map[key]int{}, []key(nil), map[string]int{}
		for i, h := range list {
			k := key{h.name(), seen[h.name()]}
			seen[h.name()]++
			at[k], order = i, append(order, k)
		}
		return at, order
	}
	was, order := index(before.Hooks)
	is, later := index(after.Hooks)
	// Whether both lists have the common ones in one order.
	common := slices.DeleteFunc(slices.Clone(order), func(k key) bool { _, there := is[k]; return !there })
	commonNow := slices.DeleteFunc(slices.Clone(later), func(k key) bool { _, there := was[k]; return !there })
	var all []HookChange
	for _, k := range order {
		a := &before.Hooks[was[k]]
		i, there := is[k]
		if !there {
			all = append(all, HookChange{k.name, []string{"removed"}, a, nil})
			continue
		}
		b := &after.Hooks[i]
		what := a.differs(*b)
		if slices.Index(common, k) != slices.Index(commonNow, k) {
			what = append(what, "order")
		}
		if len(what) > 0 {
			all = append(all, HookChange{k.name, what, a, b})
		}
	}
	for _, k := range later {
		if _, there := was[k]; !there {
			all = append(all, HookChange{k.name, []string{"added"}, nil, &after.Hooks[is[k]]})
		}
	}
	return all
}

func (h HookUsed) differs(o HookUsed) (what []string) {
	note := func(differs bool, name string) {
		if differs {
			what = append(what, name)
		}
	}
	grants := func(list []Grant) []string {
		var texts []string
		for _, g := range list {
			texts = append(texts, g.String())
		}
		slices.Sort(texts)
		return texts
	}
	note(h.Version != o.Version || h.Script != o.Script, "version")
	note(h.Digest != o.Digest, "digest")
	note(h.Config != o.Config, "configuration")
	note(!slices.Equal(grants(h.Grants), grants(o.Grants)), "grants")
	note(h.OnError != o.OnError, "on error")
	note(h.Merges != o.Merges, "merges")
	return what
}

func compareFolders(before, after []FolderReport) []FolderChange {
	at := map[SourceFolder]int{}
	var all []FolderChange
	for _, f := range before {
		at[SourceFolder{f.Source, f.Folder}] = len(all)
		all = append(all, FolderChange{f.Source, f.Folder, &f, nil})
	}
	for _, f := range after {
		if i, there := at[SourceFolder{f.Source, f.Folder}]; there {
			all[i].After = &f
			continue
		}
		all = append(all, FolderChange{f.Source, f.Folder, nil, &f})
	}
	rank := func(c FolderChange) int {
		if c.Same() {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b FolderChange) int { return rank(a) - rank(b) })
	return all
}

func compareTroubles(before, after []Trouble) []TroubleChange {
	var all []TroubleChange
	find := func(list []Trouble, cause string) int {
		return slices.IndexFunc(list, func(t Trouble) bool { return t.Cause == cause })
	}
	for _, t := range after {
		c := TroubleChange{Trouble: t, After: t.Count, New: true}
		if i := find(before, t.Cause); i >= 0 {
			c.Before, c.New = before[i].Count, false
		}
		all = append(all, c)
	}
	for _, t := range before {
		if find(after, t.Cause) < 0 {
			all = append(all, TroubleChange{Trouble: t, Before: t.Count, Gone: true})
		}
	}
	// What is new asks for somebody, what is gone only tells.
	rank := func(c TroubleChange) int {
		switch {
		case c.New:
			return 0
		case c.Gone:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b TroubleChange) int { return rank(a) - rank(b) })
	return all
}
