package view

// pluginTexts is the part of the catalogue about plugins.
type pluginTexts struct {
	Plugins, PluginShipped, PluginFaulty, PluginTrusted, PluginUntrusted, PluginUnsigned string
	PluginsLead                                                                          func(n int) string

	ColPlugin, ColVersion, ColHooks, ColDigest string

	PluginAsks, PluginAsksNothing, PluginOptional, PluginNeeds, PluginSettings, PluginSource string
	PluginLicence, PluginSigned, PluginFile, PluginTasks, PluginNoTasks, PluginWhere         string
	PluginBy                                                                                 func(name, key string) string
	PluginKey                                                                                func(key string) string
	NeedsWords, HookWords, GrantWords                                                        map[string]string

	UploadTitle, UploadLead, UploadFile, UploadLook, UploadMissing, UploadInstall, UploadUpgrade, UploadDiscard string
	UploadAnyway, UploadSame, UploadReplaces, UploadNew, UploadAskGone, AskNew, AskChanged, UploadKeeps         string
	UploadOf                                                                                                    func(name string) string
	UploadBroken                                                                                                string
	Installed, Removed                                                                                          func(id string) string

	PluginRemove, PluginRemoveLead, PluginRemoveNot string
}

var englishPlugins = pluginTexts{
	Plugins:     "Plugins",
	PluginsLead: func(n int) string { return plural(int64(n), "plugin", "plugins") + " that tasks can use" },

	PluginShipped: "Part of mailweir", PluginFaulty: "Can not be used", PluginTrusted: "Trusted signature",
	PluginUntrusted: "Signed by somebody unknown", PluginUnsigned: "Not signed",

	ColPlugin: "Plugin", ColVersion: "Version", ColHooks: "Is asked", ColDigest: "Fingerprint",

	PluginAsks: "What it wants", PluginAsksNothing: "Nothing beside answering. It reaches no network and no file.",
	PluginOptional: "It works without this, too.", PluginNeeds: "Looks at", PluginSettings: "Its settings, as a JSON Schema",
	PluginSource: "Source", PluginLicence: "Licence", PluginSigned: "Signature", PluginFile: "File",
	PluginTasks: "Used by", PluginNoTasks: "no task", PluginWhere: "where:",
	PluginBy:  func(name, key string) string { return "by " + name + " (key " + key + ")" },
	PluginKey: func(key string) string { return "key " + key },
	NeedsWords: map[string]string{
		"": "folders, flags, sizes and dates; nothing of what messages say", "envelope": "folders, flags, sizes and dates; nothing of what messages say",
		"headers": "headers of messages, too", "body": "whole messages",
	},
	HookWords: map[string]string{
		"map_folder": "where folders go", "map_flags": "which flags copies get", "filter_envelope": "about each message, before it is downloaded",
		"filter_message": "about each message, once it is here", "rewrite_message": "to change messages", "message_key": "which messages are the same",
		"on_conflict": "what to do about another version", "after_message": "after each copied message", "before_task": "before a run",
		"after_folder": "after each folder", "after_task": "after a run", "on_error": "about what failed",
	},
	GrantWords: map[string]string{
		"http": "Web requests", "tcp": "Connections", "smtp": "Sending mail", "kv": "Remembering from run to run",
		"config": "Its settings", "body": "Whole messages", "log-content": "Logging what it has read",
	},

	UploadTitle: "Add a plugin", UploadLead: "A plugin is one .wasm file. It is looked at first; nothing is installed before you say so.",
	UploadFile: "File", UploadLook: "Look at it", UploadMissing: "Choose a file first.",
	UploadInstall: "Install", UploadUpgrade: "Replace the installed one", UploadDiscard: "Discard",
	UploadAnyway: "Install it although nobody vouches for who made it",
	UploadSame:   "This very file is installed already.", UploadReplaces: "It replaces", UploadNew: "Not installed yet",
	UploadAskGone: "no longer", AskNew: "new", AskChanged: "changed",
	UploadKeeps:  "What tasks have granted the old one stays as it is. Tasks that are pinned to the old file do not start until they are told to use the new one.",
	UploadOf:     func(name string) string { return "Look at " + name },
	UploadBroken: "The upload broke off.",
	Installed:    func(id string) string { return id + " is installed. Tasks can use it now." },
	Removed:      func(id string) string { return id + " is removed." },

	PluginRemove: "Remove the plugin", PluginRemoveLead: "Its file is deleted. What it remembers stays with the tasks.",
	PluginRemoveNot: "It can not be removed while tasks use it.",
}
