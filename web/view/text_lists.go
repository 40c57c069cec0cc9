package view

import (
	"fmt"

	"github.com/mailweir/mailweir/host/task"
)

// listTexts is the part of the catalogue about the overview, lists of tasks, and what
// pages of tasks and runs say beside how a run goes.
type listTexts struct {
	Overview, Attention, AttentionNone, AttentionMore, RunningNow, RunningNone, NextRuns, NextNone string
	LastOutcomes, LastNone, AllTasks                                                               string
	Health                                                                                         func(tasks, running, waiting, nodes int, answer string) string
	HealthWaits                                                                                    func(n int, since string) string
	TimeLeft                                                                                       func(left string) string
	RemedyEdit, RemedyRetry, RemedyReport, RemedyPlugin                                            string

	Search, SearchHint, FilterState, FilterAny, FilterPaused, FilterOwner, SortBy, Apply, ShowAll string
	SortName, SortState, SortLatest, SortNext                                                     string
	Standing                                                                                      map[task.Standing]string
	NothingFound, NothingFoundLead                                                                string
	ShownOf                                                                                       func(from, to, all int) string
	Earlier, Further, Pages                                                                       string
	Choose                                                                                        func(name string) string
	ChooseAll, ChosenDo                                                                           string
	AllFound                                                                                      func(n int) string
	BulkRun, BulkPause, BulkResume, BulkStop, BulkDelete, BulkNone                                string
	BulkDone                                                                                      map[string]func(n int) string
	BulkPassed                                                                                    func(n int) string
	BulkTitle                                                                                     func(n int) string
	BulkWord, BulkMistyped                                                                        string
	BulkType                                                                                      func(word string) string
	BulkMore                                                                                      func(n int) string
	Spark                                                                                         func(n int) string
	SparkBar                                                                                      func(outcome string, copied int64) string

	Plan, PlanDry, PlanLast, PlanNone, PlanFrom, PlanInto, PlanBy string
	PlanMore                                                      func(n int) string
	Timeline, TimelineAll, TimelineNone                           string
	Options, OptionsLead, OptionName, OptionValue, OptionFrom     string
	FromDefault, FromTask, FromAccount, FromDomain, FromRule      string
	FromRole, FromService                                         string
	OptDelete, OptDeleteNothing, OptFlags, OptFlagsBoth           string
	OptZone, OptOverlap, OptOverlapSkip, OptReach, OptReachBound  string
	OptReachFree, OptTLS, OptOnError, OptDigest, OptDigestAny     string
	OptGrants, OptGrantsNone, OptAccount, OptLogin, OptLoginBest  string
	OptOnErrorHold, OptOnErrorIgnore, OptOnErrorStop              string
	OptMerges, OptMergesReport, OptMergesRefuse                   string
	Command, CommandLead, Copy, CopyDone                          string

	Causes, CausesLead, RetryThese, RetryHint                  string
	CauseMessages                                              func(n int64) string
	CauseFolders                                               func(n int) string
	RemedyTooBig, RemedyRefused, RemedyPluginHeld, RemedyPlace string
	RemedyConnection, RemedyUnreadable, RemedyRights           string
	RemedyOther, RemedyStop                                    string
	PaceTitle, PaceMessages, PaceNone                          string
	PaceSet, PaceHint, PaceNow                                 string
	PaceOf                                                     func(rate string) string
	ExportJSON, ExportFolders, ExportListed, Print             string
	GraphRun, GraphNone                                        string
	TriggerRetry                                               string
}

var englishLists = listTexts{
	Overview: "Overview", Attention: "Needs attention", AttentionNone: "Nothing needs you.", AttentionMore: "Show all that need attention",
	RunningNow: "Running now", RunningNone: "Nothing runs at the moment.", NextRuns: "Next runs", NextNone: "Nothing is due: no task has a schedule that is not paused.",
	LastOutcomes: "Last outcomes", LastNone: "No run has ended yet.", AllTasks: "All tasks",
	Health: func(tasks, running, waiting, nodes int, answer string) string {
		s := plural(int64(tasks), "task", "tasks") + ", " + plural(int64(running), "run", "runs") + " at work, " + numberEN(int64(waiting)) + " waiting"
		if nodes > 1 {
			s += ", " + numberEN(int64(nodes)) + " nodes"
		}
		return s + "; the database answers in " + answer
	},
	HealthWaits: func(n int, since string) string {
		return plural(int64(n), "run waits", "runs wait") + " for a free place, the first for " + since + "."
	},
	TimeLeft:   func(left string) string { return "about " + left + " left" },
	RemedyEdit: "Check the accounts", RemedyRetry: "Try these again", RemedyReport: "Look at the cause", RemedyPlugin: "Look at its plugins",

	Search: "Search", SearchHint: "Task, account, server or owner", FilterState: "State", FilterAny: "Any", FilterPaused: "Paused", FilterOwner: "Owner",
	SortBy: "Order", Apply: "Show", ShowAll: "Show all",
	SortName: "By name", SortState: "What needs you first", SortLatest: "Latest run first", SortNext: "Next run first",
	Standing: map[task.Standing]string{
		task.StandingNeedsYou: "Needs you", task.StandingWaiting: "Waiting for user", task.StandingListed: "Done, not all", task.StandingAgain: "Interrupted", task.StandingActive: "Running or waiting",
		task.StandingStopped: "Stopped", task.StandingNever: "Never ran", task.StandingDone: "Done",
	},
	NothingFound: "No task is like that", NothingFoundLead: "Try fewer letters, another state, or show all.",
	ShownOf: func(from, to, all int) string {
		return numberEN(int64(from)) + "–" + numberEN(int64(to)) + " of " + numberEN(int64(all))
	},
	Earlier: "Earlier", Further: "Further", Pages: "Pages",
	Choose:    func(name string) string { return "Choose " + name },
	ChooseAll: "Choose all on this page", ChosenDo: "With those that are chosen",
	AllFound: func(n int) string { return "All " + numberEN(int64(n)) + ", on every page" },
	BulkRun:  "Run", BulkPause: "Pause", BulkResume: "Resume", BulkStop: "Stop", BulkDelete: "Delete …", BulkNone: "Choose at least one task first.",
	BulkDone: map[string]func(n int) string{
		"run":     func(n int) string { return plural(int64(n), "run was", "runs were") + " started." },
		"pause":   func(n int) string { return plural(int64(n), "task is", "tasks are") + " paused now." },
		"resume":  func(n int) string { return plural(int64(n), "task goes", "tasks go") + " on by schedule now." },
		"stop":    func(n int) string { return plural(int64(n), "run was", "runs were") + " asked to stop." },
		"delete":  func(n int) string { return plural(int64(n), "task was", "tasks were") + " deleted." },
		"restore": func(n int) string { return plural(int64(n), "task is", "tasks are") + " back." },
	},
	BulkPassed: func(n int) string {
		return plural(int64(n), "task was", "tasks were") + " passed over: there was nothing to do, or it is not yours to do."
	},
	BulkTitle: func(n int) string { return "Delete " + plural(int64(n), "task", "tasks") + "?" },
	BulkWord:  "delete", BulkMistyped: "Please type the word exactly as it is shown.",
	BulkType: func(word string) string { return "Type “" + word + "” to go on" },
	BulkMore: func(n int) string { return "and " + numberEN(int64(n)) + " more" },
	Spark:    func(n int) string { return "The last " + plural(int64(n), "run", "runs") + ", the latest at the right" },
	SparkBar: func(outcome string, copied int64) string {
		return outcome + ", " + plural(copied, "message", "messages") + " copied"
	},

	Plan: "Where each folder goes", PlanDry: "As the last dry run planned it,", PlanLast: "As the last run had it,", PlanNone: "The first run, or a dry run, shows here where each folder goes.",
	PlanFrom: "From", PlanInto: "Into", PlanBy: "Decided by",
	PlanMore: func(n int) string { return plural(int64(n), "more folder is", "more folders are") + " in the report." },
	Timeline: "Who did what", TimelineAll: "The whole timeline", TimelineNone: "Nobody has done anything to this task yet.",
	Options: "Options in force", OptionsLead: "What counts for the next run, and where it comes from.", OptionName: "Option", OptionValue: "Value", OptionFrom: "From",
	FromDefault: "default", FromTask: "this task", FromAccount: "stored account", FromDomain: "local domain", FromRule: "rule",
	FromRole: "the owner's role", FromService: "the service",
	OptDelete: "Deletion", OptDeleteNothing: "nothing is ever deleted", OptFlags: "Flags", OptFlagsBoth: "carried over; what was changed at the destination stays",
	OptZone: "Time zone", OptOverlap: "When the run before is still at work", OptOverlapSkip: "this time is skipped", OptReach: "Servers that may be used", OptReachBound: "public mail servers",
	OptReachFree: "any", OptTLS: "Protection", OptOnError: "When the plugin fails", OptDigest: "Version of the plugin", OptDigestAny: "what is installed",
	OptGrants: "What the plugin may do", OptGrantsNone: "only answer", OptAccount: "Account", OptLogin: "Way of logging in", OptLoginBest: "the best that the server offers",
	OptOnErrorHold: "what it fails at is held back and tried again", OptOnErrorIgnore: "it goes on as if it was not there", OptOnErrorStop: "the run ends",
	OptMerges: "Folders that the plugin merges", OptMergesReport: "both are copied, which is reported", OptMergesRefuse: "the one that it moved is held back and tried again",
	Command: "The same in a terminal", CommandLead: "It asks for the passwords, and remembers what it has copied by itself.", Copy: "Copy", CopyDone: "Copied",

	Causes: "What was not copied, by cause", CausesLead: "The messages are still at the source, untouched.", RetryThese: "Try only these again",
	RetryHint:     "A run that looks only at the folders that are named here.",
	CauseMessages: func(n int64) string { return plural(n, "message", "messages") },
	CauseFolders:  func(n int) string { return "in " + plural(int64(n), "folder", "folders") },
	RemedyTooBig:  "Raise the limit of the destination, or leave such messages out by a rule on their size.", RemedyRefused: "Look at what the destination says; a plugin such as repair can mend what it refuses.",
	RemedyPluginHeld: "Look at the plugin and its configuration; it is asked again in the next run.", RemedyPlace: "Make room at the destination, then try again.",
	RemedyConnection: "It may pass by itself: try again, at a quieter time or at a slower pace.", RemedyUnreadable: "The source can not show these messages. Open them there; often the mailbox has to be repaired.",
	RemedyRights: "Give the account the rights for this folder, then try again.", RemedyOther: "Try again. If it stays, the log says more.", RemedyStop: "They were not reached: try again to go on.",
	PaceTitle: "Pace", PaceMessages: "Messages", PaceNone: "As fast as it goes", PaceSet: "Set", PaceHint: "Takes effect within a second, until this run ends.", PaceNow: "Now:",
	PaceOf:     func(rate string) string { return "at most " + rate + "/s" },
	ExportJSON: "JSON", ExportFolders: "Folders as CSV", ExportListed: "Messages as CSV", Print: "Print",
	GraphRun: "Rate over the run", GraphNone: "This run was too short for a graph.",
	TriggerRetry: "started by hand, for what was left undone",
}

// standingWord is a standing in a filter.
func standingWord(x *texts, s task.Standing) string {
	if w := x.Standing[s]; w != "" {
		return w
	}
	return fmt.Sprint(s)
}
