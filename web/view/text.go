package view

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// texts is the catalogue: all that the pages say. A translation is another value
// of it, in files that end in _de.go for German; t chooses.
type texts struct {
	peopleTexts   // users, tokens, audit trail: text_people.go
	pluginTexts   // plugins: text_plugins.go
	hookTexts     // hooks of a task: text_hooks.go
	scriptTexts   // scripts and their editor: text_scripts.go
	planTexts     // the plan of a task: text_plan.go
	listTexts     // overview, lists, options, causes: text_lists.go
	removalTexts  // what a task deletes: text_removal.go
	holdTexts     // runs that rest: text_hold.go
	consentTexts  // accounts with OAuth: text_consent.go
	historyTexts  // what runs were started with, and comparing two: text_history.go
	deletedTexts  // what can be restored: text_deleted.go
	registryTexts // accounts, domains, directories, rules: text_registry.go
	settingsTexts // notifications, settings, about: text_settings.go
	batchTexts    // tables that become tasks: text_batches.go
	wizardTexts   // making a task step by step: text_wizard.go
	linkTexts     // links, and what people see who open one: text_batches.go
	languageTexts // the language itself, its numbers and times: text_language.go

	Skip, Tasks, NewTask, LogOut, Menu           string
	Theme, ThemeSystem, ThemeLight, ThemeDark    string
	DemoRibbon, Footer                           string
	Page                                         func(title string) string
	LoginTitle, LoginLead, LoginName             string
	LoginPassword, LogIn, LoginRefused           string
	LoginHintDemo, LoginHint                     string
	LoginWait                                    func(wait string) string
	StateNever, StateNeverLong                   string
	StateQueued, StateQueuedLong                 string
	StateRunning                                 string
	StateStopping, StateStoppingLong             string
	PhaseConnect, PhasePlan                      string
	PhaseTransfer, PhaseDeliver, PhaseDone       string
	OutcomeDone, OutcomeDoneLong                 string
	OutcomeListed, OutcomeListedLong             string
	OutcomeTemporary, OutcomeTemporaryLong       string
	OutcomeNeedsUser, OutcomeNeedsUserLong       string
	OutcomeFull, OutcomeFullLong                 string
	OutcomeSafety, OutcomeSafetyLong             string
	OutcomeUsage, OutcomeUsageLong               string
	OutcomeStopped, OutcomeStoppedLong           string
	OutcomeBug, OutcomeBugLong                   string
	TasksEmpty, TasksEmptyLead                   string
	ColState, ColTask, ColLast, ColNext          string
	ColActions, ColStarted, ColDuration          string
	ColFolder, ColSize                           string
	ColReason, ColMessage                        string
	SummaryRunning, SummaryNeeds, SummaryFine    func(n int) string
	RunNow, Stop, Edit, Delete                   string
	Never, JustNow                               string
	Ago, In                                      func(n int, unit string) string // unit is minute, hour, day, month or year
	ByHand                                       string
	Every                                        func(n int64, unit string) string
	Later                                        func(hundredths int) string
	Between                                      func(from, to string) string
	OnDays, Each                                 func(days string) string
	EveryMonthOn, Hourly                         func(n []int) string
	At                                           func(days string, at []string) string
	CronLine                                     func(line string) string
	And                                          func(all []string) string
	ServiceZone, EveryDay, AnyDay, Workday       string
	Weekday, WeekdayShort                        [7]string // from Sunday
	Pause, Resume, Paused, PausedBy              string
	PausedNothing, TaskNext                      string
	Skips                                        func(n int64) string
	SummaryPaused                                func(n int) string
	SourceCount                                  func(n int) string
	TaskSources, TaskDestination, TaskHooks      string
	TaskSchedule, TaskHistory, TaskHistoryEmpty  string
	TaskAs, TaskBelow                            string
	TaskChanged, TaskNoHooks                     string
	TLSImplicit, TLSStart, TLSNone               string
	TLSNoneWarning                               string
	DeleteTitle                                  func(name string) string
	DeleteLead, DeleteKeeps, DeleteForgets       string
	DeleteYes, Cancel                            string
	RunTitle                                     func(taskName string) string
	RunBack, RunAgain, RunDownload               string
	RunTrigger                                   func(trigger string) string
	Found, Copied, Present, Skipped              string
	Held, Failed, Flags, NotCopied               string
	PresentHint, SkippedHint                     string
	HeldHint, FailedHint                         string
	Elapsed, Left, Took, HandledUnknown          string
	MessagesPerSecond, BytesPerSecond            string
	Handled                                      func(done, all int64) string
	Announce                                     func(state string, percent int) string
	GraphTitle, GraphEmpty, GraphMessages        string
	GraphBytes                                   string
	Folders, FoldersEmpty, FoldersSum            string
	FoldersMore                                  func(n int) string
	FolderDone, FolderNow, FolderWaiting         string
	FolderExcluded, FolderFailed                 string
	FolderBy                                     func(by string) string
	Log, LogEmpty, LogWarn, LogError             string
	Notes, Listed, ListedLead                    string
	ListedMore                                   func(n int) string
	FateSkipped, FateHeld, FateFailed            string
	FateUntold, Untold, UntoldLead               string
	Outbox                                       func(delivered, waiting, givenUp int64) string
	UID                                          func(uid uint32) string
	Lost, NoScriptRefresh                        string
	FormNew                                      string
	FormEdit                                     func(name string) string
	FormName, FormNameHint                       string
	FormSources, FormSourcesLead                 string
	FormSource                                   func(n int) string
	FormSourceName, FormSourceNameHint           string
	FormAddSource                                string
	FormDestination, FormDestinationLead         string
	FormKind, FormKindIMAP, FormKindMaildir      string
	FormHost, FormPort, FormTLS                  string
	FormUser, FormPassword, FormKeep             string
	FormRetype                                   string
	FormDir, FormDirHint                         string
	FormAdvanced                                 string
	FormAuth, FormAuthAuto                       string
	FormMaster, FormMasterHint                   string
	FormSep                                      string
	FormAuthzid, FormAuthzidHint                 string
	FormRoot, FormRootHint                       string
	FormCA, FormCAHint                           string
	FormPin, FormPinHint                         string
	FormHooks, FormHooksLead, FormHooksNone      string
	FormHook                                     func(n int) string
	FormPlugin, FormPluginChoose                 string
	FormPluginMissing                            func(name string) string
	FormConfig, FormConfigHint, FormSchema       string
	FormGrants, FormGrantsHint, FormAskOptional  string
	FormAddHook, FormRemove                      string
	FormUp, FormDown                             string
	FormSchedule, FormByHand, FormEvery          string
	FormEveryNumber, FormEveryUnit               string
	FormCron, FormCronLine, FormCronHint         string
	FormScheduleMore, FormFrom, FormTo           string
	FormToHint, FormDays, FormDaysHint           string
	FormZone, FormJitter, FormJitterHint         string
	FormZoneHint                                 func(now string) string
	FormPreview, FormPreviewLater                string
	FormPreviewPaused                            string
	Seconds, Minutes, Hours, Days                string
	FormSave, FormCreate                         string
	FormProblems, FormChanged                    string
	FaultName, FaultHost, FaultUser              string
	FaultPort, FaultSourceName, FaultSourceTwice string
	FaultPassword, FaultPasswordRenamed          string
	FaultPasswordMoved                           string
	FaultDir, FaultJSON, FaultPlugin             string
	FaultGrant                                   string
	FaultEvery, FaultNoSource, FaultTooMany      string
	FaultCron, FaultZone, FaultClock             string
	FaultWindowEnd, FaultWindowSame              string
	FaultNeverOpen, FaultJitter                  string
	ErrorTitle, ErrorText                        map[int]string
	ErrorBack                                    string
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return numberEN(n) + " " + many
}

// list joins with commas and an "and".
func list(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

func numbers(all []int) []string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Itoa(n)
	}
	return words
}

// plainDays is "weekdays" for "weekday"; names of days stay as they are.
func plainDays(days string) string {
	if days == "weekday" {
		return "weekdays"
	}
	return days
}

var english = texts{
	peopleTexts:   englishPeople,
	pluginTexts:   englishPlugins,
	hookTexts:     englishHooks,
	scriptTexts:   englishScripts,
	planTexts:     englishPlan,
	listTexts:     englishLists,
	holdTexts:     englishHold,
	consentTexts:  englishConsent,
	historyTexts:  englishHistory,
	deletedTexts:  englishDeleted,
	removalTexts:  englishRemoval,
	registryTexts: englishRegistry,
	settingsTexts: englishSettings,
	batchTexts:    englishBatches,
	linkTexts:     englishLinks,
	languageTexts: englishLanguage,
	wizardTexts:   englishWizard,

	Skip: "Skip to the content", Tasks: "Tasks", NewTask: "New task", LogOut: "Log out", Menu: "Main menu",
	Theme: "Colours", ThemeSystem: "As the system", ThemeLight: "Light", ThemeDark: "Dark",
	DemoRibbon: "This is the demo: its mail is made up, and all of it is gone when the program ends.",
	Footer:     "mailweir copies mail between IMAP accounts.",
	Page:       func(title string) string { return title + " · mailweir" },

	LoginTitle: "Log in", LoginLead: "Mail on its way, under control.", LoginName: "Name", LoginPassword: "Password", LogIn: "Log in",
	LoginRefused:  "Name or password is wrong.",
	LoginHintDemo: "The password of the demo is printed in the terminal that it was started from.",
	LoginHint:     "Password forgotten? An admin can give you a new one; “mailweir user password” does it in a terminal.",
	LoginWait: func(wait string) string {
		return "Too many attempts from your address. Please wait " + wait + " and try again."
	},

	StateNever: "Never ran", StateNeverLong: "This task has not run yet.",
	StateQueued: "Waiting", StateQueuedLong: "Waits for its turn.",
	StateRunning:  "Running",
	StateStopping: "Stopping", StateStoppingLong: "Finishes what is on its way, then stops.",
	PhaseConnect: "Connecting to the accounts", PhasePlan: "Looking at the folders of both sides",
	PhaseTransfer: "Copying messages", PhaseDeliver: "Telling plugins of copied messages", PhaseDone: "Finishing",

	OutcomeDone: "Done", OutcomeDoneLong: "Every message is there, or was left out on purpose.",
	OutcomeListed: "Done, not all", OutcomeListedLong: "The run finished, but some messages were not copied. They are listed below, and the next run tries them again.",
	OutcomeTemporary: "Interrupted", OutcomeTemporaryLong: "Something got in the way that may pass by itself. The next run goes on from here.",
	OutcomeNeedsUser: "Needs you", OutcomeNeedsUserLong: "This will not mend itself. Check the account's server, user and password, then run the task again.",
	OutcomeFull: "Destination full", OutcomeFullLong: "The destination takes no more mail. Make room there, then run the task again; it goes on from here.",
	OutcomeSafety: "Stopped for safety", OutcomeSafetyLong: "Going on might do harm, so nothing more was touched. Please look at the cause and decide.",
	OutcomeUsage: "Not started", OutcomeUsageLong: "Something in the task is wrong. Edit it, then run it again.",
	OutcomeStopped: "Stopped", OutcomeStoppedLong: "The run was stopped. What was copied stays copied; the next run goes on from here.",
	OutcomeBug: "Fault in mailweir", OutcomeBugLong: "This is not your doing. Nothing was lost; the next run goes on from here. The service's log says more.",

	TasksEmpty:     "Nothing to copy yet",
	TasksEmptyLead: "A task says which mail to take and where to put it: one account or several, all into one. Make the first; it runs only when you say so.",
	ColState:       "State", ColTask: "Task", ColLast: "Last run", ColNext: "Next run", ColActions: "Actions",
	ColStarted: "Started", ColDuration: "Took", ColFolder: "Folder", ColSize: "Size",
	ColReason: "Reason", ColMessage: "Message",
	SummaryRunning: func(n int) string { return numberEN(int64(n)) + " running" },
	SummaryNeeds: func(n int) string {
		if n == 1 {
			return "1 needs you"
		}
		return numberEN(int64(n)) + " need you"
	},
	SummaryFine: func(n int) string { return numberEN(int64(n)) + " fine" },
	RunNow:      "Run now", Stop: "Stop", Edit: "Edit", Delete: "Delete",
	Never: "never", JustNow: "just now",
	Ago:    func(n int, unit string) string { return plural(int64(n), unit, unit+"s") + " ago" },
	In:     func(n int, unit string) string { return "in " + plural(int64(n), unit, unit+"s") },
	ByHand: "by hand",
	Every: func(n int64, unit string) string {
		if n == 1 {
			return "every " + map[string]string{"seconds": "second", "minutes": "minute", "hours": "hour", "days": "day"}[unit]
		}
		return "every " + numberEN(n) + " " + unit
	},
	Later:   func(hundredths int) string { return fmt.Sprintf("up to %d %% later", hundredths) },
	Between: func(from, to string) string { return "between " + from + " and " + to },
	OnDays:  func(days string) string { return "on " + plainDays(days) },
	Each:    func(days string) string { return "every " + days },
	EveryMonthOn: func(days []int) string {
		if len(days) == 1 {
			return "on day " + list(numbers(days)) + " of every month"
		}
		return "on the days " + list(numbers(days)) + " of every month"
	},
	Hourly: func(minutes []int) string {
		switch {
		case len(minutes) == 1 && minutes[0] == 0:
			return "every hour, on the hour"
		case len(minutes) == 1:
			return "every hour, at minute " + list(numbers(minutes))
		}
		return "every hour, at the minutes " + list(numbers(minutes))
	},
	At:       func(days string, at []string) string { return days + " at " + list(at) },
	CronLine: func(line string) string { return "by the cron line " + line },
	And:      list,

	ServiceZone: "the service's time zone", EveryDay: "every day", AnyDay: "day", Workday: "weekday",
	Weekday:      [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	WeekdayShort: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	Pause:        "Pause", Resume: "Resume", Paused: "Paused", PausedBy: "by",
	PausedNothing: "It is paused: nothing starts by itself. It can be run by hand.", TaskNext: "Next runs",
	Skips: func(n int64) string {
		return "Skipped " + plural(n, "time", "times") + ", because the run before was still at work; last"
	},
	SummaryPaused: func(n int) string { return numberEN(int64(n)) + " paused" },
	SourceCount:   func(n int) string { return plural(int64(n), "source", "sources") },

	TaskSources: "From", TaskDestination: "Into", TaskHooks: "Plugins asked, in this order", TaskSchedule: "Runs",
	TaskHistory: "Runs so far", TaskHistoryEmpty: "This task has not run yet. Run it now: nothing at the source is ever changed.",
	TaskAs: "logs in as", TaskBelow: "only below", TaskChanged: "Changed",
	TaskNoHooks: "None: all folders keep their names and all messages are copied.",
	TLSImplicit: "TLS", TLSStart: "STARTTLS", TLSNone: "clear text",
	TLSNoneWarning: "The password and all mail cross the network readable by anyone. Choose this only within one machine.",

	DeleteTitle:   func(name string) string { return "Delete “" + name + "”?" },
	DeleteLead:    "The mail stays where it is, at the sources and at the destination.",
	DeleteKeeps:   "No message is deleted anywhere.",
	DeleteForgets: "A run that is at work stops. For a day you can undo it. After that the task, its stored passwords, its runs and the memory of what it has copied are gone for good, and a new task of the same kind has to compare both sides anew.",
	DeleteYes:     "Delete the task", Cancel: "Cancel",

	RunTitle: func(taskName string) string { return "Run of " + taskName },
	RunBack:  "To the task", RunAgain: "Run again", RunDownload: "Report",
	RunTrigger: func(trigger string) string {
		switch trigger {
		case "schedule":
			return "started by its schedule"
		case "retry":
			return englishLists.TriggerRetry
		}
		return "started " + trigger
	},
	Found: "Found", Copied: "Copied", Present: "Already there", Skipped: "Left out", Held: "Held back", Failed: "Failed", Flags: "Flags carried", NotCopied: "Not copied",
	PresentHint: "at the destination before", SkippedHint: "because a rule or plugin said so",
	HeldHint: "tried again next run", FailedHint: "could not be copied",
	Elapsed: "So far", Left: "Time left", Took: "Took", HandledUnknown: "Not counted yet",
	MessagesPerSecond: "messages/s", BytesPerSecond: "per second",
	Handled: func(done, all int64) string { return numberEN(done) + " of " + plural(all, "message", "messages") },
	Announce: func(state string, percent int) string {
		if percent == 0 {
			return state
		}
		return fmt.Sprintf("%s: %d percent", state, percent)
	},
	GraphTitle: "Rate over the run", GraphEmpty: "The graph begins with the next figures.", GraphMessages: "messages/s", GraphBytes: "bytes/s",
	Folders: "Folders", FoldersEmpty: "The folders show here as soon as both sides have been looked at.", FoldersSum: "Sum",
	FoldersMore: func(n int) string {
		return plural(int64(n), "more folder is", "more folders are") + " in the sums and in the report."
	},
	FolderDone: "done", FolderNow: "now", FolderWaiting: "waiting", FolderExcluded: "left out", FolderFailed: "given up",
	FolderBy: func(by string) string { return "decided by " + by },
	Log:      "Log", LogEmpty: "Nothing has been logged yet.", LogWarn: "Warning", LogError: "Error",
	Notes: "Good to know", Listed: "Messages that were not copied", ListedLead: "They are still at the source, untouched.",
	ListedMore: func(n int) string {
		return plural(int64(n), "more message is", "more messages are") + " in the report as JSON."
	},
	FateSkipped: "left out", FateHeld: "held back", FateFailed: "failed",
	FateUntold: "given up", Untold: "Copied messages that a plugin was not told of",
	UntoldLead: "They are at the destination. Telling begins anew when the plugin or its configuration is changed.",
	Outbox: func(delivered, waiting, givenUp int64) string {
		return fmt.Sprintf("Plugins told of copied messages: %s delivered, %s waiting for the next run, %s given up.",
			numberEN(delivered), numberEN(waiting), numberEN(givenUp))
	},
	UID:  func(uid uint32) string { return fmt.Sprintf("number %d", uid) },
	Lost: "The connection to mailweir is lost. Trying again …", NoScriptRefresh: "This page is loaded again every 5 seconds.",

	FormNew:  "New task",
	FormEdit: func(name string) string { return "Edit “" + name + "”" },
	FormName: "Name of the task", FormNameHint: "For you and your colleagues, such as “Anna moves in”.",
	FormSources: "From", FormSourcesLead: "The accounts to copy from. Nothing there is ever changed.",
	FormSource:     func(n int) string { return "Source " + numberEN(int64(n)) },
	FormSourceName: "Short name", FormSourceNameHint: "Letters, digits, . _ - such as “old”.",
	FormAddSource:   "Add a source",
	FormDestination: "Into", FormDestinationLead: "The account that all of it is copied into.",
	FormKind: "Kind", FormKindIMAP: "IMAP server", FormKindMaildir: "Maildir on this machine",
	FormHost: "Server", FormPort: "Port", FormTLS: "Protection",
	FormUser: "User", FormPassword: "Password", FormKeep: "Leave it empty to keep the stored one.",
	FormRetype: "Please type the password again: it is never sent back to the page.",
	FormDir:    "Directory", FormDirHint: "An absolute path, such as /var/mail/anna/Maildir.",
	FormAdvanced: "More settings",
	FormAuth:     "Way of logging in", FormAuthAuto: "The best that the server offers",
	FormMaster: "Master user", FormMasterHint: "Who opens the user's mailbox with a password of their own.",
	FormSep:     "Separator",
	FormAuthzid: "Act as", FormAuthzidHint: "The user whose mailbox is opened, where the server's PLAIN login allows that.",
	FormRoot: "Only below the folder", FormRootHint: "Such as Archive/2019. Empty is the whole account.",
	FormCA: "File with authorities", FormCAHint: "A PEM file on this machine; trusted instead of the system's.",
	FormPin: "Pinned key", FormPinHint: "sha256: and 64 digits of the server's public key. Replaces the authorities.",
	FormHooks: "Plugins", FormHooksLead: "They are asked in this order where each folder goes and which messages are copied.",
	FormHooksNone: "Without plugins all folders keep their names and all messages are copied.",
	FormHook:      func(n int) string { return "Plugin " + numberEN(int64(n)) },
	FormPlugin:    "Plugin", FormPluginChoose: "Choose one",
	FormPluginMissing: func(name string) string { return name + " (not installed)" },
	FormConfig:        "Configuration", FormConfigHint: "JSON. Empty is the plugin's own default.", FormSchema: "What can be set (JSON Schema)",
	FormGrants: "Granted", FormGrantsHint: "What the plugin may do beside answering, one a line. Nothing else is.", FormAskOptional: "(It starts without, too.)",
	FormAddHook: "Add a plugin", FormRemove: "Remove", FormUp: "Earlier", FormDown: "Later",
	FormSchedule: "Runs", FormByHand: "Only by hand", FormEvery: "Again and again, every",
	FormEveryNumber: "Number", FormEveryUnit: "Unit", Seconds: "seconds", Minutes: "minutes", Hours: "hours", Days: "days",
	FormCron: "By a cron line", FormCronLine: "Cron line",
	FormCronHint:     "Minute, hour, day, month, weekday: 30 2 * * 1-5 is every weekday at 02:30. Or @hourly, @daily, @weekly, @monthly.",
	FormScheduleMore: "Time window, time zone, jitter",
	FormFrom:         "Start only from", FormTo: "until", FormToHint: "The next day, if it is earlier.",
	FormDays: "Window opens on", FormDaysHint: "None chosen is every day.",
	FormZone: "Time zone", FormZoneHint: func(now string) string {
		return "Such as Europe/Berlin. Empty is the service's own, " + now + " now."
	},
	FormJitter:     "Jitter, in %",
	FormJitterHint: "Start later, by up to this share of the time to the next run and by one hour at most, so that many tasks do not start at once.",
	FormPreview:    "Show the next runs", FormPreviewLater: "The jitter comes on top.",
	FormPreviewPaused: "The task is paused: these are the times once it is resumed.",
	FormSave:          "Save", FormCreate: "Create the task",
	FormProblems: "The task could not be saved",
	FormChanged:  "Somebody else has changed the task since you opened this form. What you have typed is still here: compare it with the page of the task, and save again to replace what they did.",

	FaultName: "The task needs a name.", FaultHost: "The server is missing.", FaultUser: "The user is missing.",
	FaultPort:       "A port is a number from 1 to 65535.",
	FaultSourceName: "Up to 64 letters, digits, “.”, “_” and “-”, starting with a letter or digit.", FaultSourceTwice: "Another source has this name.",
	FaultPassword: "The password is missing.", FaultPasswordRenamed: "The source has a new name. Please type its password again.",
	FaultPasswordMoved: "The server or the login has changed. Please type the password again, so that the stored one is not sent to a place it was not meant for.",
	FaultDir:           "The directory has to be an absolute path.", FaultJSON: "This is not valid JSON: ", FaultGrant: "This can not be granted: ", FaultPlugin: "Choose a plugin, or remove this entry.",
	FaultEvery:      "A whole number of 1 minute to 31 days.",
	FaultCron:       "This is no cron line: ",
	FaultZone:       "There is no time zone of this name. Such as Europe/Berlin or UTC.",
	FaultClock:      "A time of day, such as 22:00.",
	FaultWindowEnd:  "A time window has a beginning and an end.",
	FaultWindowSame: "The window has to end at another time than it begins.",
	FaultNeverOpen:  "No time of the cron line lies within this window.",
	FaultJitter:     "A whole number from 0 to 50.",
	FaultNoSource:   "The task needs a source.", FaultTooMany: "That is more than a task can have.",

	ErrorTitle: map[int]string{
		http.StatusForbidden:             "Refused",
		http.StatusNotFound:              "Not here",
		http.StatusMethodNotAllowed:      "Not here",
		http.StatusConflict:              "Not now",
		http.StatusRequestEntityTooLarge: "Too much",
		http.StatusUnprocessableEntity:   "Not like this",
		http.StatusInternalServerError:   "Internal error",
	},
	ErrorText: map[int]string{
		http.StatusForbidden:             "This request came from another site's page, so nothing was done. Please go on from here.",
		http.StatusNotFound:              "There is nothing at this address. Perhaps it has been deleted.",
		http.StatusMethodNotAllowed:      "There is nothing at this address. Perhaps it has been deleted.",
		http.StatusConflict:              "That can not be done at the moment.",
		http.StatusRequestEntityTooLarge: "What was sent is larger than mailweir takes.",
		http.StatusUnprocessableEntity:   "Something in the request is wrong.",
		http.StatusInternalServerError:   "Something went wrong inside mailweir. The service's log says what; running copies are not affected.",
	},
	ErrorBack: "To the tasks",
}

// protection says how a connection is protected.
func protection(ctx context.Context, m task.TLSMode) string {
	switch m {
	case task.TLSImplicit:
		return t(ctx).TLSImplicit
	case task.TLSStart:
		return t(ctx).TLSStart
	}
	return t(ctx).TLSNone
}
