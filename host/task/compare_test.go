package task_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func optionsTask() task.Task {
	return task.Task{
		Name: "ann", Owner: task.Owner{ID: "u", Role: "user"},
		Sources: []task.Source{
			{Name: "old", Account: task.Account{Kind: task.KindIMAP, Host: "old.example", Port: 993, TLS: task.TLSImplicit, User: "ann", Password: "canary"}},
			{Name: "stored", Account: task.Account{Kind: task.KindIMAP, Host: "s.example", Port: 993, TLS: task.TLSImplicit, User: "ann", ID: "a1"}},
		},
		Destination: task.Account{Kind: task.KindIMAP, Host: "new.example", Port: 143, TLS: task.TLSStart, User: "ann", Local: "ann@new.example", Password: "canary"},
		Schedule:    task.Schedule{Cron: "30 2 * * *", Window: task.Window{From: 22 * 60, To: 6 * 60, Days: 1<<time.Monday | 1<<time.Friday}, Jitter: 5},
		Removal:     task.Removal{Sources: map[string]time.Duration{"old": 30 * 24 * time.Hour}},
		Overrides:   []task.Override{{Source: "old", Folder: "A", Target: "B"}},
	}
}

func TestOptionsOf_sayWhatIsInForceAndWhereItComesFromWithoutAnySecret(t *testing.T) {
	approved := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	all := task.OptionsOf(optionsTask(), task.Run{Pace: task.Pace{Bytes: 5000, Messages: 7}, Only: make([]task.SourceFolder, 3)}, true, &task.Plan{Approved: approved, ApprovedBy: "root"})
	var got []string
	for _, o := range all {
		got = append(got, strings.Join([]string{string(o.Name), o.Of, o.Value, string(o.From), o.By}, "|"))
		if strings.Contains(o.Value, "canary") {
			t.Errorf("a password: %+v", o)
		}
		if !slices.Contains(task.OptionNames(), o.Name) || !slices.Contains(task.OptionOrigins(), o.From) {
			t.Errorf("pages do not know %+v", o)
		}
	}
	for _, want := range []string{
		"source|old|imaps://ann@old.example|task|", "source|stored|imaps://ann@s.example|stored account|a1",
		"destination||imap://ann@new.example|local domain|new.example", "reach||public mail servers|role of the owner|user",
		"schedule||30 2 * * *|task|", "zone||that of the service|service|", "window||22:00-06:00 Mon Fri|task|", "jitter||5%|task|",
		"approved plan||2026-03-04T05:06:07Z, root|task|", "only folders||3|run|", "rate||5000|run|", "message rate||7|run|",
		"delete at source|old|30d|task|", "limit on deleting||10%|default|", "replace||never|default|",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(got, "\n"))
		}
	}
	plain := task.OptionsOf(task.Task{Rule: task.RuleUser{ID: "r", Name: "all of sales"}, Schedule: task.Schedule{Every: 6 * time.Hour}}, task.Run{}, false, nil)
	if want := (task.Option{Name: task.OptionSchedule, Value: "6h", From: task.FromRule, By: "all of sales"}); !slices.Contains(plain, want) {
		t.Errorf("%+v", plain)
	}
}

func TestCompareRuns_findsWhatDiffers(t *testing.T) {
	before, after := optionsTask(), optionsTask()
	after.Schedule = task.Schedule{}
	after.Overrides[0].Target = "C"
	hooks := func(list ...task.Hook) (used []task.HookUsed) {
		for _, h := range list {
			u := task.UsedHook(h)
			u.ID, u.Version = h.Plugin, "1.0.0"
			used = append(used, u)
		}
		return used
	}
	with := &task.RunOptions{
		Program: "1", Options: task.OptionsOf(before, task.Run{}, false, nil),
		Hooks: hooks(task.Hook{Plugin: "a", Digest: "sha256:1", Config: "{}"}, task.Hook{Plugin: "b"}, task.Hook{Plugin: task.ScriptHook("mine", 1)}, task.Hook{Plugin: "gone"}),
	}
	now := &task.RunOptions{
		Program: "2", Options: task.OptionsOf(after, task.Run{}, false, nil),
		Hooks: hooks(task.Hook{Plugin: "b", Merges: task.MergesReport}, task.Hook{Plugin: "a", Merges: task.MergesRefuse, Digest: "sha256:2", OnError: task.OnErrorStop}, task.Hook{Plugin: task.ScriptHook("mine", 2)}, task.Hook{Plugin: "fresh"}),
	}
	run := func(folders []task.FolderReport, listed ...task.Listed) task.Run {
		r := &task.Report{Outcome: task.OutcomeListed, Folders: folders, Listed: listed}
		for _, f := range folders {
			r.Counts.Add(f.Counts)
		}
		return task.Run{State: task.StateEnded, Report: r}
	}
	c := task.CompareRuns(
		run([]task.FolderReport{{Source: "old", Folder: "INBOX", Target: "INBOX", Counts: task.Counts{Source: 3, Copied: 3}}, {Source: "old", Folder: "Same"}, {Source: "old", Folder: "Was"}},
			task.Listed{Fate: task.FateFailed, Reason: "message too big"}, task.Listed{Fate: task.FateFailed, Reason: "no permission"}),
		run([]task.FolderReport{{Source: "old", Folder: "Same"}, {Source: "old", Folder: "INBOX", Target: "INBOX", Counts: task.Counts{Source: 4, Copied: 1, Present: 3}}, {Source: "old", Folder: "Is"}},
			task.Listed{Fate: task.FateFailed, Reason: "no permission"}, task.Listed{Fate: task.FateHeld, Reason: "plugin x trapped"}, task.Listed{Fate: task.FateHeld, Reason: "plugin y trapped"}),
		with, now)

	var options []string
	for _, o := range c.Options {
		options = append(options, string(o.Name)+": "+o.Before.Text()+" -> "+o.After.Text())
	}
	if want := []string{"schedule: 30 2 * * * -> by hand", "zone: that of the service -> -", "window: 22:00-06:00 Mon Fri -> -", "jitter: 5% -> -"}; len(options) != 6 ||
		!slices.Equal(options[:4], want) || !strings.HasPrefix(options[4], "folders set by hand: 1 (sha256:") || options[5] != "version of mailweir: 1 -> 2" {
		t.Errorf("options %q", options)
	}
	got := map[string][]string{}
	for _, h := range c.Hooks {
		got[h.Plugin] = h.What
		for _, w := range h.What {
			if !slices.Contains(task.HookDifferences(), w) {
				t.Errorf("pages do not know %q", w)
			}
		}
	}
	want := map[string][]string{
		"a": {"digest", "configuration", "on error", "merges", "order"}, "b": {"order"}, "mine.js": {"version"}, "gone": {"removed"}, "fresh": {"added"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("hooks %v", got)
	}
	var folders []string
	for _, f := range c.Folders {
		folders = append(folders, f.Folder)
	}
	if want := []string{"INBOX", "Was", "Is", "Same"}; !slices.Equal(folders, want) || !c.Folders[3].Same() || c.Folders[0].Same() {
		t.Errorf("folders %q", folders)
	}
	if tr := c.Troubles; len(tr) != 3 || !tr[0].New || tr[0].After != 2 || tr[1].New || tr[1].Gone || tr[1].Before != 1 || !tr[2].Gone || tr[2].Before != 1 {
		t.Errorf("troubles %+v", tr)
	}
}

func TestCompareRuns_saysWhatIsNotKept(t *testing.T) {
	kept := &task.RunOptions{}
	full := task.Run{Report: &task.Report{Counts: task.Counts{Source: 1}, Folders: []task.FolderReport{{Folder: "INBOX"}}}}
	bare := task.Run{Report: &task.Report{Counts: task.Counts{Source: 1}}} // its folders are gone
	empty := task.Run{Report: &task.Report{Cause: "login refused", Outcome: task.OutcomeNeedsUser}}
	if c := task.CompareRuns(bare, full, nil, kept); c.OptionsKept || c.FoldersKept || len(c.Folders)+len(c.Troubles) > 0 {
		t.Errorf("%+v", c)
	}
	if c := task.CompareRuns(full, empty, kept, kept); !c.OptionsKept || !c.FoldersKept || len(c.Options)+len(c.Hooks) > 0 || len(c.Troubles) != 1 {
		t.Errorf("%+v", c)
	}
}
