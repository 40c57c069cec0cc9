package copier_test

import (
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestRun_looksOnlyAtTheFoldersThatAreNamed(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put("Sent", letter(2), day(1))
	s.options.Only = func(source, folder string) bool { return source == "a" && folder == "Sent" }
	// What is not looked at must not seem to be gone.
	s.options.Removal = copier.Removal{AtTarget: true}
	r := s.run()
	s.wants(r, task.OutcomeDone, 1, 0)
	if len(r.Folders) != 1 || r.Folders[0].Folder != "Sent" || len(s.target.bodies(mail.Inbox)) != 0 {
		t.Errorf("%+v", r.Folders)
	}
	s.options.Only, s.options.Removal = nil, copier.Removal{}
	s.wants(s.run(), task.OutcomeDone, 1, 1)
	s.whole()
}
