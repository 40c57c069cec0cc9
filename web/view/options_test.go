package view

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestCommand_isTheTaskAsAShellTakesIt(t *testing.T) {
	const nasty = `$(touch /tmp/x) "it's" ;` + "\x1b[31m\n`id`\u202e"
	tk := task.Task{
		Name: nasty,
		Sources: []task.Source{
			{Name: "a", Account: task.Account{Kind: task.KindIMAP, Host: "a.example", Port: 993, TLS: task.TLSImplicit, User: nasty, Password: "canary"}},
			{Name: "b", Account: task.Account{Kind: task.KindMaildir, Dir: "/srv/it's here"}},
		},
		Destination: task.Account{Kind: task.KindIMAP, Host: "b.example", Port: 1143, TLS: task.TLSStart, User: "ann"},
		Hooks:       []task.Hook{{Plugin: "folder-rules", Config: "{}", OnError: task.OnErrorStop, Merges: task.MergesRefuse}},
	}
	line := command(tk)
	if strings.Contains(line, "canary") || strings.ContainsAny(line, "\x1b\u202e") {
		t.Errorf("%q", line)
	}
	// A real shell splits it into words.
	out, err := exec.Command("sh", "-c", strings.Replace(line, "mailweir copy", `printf '%s\n'`, 1)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	want := []string{"--name", "$(touch /tmp/x) \"it's\" ;[31m`id`", "--from"}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("word %d is %q, want %q", i, got[i], w)
		}
	}
	if len(got) != 16 || got[5] != "b=maildir:///srv/it%27s%20here" {
		t.Errorf("%d words: %q", len(got), got)
	}
	for i, w := range got {
		if w == "--to" {
			if _, err := task.ParseAccount(got[i+1]); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestChoices_sayWhereEachComesFrom(t *testing.T) {
	account := task.Account{Kind: task.KindIMAP, Host: "a.example", Port: 993, TLS: task.TLSImplicit, User: "ann", ID: "x"}
	tk := task.Task{
		Sources: []task.Source{{Name: "old", Account: account}}, Destination: task.Account{Kind: task.KindIMAP, User: "ann", Local: "ann@new.example", TLS: task.TLSStart},
		Hooks: []task.Hook{{Plugin: "p", OnError: task.OnErrorStop, Merges: task.MergesRefuse}}, Owner: task.Owner{ID: "u", Role: "user"},
	}
	got := map[string]choice{}
	for _, c := range choices(context.Background(), tk) {
		got[c.name] = c
	}
	for name, want := range map[string][2]string{
		"From old":                          {"ann", "stored account"},
		"Into":                              {"ann", "local domain"},
		"Into: Protection":                  {"STARTTLS", "local domain"},
		"p: When the plugin fails":          {"the run ends", "this task"},
		"p: Folders that the plugin merges": {"the one that it moved is held back and tried again", "this task"},
		"Servers that may be used":          {"public mail servers", "the owner's role"},
		"Deletion":                          {"nothing is ever deleted", "default"},
		"From old: Way of logging in":       {"the best that the server offers", "default"},
	} {
		if got[name].value != want[0] || got[name].from != want[1] {
			t.Errorf("%s: %+v, want %v", name, got[name], want)
		}
	}
}

func TestCauses_groupWhatIsTheSameTrouble(t *testing.T) {
	r := task.Run{State: task.StateEnded, Report: &task.Report{
		Folders: []task.FolderReport{
			{Source: "a", Folder: "INBOX", Counts: task.Counts{Source: 9, Failed: 3, Held: 1}},
			{Source: "a", Folder: "Sent", Counts: task.Counts{Source: 7, Failed: 7}, Error: "open Sent: permission denied"},
		},
		Listed: []task.Listed{
			{Source: "a", Folder: "INBOX", UID: 1, Fate: task.FateFailed, Reason: `message of 70 MB is larger than its limit of 50 MB`},
			{Source: "a", Folder: "INBOX", UID: 2, Fate: task.FateFailed, Reason: `message of 90 MB is larger than its limit of 50 MB`},
			{Source: "a", Folder: "INBOX", UID: 3, Fate: task.FateHeld, Reason: "plugin x ran longer than 100 ms"},
			{Source: "a", Folder: "INBOX", UID: 4, Fate: task.FateSkipped, Reason: "a rule"},
		},
	}}
	all := causesOf(context.Background(), r)
	if len(all) != 3 || all[0].Messages != 7 || all[1].Messages != 2 || all[2].Messages != 1 {
		t.Fatalf("%+v", all)
	}
	x := In(English)
	for i, want := range []string{x.RemedyRights, x.RemedyTooBig, x.RemedyPluginHeld} {
		if all[i].Remedy != want {
			t.Errorf("%s: %s", all[i].Reason, all[i].Remedy)
		}
	}
}
