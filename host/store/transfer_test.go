package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

// lived makes a store in which something has happened.
func lived(t testing.TB, s *Store) *Store {
	t.Helper()
	now := time.UnixMilli(1_700_000_000_000)
	setClock(s, &now)
	beat(t, s)
	tk := newTask("a 'quoted' täsk")
	tk.Schedule = task.Schedule{Cron: "30 2 * * *", Zone: "Europe/Berlin", Window: task.Window{From: 60, To: 300}, Jitter: 5}
	save(t, s, tk)
	ended := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	must[task.Run](t)(s.ClaimRun(t.Context(), Ticket{ended.ID, 1}))
	if err := s.AppendLog(t.Context(), Ticket{ended.ID, 1}, []task.LogLine{{Text: "one"}, {Text: "two"}}); err != nil {
		t.Fatal(err)
	}
	finish(t, s, ended.ID)
	running(t, s, "at work")
	if err := s.PauseTask(t.Context(), save(t, s, newTask("paused")).ID, "ann"); err != nil {
		t.Fatal(err)
	}
	l := s.Ledger(tk.ID)
	for _, folder := range []string{oddFolder, "INBOX"} {
		id := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: folder, UIDValidity: 1<<32 - 1, Target: folder[:3], SeenFlags: [16]byte{0, 255}}))
		if err := l.Put(t.Context(), id, entries(1, 700)); err != nil {
			t.Fatal(err)
		}
	}
	channel := webhook("told")
	err := errors.Join(
		s.SaveChannel(t.Context(), channel),
		s.insertNotice(t.Context(), s.write, channel.ID, task.NoticeBody{Event: task.NoticeFailed}),
		s.SetLimits(t.Context(), Limits{Runs: 7}),
		s.SetSecret(t.Context(), newSecret("token", "t-secret", "hooks.example")),
		s.Sessions().CommitCtx(t.Context(), "token", []byte{0, 1, 255}, now.Add(time.Hour)),
	)
	if err != nil {
		t.Fatal(err)
	}
	ann := addUser(t, s, "ann", access.RoleAdmin)
	if err := s.SetPendingTOTP(t.Context(), ann.ID, "KEY"); err != nil {
		t.Fatal(err)
	}
	storedAccount(t, s, "archive")
	localDomain(t, s, "example.org")
	d := task.Directory{
		Name: "ldap", Kind: task.DirectoryLDAP, URL: "ldaps://ldap.example.org", BindDN: "cn=reader,dc=example,dc=org",
		Password: "r-secret", Base: "dc=example,dc=org",
	}
	if err := s.SaveDirectory(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	return s
}

// dump is all that a store keeps: the rows of each table as text.
func dump(t testing.TB, s *Store) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for _, tb := range must[[]table](t)(s.tables(t.Context(), s.read.DB)) {
		rows := []string{}
		query := `SELECT ` + tb.list() + ` FROM "` + tb.name + `"`
		err := each(t.Context(), s.read.DB, query, func(r *sql.Rows) error {
			reader := &rowReader{rows: r, table: tb, values: make([]any, len(tb.columns))}
			into := make([]any, len(tb.columns))
			for i := range into {
				into[i] = &reader.values[i]
			}
			if err := r.Scan(into...); err != nil {
				return err
			}
			for i, c := range tb.columns {
				switch v := reader.values[i].(type) {
				case []byte:
					reader.values[i] = string(v)
				case int64:
					if c.boolean {
						reader.values[i] = v != 0
					}
				}
			}
			rows = append(rows, fmt.Sprintf("%q", reader.values))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		all[tb.name] = rows
	}
	return all
}

func TestStore_movesBetweenDatabasesAndBackWithoutAChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	box := testBox(t, dir)
	lite := lived(t, openAt(t, filepath.Join(dir, FileName), box))
	want := dump(t, lite)
	if len(want["entry"]) != 1400 || len(want["run"]) != 2 || len(want["session"]) != 1 || len(want["node"]) != 0 {
		t.Fatalf("the sample is poor: %d entries, %d runs", len(want["entry"]), len(want["run"]))
	}
	url := storetest.Postgres(t)
	empty := openURL(t, url, nil)
	rows := must[int64](t)(lite.CopyTo(t.Context(), empty))
	sum := 0
	for _, list := range want {
		sum += len(list)
	}
	if rows != int64(sum) {
		t.Errorf("%d rows were copied, want %d", rows, sum)
	}
	pg := openURL(t, url, box) // the key fits
	if diff := cmp.Diff(want, dump(t, pg)); diff != "" {
		t.Errorf("SQLite has -, PostgreSQL has +:\n%s", diff)
	}
	back := openAt(t, filepath.Join(t.TempDir(), FileName), nil)
	must[int64](t)(pg.CopyTo(t.Context(), back))
	if diff := cmp.Diff(want, dump(t, back)); diff != "" {
		t.Errorf("before -, there and back +:\n%s", diff)
	}

	// New pairs get new numbers, tasks run, and what was at work goes on.
	for _, s := range []*Store{pg, back} {
		l := s.Ledger("new")
		if id := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "x"})); id != 3 {
			t.Errorf("the next pair is number %d, want 3", id)
		}
		if got := must[[]Ticket](t)(s.Recover(t.Context(), ttl)); len(got) != 1 || got[0].Epoch < 2 {
			t.Errorf("goes on with %v", got)
		}
	}
	// Into what is not empty nothing goes.
	before := dump(t, pg)
	if _, err := lite.CopyTo(t.Context(), pg); !errors.Is(err, ErrNotEmpty) || strings.Contains(err.Error(), "\n") {
		t.Errorf("a second time: %v, want ErrNotEmpty", err)
	}
	if diff := cmp.Diff(before, dump(t, pg)); diff != "" {
		t.Errorf("and it has changed:\n%s", diff)
	}
}

func TestCopyTo_isAllOrNothing(t *testing.T) {
	t.Parallel()
	lite := lived(t, openAt(t, filepath.Join(t.TempDir(), FileName), testBox(t, t.TempDir())))
	// The last table by far to be copied has something that PostgreSQL can not hold.
	if _, err := lite.DB().Exec("UPDATE run_log SET text = 'a' || char(0) || 'b' WHERE seq = 2"); err != nil {
		t.Fatal(err)
	}
	pg := openPostgres(t, nil)
	_, err := lite.CopyTo(t.Context(), pg)
	if err == nil || !strings.Contains(err.Error(), "table run_log: column text: a text holds a NUL") {
		t.Errorf("got %v", err)
	}
	for name, rows := range dump(t, pg) {
		if len(rows) > 0 {
			t.Errorf("table %s has %d rows", name, len(rows))
		}
	}
	if err := pg.SetLimits(t.Context(), Limits{}); err != nil {
		t.Errorf("the connection is left in a bad state: %v", err)
	}
}

func TestBackup_isOneMomentWhileOthersWrite(t *testing.T) {
	t.Parallel()
	s := lived(t, openNew(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := s.Ledger("busy")
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "a"}))
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			if err := l.Put(context.Background(), pair, entries(1+n*10, 10)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	time.Sleep(50 * time.Millisecond)
	file := filepath.Join(t.TempDir(), "backup.db")
	err := s.Backup(t.Context(), file)
	cancel()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file: %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := CheckWhole(t.Context(), file); err != nil {
		t.Error(err)
	}
	b := openAt(t, file, s.box)
	n := len(readEntries(t, b.Ledger("busy"), pair))
	if n == 0 || n%10 != 0 {
		t.Errorf("%d entries of batches of ten", n)
	}
	want, got := dump(t, s), dump(t, b)
	delete(want, "entry")
	delete(got, "entry")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	tasks := must[[]task.Task](t)(b.Tasks(t.Context()))
	if _, err := b.Credentials(t.Context(), tasks[0].ID); err != nil {
		t.Errorf("the passwords do not open: %v", err)
	}
	if err := s.Backup(t.Context(), file); !errors.Is(err, ErrExists) {
		t.Errorf("over a file that is there: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "no", "such", "x.db")); !errors.Is(err, ErrNoDir) {
		t.Errorf("into a directory that is not there: %v", err)
	}
}

func TestRekey_sealsEverythingAgain(t *testing.T) {
	t.Parallel()
	s := lived(t, openNew(t))
	old, next := s.box, testBox(t, t.TempDir())
	tasks := must[[]task.Task](t)(s.Tasks(t.Context()))
	if n := must[int](t)(s.Rekey(t.Context(), next)); n != 9+6 {
		t.Errorf("%d values are sealed, want three of each of three tasks and one each of account, domain, directory, plugin, user and channel", n)
	}
	s.box = next
	if err := s.checkKey(t.Context()); err != nil {
		t.Error(err)
	}
	for _, tk := range tasks {
		got := must[task.Task](t)(s.Credentials(t.Context(), tk.ID))
		if got.Destination.Password != "a-secret" || got.Sources[0].Account.Password != "w-secret" || got.Sources[1].Account.Password != "h-secret" {
			t.Errorf("%s opens as %q", tk.Name, got.Destination.Password.Reveal())
		}
	}
	opens := func(what, want, got string, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("the %s opens as %q, %v", what, got, err)
		}
	}
	archive, err := s.AccountCredentials(t.Context(), "archive")
	opens("account", "archive-secret", archive.Password.Reveal(), err)
	mailbox, err := s.LocalAccount(t.Context(), "ann@example.org")
	opens("domain", "warden-secret", mailbox.Password.Reveal(), err)
	_, pending, err := s.TOTPKeys(t.Context(), must[[]access.User](t)(s.Users(t.Context()))[0].ID)
	opens("key of one-time codes", "KEY", pending, err)
	s.box = old
	if err := s.checkKey(t.Context()); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the old key: %v", err)
	}
	if _, err := s.Credentials(t.Context(), tasks[0].ID); err == nil {
		t.Error("the old key still opens a password")
	}
}

func TestRekey_isAllOrNothing(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, spoil, want string }{
		{"a value that does not open", "UPDATE source SET password = 'v1:00000000:AAAA' WHERE name = 'home'", "source.password"},
		{"a sealed value that nobody knows of", "UPDATE task SET zone = (SELECT value FROM setting WHERE name = 'key_check') WHERE name = 'paused'", "1 values of task.zone are sealed with the old key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := lived(t, openNew(t))
			if _, err := s.DB().Exec(tt.spoil); err != nil {
				t.Fatal(err)
			}
			before := dump(t, s)
			_, err := s.Rekey(t.Context(), testBox(t, t.TempDir()))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want one that says %q", err, tt.want)
			}
			if diff := cmp.Diff(before, dump(t, s)); diff != "" {
				t.Errorf("something has changed:\n%s", diff)
			}
		})
	}
	s := openNew(t)
	if _, err := s.Rekey(t.Context(), s.box); err != nil && !strings.Contains(err.Error(), "the new key is the one that is in use") || err == nil {
		t.Errorf("the same key: %v", err)
	}
}
