package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

// TestRunReport_saysWhatPluginsWereTold: what was copied is not listed among what was
// not.
func TestRunReport_saysWhatPluginsWereTold(t *testing.T) {
	r := task.Run{State: task.StateEnded, Report: &task.Report{
		Outcome: task.OutcomeListed,
		Outbox:  task.OutboxCounts{Delivered: 1234, Waiting: 5, GivenUp: 1},
		Listed: []task.Listed{
			{Source: "a", Folder: "INBOX", UID: 1, Fate: task.FateUntold, Reason: "copied, but <journal> was not told of it"},
		},
	}}
	render := func() string {
		var b bytes.Buffer
		if err := RunReport(r).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	page := render()
	for _, want := range []string{"1,234 delivered, 5 waiting for the next run, 1 given up", "Copied messages that a plugin was not told of", "&lt;journal&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "not copied") {
		t.Error("the page says that something was not copied")
	}
	r.Report.Listed = append(r.Report.Listed, task.Listed{Folder: "INBOX", UID: 2, Fate: task.FateHeld, Reason: "x"})
	r.Report.Outbox = task.OutboxCounts{}
	if page := render(); !strings.Contains(page, "Messages that were not copied") || strings.Contains(page, "delivered") {
		t.Errorf("then it is\n%s", page)
	}
}
