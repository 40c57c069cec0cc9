package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// deleteForGood deletes a task, and lets the time go by in which it could be restored.
func deleteForGood(t *testing.T, s *Store, id string) {
	t.Helper()
	check(t, s.DeleteTask(t.Context(), id, ""))
	if _, err := s.write.NewRaw("UPDATE task SET deleted_at = ? WHERE id = ?", toMillis(s.now().Add(-task.KeepDeleted)), id).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(t, s.Clean(t.Context()))
}

func TestRestoreTask_bringsBackEveryRowOfEveryTable(t *testing.T) {
	s := lived(t, openNew(t))
	now := s.now()
	ctx := t.Context()
	referring := must[[]task.StoredAccount](t)(s.Accounts(ctx))[0]
	batch := task.Batch{Name: "x.csv"}
	check(t, s.CreateBatch(ctx, &batch))
	tk := newTask("combines")
	tk.Owner.ID, tk.Batch = must[[]access.User](t)(s.Users(ctx))[0].ID, batch.ID
	tk.Sources = append(tk.Sources, task.Source{Name: "stored", Account: task.Account{ID: referring.ID}})
	tk.Destination = task.Account{Local: "ann@example.org"}
	tk.Schedule.Every = time.Hour
	tk.Overrides = []task.Override{{Source: "work", Folder: "INBOX", Target: "Work"}}
	save(t, s, tk)
	check(t, s.SaveScript(ctx, &task.Script{TaskID: tk.ID, Name: "rules", Source: "x"}))
	check(t, s.ApprovePlan(ctx, tk.ID, planned(t, s, tk.ID, nil).ID, "ann"))
	must[task.Link](t)(s.MakeLink(ctx, tk.ID, "ann", "a token", now.Add(time.Hour)))
	told := webhook("of this one")
	told.All, told.Tasks = false, []string{tk.ID}
	check(t, s.SaveChannel(ctx, told))
	paused := must[task.Task](t)(s.TaskNamed(ctx, "paused"))

	before := dump(t, s)
	sums := must[task.Sums](t)(s.SumTasks(ctx, Among{All: true}))
	check(t, s.DeleteTask(ctx, tk.ID, "both"))
	check(t, s.DeleteTask(ctx, paused.ID, "both"))

	if after := must[task.Sums](t)(s.SumTasks(ctx, Among{All: true})); after.All != sums.All-2 || after.Paused != sums.Paused-1 {
		t.Errorf("%+v after %+v", after, sums)
	}
	if found, total, err := s.FindTasks(ctx, Among{All: true}, task.Query{}); total != sums.All-2 || len(found) != total || err != nil {
		t.Errorf("found %d, %v", total, err)
	}
	_, _, noCredentials := s.loadDeleted(ctx, s.read, "nowhere")
	_, noTask := s.Task(ctx, tk.ID)
	_, noName := s.TaskNamed(ctx, "combines")
	_, noLink := s.LinkOf(ctx, "a token")
	_, noRun := s.CreateRun(ctx, tk.ID, TriggerHand)
	for what, err := range map[string]error{
		"read": noTask, "read by name": noName, "its link": noLink, "run": noRun, "deleted that never was": noCredentials,
		"delete again": s.DeleteTask(ctx, tk.ID, ""), "pause": s.PauseTask(ctx, tk.ID, "x"), "resume": s.ResumeTask(ctx, tk.ID),
		"save": s.SaveTask(ctx, new(must[task.Deleted](t)(s.DeletedTask(ctx, tk.ID)).Task)),
		"give": s.GiveTask(ctx, tk.ID, tk.Owner.ID), "a script": s.SaveScript(ctx, &task.Script{TaskID: tk.ID, Name: "rules"}),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if due := must[[]Ticket](t)(s.ClaimDue(ctx, now.Add(2*time.Hour))); len(due) > 0 {
		t.Errorf("its schedule goes on: %v", due)
	}
	deleted := must[[]task.Deleted](t)(s.DeletedTasks(ctx))
	if len(deleted) != 2 || deleted[0].Deletion != "both" || deleted[1].Deletion != "both" || !deleted[0].Until().Equal(now.Add(task.KeepDeleted)) {
		t.Errorf("%+v", deleted)
	}
	check(t, s.Clean(ctx))
	for _, d := range deleted {
		if got := must[task.Task](t)(s.RestoreTask(ctx, d.Task.ID)); got.Name != d.Task.Name {
			t.Errorf("%q is called %q", d.Task.Name, got.Name)
		}
	}
	after := dump(t, s)
	for _, other := range []string{"node", "task_place"} { // written anew
		delete(before, other)
		delete(after, other)
	}
	// What ClaimDue has started of other tasks is none of this.
	delete(before, "run")
	delete(after, "run")
	if diff := cmp.Diff(only(before["task"], tk.ID, paused.ID), only(after["task"], tk.ID, paused.ID)); diff != "" {
		t.Error(diff)
	}
	delete(before, "task")
	delete(after, "task")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("-before +restored:\n%s", diff)
	}
	if _, err := s.RestoreTask(ctx, tk.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("restored twice: %v", err)
	}
	got := must[task.Task](t)(s.Credentials(ctx, tk.ID))
	if got.Sources[0].Account.Password != "w-secret" || !got.Agenda.Next.Equal(now.Add(time.Hour)) {
		t.Errorf("%+v", got)
	}
}

// only are the rows with one of the words.
func only(rows []string, words ...string) (out []string) {
	for _, r := range rows {
		for _, w := range words {
			if strings.Contains(r, w) {
				out = append(out, r)
			}
		}
	}
	return out
}

func TestDeleteTask_stopsItsRunAndGoesForGoodAfterADay(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_800_000_000_000)
	setClock(s, &now)
	beat(t, s)
	tk, busy, other := save(t, s, newTask("a")), save(t, s, newTask("busy")), save(t, s, newTask("b"))
	tickets := map[string]Ticket{}
	for _, x := range []*task.Task{tk, busy, other} {
		l := s.Ledger(x.ID)
		pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
		run := must[task.Run](t)(s.CreateRun(t.Context(), x.ID, TriggerHand))
		tickets[x.ID] = TicketOf(run)
		must[task.Run](t)(s.ClaimRun(t.Context(), tickets[x.ID]))
		check(t, errors.Join(l.Put(t.Context(), pair, entries(1, 10)), s.AppendLog(t.Context(), tickets[x.ID], []task.LogLine{{Text: "x"}})))
	}
	must[Ticket](t)(s.Requeue(t.Context(), tickets[tk.ID], false))

	check(t, s.DeleteTask(t.Context(), tk.ID, ""))
	if run := must[task.Run](t)(s.Run(t.Context(), tickets[tk.ID].RunID)); run.State != task.StateEnded || run.Report.Outcome != task.OutcomeStopped {
		t.Errorf("the run that waited is %s", run.Status())
	}
	check(t, s.DeleteTask(t.Context(), busy.ID, ""))
	if stop := must[bool](t)(s.SaveProgress(t.Context(), tickets[busy.ID], task.Progress{})); !stop {
		t.Error("nobody asks the run to stop")
	}
	if d := must[task.Deleted](t)(s.DeletedTask(t.Context(), tk.ID)); d.Deletion != tk.ID {
		t.Errorf("%+v", d)
	}

	now = now.Add(task.KeepDeleted)
	check(t, s.Clean(t.Context()))
	if _, err := s.RestoreTask(t.Context(), tk.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("restored after a day: %v", err)
	}
	rows := func(want map[string]int) {
		t.Helper()
		for table, n := range want {
			var got int
			if err := s.DB().QueryRow("SELECT count(*) FROM " + table).Scan(&got); err != nil || got != n {
				t.Errorf("%s has %d rows, %v; want %d", table, got, err, n)
			}
		}
	}
	// The one whose run does not end yet has to wait.
	rows(map[string]int{"task": 2, "source": 4, "hook": 4, "run": 2, "run_log": 2, "pair": 2, "entry": 20})
	check(t, s.FinishRun(t.Context(), tickets[busy.ID], &task.Report{Outcome: task.OutcomeStopped}))
	check(t, s.Clean(t.Context()))
	rows(map[string]int{"task": 1, "source": 2, "hook": 2, "run": 1, "run_log": 1, "pair": 1, "entry": 10})
}

func TestRestoreTask_whenItsPlaceIsTakenOrWhatItNeedsIsGone(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_800_000_000_000)
	setClock(s, &now)
	ctx := t.Context()
	long := strings.Repeat("ä", 100)
	first := save(t, s, newTask(long))
	check(t, s.DeleteTask(ctx, first.ID, ""))
	second := save(t, s, newTask(long))
	if got := must[task.Task](t)(s.RestoreTask(ctx, first.ID)); got.Name == long || !strings.HasSuffix(got.Name, "ä (restored)") || got.Validate() != nil {
		t.Errorf("called %q", got.Name)
	}
	check(t, s.DeleteTask(ctx, second.ID, ""))
	if got := must[task.Task](t)(s.RestoreTask(ctx, second.ID)); got.Name != long {
		t.Errorf("called %q", got.Name)
	}

	a := storedAccount(t, s, "archive")
	needs := save(t, s, referring("needs it", task.Account{ID: a.ID}, account("work", "w")))
	check(t, s.DeleteTask(ctx, needs.ID, ""))
	check(t, s.DeleteAccount(ctx, a.ID)) // what is deleted needs nothing
	if _, err := s.RestoreTask(ctx, needs.ID); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), `account that the task "needs it" needs`) {
		t.Errorf("%v", err)
	}

	r := rule(t, s)
	must[task.RuleResult](t)(s.ApplyRule(ctx, r.ID, []string{"ann@example.org"}, false))
	made := must[task.Task](t)(s.TaskNamed(ctx, "move: ann@example.org"))
	check(t, s.DeleteTask(ctx, made.ID, ""))
	if got := must[task.Task](t)(s.RestoreTask(ctx, made.ID)); got.Rule != made.Rule {
		t.Errorf("%+v", got.Rule)
	}
	check(t, s.DeleteTask(ctx, made.ID, ""))
	must[task.RuleResult](t)(s.ApplyRule(ctx, r.ID, []string{"ann@example.org"}, false))
	if _, err := s.RestoreTask(ctx, made.ID); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "delete that one first") {
		t.Errorf("%v", err)
	}
}

func TestDeletedTasks_goWithTheirOwnerOrToTheHeirAndAreRekeyed(t *testing.T) {
	s := openNew(t)
	ctx := t.Context()
	addUser(t, s, "root", access.RoleAdmin)
	ann, bob, olga := addUser(t, s, "ann", access.RoleUser), addUser(t, s, "bob", access.RoleUser), addUser(t, s, "olga", access.RoleUser)
	owned := func(name string, by access.User) string {
		tk := newTask(name)
		tk.Owner.ID = by.ID
		save(t, s, tk)
		return tk.ID
	}
	kept, deleted, alone := owned("kept", ann), owned("deleted", ann), owned("alone", olga)
	check(t, s.DeleteTask(ctx, deleted, ""))
	check(t, s.DeleteTask(ctx, alone, ""))
	check(t, s.RemoveUser(ctx, olga.ID, "")) // owns nothing that anybody sees
	check(t, s.RemoveUser(ctx, ann.ID, bob.ID))
	if left := must[[]task.Deleted](t)(s.DeletedTasks(ctx)); len(left) != 1 || left[0].Task.ID != deleted || left[0].Task.Owner.Name != "bob" {
		t.Errorf("%+v", left)
	}
	next := testBox(t, t.TempDir())
	must[int](t)(s.Rekey(ctx, next))
	s.box = next
	must[task.Task](t)(s.RestoreTask(ctx, deleted))
	for _, id := range []string{kept, deleted} {
		if got := must[task.Task](t)(s.Credentials(ctx, id)); got.Destination.Password != "a-secret" {
			t.Errorf("%s opens as %q", got.Name, got.Destination.Password.Reveal())
		}
	}
}
