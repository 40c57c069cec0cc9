package task

import "testing"

func TestTroubles_groupsByCauseAndSaysWhatToDo(t *testing.T) {
	r := Report{
		Outcome: OutcomeListed, Cause: "2 messages are listed",
		Folders: []FolderReport{{Folder: "a", Error: "mail.example:993: open a: no such folder"}, {Folder: "b"}},
		Listed: []Listed{
			{UID: 1, Fate: FateFailed, Reason: `append to INBOX: message too big (the server says "x")`},
			{UID: 2, Fate: FateFailed, Reason: "append to INBOX: message too big"},
			{UID: 3, Fate: FateSkipped, Reason: "too old"},
			{UID: 4, Fate: FateHeld, Reason: "something strange"},
		},
	}
	got := r.Troubles()
	if len(got) != 3 || got[0].Count != 2 || got[0].Remedy == "" || got[0].Example != r.Listed[0].Reason {
		t.Fatalf("%+v", got)
	}
	if got[2].Cause != "something strange" || got[2].Remedy != "" || got[1].Cause != "A folder is not there any more." {
		t.Errorf("%+v", got)
	}
	r = Report{Outcome: OutcomeNeedsUser, Cause: "source old: mail.example:993: log in as ann: login refused"}
	if got := r.Troubles(); len(got) != 1 || got[0].Cause != "The login was refused." || got[0].Count != 0 {
		t.Errorf("%+v", got)
	}
	merge := MergeRefused("plugin p", SourceFolder{"a", "no such folder"}, "X", []SourceFolder{{"b", "login refused"}}).Error()
	if got := (&Report{Folders: []FolderReport{{Error: merge}}}).Troubles(); len(got) != 1 || got[0].Cause != "A plugin puts several folders onto one, which it may not merge." {
		t.Errorf("%+v", got) // whatever the folders are called
	}
	if got := (&Report{Outcome: OutcomeDone}).Troubles(); got == nil || len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestStatus_isOneWordForEachOutcome(t *testing.T) {
	for o, want := range map[Outcome]Status{
		OutcomeDone: StatusDone, OutcomeListed: StatusWarnings, OutcomeTemporary: StatusIncomplete, OutcomeNeedsUser: StatusNeedsYou,
		OutcomeFull: StatusNeedsYou, OutcomeSafety: StatusNeedsYou, OutcomeUsage: StatusNeedsYou, OutcomeStopped: StatusCancelled, OutcomeBug: StatusFault,
	} {
		if got := (Run{State: StateEnded, Report: &Report{Outcome: o}}).Status(); got != want {
			t.Errorf("%s is %s, want %s", o, got, want)
		}
	}
	for _, r := range []struct {
		run  Run
		want Status
	}{
		{Run{State: StateQueued}, StatusQueued},
		{Run{State: StateRunning}, StatusRunning},
		{Run{State: StateRunning, Stopping: true}, StatusStopping},
		{Run{State: StateEnded}, StatusFault},
	} {
		if got := r.run.Status(); got != r.want {
			t.Errorf("%+v is %s", r.run, got)
		}
	}
}
