package store

import (
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

var _ scs.CtxStore = (*Sessions)(nil)

func TestSessions_liveUntilTheyExpireOrAreDeleted(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.UnixMilli(1_000_000)
	setClock(s, &now)
	web := s.Sessions()
	find := func(token, want string) {
		t.Helper()
		data, found, err := web.Find(token)
		if err != nil || string(data) != want || found != (want != "") {
			t.Errorf("session %s: %q, %v, %v; want %q", token, data, found, err, want)
		}
	}
	commit := func(token, data string, left time.Duration) {
		t.Helper()
		if err := web.Commit(token, []byte(data), now.Add(left)); err != nil {
			t.Fatal(err)
		}
	}
	commit("a", "old", time.Minute)
	commit("a", "a\x00'?", time.Hour)
	commit("b", "b", time.Minute)
	commit("c", "c", time.Hour)
	find("a", "a\x00'?")
	find("b", "b")
	find("nobody", "")
	for range 2 {
		if err := web.Delete("c"); err != nil {
			t.Fatal(err)
		}
	}
	find("c", "")
	now = now.Add(time.Minute)
	find("b", "")
	if err := web.DeleteExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	find("a", "a\x00'?")
	var n int
	if err := s.DB().QueryRow("SELECT count(*) FROM session").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d sessions are left, %v; want 1", n, err)
	}
}
