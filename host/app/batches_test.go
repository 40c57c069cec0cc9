package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// asUser is a context in which a user of a role does what is done.
func asUser(t *testing.T, s *service, name string, role access.Role) context.Context {
	t.Helper()
	u, err := s.AddUser(t.Context(), access.User{Name: name, Role: role}, "four random words")
	if err != nil {
		t.Fatal(err)
	}
	actor := u.Actor()
	actor.Address, actor.LoginID = "192.0.2.1", "l"
	return access.With(t.Context(), actor)
}

// drafted makes a draft of a table and returns it with its rows.
func drafted(t *testing.T, ctx context.Context, s *service, table string) (task.Draft, []web.DraftRow) {
	t.Helper()
	d, err := s.NewDraft(ctx, "move.csv", strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.DraftRows(ctx, d.ID, web.DraftQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if d, err = s.Draft(ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	return d, rows
}

func TestService_aTableBecomesTasksThatRun(t *testing.T) {
	t.Parallel()
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	accounts.Home.Root, accounts.Office.Root = "Papierkorb", "Entwürfe" // little mail
	s := newService(t)
	ctx := asUser(t, s, "root", access.RoleAdmin)
	table := "name;source;source_password;destination;destination_password;every\r\n" +
		fmt.Sprintf("Ann;%s;%s;%s;%s;6h\r\n", accounts.Home, accounts.Home.Password.Reveal(), accounts.Local, accounts.Local.Password.Reveal()) +
		fmt.Sprintf("Bob;%s;canary;%s;%s;\r\n", accounts.Office, accounts.Local, accounts.Local.Password.Reveal()) +
		fmt.Sprintf("Cy;%s;;%s;%s;\r\n", accounts.Home, accounts.Local, accounts.Local.Password.Reveal()) +
		"Dee;nowhere;canary;x;canary;\r\n" +
		fmt.Sprintf("Ann;%s;;%s;;\r\n", accounts.Home, accounts.Local)
	d, rows := drafted(t, ctx, s, table)
	if want := (task.DraftSums{All: 5, Made: 3, Failed: 2}); d.Rows != want {
		t.Fatalf("%+v", d.Rows)
	}
	if !rows[2].Waits || rows[0].Waits || !strings.Contains(rows[4].Row.Fault, "in line 2 already") || rows[3].Row.Fault == "" {
		t.Errorf("%+v", rows)
	}
	if text := fmt.Sprintf("%+v %#v", rows, rows); strings.Contains(text, "canary") || rows[1].Cells["source_password"] != "" || !rows[1].Passwords["source_password"] {
		t.Error("a password is shown")
	}

	// Both sides of each row are opened, and the answer is in words.
	if err := s.TestDraftRows(ctx, d.ID, []int{0, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	rows, err = s.DraftRows(ctx, d.ID, web.DraftQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "login refused", ""} {
		r := rows[i].Row
		if r.Tested.IsZero() || want == "" && r.TestFault != "" || !strings.Contains(r.TestFault, want) {
			t.Errorf("row %d: tested %v, %q", i, r.Tested, r.TestFault)
		}
	}
	if !rows[3].Row.Tested.IsZero() {
		t.Error("a row that can not be read was tested")
	}

	// A password does not follow its account to another server; and a row is mended.
	if err := s.ChangeDraftRow(ctx, d.ID, 1, map[string]string{"source_user": "office"}); err != nil {
		t.Fatal(err)
	}
	if rows, err = s.DraftRows(ctx, d.ID, web.DraftQuery{Limit: 100}); err != nil || rows[1].Passwords["source_password"] || !rows[1].Passwords["destination_password"] {
		t.Errorf("the password is kept for another login: %v, %v", rows[1].Passwords, err)
	}
	mend := map[string]string{"source": accounts.Office.String(), "source_user": "", "source_password": accounts.Office.Password.Reveal()}
	if err := s.ChangeDraftRow(ctx, d.ID, 1, mend); err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeDraftRow(ctx, d.ID, 1, map[string]string{"quelle": "x"}); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("a column that there is not: %v", err)
	}

	id, err := s.StartDraft(ctx, d.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartDraft(ctx, d.ID, true); !errors.Is(err, web.ErrConflict) {
		t.Errorf("started twice: %v", err)
	}
	s.workDrafts(t.Context(), "w")
	deadline := time.Now().Add(time.Minute)
	var b web.BatchRow
	for {
		if b, err = s.Batch(ctx, id); err != nil {
			t.Fatal(err)
		}
		if b.Sums.Tasks.Of[task.StandingDone] == 2 || time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := b.Sums.Tasks; got.All != 3 || got.Of[task.StandingDone] != 2 || got.Of[task.StandingWaiting] != 1 {
		t.Fatalf("%+v", got)
	}
	if b.Batch.Totals != (task.BatchTotals{Rows: 5, Made: 3, Failed: 2}) || b.Sums.Messages <= 40 || b.Sums.Bytes == 0 || b.Draft != d.ID {
		t.Errorf("%+v", b)
	}
	if d, err = s.Draft(ctx, d.ID); err != nil || d.State != task.DraftOpen || d.Rows.All != 2 || d.Rows.Failed != 2 {
		t.Errorf("what is left: %+v, %v", d, err)
	}
	// The rest is mended and becomes part of the same batch; what ran does not run again.
	if err := errors.Join(s.RemoveDraftRow(ctx, d.ID, 4), s.ChangeDraftRow(ctx, d.ID, 3, map[string]string{
		"source": accounts.Home.String(), "source_password": accounts.Home.Password.Reveal(), "destination": accounts.Local.String(), "destination_password": accounts.Local.Password.Reveal(),
	})); err != nil {
		t.Fatal(err)
	}
	again, err := s.StartDraft(ctx, d.ID, true)
	if err != nil || again != id {
		t.Fatalf("%q, %v", again, err)
	}
	s.workDrafts(t.Context(), "w")
	if _, err := s.Draft(ctx, d.ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("the empty draft is left: %v", err)
	}
	tasks, _, err := s.FindTasks(ctx, task.Query{Batch: id})
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	for _, r := range tasks {
		ran = append(ran, fmt.Sprintf("%s %d", r.Task.Name, len(r.Recent)))
	}
	if got := strings.Join(ran, ", "); got != "Ann 1, Bob 1, Cy 0, Dee 1" {
		t.Errorf("runs: %s", got)
	}
	if b, err = s.Batch(ctx, id); err != nil || b.Batch.Totals != (task.BatchTotals{Rows: 4, Made: 4}) {
		t.Errorf("%+v, %v", b.Batch, err)
	}
	for _, r := range tasks {
		if r.Last != nil {
			ended(t, s, r.Last.ID)
		}
	}
}

func TestService_aLinkTakesTheRightPasswordOnly(t *testing.T) {
	t.Parallel()
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	s := newService(t)
	ctx := asUser(t, s, "root", access.RoleAdmin)
	source := accounts.Home
	source.Password, source.Root = "", "Papierkorb" // little mail
	tk := task.Task{Name: "Ann", Sources: []task.Source{{Name: "old", Account: source}}, Destination: accounts.Local, Await: true}
	if tk, err = s.SaveTask(ctx, tk); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartRun(ctx, tk.ID); !errors.Is(err, web.ErrConflict) {
		t.Fatalf("a task that waits is started: %v", err)
	}
	for _, bad := range []time.Duration{0, time.Minute, 365 * 24 * time.Hour} {
		if _, _, err := s.MakeLink(ctx, tk.ID, bad); !errors.Is(err, web.ErrInvalid) {
			t.Errorf("good for %v: %v", bad, err)
		}
	}
	token, link, err := s.MakeLink(ctx, tk.ID, task.LinkTime)
	if err != nil || link.By != "root" || len(token) != 26 {
		t.Fatalf("%+v, %v", link, err)
	}
	visitor := access.With(t.Context(), access.Actor{Name: "link", ByLink: true, Address: "198.51.100.7"})
	faults, err := s.GivePasswords(visitor, token, map[string]task.Password{"old": "wrong"})
	if err != nil || !faults["old"].Password || strings.Contains(faults["old"].Sentence, "wrong") {
		t.Fatalf("%+v, %v", faults, err)
	}
	if _, err := s.GivePasswords(visitor, token, nil); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("no password: %v", err)
	}
	if faults, err = s.GivePasswords(visitor, token, map[string]task.Password{"old": accounts.Home.Password}); err != nil || len(faults) > 0 {
		t.Fatalf("%+v, %v", faults, err)
	}
	linked, err := s.LinkedTask(visitor, token)
	if err != nil || linked.Run == nil || linked.Link.Used.IsZero() || linked.Task.Sources[0].Account.Password != "" {
		t.Fatalf("%+v, %v", linked, err)
	}
	if r := ended(t, s, linked.Run.ID).Report; r.Outcome != task.OutcomeDone || r.Counts.Copied != 40 || r.Counts.Copied != r.Counts.Source {
		t.Errorf("%s: %s", r.Outcome, r.Cause)
	}
	if _, err := s.GivePasswords(visitor, token, map[string]task.Password{"old": "x"}); !errors.Is(err, web.ErrConflict) {
		t.Errorf("a second time: %v", err)
	}
	if err := s.RevokeLink(ctx, tk.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LinkedTask(visitor, token); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
	events, err := s.Events(ctx, access.Filter{Kind: "task", ID: tk.ID, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var deeds []string
	for _, e := range events {
		deeds = append(deeds, string(e.Deed)+" "+e.Via)
		if strings.Contains(e.Detail, token) {
			t.Error("the token is in the audit trail")
		}
	}
	if want := []string{"link revoked login", "run started link", "link used link", "link made login", "task made login"}; !slices.Equal(deeds, want) {
		t.Errorf("%q", deeds)
	}
}

// Whoever has a link, or a table, gets no further than the owner of the task may.
func TestService_linksAndTablesOfUsersKeepOffThisMachine(t *testing.T) {
	t.Parallel()
	accounts, err := demo.Start() // on loopback
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	s := newService(t)
	asUser(t, s, "root", access.RoleAdmin)
	ctx := asUser(t, s, "ann", access.RoleUser)
	table := fmt.Sprintf("name,source,source_password,destination,destination_password\nAnn,%s,x,%s,x\nBob,%s,,%s,x\nCy,maildir:///etc,,%s,x\n",
		accounts.Home, accounts.Local, accounts.Home, accounts.Local, accounts.Local)
	d, rows := drafted(t, ctx, s, table)
	if rows[2].Row.Effect != task.EffectFailed || !strings.Contains(rows[2].Row.Fault, "directories of this machine") {
		t.Errorf("%+v", rows[2].Row)
	}
	if err := s.TestDraftRows(ctx, d.ID, []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	if rows, err = s.DraftRows(ctx, d.ID, web.DraftQuery{Limit: 10}); err != nil || !strings.Contains(rows[0].Row.TestFault, "is no public address") {
		t.Errorf("%+v, %v", rows[0].Row, err)
	}
	if _, err := s.StartDraft(ctx, d.ID, false); err != nil {
		t.Fatal(err)
	}
	s.workDrafts(t.Context(), "w")
	tasks, _, err := s.FindTasks(ctx, task.Query{Standings: []task.Standing{task.StandingWaiting}})
	if err != nil || len(tasks) != 1 {
		t.Fatalf("%+v, %v", tasks, err)
	}
	token, _, err := s.MakeLink(ctx, tasks[0].Task.ID, task.LinkTime)
	if err != nil {
		t.Fatal(err)
	}
	visitor := access.With(t.Context(), access.Actor{Name: "link", ByLink: true, Address: "198.51.100.7"})
	faults, err := s.GivePasswords(visitor, token, map[string]task.Password{"source": accounts.Home.Password})
	if err != nil || faults["source"].Password || !strings.Contains(faults["source"].Sentence, "is no public address") {
		t.Errorf("%+v, %v", faults, err)
	}
	// Others do not see what is theirs.
	bob := asUser(t, s, "bob", access.RoleUser)
	if list, err := s.Batches(bob); err != nil || len(list) != 0 {
		t.Errorf("bob sees %+v, %v", list, err)
	}
	if _, err := s.Draft(bob, d.ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("bob sees the draft: %v", err)
	}
	if list, err := s.Batches(ctx); err != nil || len(list) != 1 {
		t.Errorf("ann sees %+v, %v", list, err)
	}
}

func TestService_refusesTablesThatAreTooLargeOrNone(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := asUser(t, s, "root", access.RoleAdmin)
	for want, table := range map[string]string{
		"larger than 32 MiB":            "name,source,destination\n" + strings.Repeat("x", maxTable),
		"no rows below its header":      "name,source,destination\n",
		`names no column "destination"`: "name,source\na,b\n",
		"there are NUL bytes":           "PK\x03\x04\x00\x00",
		"the table is empty":            "",
	} {
		if _, err := s.NewDraft(ctx, "x", strings.NewReader(table)); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for range maxDrafts {
		if _, err := s.NewDraft(ctx, "x", strings.NewReader("name,source,destination\na,b,c\n")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.NewDraft(ctx, "x", strings.NewReader("name,source,destination\na,b,c\n")); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("drafts without end: %v", err)
	}
}

// largeTable is how many rows the table of a test has that is as large as tables may be.
var largeTable = 100_000

func TestService_aLargeTableIsShownAPageAtATimeInLittleMemory(t *testing.T) {
	s := newService(t)
	ctx := asUser(t, s, "root", access.RoleAdmin)
	var b strings.Builder
	b.WriteString("name,source,source_password,destination,destination_password\n")
	for i := range largeTable {
		fmt.Fprintf(&b, "n%d,imaps://a%[1]d@old.example,x,imaps://a%[1]d@new.example,x\n", i)
	}
	d, err := s.NewDraft(ctx, "large.csv", strings.NewReader(b.String()))
	if err != nil || d.Rows.All != largeTable || d.Rows.Unknown != largeTable {
		t.Fatalf("%+v, %v", d.Rows, err)
	}
	b.Reset()
	rows, err := s.DraftRows(ctx, d.ID, web.DraftQuery{Offset: largeTable - 50, Limit: 50})
	if err != nil || len(rows) != 50 || rows[49].Row.Effect != task.EffectMade || rows[49].Row.Line != largeTable+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	// One look goes on, and does not go on for long.
	after, err := s.Draft(ctx, d.ID)
	if err != nil || after.Rows.Unknown == 0 || after.Rows.Made < 50+rowsAtOnce {
		t.Errorf("%+v, %v", after.Rows, err)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Errorf("%d MiB are held", m.HeapAlloc>>20)
	}
}
