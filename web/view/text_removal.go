package view

// removalTexts are about what a task deletes or replaces.
type removalTexts struct {
	FormRemoval, FormRemovalLead, FormRemovalOpen string
	FormDelete, FormDeleteHint                    string
	DeleteKeep, DeleteNow, DeleteDays             string
	FormDeleteDays                                string
	FormMirror, FormMirrorHint, FormGrace         string
	FormLimit, FormLimitHint                      string
	FormReplace, FormReplaceHint                  string
	FormConfirm                                   func(word string) string
	FormConfirmHint, ConfirmWord                  string
	FaultDays, FaultConfirm, FaultBoth            string
	RemovalSource, RemovalSourceNow               func(source, age string) string
	RemovalMirror                                 func(grace string) string
	RemovalReplace, RemovalTitle, RemovalLimit    string
	OptReplace, OptReplaceNever                   string
}

var englishRemoval = removalTexts{
	FormRemoval:     "Deleting and replacing",
	FormRemovalLead: "Dangerous, and off unless you turn it on. It comes after the copying, and only where the other copy is certain.",
	FormRemovalOpen: "Show what can be deleted",
	FormDelete:      "Delete at the source", FormDeleteHint: "Only what was copied, read back, and has the same bytes.",
	DeleteKeep: "never: the source stays as it is", DeleteNow: "as soon as it is copied and read back", DeleteDays: "some days after it was copied",
	FormDeleteDays: "Days after the copy",
	FormMirror:     "Delete copies whose messages are gone from the source",
	FormMirrorHint: "Mail that only the destination has is never touched.",
	FormGrace:      "Days that a message has to be gone",
	FormLimit:      "At most, in one run", FormLimitHint: "A share such as 10%, or a number, of the messages of one side. Beyond, nothing is deleted and the run waits for you.",
	FormReplace: "Let plugins replace messages at the destination", FormReplaceHint: "Only plugins that were made for it ask for that.",
	FormConfirm:     func(word string) string { return "Type \u201c" + word + "\u201d to allow what you have turned on" },
	FormConfirmHint: "Only needed when more may be deleted or replaced than before.", ConfirmWord: "delete",
	FaultDays: "A number of days from 0 to 36500.", FaultConfirm: "Please type the word exactly as it is shown, or turn deleting and replacing off.",
	FaultBoth:     "A task that deletes at a source can not mirror deletions as well.",
	RemovalSource: func(source, age string) string { return "at " + source + ", " + age + " after a message was copied" },
	RemovalSourceNow: func(source, _ string) string {
		return "at " + source + ", as soon as a message is copied and read back"
	},
	RemovalMirror: func(grace string) string {
		return "copies, " + grace + " after their messages are gone from the source"
	},
	RemovalReplace: "Plugins may replace messages at the destination.", RemovalTitle: "This task deletes", RemovalLimit: "At most, in one run:",
	OptReplace: "Replacing", OptReplaceNever: "nothing at the destination is ever replaced",
}
