package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// tight is a server with a quota and a limit on messages.
const tight = `
imap_capability = +APPENDLIMIT=20000
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=100K
}`

// sizedLetter is a message of a size.
func sizedLetter(subject string, size int) []byte {
	head := fmt.Sprintf("From: a@example.org\r\nSubject: %s\r\nMessage-ID: <%s@example.org>\r\n\r\n", subject, strings.ReplaceAll(subject, " ", "."))
	return append([]byte(head), bytes.Repeat([]byte("0123456789abcde\r\n"), size/17+1)...)
}

// planScene is a service, a Dovecot with mail of ann, and a tight one with nothing.
type planScene struct {
	*testing.T
	*service
	ctx      context.Context
	old, new *mailtest.Dovecot
}

func newPlanScene(t *testing.T) *planScene {
	s := &planScene{
		T: t, service: newService(t), ctx: access.With(t.Context(), access.Local()),
		old: mailtest.StartDovecot(t, mailtest.DovecotOptions{SpecialUse: map[string]string{"Gesendet": "Sent"}}),
		new: mailtest.StartDovecot(t, mailtest.DovecotOptions{SpecialUse: map[string]string{"Sent Mail": "Sent"}, Extra: tight}),
	}
	c := s.old.Dial("ann")
	defer c.Close()
	for _, folder := range []string{"INBOX", "Gesendet", "Work", "work"} {
		c.Create(folder)
		for i := range 3 {
			c.Append(folder, `\Flagged`, time.Unix(1e9, 0), sizedLetter(fmt.Sprintf("%s %d", folder, i), 900))
		}
	}
	c.Append("INBOX", "", time.Unix(1e9, 0), sizedLetter("large", 30_000))
	return s
}

// task makes a task that copies ann's mail to user.
func (s *planScene) task(user string, change func(*task.Task)) task.Task {
	s.Helper()
	login := func(d *mailtest.Dovecot, user string) task.Account {
		a := serverOf(s.T, d.Addr())
		a.User, a.Password = user, "secret"
		return a
	}
	t := task.Task{Name: "to " + user, Sources: []task.Source{{Name: "old", Account: login(s.old, "ann")}}, Destination: login(s.new, user)}
	if change != nil {
		change(&t)
	}
	saved, err := s.SaveTask(s.ctx, t)
	if err != nil {
		s.Fatal(err)
	}
	return saved
}

func (s *planScene) preflight(id string) task.Plan {
	s.Helper()
	p, err := s.PreflightTask(s.ctx, id)
	if err != nil {
		s.Fatal(err)
	}
	return p
}

func (s *planScene) approve(p task.Plan) {
	s.Helper()
	if got, err := s.ApprovePlan(s.ctx, p.TaskID, p.ID); err != nil || !got.InForce() || got.ApprovedBy != access.Local().Name {
		s.Fatalf("%+v, %v", got, err)
	}
}

func (s *planScene) run(id string) *task.Report {
	s.Helper()
	run, err := s.StartRun(s.ctx, id)
	if err != nil {
		s.Fatal(err)
	}
	return ended(s.T, s.service, run.ID).Report
}

func rowFor(t *testing.T, p task.Plan, folder string) task.PlanRow {
	t.Helper()
	for _, r := range p.Rows {
		if r.Folder == folder {
			return r
		}
	}
	t.Fatalf("no row for %s in %+v", folder, p.Rows)
	return task.PlanRow{}
}

// found is the first finding of a class with these words.
func found(p task.Plan, class task.FindingClass, words string) bool {
	for _, f := range p.Findings {
		if f.Class == class && strings.Contains(f.Where+": "+f.Text, words) {
			return true
		}
	}
	return false
}

func TestPreflight_tellsWhatIsToBeKnownAndChangesNothing(t *testing.T) {
	s := newPlanScene(t)
	tk := s.task("bob", nil)
	before := s.old.Dial("ann").Dump()
	p := s.preflight(tk.ID)
	for words, class := range map[string]task.FindingClass{
		"source old: Logged in: 4 folders, 13 messages.":                   task.FindingFine,
		"destination: Logged in: 2 folders, 0 messages, room for 100 KiB.": task.FindingFine,
		"destination: 1 message is larger than it takes (20 KiB)":          task.FindingNote,
		`plan: "Work", "work" differ in letter case only`:                  task.FindingNote,
	} {
		if !found(p, class, words) {
			t.Errorf("not found, as %s: %s", class, words)
		}
	}
	if task.Worst(p.Findings) != task.FindingNote || p.Incomplete || p.State() != task.PlanNew {
		t.Errorf("%+v", p)
	}
	for folder, want := range map[string][2]string{
		"INBOX": {"INBOX", "same name"}, "Gesendet": {"Sent Mail", "special use"}, "Work": {"Work", "same name"},
	} {
		if r := rowFor(t, p, folder); r.Target != want[0] || r.By != want[1] {
			t.Errorf("%+v", r)
		}
	}
	if r := rowFor(t, p, "INBOX"); r.Messages != 4 || r.ToCopy != 4 || r.Bytes < 32_000 || r.Bytes > 34_500 || r.TooBig != 1 || r.Create {
		t.Errorf("%+v", r)
	}
	if r := rowFor(t, p, "Work"); !r.Create {
		t.Errorf("%+v", r)
	}
	if e := p.Estimate; !e.Known || e.Low <= 0 || e.High < e.Low || e.Messages < 3 || e.High > time.Hour {
		t.Errorf("%+v", e)
	}
	if len(p.Sides) != 2 || p.Sides[0].Name != "old" || p.Sides[1].QuotaLimit != 100<<10 || p.Sides[1].AppendLimit != 20_000 || strings.Contains(fmt.Sprint(p), "secret") {
		t.Errorf("%+v", p.Sides)
	}
	if diff := mailtest.Diff(before, s.old.Dial("ann").Dump()); diff != "" {
		t.Errorf("the source is another one: %s", diff)
	}
	if there := s.new.Dial("bob").Dump(); there.Messages() != 0 || len(there.Folders()) != 2 {
		t.Errorf("the destination has %v", there.Folders())
	}

	// More than there is room for stops the run.
	c := s.old.Dial("ann")
	for i := range 8 {
		c.Append("Work", "", time.Unix(1e9, 0), sizedLetter(fmt.Sprint("much ", i), 15_000))
	}
	c.Close()
	p = s.preflight(tk.ID)
	if !found(p, task.FindingStops, "destination: There is room for 100 KiB, and") || p.Findings[0].Class != task.FindingStops || p.Findings[0].Remedy == "" {
		t.Errorf("%+v", p.Findings)
	}
	// An account that can not be opened is a finding, and the plan can not be approved.
	wrong := s.task("nobody", nil)
	p = s.preflight(wrong.ID)
	if !found(p, task.FindingStops, "destination: It can not be opened:") || !found(p, task.FindingFine, "source old: Logged in") || !p.Incomplete ||
		p.Findings[0].Remedy == "" || p.Estimate.Known {
		t.Errorf("%+v", p)
	}
	if _, err := s.ApprovePlan(s.ctx, wrong.ID, p.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("it is approved: %v", err)
	}
}

func TestPreviewPlan_isOfATaskThatIsNotSaved(t *testing.T) {
	s := newPlanScene(t)
	saved := s.task("bob", nil)
	unsaved := saved
	unsaved.ID, unsaved.Name = "", "another"
	unsaved.Sources = []task.Source{{Name: "old", Account: saved.Sources[0].Account}}
	unsaved.Sources[0].Account.Password, unsaved.Destination.Password = "secret", "secret"
	unsaved.Overrides = []task.Override{{Source: "old", Folder: "work", Target: "Work/small"}}
	p, err := s.PreviewPlan(s.ctx, unsaved)
	if err != nil || p.ID != "" || len(p.Collisions) != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	if r := rowFor(t, p, "work"); r.Target != "Work/small" || r.By != "set by hand" {
		t.Errorf("%+v", r)
	}
	rooted := unsaved
	rooted.Name, rooted.Overrides, rooted.Destination.Root = "rooted", nil, "Backup"
	if p, err = s.PreviewPlan(s.ctx, rooted); err != nil || !found(p, task.FindingFine, `destination: Only the folder "Backup" and those below it`) || !rowFor(t, p, "INBOX").Create {
		t.Errorf("%+v, %v", p, err)
	}
	// The passwords of a task count for that task, and not for one that is called like it.
	unsaved.Destination.Password, unsaved.Name = "", saved.Name
	if _, err := s.PreviewPlan(s.ctx, unsaved); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("with the password of another task: %v", err)
	}
	unsaved.ID = saved.ID
	unsaved.Name = "renamed"
	if p, err = s.PreviewPlan(s.ctx, unsaved); err != nil || len(p.Rows) != 4 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.Plan(s.ctx, saved.ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("it was kept: %v", err)
	}

	// A Maildir that is not there stays away, and bounds hold as for a task that is saved.
	dir := filepath.Join(t.TempDir(), "Maildir")
	unsaved.Destination = task.Account{Kind: task.KindMaildir, Dir: dir}
	unsaved.ID = ""
	unsaved.Sources[0].Account.Password = "secret"
	if p, err = s.PreviewPlan(s.ctx, unsaved); err != nil || len(p.Rows) != 4 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
	if _, err := s.AddUser(s.ctx, access.User{Name: "ada", Role: access.RoleAdmin}, "four random words"); err != nil {
		t.Fatal(err)
	}
	u, err := s.AddUser(s.ctx, access.User{Name: "carl", Role: access.RoleUser}, "four random words")
	if err != nil {
		t.Fatal(err)
	}
	theirs := saved
	theirs.Overrides = nil
	if _, err := s.PreviewPlan(access.With(t.Context(), u.Actor()), theirs); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("a user looks at another one's mail: %v", err)
	}
	if _, err := s.PreviewPlan(access.With(t.Context(), u.Actor()), unsaved); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("a user looks at directories of the machine: %v", err)
	}
}

func TestApprovedPlan_isWhatRunsDo(t *testing.T) {
	s := newPlanScene(t)
	tk := s.task("bob", func(tk *task.Task) { tk.PlanFirst = true })
	if r := s.run(tk.ID); r.Outcome != task.OutcomeNeedsUser || !strings.Contains(r.Cause, "waits for an approved plan") {
		t.Errorf("it runs without one: %s %s", r.Outcome, r.Cause)
	}
	if err := s.SetOverrides(s.ctx, tk.ID, 0, []task.Override{{Source: "old", Folder: "work", Target: "Work/small"}}); err != nil {
		t.Fatal(err)
	}
	plan := s.preflight(tk.ID)
	s.approve(plan)

	// A folder that appears after that is held back, and everything else is copied.
	c := s.old.Dial("ann")
	c.Append("INBOX", `\Deleted`, time.Unix(1e9, 0), sizedLetter("arrived", 100))
	c.Create("Appeared")
	c.Append("Appeared", "", time.Unix(1e9, 0), sizedLetter("new", 100))
	r := s.run(tk.ID)
	if r.Outcome != task.OutcomeListed || r.Counts.Copied != 13 || r.Counts.Held != 1 || r.Counts.Failed != 1 || len(r.Undone()) != 2 {
		t.Errorf("%s: %+v", r.Cause, r.Counts)
	}
	told := false
	for _, trouble := range r.Troubles() {
		told = told || strings.Contains(trouble.Cause, "not as in the approved plan") && strings.Contains(trouble.Example, `it is not in it; it would go to "Appeared"`)
	}
	if !told {
		t.Errorf("%+v", r.Troubles())
	}
	there := s.new.Dial("bob").Dump()
	if len(there["Work/small"]) != 3 || len(there["Work"]) != 3 || there["Appeared"] != nil {
		t.Errorf("%v", there.Folders())
	}

	// Nor is it copied by the next run: the plan binds until one has carried it out.
	if r = s.run(tk.ID); r.Counts.Held != 1 || r.Counts.Copied != 0 {
		t.Errorf("%+v", r.Counts)
	}
	if p, err := s.PlanInForce(s.ctx, tk.ID); err != nil || p.ID != plan.ID {
		t.Errorf("%+v, %v", p, err)
	}
	s.approve(s.preflight(tk.ID))
	if r = s.run(tk.ID); r.Counts.Held != 0 || r.Counts.Copied != 1 || r.Counts.Failed != 1 {
		t.Errorf("%+v", r.Counts)
	}
	p, err := s.Plan(s.ctx, tk.ID)
	if err != nil || p.State() != task.PlanCarriedOut || p.RunID == "" {
		t.Errorf("%+v, %v", p, err)
	}

	// After that runs are free.
	c.Create("Later")
	c.Append("Later", "", time.Unix(1e9, 0), sizedLetter("later", 100))
	c.Close()
	if r = s.run(tk.ID); r.Counts.Held != 0 || r.Counts.Copied != 1 {
		t.Errorf("%+v", r.Counts)
	}
}

func TestApprovedPlan_endsARunWhenTheTaskIsAnotherOne(t *testing.T) {
	s := newPlanScene(t)
	tk := s.task("bob", nil)
	plan := s.preflight(tk.ID)
	s.approve(plan)
	refused := func(what string) {
		t.Helper()
		r := s.run(tk.ID)
		if r.Outcome != task.OutcomeNeedsUser || !strings.Contains(r.Cause, "the approved plan is out of date, because since it was made "+what+" have changed") ||
			strings.Contains(r.Cause, "\n") || r.Counts.Copied != 0 {
			t.Errorf("%s %s", r.Outcome, r.Cause)
		}
		if _, known := task.TroubleOf(r.Cause); !known {
			t.Errorf("there is no remedy for %s", r.Cause)
		}
	}
	change := func(do func(*task.Task)) {
		t.Helper()
		now, err := s.Task(s.ctx, tk.ID)
		if err != nil {
			t.Fatal(err)
		}
		do(&now)
		if _, err := s.SaveTask(s.ctx, now); err != nil {
			t.Fatal(err)
		}
	}
	change(func(tk *task.Task) {
		tk.Hooks = []task.Hook{{Plugin: "age-and-size", Config: `{"larger_than": "10 KB"}`}}
	})
	refused("the plugins")
	if _, err := s.ApprovePlan(s.ctx, tk.ID, plan.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("a plan that is out of date is approved: %v", err)
	}
	change(func(tk *task.Task) { tk.Hooks = nil })
	if err := s.SetOverrides(s.ctx, tk.ID, 0, []task.Override{{Source: "old", Folder: "Work", Exclude: true}}); err != nil {
		t.Fatal(err)
	}
	refused("the folders set by hand")
	if err := s.SetOverrides(s.ctx, tk.ID, 0, []task.Override{{Source: "new", Folder: "Work", Exclude: true}}); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("of a source that is not there: %v", err)
	}
	if err := s.SetOverrides(s.ctx, tk.ID, 0, nil); err != nil {
		t.Fatal(err)
	}

	// As it was, the plan is what it was. What has gone from the source is told.
	c := s.old.Dial("ann")
	c.Cmd(`DELETE "work"`)
	c.Close()
	r := s.run(tk.ID)
	if r.Outcome != task.OutcomeListed || r.Counts.Copied != 9 || !strings.Contains(strings.Join(r.Notes, "\n"), "work of source old is in the approved plan, and not there any more") {
		t.Errorf("%+v, %q", r.Counts, r.Notes)
	}
	if p, err := s.Plan(s.ctx, tk.ID); err != nil || p.State() != task.PlanCarriedOut {
		t.Errorf("%+v, %v", p, err)
	}
	if err := s.WithdrawPlan(s.ctx, tk.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("what is carried out is withdrawn: %v", err)
	}
	again := s.preflight(tk.ID)
	s.approve(again)
	if err := s.WithdrawPlan(s.ctx, tk.ID); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(s.ctx, access.Filter{Kind: kindTask, ID: tk.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[access.Deed]int{}
	for _, e := range events {
		counts[e.Deed]++
	}
	if counts[access.DeedPlanApproved] != 2 || counts[access.DeedPlanWithdrawn] != 1 {
		t.Errorf("%v", counts)
	}
}

func TestPreflight_roomIsComparedWithWhatIsCertain(t *testing.T) {
	rows := []task.PlanRow{
		{Source: "a", Folder: "new", Target: "new", Messages: 2, ToCopy: 2, Bytes: 60},
		{Source: "a", Folder: "maybe", Target: "maybe", Messages: 2, ToCopy: -1, Bytes: 60},
		{Source: "a", Folder: "unknown", Target: "unknown", Messages: 2, ToCopy: 2, Bytes: -1},
		{Source: "a", Folder: "out", Excluded: true, Messages: 2, Bytes: 1000},
		{Source: "a", Folder: "broken", Error: "trap", Messages: 2, Bytes: 1000},
	}
	for _, tt := range []struct {
		room    int64
		filters bool
		want    task.FindingClass
	}{
		{-1, false, task.FindingFine},  // not known
		{120, false, task.FindingFine}, // enough for all
		{119, false, task.FindingNote}, // some may be there already
		{60, false, task.FindingNote},
		{59, false, task.FindingStops},
		{59, true, task.FindingNote}, // a plugin may leave some out
	} {
		f := &preflight{room: tt.room}
		f.aboutRoom(&task.Plan{Rows: rows}, tt.filters)
		if got := task.Worst(f.findings); got != tt.want {
			t.Errorf("room for %d, filters %v: %s, want %s", tt.room, tt.filters, got, tt.want)
		}
	}
	// What a server tells of a folder may be more than there is, so it stops nobody.
	f := &preflight{room: 59}
	f.aboutRoom(&task.Plan{Rows: []task.PlanRow{{Source: "a", Folder: "huge", Messages: 2, ToCopy: 2, Bytes: 60, BytesAtMost: true}}}, false)
	if got := task.Worst(f.findings); got != task.FindingNote {
		t.Errorf("a size that is told: %s", got)
	}
}

func TestEstimate_isARangeOrSaysWhyThereIsNone(t *testing.T) {
	rows := func(r ...task.PlanRow) *task.Plan { return &task.Plan{Rows: r} }
	measured := copier.Measured{Messages: 10, Bytes: 1000, Took: time.Second, Lanes: 2, RoundTrip: 100 * time.Millisecond}
	for _, tt := range []struct {
		name     string
		measured copier.Measured
		give     *task.Plan
		want     task.Estimate // without the sample
	}{
		{"nothing to do", copier.Measured{}, rows(task.PlanRow{Messages: 5}), task.Estimate{Known: true}},
		{"no folders", measured, rows(), task.Estimate{Why: "the folders are not known"}},
		{"no sample", copier.Measured{}, rows(task.PlanRow{ToCopy: 5, Messages: 5, Bytes: 1}), task.Estimate{Why: "no message could be downloaded as a sample"}},
		{"small messages", measured, rows(task.PlanRow{ToCopy: 100, Messages: 100, Bytes: 1000}), task.Estimate{Known: true, Low: 500 * time.Millisecond, High: 30*time.Second + 500*time.Millisecond}},
		{"some may be there", measured, rows(task.PlanRow{ToCopy: -1, Messages: 10, Bytes: 1000}), task.Estimate{Known: true, High: 3*time.Second + 500*time.Millisecond}},
		{"sizes are not known", measured, rows(task.PlanRow{ToCopy: 10, Messages: 10, Bytes: -1}), task.Estimate{Known: true, Low: 500 * time.Millisecond, High: 3*time.Second + 500*time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := estimate(tt.measured, tt.give)
			tt.want.Messages, tt.want.Bytes, tt.want.Took = tt.measured.Messages, tt.measured.Bytes, tt.measured.Took
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	far := estimate(copier.Measured{Messages: 1, Bytes: 1, Took: time.Hour, Lanes: 1}, rows(task.PlanRow{ToCopy: 1 << 60, Messages: 1 << 60, Bytes: 1 << 60}))
	if far.High < far.Low || far.Low < 0 {
		t.Errorf("it overflows: %+v", far)
	}
}
