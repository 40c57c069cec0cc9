package copier_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// targets says where a run put each folder.
func targets(r *task.Report) string {
	var out []string
	for _, f := range r.Folders {
		out = append(out, fmt.Sprintf("%s:%s>%s", f.Source, f.Folder, f.Target))
	}
	return fmt.Sprint(out)
}

// sentScene has two sources, each with a folder of the use Sent under a name of
// its own.
func sentScene(t *testing.T) (*scene, *account) {
	s := newScene(t)
	s.source.put("Gesendet", letter(1), day(1))
	s.source.box("Gesendet").folder.Use = mail.UseSent
	other := newAccount("other", s.world)
	other.put("Sent", letter(2), day(2))
	other.box("Sent").folder.Use = mail.UseSent
	s.more = []copier.SourceAccount{{Name: "b", Open: func(ctx context.Context) (mail.Source, error) { return other.open(ctx) }}}
	return s, other
}

func TestRun_foldersStayWhereTheFirstRunPutThem(t *testing.T) {
	for _, noUses := range []bool{false, true} {
		t.Run(fmt.Sprintf("target keeps uses: %v", !noUses), func(t *testing.T) {
			s, other := sentScene(t)
			s.target.noUses = noUses
			first := s.run()
			s.wants(first, task.OutcomeDone, 2, 0)
			other.put("Sent", letter(3), day(3))
			second := s.run()
			s.wants(second, task.OutcomeDone, 1, 2)
			if a, b := targets(first), targets(second); a != b {
				t.Errorf("first %s\nthen  %s", a, b)
			}
		})
	}
}

func TestRun_aFolderThatAHookPlacedIsNotTheAccountsSentFolder(t *testing.T) {
	s, _ := sentScene(t)
	s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		if q.Source == "a" {
			return copier.FolderAnswer{Target: "Office/" + q.Proposed, By: "test"}, nil
		}
		return copier.FolderAnswer{}, nil
	}}
	first := s.run()
	s.wants(first, task.OutcomeDone, 2, 0)
	want := "[a:INBOX>Office/INBOX a:Gesendet>Office/Gesendet b:INBOX>INBOX b:Sent>Sent]"
	if got := targets(first); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := targets(s.run()); got != want {
		t.Errorf("then %s\nwant %s", got, want)
	}
}
