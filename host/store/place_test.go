package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// TestClaimNext_letsOwnersTakeTurns: who has queued many tasks, into one account or
// into many, keeps the tasks of others waiting for one of them at most.
func TestClaimNext_letsOwnersTakeTurns(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	owned := func(name string) string {
		u := access.User{Name: name, Role: access.RoleUser}
		if err := c.s.CreateUser(t.Context(), &u, "hash"); err != nil {
			t.Fatal(err)
		}
		return u.ID
	}
	ann, bob := owned("ann"), owned("bob")
	queue := func(name, to, owner string) {
		t.Helper()
		run := c.queue(name, "old", to)
		if owner != "" {
			if err := c.s.GiveTask(t.Context(), run.TaskID, owner); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 3 {
		queue(fmt.Sprint("ann", i), fmt.Sprint("a", i), ann)
	}
	queue("ann again", "a0", ann)
	queue("bob0", "b", bob)
	queue("bob1", "b2", bob)
	queue("service", "c", "")
	c.claims(ErrNotQueued, "ann0", "bob0", "service", "ann1", "bob1", "ann2", "ann again")
}

// TestClaimNext_knowsWhereAStoredAccountHasGone: the limits of hosts and accounts are
// those of where it is now, for all tasks that refer to it.
func TestClaimNext_knowsWhereAStoredAccountHasGone(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	stored := storedAccount(t, c.s, "archive")
	domain := localDomain(t, c.s, "example.org")
	run := func(tk *task.Task) {
		t.Helper()
		c.now = c.now.Add(time.Second)
		save(t, c.s, tk)
		must[task.Run](t)(c.s.CreateRun(t.Context(), tk.ID, TriggerHand))
	}
	c.queue("busy", "x", "new")
	run(referring("one", account("a", "x"), task.Account{ID: stored.ID}))
	run(referring("two", task.Account{Local: "ann@example.org"}, account("b", "x")))
	stored.Account.Host, stored.Account.Password = "new.example.org", "moved"
	if err := c.s.SaveAccount(t.Context(), &stored); err != nil {
		t.Fatal(err)
	}
	domain.Server.Host, domain.Server.Password = "new.example.org", "moved"
	if err := c.s.SaveLocalDomain(t.Context(), domain); err != nil {
		t.Fatal(err)
	}
	c.limit(Limits{PerHost: 1})
	c.claims(ErrLimit, "busy")
	c.end("busy")
	c.claims(ErrLimit, "one")
	c.end("one")
	c.claims(ErrNotQueued, "two")
}
