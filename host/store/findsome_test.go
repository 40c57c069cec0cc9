package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// What the database takes for the tasks of domains has to be what package access says.
func TestFindTasks_ofDomainsAreThoseThatAccessAllows(t *testing.T) {
	s := openNew(t)
	user := func(name string, role access.Role) string {
		u := &access.User{Name: name, Role: role}
		if role == access.RoleOperator {
			u.Domains = []string{"a.example"}
		}
		if err := s.CreateUser(t.Context(), u, "x"); err != nil {
			t.Fatal(err)
		}
		return u.ID
	}
	olga, ann, like := user("olga", access.RoleOperator), user("ann@a.example", access.RoleUser), user("bert@xa.example", access.RoleUser)
	stored := &task.StoredAccount{Name: "box", Account: task.Account{Kind: task.KindIMAP, Host: "h.example", Port: 993, TLS: task.TLSImplicit, User: "box@A.Example", Password: "x"}}
	if err := s.SaveAccount(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	put := func(name, owner string, into task.Account) *task.Task {
		tk := newTask(name)
		tk.Owner.ID = owner
		if into != (task.Account{}) {
			tk.Destination = into
		}
		return save(t, s, tk)
	}
	account := func(user string) task.Account {
		a := newTask("x").Destination
		a.User = user
		return a
	}
	put("fills a mailbox", "", account("new@a.example"))
	authzid := account("cyrus")
	authzid.Authzid = "new@A.example"
	put("by authzid", like, authzid)
	put("owned in the domain", ann, account("plain"))
	put("stored account", "", task.Account{ID: stored.ID})
	put("one's own", olga, account("own@elsewhere.example"))
	put("another domain", like, account("new@xa.example"))
	put("nobody's", "", account("plain2"))
	put("wild_card", "", account("new@a_example"))

	check := func(when string, want ...string) {
		t.Helper()
		for _, role := range []access.Role{access.RoleOperator, access.RoleReader} {
			for _, domains := range [][]string{{"a.example"}, {"a.example", "z.example"}, {"z.example"}, {"a_example"}} {
				a := access.Actor{UserID: olga, Role: role, Domains: domains}
				if access.ExtentOf(a, access.ReadTask) != access.ExtentSome {
					t.Fatal("these see everything")
				}
				among := Among{}
				var own bool
				if among.Domains, own = access.Within(a, access.ReadTask); own {
					among.Owner = a.UserID
				}
				var allowed []string
				for _, tk := range must[[]task.Task](t)(s.Tasks(t.Context())) {
					if access.Allowed(a, access.ReadTask, access.OfTask(tk)) {
						allowed = append(allowed, tk.Name)
					}
				}
				found, total, err := s.FindTasks(t.Context(), among, task.Query{})
				sums := must[task.Sums](t)(s.SumTasks(t.Context(), among))
				marks := must[[]task.Mark](t)(s.Marks(t.Context(), among))
				if err != nil || !slices.Equal(namesOf(found), allowed) || total != len(allowed) || sums.All != total || len(marks) != total {
					t.Errorf("%s: a %s of %v finds %q of %d (%d marks, %d in sums), %v; allowed are %q", when, role, domains, namesOf(found), total, len(marks), sums.All, err, allowed)
				}
				if role == access.RoleReader && len(domains) == 1 && domains[0] == "a.example" && !slices.Equal(allowed, want) {
					t.Errorf("%s: allowed are %q, want %q", when, allowed, want)
				}
			}
		}
	}
	check("as they are", "by authzid", "fills a mailbox", "owned in the domain", "stored account")
	stored.Account.User, stored.Account.Password = "box@b.example", "y"
	if err := s.SaveAccount(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	check("once the stored account has moved", "by authzid", "fills a mailbox", "owned in the domain")
	// As an earlier version left them.
	if _, err := s.DB().Exec("UPDATE task SET mailbox_domain = NULL"); err != nil {
		t.Fatal(err)
	}
	if err := s.placeTasks(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after an upgrade", "by authzid", "fills a mailbox", "owned in the domain")
}

// What the database takes for the tasks with a status has to be what is shown as theirs.
func TestFindTasks_byStatusAreThoseThatShowIt(t *testing.T) {
	s := openNew(t)
	for _, o := range task.Outcomes() {
		stand(t, s, "ended "+string(o), o)
		stand(t, s, "paused "+string(o), o)
	}
	states := map[string]string{
		"queued": "state = 'queued'", "queued stopping": "state = 'queued', cancel_requested = TRUE", "running": "state = 'running'", "stopping": "state = 'running', cancel_requested = TRUE",
		"pausing": "state = 'running', pause_requested = TRUE", "both": "state = 'running', pause_requested = TRUE, cancel_requested = TRUE", "paused": "state = 'paused', paused_at = 1",
		"waiting": "state = 'waiting', await = '{}'",
	}
	for name, set := range states {
		tk := stand(t, s, "open "+name, task.OutcomeFull)
		run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
		if _, err := s.DB().Exec("UPDATE run SET " + set + " WHERE id = '" + run.ID + "'"); err != nil {
			t.Fatal(err)
		}
		standing := task.StandingActive
		if name == "waiting" {
			standing = task.StandingNeedsYou
		}
		if err := setStanding(t.Context(), s.write, tk.ID, standing); err != nil {
			t.Fatal(err)
		}
	}
	stand(t, s, "new")
	waits := newTask("awaited")
	waits.Destination.Password, waits.Await = "", true
	save(t, s, waits)
	// Whose schedule is paused shows that once no run goes on.
	for _, tk := range must[[]task.Task](t)(s.Tasks(t.Context())) {
		if strings.HasPrefix(tk.Name, "ended") || tk.Name == "new" {
			continue
		}
		if err := s.PauseTask(t.Context(), tk.ID, "x"); err != nil {
			t.Fatal(err)
		}
	}
	last := must[map[string]task.Run](t)(s.LastRuns(t.Context()))
	want := map[task.Status][]string{}
	for _, tk := range must[[]task.Task](t)(s.Tasks(t.Context())) {
		var run *task.Run
		if r, ok := last[tk.ID]; ok {
			run = &r
		}
		status := task.StatusOf(tk, run)
		want[status] = append(want[status], tk.Name)
	}
	if len(want) != len(task.Statuses())+1 {
		t.Errorf("of %d statuses only %d are looked at", len(task.Statuses())+1, len(want))
	}
	for _, status := range append(task.Statuses(), task.StatusNew, "no such status") {
		found, _, err := s.FindTasks(t.Context(), Among{All: true}, task.Query{Status: status})
		if err != nil || !slices.Equal(namesOf(found), want[status]) && len(found)+len(want[status]) > 0 {
			t.Errorf("%s: %q, %v; want %q", status, namesOf(found), err, want[status])
		}
	}
}

func TestFindTasks_ignoresTheCaseOfLettersOfAllLanguages(t *testing.T) {
	s := openNew(t)
	save(t, s, newTask("Änne Ж"))
	for _, text := range []string{"Änne Ж", "äNNE", "ж"} {
		if s.pg && text != "\u00c4nne \u0416" {
			continue // its locale decides
		}
		if found, _, err := s.FindTasks(t.Context(), Among{All: true}, task.Query{Text: text}); err != nil || len(found) != 1 {
			t.Errorf("%q: %d found, %v", text, len(found), err)
		}
	}
}

func TestMarks_changeWithWhateverIsShownOfATask(t *testing.T) {
	s := openNew(t)
	u := &access.User{Name: "ann", Role: access.RoleUser}
	if err := s.CreateUser(t.Context(), u, "x"); err != nil {
		t.Fatal(err)
	}
	stored := &task.StoredAccount{Name: "box", Account: task.Account{Kind: task.KindIMAP, Host: "h.example", Port: 993, TLS: task.TLSImplicit, User: "box", Password: "x"}}
	if err := s.SaveAccount(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	refers := newTask("refers")
	refers.Destination = task.Account{ID: stored.ID}
	refers.Schedule = task.Schedule{}
	save(t, s, refers)
	still := newTask("still")
	still.Schedule = task.Schedule{}
	save(t, s, still)
	marks := func() map[string]string {
		out := map[string]string{}
		for _, m := range must[[]task.Mark](t)(s.Marks(t.Context(), Among{All: true})) {
			out[m.ID] = m.Text
		}
		return out
	}
	var run task.Run
	ok := func(_ any, err error) error { return err }
	before := marks()
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"saved", func() error { refers.Name = "refers again"; return s.SaveTask(t.Context(), refers) }},
		{"paused", func() error { return s.PauseTask(t.Context(), refers.ID, "x") }},
		{"resumed", func() error { return s.ResumeTask(t.Context(), refers.ID) }},
		{"given", func() error { return s.GiveTask(t.Context(), refers.ID, u.ID) }},
		{"plan first", func() error { return s.SetPlanFirst(t.Context(), refers.ID, true) }},
		{"its account moves", func() error {
			time.Sleep(2 * time.Millisecond) // times are told to the millisecond
			stored.Account.User, stored.Account.Password = "other", "y"
			return s.SaveAccount(t.Context(), stored)
		}},
		{"queued", func() (err error) { run, err = s.CreateRun(t.Context(), refers.ID, TriggerHand); return err }},
		{"bytes a second", func() error { return s.SetPace(t.Context(), run.ID, task.Pace{Bytes: 7}) }},
		{"messages a second", func() error { return s.SetPace(t.Context(), run.ID, task.Pace{Bytes: 7, Messages: 2}) }},
		{"claimed", func() error { return ok(s.ClaimRun(t.Context(), TicketOf(run))) }},
		{"progress", func() error {
			return ok(s.SaveProgress(t.Context(), TicketOf(run), task.Progress{Phase: task.PhaseTransfer, Counts: task.Counts{Source: 5}}))
		}},
		{"stopping", func() error { return s.RequestStop(t.Context(), run.ID) }},
		{"ended", func() error {
			return s.FinishRun(t.Context(), TicketOf(run), &task.Report{Outcome: task.OutcomeStopped})
		}},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		now := marks()
		if now[refers.ID] == before[refers.ID] {
			t.Errorf("%s: the mark stays", step.name)
		}
		if now[still.ID] != before[still.ID] && step.name != "its account moves" {
			t.Errorf("%s: another task has another mark: %s, %s", step.name, before[still.ID], now[still.ID])
		}
		before = now
	}
	if fmt.Sprint(marks()) != fmt.Sprint(before) {
		t.Error("marks change by themselves")
	}
}
