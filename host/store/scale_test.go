package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// crowd makes a store with n tasks, each with a run that has ended, of which the
// first due are due.
func crowd(b *testing.B, s *Store, n, due int) {
	b.Helper()
	first := newTask("0")
	first.Schedule = task.Schedule{Every: time.Hour}
	save(b, s, first)
	finish(b, s, must[task.Run](b)(s.ClaimRun(b.Context(), Ticket{must[task.Run](b)(s.CreateRun(b.Context(), first.ID, TriggerHand)).ID, 1})).ID)
	for _, t := range must[[]table](b)(s.tables(b.Context(), s.read.DB)) {
		// Column by column the row of the first task, with names of its own.
		from, own := "", "task_id"
		switch t.name {
		case "task":
			own = "id"
		case "source", "hook", "task_place", "run":
		default:
			continue
		}
		for i, c := range t.columns {
			if i > 0 {
				from += ", "
			}
			switch {
			case c.name == own, t.name == "run" && c.name == "id":
				from += "'t' || n"
			case t.name == "task" && c.name == "name":
				from += "'task ' || n"
			default:
				from += `o."` + c.name + `"`
			}
		}
		query := fmt.Sprintf(`WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < %d)
			INSERT INTO "%s" (%s) SELECT %s FROM i CROSS JOIN "%s" AS o WHERE o.%s = '%s'`, n-1, t.name, t.list(), from, t.name, own, first.ID)
		if _, err := s.DB().Exec(query); err != nil {
			b.Fatalf("%s: %v", query, err)
		}
	}
	// 20 domains, by the number at the end of the name.
	if _, err := s.DB().Exec("UPDATE task SET mailbox_domain = 'd' || (CAST(substr(name, 6) AS INTEGER) % 20) || '.example' WHERE name LIKE 'task %'"); err != nil {
		b.Fatal(err)
	}
	if _, err := s.DB().Exec(fmt.Sprintf("UPDATE task SET next_at = 1 WHERE id IN (SELECT id FROM task ORDER BY id LIMIT %d)", due)); err != nil {
		b.Fatal(err)
	}
	if s.pg {
		if _, err := s.DB().Exec("ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScale is the store with 10,000 tasks.
func BenchmarkScale(b *testing.B) {
	const tasks = 10_000
	parts := []struct {
		name string
		fn   func(b *testing.B, s *Store)
	}{
		{"list", func(b *testing.B, s *Store) {
			for b.Loop() {
				if n := len(must[[]task.Task](b)(s.Tasks(b.Context()))); n != tasks {
					b.Fatal(n)
				}
			}
		}},
		{"latest runs", func(b *testing.B, s *Store) {
			for b.Loop() {
				if n := len(must[map[string]task.Run](b)(s.LastRuns(b.Context()))); n != tasks {
					b.Fatal(n)
				}
			}
		}},
		{"a page of the list", func(b *testing.B, s *Store) {
			for b.Loop() {
				found, total, err := s.FindTasks(b.Context(), Among{All: true}, task.Query{Limit: 50, Offset: 5000, Order: task.OrderState})
				if err != nil || total != tasks || len(found) != 50 {
					b.Fatal(total, len(found), err)
				}
				must[map[string][]task.Run](b)(s.RecentRuns(b.Context(), idsOf(found), 12))
				must[task.Sums](b)(s.SumTasks(b.Context(), Among{All: true}))
			}
		}},
		{"the overview", func(b *testing.B, s *Store) {
			all := Among{All: true}
			for b.Loop() {
				if sums := must[task.Sums](b)(s.SumTasks(b.Context(), all)); sums.All != tasks {
					b.Fatal(sums)
				}
				for _, q := range []task.Query{
					{Standings: []task.Standing{task.StandingNeedsYou, task.StandingListed, task.StandingAgain}, Order: task.OrderState, Limit: 8, Uncounted: true},
					{Standings: []task.Standing{task.StandingActive}, Order: task.OrderLatest, Limit: 8, Uncounted: true},
					{Due: true, Order: task.OrderNext, Limit: 8, Uncounted: true},
					{Order: task.OrderLatest, Limit: 16, Uncounted: true},
				} {
					found, _, err := s.FindTasks(b.Context(), all, q)
					if err != nil {
						b.Fatal(err)
					}
					must[map[string][]task.Run](b)(s.RecentRuns(b.Context(), idsOf(found), 12))
				}
			}
		}},
		{"a search", func(b *testing.B, s *Store) {
			for b.Loop() {
				if _, _, err := s.FindTasks(b.Context(), Among{All: true}, task.Query{Limit: 50, Text: "999"}); err != nil {
					b.Fatal(err)
				}
			}
		}},
		{"a page of an operator", func(b *testing.B, s *Store) {
			some := Among{Owner: "nobody", Domains: []string{"d7.example"}}
			for b.Loop() {
				found, total, err := s.FindTasks(b.Context(), some, task.Query{Limit: 50, Order: task.OrderState})
				if err != nil || total != tasks/20 || len(found) != 50 {
					b.Fatal(total, len(found), err)
				}
				must[map[string][]task.Run](b)(s.RecentRuns(b.Context(), idsOf(found), 12))
				must[task.Sums](b)(s.SumTasks(b.Context(), some))
			}
		}},
		{"tasks with a status", func(b *testing.B, s *Store) {
			for b.Loop() {
				found, total, err := s.FindTasks(b.Context(), Among{All: true}, task.Query{Limit: 100, Status: task.StatusWarnings})
				if err != nil || total != tasks || len(found) != 100 {
					b.Fatal(total, len(found), err)
				}
				must[map[string][]task.Run](b)(s.RecentRuns(b.Context(), idsOf(found), 1))
			}
		}},
		{"tasks that need somebody", func(b *testing.B, s *Store) {
			for b.Loop() {
				if _, _, err := s.FindTasks(b.Context(), Among{All: true}, task.Query{Limit: 100, Status: task.StatusNeedsYou}); err != nil {
					b.Fatal(err)
				}
			}
		}},
		{"what has changed", func(b *testing.B, s *Store) {
			for b.Loop() {
				if n := len(must[[]task.Mark](b)(s.Marks(b.Context(), Among{All: true}))); n != tasks {
					b.Fatal(n)
				}
			}
		}},
		{"nothing due", func(b *testing.B, s *Store) {
			for b.Loop() {
				must[[]Ticket](b)(s.ClaimDue(b.Context(), time.UnixMilli(0)))
				must[[]Ticket](b)(s.Queued(b.Context(), time.Now(), 500))
			}
		}},
		{"start by hand", func(b *testing.B, s *Store) {
			i := 0
			for b.Loop() {
				run := must[task.Run](b)(s.CreateRun(b.Context(), fmt.Sprint("t", 1+i%(tasks-1)), TriggerHand))
				must[Claim](b)(s.ClaimNext(b.Context()))
				finish(b, s, run.ID)
				i++
			}
		}},
		{"claim of 1000 that wait", func(b *testing.B, s *Store) {
			if _, err := s.DB().Exec("UPDATE task SET next_at = 1 WHERE id IN (SELECT id FROM task ORDER BY id LIMIT 1000)"); err != nil {
				b.Fatal(err)
			}
			for range 2 {
				must[[]Ticket](b)(s.ClaimDue(b.Context(), time.UnixMilli(2)))
			}
			b.Run("their positions", func(b *testing.B) {
				for b.Loop() {
					if n := len(must[map[string]task.Position](b)(s.Positions(b.Context()))); n != 1000 {
						b.Fatal(n)
					}
				}
			})
			for b.Loop() {
				c := must[Claim](b)(s.ClaimNext(b.Context()))
				must[Ticket](b)(s.Requeue(b.Context(), c.Ticket, true))
			}
		}},
	}
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		b.Run(kind, func(b *testing.B) {
			var s *Store
			if box := testBox(b, b.TempDir()); kind == "SQLite" {
				s = openAt(b, filepath.Join(b.TempDir(), FileName), box)
			} else {
				s = openPostgres(b, box)
			}
			crowd(b, s, tasks, 0)
			for _, p := range parts {
				b.Run(p.name, func(b *testing.B) { p.fn(b, s) })
			}
		})
	}
}
