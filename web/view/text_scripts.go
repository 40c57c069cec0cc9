package view

import "fmt"

// scriptTexts is the part of the catalogue about scripts and their editor.
type scriptTexts struct {
	ScriptNew, ScriptNewLead, ScriptName, ScriptWrite, ScriptOpen, ScriptBack                        string
	ScriptTitle                                                                                      func(name string) string
	ScriptLead, ScriptCode, ScriptSave, ScriptTry, ScriptFetch, ScriptFetchLead                      string
	ScriptVersions, ScriptNoVersions, ScriptUsed, ScriptUse, ScriptSaved, ScriptDraft                string
	ScriptUnused                                                                                     string
	ScriptVersion                                                                                    func(n int) string
	TryTitle, TryWaiting, TryStarts, TryBroken, TryFolders, TryMessages, TryNoMail, TryLog, TryLive  string
	TryHooks, TryNone, TryCut, TryUnasked, TryTooLarge, TryChanged, TryNoSubject                     string
	TryColFolder, TryColBecomes, TryColMessage, TryColTicks, TryColTime, TryLeftOut, TryHeld, TryYes string
	TryFetched                                                                                       func(folders, messages int) string
	TryLine                                                                                          func(n int) string
	TryShare                                                                                         func(ticks, limit int64) string
	TryOther                                                                                         func(hooks string) string
}

var englishScripts = scriptTexts{
	ScriptNew: "Write a script", ScriptNewLead: "A few lines of JavaScript decide where folders go and which messages are copied. You see at once what they do to the mail of this task.",
	ScriptName: "Name", ScriptWrite: "Write it", ScriptOpen: "Open the editor", ScriptBack: "Plugins and scripts",
	ScriptTitle: func(name string) string { return "Script “" + name + "”" },
	ScriptLead:  "Nothing that you try here changes any mail. A saved version is what the next run asks.",
	ScriptCode:  "Code", ScriptSave: "Save as a new version", ScriptTry: "Try it",
	ScriptFetch: "Look at the mail", ScriptFetchLead: "To show what the script does, mailweir reads the folders and the latest messages of the sources. It changes nothing there, and forgets them when you stop working here.",
	ScriptVersions: "Versions", ScriptNoVersions: "Nothing is saved yet.", ScriptUsed: "the task asks this one", ScriptUse: "Go back to this one",
	ScriptSaved: "Saved. The next run asks this version.", ScriptDraft: "Not saved", ScriptUnused: "The task does not ask it: it was taken out of the list of plugins and scripts.",
	ScriptVersion: func(n int) string { return fmt.Sprintf("Version %d", n) },
	TryTitle:      "What it does", TryWaiting: "Trying …", TryStarts: "It starts, and has:", TryBroken: "It does not run",
	TryFolders: "Folders", TryMessages: "Messages", TryNoMail: "The sources have no messages.", TryLog: "Log", TryLive: "The result follows as you type.",
	TryHooks: "Functions", TryNone: "no function that mailweir knows", TryCut: "That took too long; the rest was not asked.",
	TryUnasked: "not asked", TryTooLarge: "too large to try here", TryChanged: "becomes", TryNoSubject: "(no subject)",
	TryColFolder: "Folder", TryColBecomes: "What becomes of it", TryColMessage: "Message", TryColTicks: "Effort", TryColTime: "Time",
	TryLeftOut: "left out", TryHeld: "held back", TryYes: "copied",
	TryFetched: func(folders, messages int) string {
		return plural(int64(folders), "folder", "folders") + " and the latest " + plural(int64(messages), "message", "messages") + " of this task"
	},
	TryLine: func(n int) string { return fmt.Sprintf("Line %d", n) },
	TryShare: func(ticks, limit int64) string {
		if limit <= 0 {
			return numberEN(ticks)
		}
		return fmt.Sprintf("%s of %s ticks", numberEN(ticks), numberEN(limit))
	},
	TryOther: func(hooks string) string { return "Not tried here, but asked in a run: " + hooks },
}
