package task

import (
	"slices"
	"strings"
)

// Trouble is one cause for which messages, folders or a whole run were left, with
// how often it came.
type Trouble struct {
	Cause   string `json:"cause"`   // in the person's words
	Remedy  string `json:"remedy"`  // what a person can do; "" is nothing
	Count   int64  `json:"count"`   // messages and folders
	Example string `json:"example"` // the first of them, as it was reported
}

// cause is a line of the table: a reason that holds the word is this trouble.
type cause struct{ word, text, remedy string }

// causes is the table of what can go wrong, by the words of the errors that package
// mail and the engine make. The first line that matches counts: those that say more
// come before those that say less.
var causes = []cause{
	{planDiffers, "A folder is not as in the approved plan.", "Look at the task's plan: make a new one and approve it, or withdraw the one that was approved."},
	{mergeRefused, "A plugin puts several folders onto one, which it may not merge.", "Give one of them another folder, by the plugin's settings or by hand in the task's plan, leave one out, or allow the plugin to merge folders."},
	{"waits for an approved plan", "The task runs only once a plan was approved.", "Look at the task's plan, and approve it."},
	{"approved plan is out of date", "The task is not any more what its approved plan was made of.", "Look at the task's plan: make a new one and approve it, or withdraw the one that was approved."},
	{"consent of OAuth", "The consent of OAuth is missing, or has ended.", "Give it anew on the page of the account or with \"mailweir account authorize NAME\" on the server, or store another refresh token or client secret in the account."},
	{"login refused", "The login was refused.", "Check user name and password. Some providers want a password made for programs, or IMAP to be turned on."},
	{"unknown host", "The mail server's name is not known.", "Check the host name in the account, and the name service."},
	{"TLS not verified", "The server's certificate is not to be trusted.", "Check the host name; a server with an authority of its own needs ca= or pin= in the account's URL."},
	{"server asks to wait", "The server asks to wait.", "Nothing: the next run goes on. If it happens every time, run it less often, or with a lower rate."},
	{"destination is full", "The destination is full.", "Raise the quota or remove something there, then run it again."},
	{"message too big", "Messages are larger than the destination takes.", "Raise the limit of the destination's server, or leave such messages out with the plugin age-and-size."},
	{"folder name not allowed", "The destination does not allow a folder's name.", "Give the folder another name with the plugin folder-rules."},
	{"no such folder", "A folder is not there any more.", "Run it again: it was removed or renamed meanwhile."},
	{"no permission", "The account has no right to do that.", "Give the user the right on the server, or name another user."},
	{"is no public address", "The address is out of reach for this task.", "Its owner is no admin: an admin can own the task, or let the network in with --also."},
	{"none of a mail server", "The port is out of reach for this task.", "Its owner is no admin: an admin can own the task, or let the network in with --also."},
	{"message ended early", "The source did not send messages as a whole.", "Run it again. If it stays, the message is damaged at the source."},
	{"answer not understood", "The server's answer is not what the protocol allows.", "Run it again; if it stays, report it with the name and version of the server."},
	{"no connection", "The mail server can not be reached.", "Check host and port, and whether the server is up; the next run goes on."},
	{"refused by the server", "The server refused it.", "Look at what the server says; the message may hold what it does not take."},
	{"the destination changed", "Somebody changed the destination meanwhile.", "Run it again."},
	{"nothing was deleted", "More would be deleted than the limit allows.", "Look at what would go. If it is right, raise the task's limit on deleting, run it, and set the limit back."},
	{"plugin", "A plugin failed, or kept it back.", "Look at the plugin's words in the list and the log; what is held is tried again in the next run."},
}

// TroubleOf finds the trouble that a reason is about.
func TroubleOf(reason string) (Trouble, bool) {
	for _, c := range causes {
		if strings.Contains(reason, c.word) {
			return Trouble{Cause: c.text, Remedy: c.remedy, Example: reason}, true
		}
	}
	return Trouble{}, false
}

// KnownTroubles is the table of all that TroubleOf finds, so that pages can say each in
// another language.
func KnownTroubles() []Trouble {
	all := make([]Trouble, len(causes))
	for i, c := range causes {
		all[i] = Trouble{Cause: c.text, Remedy: c.remedy}
	}
	return all
}

// Troubles groups what went wrong by its cause, the most frequent first: the cause of
// the outcome, folders that were left, and listed messages but those that were skipped
// on purpose. What the table does not know is grouped by its own words.
func (r *Report) Troubles() []Trouble {
	found := []Trouble{}
	count := func(reason string, n int64) {
		t, known := TroubleOf(reason)
		if !known {
			t = Trouble{Cause: reason, Example: reason}
		}
		i := slices.IndexFunc(found, func(f Trouble) bool { return f.Cause == t.Cause })
		if i < 0 {
			i = len(found)
			found = append(found, t)
		}
		found[i].Count += n
	}
	for _, f := range r.Folders {
		if f.Error != "" {
			count(f.Error, 1)
		}
	}
	for _, l := range r.Listed {
		if l.Fate != FateSkipped {
			count(l.Reason, 1)
		}
	}
	if r.Cause != "" && r.Outcome != OutcomeDone && r.Outcome != OutcomeListed && r.Outcome != OutcomeStopped {
		count(r.Cause, 0)
	}
	slices.SortStableFunc(found, func(a, b Trouble) int { return int(b.Count - a.Count) })
	return found
}
