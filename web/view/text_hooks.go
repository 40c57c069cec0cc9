package view

import "fmt"

// hookTexts is the part of the catalogue about the hooks of a task.
type hookTexts struct {
	HooksTitle, HooksLead, HooksSaved, HooksEdit                                       string
	HooksOf                                                                            func(name string) string
	HookScript                                                                         func(name string, version int) string
	HookNew, HookAddPlugin, HookAdd, HookMoreGrants, HookGrants, HookSettings          string
	HookAsForm, HookAsJSON, HookOnError, OnErrorHold, OnErrorIgnore, OnErrorStop       string
	HookMerges, MergesReport, MergesRefuse                                             string
	PinOther, PinThis, PinHint, GrantNeeded, GrantGive, GrantType                      string
	PinUpgrade                                                                         func(version, digest string) string
	FieldRequired, FieldUsual, FieldLines, FieldJSON, FieldKey, FieldAdd, FieldMissing string
	FieldItem                                                                          func(n int) string
	FaultSettings                                                                      string
}

var englishHooks = hookTexts{
	HooksTitle: "Plugins and scripts", HooksEdit: "Change",
	HooksLead:  "They are asked from top to bottom: each sees what the ones before have left.",
	HooksSaved: "Saved. The next run asks them.",
	HooksOf:    func(name string) string { return "Plugins and scripts of “" + name + "”" },
	HookScript: func(name string, version int) string {
		return fmt.Sprintf("Script %s, version %d", name, version)
	},
	HookNew: "New entry", HookAddPlugin: "Add a plugin", HookAdd: "Add", HookMoreGrants: "Further grants", HookGrants: "Grants, one a line",
	HookSettings: "Settings", HookAsForm: "As a form", HookAsJSON: "As JSON",
	HookOnError: "When it fails at a folder or message", OnErrorHold: "Hold that back, list it, and try again in the next run",
	OnErrorIgnore: "Go on as if it had not been asked", OnErrorStop: "Stop the run, and have somebody look at it",
	HookMerges: "When it puts a folder where another one goes", MergesReport: "Copy both into it, and say so", MergesRefuse: "Hold the folder, list it, and try again in the next run",
	PinOther:    "This task is pinned to another file of the plugin than is installed, and does not start. Its file:",
	PinUpgrade:  func(version, digest string) string { return "Use version " + version + " (" + digest + ")" },
	PinThis:     "Only this very file",
	PinHint:     "A later upgrade of the plugin then stops this task until somebody agrees to it here.",
	GrantNeeded: "It does not start without this.", GrantGive: "Give", GrantType: "Only you can say where to. Type it below:",
	FieldRequired: "needed", FieldUsual: "not set", FieldLines: "One a line.", FieldJSON: "In JSON.", FieldKey: "Name", FieldAdd: "Add an entry",
	FieldItem: func(n int) string { return fmt.Sprintf("Entry %d", n) }, FieldMissing: "This is missing.",
	FaultSettings: "The settings do not fit; see below.",
}
