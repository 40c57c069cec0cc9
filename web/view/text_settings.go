package view

import "github.com/mailweir/mailweir/host/task"

// settingsTexts is the part of the catalogue about notifications, settings and what
// the program is made of.
type settingsTexts struct {
	ChannelsLead                                                                           func(n int) string
	ChannelsEmpty, ChannelsEmptyLead, NewChannel, ColChannel, ColTold, ColEvents           string
	ColAbout, ColNotice, ColAttempts, ChannelMail, ChannelWebhook, ChannelEverybody        string
	ChannelAbout                                                                           func(tasks int) string
	ChannelOf                                                                              func(name string) string
	ChannelName, ChannelNameHint, ChannelKind, ChannelAddresses, ChannelAddressesHint      string
	ChannelRelay, ChannelRelayHint, ChannelRelayMissing, ChannelNoRelay, ChannelURL        string
	ChannelURLHint, ChannelSecret, ChannelSecretHint, ChannelSecretKeep, ChannelSecretMade string
	ChannelSecretLead, ChannelAllOfAll, ChannelAllOwn, ChannelSome, ChannelTasks           string
	ChannelTasksHint, ChannelMake, ChannelSave, ChannelSaved, ChannelTest, ChannelRemove   string
	ChannelRemoveLead, NoticesTitle, NoticesEmpty, NoticeTold, NoticeGivenUp, NoticeAgain  string
	NoticeWaits, FaultAddresses, FaultRelay, FaultHookURL, FaultEvents, FaultChannelName   string
	FaultTasks                                                                             func(name string) string
	FaultTaskTwice                                                                         func(name string) string
	FaultNoTasks                                                                           string
	EventWords, EventHints                                                                 map[task.NoticeEvent]string

	General, About                                                                          string
	SettingsLead, SettingsLimits, SettingsLimitsLead, SettingRuns, SettingPerHost           string
	SettingPerAccount, SettingNone, SettingSave, SettingSaved, FaultLimit, SettingsRest     string
	SettingsRestLead, SettingWorkers, SettingReach, SettingReachAdmins, SettingReachAll     string
	SettingAlso, SettingNothing, SettingRelays, SettingMailFrom, SettingByRelay, SettingTLS string
	SettingRules, SettingNode, SettingSystem, SettingDatabase, SettingData, SettingStart    string
	SettingsAudit                                                                           func(days int) string
	SettingsTasksLead                                                                       string
	SettingFlag                                                                             func(flag string) string
	SettingFixed                                                                            func(flag string) string
	SettingStored                                                                           string

	AboutLead, AboutVersion, AboutGo, AboutSystem, AboutPlugins, AboutPluginsNone string
	AboutLibraries, AboutLibrariesLead, AboutAssets, AboutAssetsLead              string
	ColLicence, ColLibrary, AboutUnknown, AboutRevision, AboutLicence, AboutText  string
	AboutOwn, AboutOwnText, AboutNoLibraries, AboutReplaced                       string
}

var englishSettings = settingsTexts{
	ChannelsLead:  func(n int) string { return plural(int64(n), "channel", "channels") },
	ChannelsEmpty: "Nobody is told of anything yet", ChannelsEmptyLead: "A channel tells by mail or by a webhook when a task fails, needs you, or works again - or once a day how everything went.",
	NewChannel: "New channel", ColChannel: "Channel", ColTold: "Who is told", ColEvents: "Tells when", ColAbout: "About",
	ColNotice: "Notice", ColAttempts: "Attempts", ChannelMail: "Mail", ChannelWebhook: "Webhook", ChannelEverybody: "About the tasks of everybody",
	ChannelAbout: func(tasks int) string {
		if tasks == 0 {
			return "all tasks"
		}
		return plural(int64(tasks), "task", "tasks")
	},
	ChannelOf:   func(name string) string { return "Belongs to " + name },
	ChannelName: "Name", ChannelNameHint: "For people, such as “on call”.", ChannelKind: "How it tells",
	ChannelAddresses: "Addresses", ChannelAddressesHint: "Up to 20, a line for each.",
	ChannelRelay: "Relay", ChannelRelayHint: "Takes the mail. Relays are named when the service starts: --smtp-relay.", ChannelNoRelay: "there is none",
	ChannelRelayMissing: "The service has no relay. Start it with --smtp-relay NAME=URL to have mail sent.",
	ChannelURL:          "URL", ChannelURLHint: "It gets JSON by POST, signed with the secret.",
	ChannelSecret: "Secret", ChannelSecretHint: "Empty: mailweir makes one and shows it once.", ChannelSecretKeep: "Empty: the stored one stays, as long as the URL does.",
	ChannelSecretMade: "The secret of the webhook", ChannelSecretLead: "It signs what the webhook gets. It is shown this once.",
	ChannelAllOfAll: "All tasks of everybody", ChannelAllOwn: "All your tasks", ChannelSome: "Only some tasks",
	ChannelTasks: "Names of the tasks", ChannelTasksHint: "A line for each.",
	ChannelMake: "Make the channel", ChannelSave: "Save", ChannelSaved: "Saved.", ChannelTest: "Send a test",
	ChannelRemove: "Remove the channel", ChannelRemoveLead: "What it has still to tell is dropped.",
	NoticesTitle: "What it has told", NoticesEmpty: "Nothing yet. What is told is listed here for 30 days.",
	NoticeTold: "Told", NoticeGivenUp: "Given up", NoticeAgain: "Tried again", NoticeWaits: "Waits",
	FaultAddresses: "Name 1 to 20 addresses like ann@example.org.", FaultRelay: "Choose a relay.", FaultHookURL: "A webhook is like https://hooks.example/mailweir.",
	FaultEvents: "Choose at least one.", FaultChannelName: "Give the channel a name.",
	FaultTasks:     func(name string) string { return "There is no task called “" + name + "” that you may see." },
	FaultTaskTwice: func(name string) string { return "More than one task is called “" + name + "”." },
	FaultNoTasks:   "Name at least one task.",
	EventWords: map[task.NoticeEvent]string{
		task.NoticeFailed: "a run fails", task.NoticeNeedsYou: "somebody is needed", task.NoticeRecovered: "a task works again",
		task.NoticeFirstSuccess: "a task works for the first time", task.NoticeDigest: "a day is over", task.NoticeTest: "a test",
	},
	EventHints: map[task.NoticeEvent]string{
		task.NoticeFailed:    "It goes on with the next run. A task that goes on failing is told of once.",
		task.NoticeNeedsYou:  "A password, a full mailbox: it fails until a person does something.",
		task.NoticeRecovered: "After one of the above.", task.NoticeFirstSuccess: "Once for each task.",
		task.NoticeDigest: "One message about all tasks, those that are not well first.",
	},

	General: "General", About: "About",
	SettingsLead: "What is in force for the service as a whole.", SettingsLimits: "Runs at the same time",
	SettingsLimitsLead: "On all nodes together. What is above a limit waits its turn. Changes count at once, for the next run that begins.",
	SettingRuns:        "In all", SettingPerHost: "For each mail server", SettingPerAccount: "For each account", SettingNone: "no limit",
	SettingSave: "Save", SettingSaved: "Saved.", FaultLimit: "A number from 1 on; empty is no limit.",
	SettingsRest: "In force on this node", SettingsRestLead: "These are given when the service starts: mailweir serve --help.",
	SettingWorkers: "Runs at the same time on this node", SettingReach: "Where tasks may connect to",
	SettingReachAdmins: "those of users: public mail servers only; those of admins: anywhere", SettingReachAll: "public mail servers only, those of admins, too",
	SettingAlso: "Networks that all may reach, too", SettingNothing: "none", SettingRelays: "Relays for mail",
	SettingMailFrom: "Notices by mail come from", SettingByRelay: "the login of the relay", SettingTLS: "Browsers come by TLS",
	SettingRules: "Rules are applied", SettingNode: "Name of this node", SettingSystem: "machine and process",
	SettingDatabase: "Database", SettingData: "Data directory", SettingStart: "given at the start",
	SettingsAudit: func(days int) string {
		return "is kept for " + plural(int64(days), "day", "days") + "; its page changes that."
	},
	SettingsTasksLead: "Each task's page shows its options in force, and where each comes from.",
	SettingFlag:       func(flag string) string { return "command line (" + flag + ")" },
	SettingFixed: func(flag string) string {
		return "The command line of this node sets it again at each start (" + flag + ")."
	},
	SettingStored: "stored, for all nodes",

	AboutLead: "mailweir copies mail between IMAP accounts.", AboutVersion: "Version", AboutGo: "Go", AboutSystem: "System", AboutPlugins: "Plugins",
	AboutPluginsNone: "There are none.", AboutLibraries: "Libraries", AboutLibrariesLead: "They are linked into the program. Their licences can be read at pkg.go.dev/LIBRARY?tab=licenses.",
	AboutAssets: "Parts of the pages", AboutAssetsLead: "They are sent to browsers as they were published.", ColLicence: "Licence", ColLibrary: "Library",
	AboutUnknown: "see its text", AboutRevision: "Revision", AboutLicence: "Licence", AboutText: "text", AboutOwn: "Apache-2.0",
	AboutOwnText: "mailweir itself", AboutNoLibraries: "This build does not say which libraries it was made of.", AboutReplaced: "replaced by",
}
