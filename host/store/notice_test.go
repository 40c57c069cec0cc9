package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func webhook(name string) *task.Channel {
	return &task.Channel{Name: name, Kind: task.ChannelWebhook, Target: "https://hooks.example/" + name, Secret: "s3cret", Events: task.NoticeEvents(), All: true}
}

// runOnce takes the task through a run that ends with the report.
func runOnce(t *testing.T, s *Store, taskID string, report *task.Report) task.Run {
	t.Helper()
	must[task.Run](t)(s.CreateRun(t.Context(), taskID, TriggerHand))
	c := must[Claim](t)(s.ClaimNext(t.Context()))
	if err := s.FinishRun(t.Context(), c.Ticket, report); err != nil {
		t.Fatal(err)
	}
	return must[task.Run](t)(s.Run(t.Context(), c.Run.ID))
}

// told takes the notices that are due now, and says that they were told.
func told(t *testing.T, s *Store) (events []string) {
	t.Helper()
	for {
		n, err := s.ClaimNotice(t.Context())
		if errors.Is(err, ErrNotFound) {
			slices.Sort(events)
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, n.Channel+" "+string(n.Event))
		if _, err := s.NoticeTold(t.Context(), n, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNotices_areWrittenWithTheEndOfARunForWhoeverWantsThem(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	ann := access.User{Name: "ann", Role: access.RoleUser}
	bob := access.User{Name: "bob", Role: access.RoleUser}
	root := access.User{Name: "root", Role: access.RoleAdmin}
	for _, u := range []*access.User{&root, &ann, &bob} {
		if err := s.CreateUser(t.Context(), u, "hash"); err != nil {
			t.Fatal(err)
		}
	}
	tk := newTask("a")
	tk.Owner = task.Owner{ID: ann.ID}
	save(t, s, tk)
	other := newTask("b")
	other.Owner = task.Owner{ID: bob.ID}
	save(t, s, other)
	all, anns, bobs, one := webhook("all"), webhook("anns"), webhook("bobs"), webhook("one")
	anns.Owner.ID, bobs.Owner.ID = ann.ID, bob.ID
	one.All, one.Tasks, one.Events = false, []string{other.ID}, []task.NoticeEvent{task.NoticeNeedsYou}
	for _, c := range []*task.Channel{all, anns, bobs, one} {
		if err := s.SaveChannel(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	runOnce(t, s, tk.ID, &task.Report{Outcome: task.OutcomeDone})
	if got, want := told(t, s), sorted(all.ID+" first-success", anns.ID+" first-success"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	runOnce(t, s, tk.ID, &task.Report{Outcome: task.OutcomeDone})
	runOnce(t, s, other.ID, &task.Report{Outcome: task.OutcomeNeedsUser, Cause: "x: login refused"})
	runOnce(t, s, other.ID, &task.Report{Outcome: task.OutcomeNeedsUser, Cause: "x: login refused"})
	if got, want := told(t, s), sorted(all.ID+" needs-you", bobs.ID+" needs-you", one.ID+" needs-you"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	list := must[[]task.Notice](t)(s.Notices(t.Context(), one.ID, 10))
	if len(list) != 1 || list[0].Body.Name != "b" || list[0].Body.Status != task.StatusNeedsYou || list[0].Body.Remedy == "" || list[0].Sent.IsZero() {
		t.Errorf("%+v", list)
	}
	// A channel is about tasks of its owner only.
	bad := webhook("bad")
	bad.Owner.ID, bad.All, bad.Tasks = ann.ID, false, []string{other.ID}
	if err := s.SaveChannel(t.Context(), bad); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
	if err := s.RemoveUser(t.Context(), bob.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Channel(t.Context(), bobs.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the channel of a user who is gone: %v", err)
	}
}

func sorted(s ...string) []string { slices.Sort(s); return s }

func TestNotices_areTriedAgainAndGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	setClock(s, &now)
	c := webhook("a")
	if err := s.SaveChannel(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	runOnce(t, s, save(t, s, newTask("a")).ID, &task.Report{Outcome: task.OutcomeTemporary})
	first := must[task.Notice](t)(s.ClaimNotice(t.Context()))
	if _, err := s.ClaimNotice(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second one gets it, too: %v", err)
	}
	// A node that dies in the middle: another one tries later, and what the first says
	// then does not count.
	now = now.Add(noticeLease)
	n := must[task.Notice](t)(s.ClaimNotice(t.Context()))
	must[bool](t)(s.NoticeTold(t.Context(), first, ""))
	attempts := 0
	for {
		attempts = n.Attempts
		if must[bool](t)(s.NoticeTold(t.Context(), n, "no answer")) {
			break
		}
		waits := must[[]task.Notice](t)(s.Notices(t.Context(), c.ID, 1))[0]
		if waits.Next.Sub(now) < time.Minute || waits.Fault != "no answer" {
			t.Fatalf("%+v", waits)
		}
		now = waits.Next
		n = must[task.Notice](t)(s.ClaimNotice(t.Context()))
	}
	if attempts != len(noticeWaits)+1 {
		t.Errorf("given up after %d attempts", attempts)
	}
	now = now.Add(keepNotices + time.Hour)
	if err := s.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := must[[]task.Notice](t)(s.Notices(t.Context(), c.ID, 10)); len(list) != 0 {
		t.Errorf("kept: %+v", list)
	}
}

func TestDigest_tellsOfADayOnce(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	setClock(s, &now)
	c := webhook("a")
	c.Events = []task.NoticeEvent{task.NoticeDigest}
	if err := s.SaveChannel(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	good, bad := save(t, s, newTask("a good one")), save(t, s, newTask("b bad one"))
	runOnce(t, s, good.ID, &task.Report{Outcome: task.OutcomeDone, Counts: task.Counts{Copied: 7}})
	now = now.Add(25 * time.Hour) // what came before is none of the digest's
	if err := s.ClaimDigest(t.Context()); err != nil {
		t.Fatal(err)
	}
	runOnce(t, s, good.ID, &task.Report{Outcome: task.OutcomeDone, Counts: task.Counts{Copied: 2}})
	runOnce(t, s, good.ID, &task.Report{Outcome: task.OutcomeDone, Counts: task.Counts{Copied: 3}})
	runOnce(t, s, bad.ID, &task.Report{Outcome: task.OutcomeFull, Cause: "destination is full"})
	if err := s.ClaimDigest(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second digest of the day: %v", err)
	}
	now = now.Add(23 * time.Hour)
	if due := must[bool](t)(s.NoticesDue(t.Context())); !due {
		t.Error("nothing is due")
	}
	if err := s.ClaimDigest(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := must[[]task.Notice](t)(s.Notices(t.Context(), c.ID, 10))
	if len(list) != 2 {
		t.Fatalf("%d notices", len(list))
	}
	lines := list[0].Body.Digest
	if len(lines) != 2 || lines[0].Name != "b bad one" || lines[0].Bad != 1 || lines[0].Cause == "" || lines[1].Runs != 2 || lines[1].Copied != 5 || lines[1].Status != task.StatusDone {
		t.Errorf("%+v", lines)
	}
}

func TestChannel_keepsItsSecretForItsTargetOnly(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	c := webhook("a")
	if err := s.SaveChannel(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if c.Secret != "" || must[task.Channel](t)(s.Channel(t.Context(), c.ID)).Secret != "" {
		t.Error("the secret is shown")
	}
	c.Name = "renamed"
	if err := s.SaveChannel(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := must[task.Channel](t)(s.ChannelWithSecret(t.Context(), c.ID)); got.Secret != "s3cret" || got.Name != "renamed" {
		t.Errorf("%+v", got)
	}
	c.Target = "https://evil.example/"
	if err := s.SaveChannel(t.Context(), c); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("got %v", err)
	}
	if n := must[int](t)(s.Rekey(t.Context(), testBox(t, t.TempDir()))); n != 1 {
		t.Errorf("%d values sealed again", n)
	}
}

func TestRetryRun_looksOnlyAtWhatWasNotDone(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := save(t, s, newTask("a"))
	run := runOnce(t, s, tk.ID, &task.Report{Outcome: task.OutcomeListed, Folders: []task.FolderReport{
		{Source: "work", Folder: "INBOX", Done: true, Counts: task.Counts{Source: 3, Copied: 3}},
		{Source: "work", Folder: "Sent", Done: true, Counts: task.Counts{Source: 2, Copied: 1, Failed: 1}},
		{Source: "home", Folder: "INBOX"},
	}})
	if err := s.SetPace(t.Context(), run.ID, task.Pace{Bytes: 1}); !errors.Is(err, ErrNotQueued) {
		t.Errorf("the rate of a run that has ended: %v", err)
	}
	again := must[task.Run](t)(s.RetryRun(t.Context(), run.ID))
	want := []task.SourceFolder{{Source: "work", Folder: "Sent"}, {Source: "home", Folder: "INBOX"}}
	if again.Trigger != TriggerRetry || !slices.Equal(again.Only, want) {
		t.Errorf("%+v", again)
	}
	if _, err := s.RetryRun(t.Context(), run.ID); !errors.Is(err, ErrActive) {
		t.Errorf("a second one at once: %v", err)
	}
	pace := task.Pace{Bytes: 5000, Messages: 7}
	if err := s.SetPace(t.Context(), again.ID, pace); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []task.Pace{{Bytes: -1}, {Messages: -1}} {
		if err := s.SetPace(t.Context(), again.ID, bad); !errors.Is(err, ErrRefused) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	c := must[Claim](t)(s.ClaimNext(t.Context()))
	if c.Run.Pace != pace || !slices.Equal(c.Run.Only, want) || must[task.Pace](t)(s.Pace(t.Context(), again.ID)) != pace {
		t.Errorf("claimed %+v", c.Run)
	}
	if _, err := s.RetryRun(t.Context(), again.ID); !errors.Is(err, ErrActive) {
		t.Errorf("one that has not ended: %v", err)
	}
	if err := s.FinishRun(t.Context(), c.Ticket, &task.Report{Outcome: task.OutcomeDone}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RetryRun(t.Context(), again.ID); !errors.Is(err, ErrNothingFailed) {
		t.Errorf("one that left nothing: %v", err)
	}
}

func TestSaveTask_tellsWhoeverSavesAnOldOne(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := save(t, s, newTask("a"))
	old := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	mine, theirs := old, old
	theirs.Name = "theirs"
	save(t, s, &theirs)
	mine.Name = "mine"
	if err := s.SaveTask(t.Context(), &mine); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Name != "theirs" || got.Version != old.Version+1 {
		t.Errorf("%+v", got)
	}
	mine.Version = 0 // whatever it is
	save(t, s, &mine)
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if st := must[Stats](t)(s.Stats(t.Context())); st.Tasks != 1 || st.Runs[task.StateQueued] != 0 {
		t.Errorf("%+v", st)
	}
}
