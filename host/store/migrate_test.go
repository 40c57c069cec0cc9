package store

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// older makes a database as the program of an earlier version left it and runs
// statements in it.
func older(t *testing.T, version int64, statements ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), FileName)
	db := must[*sql.DB](t)(sql.Open("sqlite", path))
	defer db.Close()
	files := must[fs.FS](t)(fs.Sub(migrations, "migrations/sqlite"))
	p := must[*goose.Provider](t)(goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true)))
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	for _, s := range append(statements, "PRAGMA application_id = 0x6d776462") {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

func TestOpen_bringsALedgerOfTheFirstVersionUpToDate(t *testing.T) {
	t.Parallel()
	path := older(t, 1,
		`INSERT INTO pair (id, ledger, source, folder, uid_validity, target, target_validity, seen_validity, seen_next, seen_messages, seen_modseq, rules, present, skipped)
			VALUES (4, 'x', 'work', 'INBOX', 1, 'INBOX', 77, 0, 0, 0, 0, '', 0, 0)`,
		`INSERT INTO entry (pair_id, uid, state, target_uid, target_next, size, fingerprint, flags) VALUES
			(4, 1, 2, 11, 0, 100, NULL, '\Seen'), (4, 2, 1, 0, 12, 200, NULL, ''), (4, 3, 3, 0, 0, 300, NULL, '')`)
	before := time.Now().Truncate(time.Second)
	s := openAt(t, path, nil)
	got := readEntries(t, s.Ledger("x"), 4)
	if len(got) != 3 {
		t.Fatalf("%d entries", len(got))
	}
	// When it was copied nobody knows: it counts from now, never from earlier.
	if at := got[0].Copied; at.Before(before) || at.After(time.Now()) {
		t.Errorf("copied at %v, want now", at)
	}
	got[0].Copied = time.Time{}
	want := []copier.Entry{
		{UID: 1, State: copier.EntryDone, TargetUID: 11, TargetValidity: 77, Size: 100, Flags: []mail.Flag{`\Seen`}},
		{UID: 2, State: copier.EntryIntent, TargetNext: 12, Size: 200},
		{UID: 3, State: copier.EntrySkipped, Size: 300},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpen_letsTasksOfEarlierVersionsGoOnInTheirRhythm(t *testing.T) {
	t.Parallel()
	path := older(t, 2,
		`INSERT INTO task (id, name, destination, destination_password, every_ms, next_at, created_at, updated_at) VALUES
			('a', 'hourly', '{}', '', 3600000, 1800001234567, 1700000000000, 1700000000000),
			('b', 'by hand', '{}', '', 0, NULL, 1700000000000, 1700000000000)`)
	s := openAt(t, path, nil)
	hourly := must[task.Task](t)(s.Task(t.Context(), "a"))
	if at := time.UnixMilli(1800001234567); hourly.Schedule != (task.Schedule{Every: time.Hour}) || !hourly.Agenda.Next.Equal(at) {
		t.Errorf("%+v, next at %s", hourly.Schedule, hourly.Agenda.Next)
	} else if got := hourly.NextRuns(2, at.Add(-time.Minute)); !got[1].Equal(at.Add(time.Hour)) {
		t.Errorf("then at %s", got[1])
	}
	hand := must[task.Task](t)(s.Task(t.Context(), "b"))
	if !hand.Schedule.ByHand() || !hand.Agenda.Next.IsZero() || hand.Pause != (task.Pause{}) || hourly.Pause != (task.Pause{}) {
		t.Errorf("by hand: %+v", hand)
	}
}

func TestOpen_numbersRunsOfEarlierVersionsAndKnowsTheirPlaces(t *testing.T) {
	t.Parallel()
	path := older(t, 3,
		`INSERT INTO task (id, name, destination, destination_password, every_ms, next_at, created_at, updated_at) VALUES
			('a', 'one', '{"Kind":"imap","Host":"New.example","Port":993,"User":"ann"}', '', 0, NULL, 0, 0)`,
		`INSERT INTO source (task_id, position, name, account, password) VALUES ('a', 0, 'x', '{"Kind":"maildir","Dir":"/mail"}', '')`,
		`INSERT INTO run (id, task_id, state, started_by, epoch, cancel_requested, queued_at, outcome, progress, report, progress_folders, report_detail) VALUES
			('third', 'a', 'running', 'by hand', 1, 0, 7, '', '', '', '', ''),
			('first', 'a', 'ended', 'by hand', 1, 0, 5, 'done', '', '', '', ''),
			('second', 'a', 'ended', 'by hand', 1, 0, 5, 'done', '', '', '', '')`)
	s := openAt(t, path, nil)
	var order []string
	for _, run := range must[[]task.Run](t)(s.Runs(t.Context(), "a", 10)) {
		order = append(order, run.ID)
	}
	if diff := cmp.Diff([]string{"third", "second", "first"}, order); diff != "" {
		t.Error(diff)
	}
	var rows []placeRow
	if err := s.read.NewSelect().Model(&rows).Order("kind", "place").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []placeRow{{TaskID: "a", Kind: placeAccount, Place: "/mail"}, {TaskID: "a", Kind: placeAccount, Place: "ann@new.example:993"}, {TaskID: "a", Kind: placeHost, Place: "new.example"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	// Nobody executes the one that was running.
	if got := must[[]Ticket](t)(s.Recover(t.Context(), time.Minute)); len(got) != 1 || got[0].RunID != "third" {
		t.Errorf("recovered %v", got)
	}
}
