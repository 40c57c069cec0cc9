package view

import (
	"fmt"

	"github.com/mailweir/mailweir/host/task"
)

// batchTexts is the part of the catalogue about tables that become tasks.
type batchTexts struct {
	Batches, BatchesLead, BatchesNone, BatchesNoneLead, BatchNew, BatchNewLead       string
	BatchFile, BatchPaste, BatchPasteHint, BatchLook, BatchColumns, BatchColumnsLead string
	BatchExample, BatchMissing, BatchPasted, BatchCut                                string
	BatchColumn                                                                      map[string]string
	BatchCol, BatchMade, BatchTasks, BatchCopied, BatchStanding, BatchRows           string
	BatchRetry, BatchRetryHint, BatchFailures, BatchLinks, BatchLinksHint            string
	BatchStoring, BatchLeft, BatchLeftGo, BatchAllTasks, BatchNobody                 string
	BatchSays                                                                        func(t task.BatchTotals) string

	Drafts, DraftExpires, DraftGoOn                                              string
	DraftSums                                                                    func(s task.DraftSums) string
	DraftRows                                                                    func(n int) string
	DraftLooking                                                                 func(known, all int) string
	DraftAll, DraftWrong, DraftStart, DraftRun, DraftDiscard, DraftTestPage      string
	DraftStartGood                                                               func(n int) string
	DraftNothingGood, DraftStarting, DraftNoneWrong, DraftPreview, DraftLeadWait string
	DraftLine                                                                    func(n int) string
	DraftFix, DraftFixLead, DraftSave, DraftRemove, DraftTest, DraftCancel       string
	DraftKept, DraftTested, DraftTestedWaits, DraftColRow, DraftColVerdict       string
	DraftColTest, DraftUntested, DraftWaits                                      string
	DraftLabel                                                                   map[string]string
	DraftSource, DraftDestination, DraftWhen                                     string
	Effect                                                                       map[task.Effect]string
	DraftUnknown, TableBroke                                                     string
}

var englishBatches = batchTexts{
	Batches: "Batches", BatchesLead: "Many tasks at once, from a table.", BatchesNone: "No table yet", BatchNew: "New batch",
	BatchesNoneLead: "Twenty mailboxes to move? Write them into a spreadsheet, one row each, and bring it here. You see what becomes of each row before anything starts.",
	BatchNewLead:    "A table with one row for each mailbox. Nothing is stored as a task before you have looked through it.",
	BatchFile:       "A CSV file", BatchPaste: "Or paste the rows", BatchPasteHint: "With the names of the columns in the first line. Straight from a spreadsheet is fine.",
	BatchLook: "Look at it", BatchColumns: "Which columns?", BatchColumnsLead: "In any order. Only the first three have to be there.",
	BatchExample: "For example", BatchMissing: "Choose a file, or paste the rows.", BatchPasted: "Pasted table", BatchCut: "The table did not arrive as a whole. Please send it again.",
	BatchColumn: map[string]string{
		"name":                 "Name of the task. A task that has it is changed; otherwise one is made.",
		"source":               "The old mailbox: an address, a URL such as imaps://ann@old.example, or account:NAME",
		"destination":          "The new mailbox, in the same way",
		"source_server":        "Server of the old mailbox, if the address does not tell",
		"source_user":          "Who logs in, if it is not the address",
		"source_password":      "Leave it empty, and you get a link by which its user types it in",
		"destination_server":   "And the same three for the new mailbox",
		"destination_user":     "",
		"destination_password": "",
		"every":                "Repeat the copy: 15m, 6h, 1d",
	},
	BatchCol: "Batch", BatchMade: "Made", BatchTasks: "Tasks", BatchCopied: "Copied", BatchStanding: "How they stand", BatchRows: "Rows",
	BatchRetry: "Try again what failed", BatchRetryHint: "Runs all tasks of this batch that did not get everything.", BatchFailures: "Download what failed (CSV)",
	BatchLinks: "Links for waiting users (CSV)", BatchLinksHint: "This makes a new link for each of them; links that were made before open nothing any more.",
	BatchStoring: "The rows become tasks. This page follows.", BatchLeft: "Some rows are not tasks yet.", BatchLeftGo: "Mend them", BatchAllTasks: "Its tasks",
	BatchNobody: "No task of this batch is like that.",
	BatchSays: func(t task.BatchTotals) string {
		s := plural(int64(t.Rows), "row", "rows") + ": " + numberEN(int64(t.Made)) + " made, " + numberEN(int64(t.Changed)) + " changed, " + numberEN(int64(t.Same)) + " as they were"
		if t.Failed > 0 {
			s += ", " + numberEN(int64(t.Failed)) + " not stored"
		}
		return s
	},

	Drafts: "Tables that are not started", DraftExpires: "It holds passwords, so it is forgotten", DraftGoOn: "Go on",
	DraftSums: func(s task.DraftSums) string {
		text := numberEN(int64(s.Made)) + " new, " + numberEN(int64(s.Changed)) + " changed, " + numberEN(int64(s.Same)) + " as they are"
		if s.Failed > 0 {
			text += ", " + numberEN(int64(s.Failed)) + " wrong"
		}
		return text
	},
	DraftRows: func(n int) string { return plural(int64(n), "row", "rows") },
	DraftLooking: func(known, all int) string {
		return "Looked at " + numberEN(int64(known)) + " of " + numberEN(int64(all)) + " rows …"
	},
	DraftAll: "All rows", DraftWrong: "Only what is wrong", DraftStart: "Start all", DraftRun: "Run each task at once", DraftDiscard: "Discard the table", DraftTestPage: "Test all on this page",
	DraftStartGood:   func(n int) string { return fmt.Sprintf("Start the %s good rows", numberEN(int64(n))) },
	DraftNothingGood: "No row can be stored as it is. Mend at least one.", DraftStarting: "Its rows are being stored.", DraftNoneWrong: "Nothing is wrong any more.",
	DraftPreview: "What becomes of each row", DraftLeadWait: "Tasks without a password wait for it; you get a link for each that its user can open.",
	DraftLine: func(n int) string { return fmt.Sprintf("Line %d", n) },
	DraftFix:  "Fix", DraftFixLead: "Empty cells are as if the column was not there.", DraftSave: "Save", DraftRemove: "Leave out", DraftTest: "Test", DraftCancel: "Cancel",
	DraftKept: "Empty keeps the one of the table", DraftTested: "Both sides open", DraftTestedWaits: "Opens, as far as there is a password", DraftColRow: "Row", DraftColVerdict: "Verdict", DraftColTest: "Test",
	DraftUntested: "Not tested", DraftWaits: "waits for its user's password",
	DraftLabel: map[string]string{
		"name": "Name of the task", "source": "Mailbox", "source_server": "Server", "source_user": "User", "source_password": "Password", "source_root": "Folder", "source_name": "Name of the source",
		"destination": "Mailbox", "destination_server": "Server", "destination_user": "User", "destination_password": "Password", "destination_root": "Folder",
		"template": "Like the task", "every": "Every", "cron": "Cron line", "zone": "Time zone",
	},
	DraftSource: "From", DraftDestination: "Into", DraftWhen: "Task",
	Effect: map[task.Effect]string{
		task.EffectMade: "New", task.EffectChanged: "Changes a task", task.EffectSame: "Same as it is", task.EffectFailed: "Wrong",
	},
	DraftUnknown: "Not looked at yet", TableBroke: "The table breaks off here because of a fault; the log of mailweir says more.",
}

// linkTexts is the part of the catalogue about links: for who makes them, and for who
// opens them, who may never have heard of IMAP.
type linkTexts struct {
	StateWaits, StateWaitsLong                                                 string
	LinkCopy, LinkCopied, LinkTitle, LinkLead, LinkOnce, LinkGood, LinkBack    string
	LinkHead, LinkOpen, LinkUsed, LinkExpired, LinkNone, LinkMake, LinkRevoke  string
	LinkBy, LinkAskWaits, LinkAskAgain, LinkLost, LinkLostLead                 string
	GiveTitle, GiveTitleAgain, GiveLead, GivePasswordOf, GivePasswordHint      string
	GiveSend, GiveTrying, GiveWrong, GiveWrongMore, GiveServer, GiveServerMore string
	GiveMissing, GiveFrom, GiveInto, GiveKept, GiveBusy, GiveChanged           string
	GoesTitle, GoesLead, GoesQueued, GoesDone, GoesDoneLead, GoesListed        string
	GoesWaits, GoesTrouble, GoesTroubleLead, GoesSoon, GoesSafe, GoesCome      string
	GivePassword                                                               func(address string) string
	GiveWait                                                                   func(wait string) string
	GoesCount                                                                  func(done, all int64) string
	GoesNot                                                                    func(n int64) string
	Via                                                                        string
}

var englishLinks = linkTexts{
	StateWaits: "Waiting for user", StateWaitsLong: "Somebody has to give a password first. Make a link, and send it to whoever has it.",
	LinkCopy: "Copy link", LinkCopied: "Copied", LinkTitle: "A link for the user", LinkLead: "Send this to the person whose mailbox it is. They need no account here: they type their password, and see how the copy goes.",
	LinkOnce: "It is shown this once. A link that this task had before opens nothing any more.", LinkGood: "It is good until", LinkBack: "Back to the task",
	LinkHead: "Link for the user", LinkOpen: "made, not used yet; it is good until", LinkUsed: "the password was given", LinkExpired: "expired", LinkNone: "There is none.", LinkMake: "Make a link", LinkRevoke: "Revoke it", LinkBy: "by",
	LinkAskWaits: "It asks for the password that is missing.", LinkAskAgain: "It asks for the password of the old mailbox again, if that has changed.",
	LinkLost: "This link does not work", LinkLostLead: "It may have expired, been replaced by a newer one, or not been copied as a whole. Ask the person who sent it to you for a new one.",
	GiveTitle: "Your mail is about to move", GiveTitleAgain: "Your password is needed again",
	GiveLead:       "All your mail is copied from the old mailbox into the new one. Nothing is deleted, and you can go on using both meanwhile.",
	GivePasswordOf: "Password of", GivePasswordHint: "The one with which you read your mail there.", GiveSend: "Check it, and start", GiveTrying: "Checking …",
	GivePassword: func(address string) string { return "Password of " + address },
	GiveWrong:    "The mail server does not accept this password.", GiveWrongMore: "Please type it again. Some providers want a password that is made for mail programs (an “app password”), or that IMAP is turned on in the settings of the mailbox.",
	GiveServer: "The mail server can not be reached at the moment.", GiveServerMore: "Your password may well be right: nobody could ask. Please try again in a few minutes, with the same link. If it stays so, tell the person who sent you the link.",
	GiveMissing: "Please type the password.", GiveFrom: "From", GiveInto: "Into", GiveKept: "The password is stored encrypted, and used for this copy alone.",
	GiveBusy: "Somebody else is checking a password right now. Please try again in a moment.", GiveChanged: "Something about the copy was changed meanwhile. Please look at it again, and type the password once more.",
	GiveWait: func(wait string) string {
		return "That was wrong several times. Please wait " + wait + ", and try again."
	},
	GoesTitle: "Your mail is being copied", GoesLead: "You can close this page. The copy goes on, and this link shows how it goes whenever you open it.",
	GoesQueued: "It starts in a moment", GoesDone: "All your mail is there", GoesDoneLead: "Everything was copied. The old mailbox is as it was.", GoesListed: "Almost all of your mail is there",
	GoesWaits: "Thank you, the password is right", GoesTrouble: "The copy has stopped", GoesTroubleLead: "Nothing is lost: all mail is still in the old mailbox. The person who sent you the link sees this, too.",
	GoesSoon: "The copy was interrupted and goes on by itself", GoesSafe: "Nothing is deleted in the old mailbox.", GoesCome: "Thank you. The copy starts soon; this page follows.",
	GoesCount: func(done, all int64) string {
		return numberEN(done) + " of " + plural(all, "message", "messages")
	},
	GoesNot: func(n int64) string {
		return plural(n, "message", "messages") + " could not be copied. The person who sent you the link can see which."
	},
	Via: "by a link",
}
