package view

import "strconv"

// historyTexts is about what runs were started with, and what differs between two.
type historyTexts struct {
	StartedWith, StartedWithLead, StartedWithUnknown string
	OptionWords, OptionValueWords, OptionFromWords   map[string]string
	HooksUsed, HookVersion, HookFile, HookConfig     string
	HookConfigDefault, HookNotLoaded, HookPinned     string

	Compare, CompareTitle, CompareLead, CompareBack string
	CompareWith, CompareDo, CompareBefore           string
	CompareAfter, CompareRuns, CompareTotals        string
	CompareOptions, CompareOptionsSame              string
	CompareOptionsUnknown                           string
	CompareHooks, CompareHookWhat                   string
	HookChangeWords                                 map[string]string
	CompareTroubles, CompareTroublesNone            string
	CompareNew, CompareGone, CompareStays           string
	CompareFolders, CompareFoldersUnknown           string
	CompareFoldersSame                              func(n int) string
	CompareNotThere, CompareChange                  string
	CompareNone                                     string
}

var englishHistory = historyTexts{
	StartedWith: "What it was started with", StartedWithLead: "As it was then. The task may have been changed since.",
	StartedWithUnknown: "This was not kept: an earlier version of mailweir began this run, or it ended before it began.",
	OptionWords: map[string]string{
		"source": "From", "destination": "Into", "reach": "Servers that may be used", "schedule": "Schedule", "zone": "Time zone", "window": "Time window",
		"jitter": "Starts later by up to", "plan first": "A plan has to be approved first", "approved plan": "Approved plan", "folders set by hand": "Folders set by hand",
		"only folders": "Only some folders", "rate": "Bytes a second", "message rate": "Messages a second", "flags": "Flags", "delete at source": "Deletes at the source", "mirror deletions": "Mirrors deletions after",
		"limit on deleting": "Limit on deleting", "replace": "Replaces messages", "version of mailweir": "Version of mailweir",
	},
	OptionValueWords: map[string]string{
		"by hand": "by hand", "any server": "any", "public mail servers": "public mail servers", "yes": "yes",
		"carried over, what was changed at the destination stays": "carried over; what was changed at the destination stays",
		"now": "at once", "nothing": "nothing", "never": "never", "plugins may": "plugins may", "no limit": "no limit", "that of the service": "that of the service",
	},
	OptionFromWords: map[string]string{
		"default": "default", "task": "the task", "stored account": "stored account", "local domain": "local domain", "rule": "rule",
		"role of the owner": "the owner's role", "service": "the service", "run": "this run",
	},
	HooksUsed: "Plugins and scripts, in their order", HookVersion: "Version", HookFile: "Its file", HookConfig: "Its settings",
	HookConfigDefault: "default", HookNotLoaded: "could not be loaded", HookPinned: "the task wants this file",

	Compare: "Compare with the run before", CompareTitle: "Two runs compared", CompareLead: "The earlier run is on the left.", CompareBack: "Back to the run",
	CompareWith: "Compare with", CompareDo: "Compare", CompareBefore: "Before", CompareAfter: "After", CompareRuns: "The two runs", CompareTotals: "Totals",
	CompareOptions: "Options that differ", CompareOptionsSame: "Options and plugins were the same.",
	CompareOptionsUnknown: "It is not known of both runs what they were started with.",
	CompareHooks:          "Plugins that differ", CompareHookWhat: "What differs",
	HookChangeWords: map[string]string{
		"added": "added", "removed": "removed", "version": "version", "digest": "its file", "configuration": "its settings", "grants": "what it may do",
		"on error": "what happens when it fails", "merges": "what happens to folders that it merges", "order": "its place in the order",
	},
	CompareTroubles: "Troubles", CompareTroublesNone: "Neither run had trouble.", CompareNew: "new", CompareGone: "gone", CompareStays: "in both",
	CompareFolders: "Folders that differ", CompareFoldersUnknown: "The folders of both runs are not kept any more.",
	CompareFoldersSame: func(n int) string {
		if n == 1 {
			return "One folder is the same in both."
		}
		return strconv.Itoa(n) + " folders are the same in both."
	},
	CompareNotThere: "not there", CompareChange: "Change",
	CompareNone: "There is no earlier run of this task that is kept.",
}
