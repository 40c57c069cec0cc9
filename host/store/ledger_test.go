package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

// oddFolder is a spelling that no UTF-8 text has, with a NUL.
const oddFolder = "Gel\xf6scht\x00'; --"

func entries(first, n int) []copier.Entry {
	list := make([]copier.Entry, n)
	for i := range list {
		uid := mail.UID(first + i)
		e := copier.Entry{UID: uid, State: copier.EntryDone, TargetUID: uid * 2, Size: int64(uid) * 1000}
		e.TargetValidity = 1<<32 - 1
		e.Copied = time.UnixMilli(1_700_000_000_123 + int64(i))
		if i%5 == 0 {
			e.Missing, e.Moved = e.Copied.Add(time.Hour), i%2 == 0
		}
		if i%3 != 0 {
			e.Fingerprint = [16]byte{byte(uid), byte(uid >> 8), 0, 0xff}
			e.Flags = mail.CleanFlags([]mail.Flag{mail.FlagSeen, `$Forwarded`, mail.FlagAnswered}[:1+i%3])
		}
		list[i] = e
	}
	return list
}

func readEntries(t testing.TB, l *Ledger, pair int64) []copier.Entry {
	t.Helper()
	var got []copier.Entry
	if err := l.Entries(context.Background(), pair, func(e copier.Entry) error { got = append(got, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLedger_givesBackPairsAsTheyWere(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	l := s.Ledger("archive")
	want := []copier.Pair{
		{
			Source: "work", Folder: oddFolder, UIDValidity: 1<<32 - 1, Target: "Gelöscht/∕", TargetValidity: 7, TargetNext: 1<<32 - 1, SeenFlags: [16]byte{1, 15: 255},
			Seen: mail.Status{UIDValidity: 1<<32 - 1, UIDNext: 1<<32 - 1, Messages: 12, HighestModSeq: 1<<63 - 1}, Rules: "sha", Present: 1 << 40, Skipped: 3,
		},
		{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"},
	}
	for i, p := range want {
		want[i].ID = must[int64](t)(l.SavePair(t.Context(), p))
	}
	must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "home", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	must[int64](t)(s.Ledger("other").SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	if diff := cmp.Diff(want, must[[]copier.Pair](t)(l.Pairs(t.Context(), "work"))); diff != "" {
		t.Error(diff)
	}
}

func TestLedger_savesAPairOverTheOneThatIsThere(t *testing.T) {
	t.Parallel()
	l := openNew(t).Ledger("archive")
	p := copier.Pair{Source: "work", Folder: oddFolder, UIDValidity: 1, Target: "Trash"}
	id := must[int64](t)(l.SavePair(t.Context(), p))
	p.Rules = "again"
	if again := must[int64](t)(l.SavePair(t.Context(), p)); again != id {
		t.Errorf("saved as %d, then as %d", id, again)
	}
	p.ID, p.Present = id, 5
	must[int64](t)(l.SavePair(t.Context(), p))
	if diff := cmp.Diff([]copier.Pair{p}, must[[]copier.Pair](t)(l.Pairs(t.Context(), "work"))); diff != "" {
		t.Error(diff)
	}
}

func TestLedger_refusesAPairOfAnotherLedger(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	p := copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}
	p.ID = must[int64](t)(s.Ledger("one").SavePair(t.Context(), p))
	if _, err := s.Ledger("two").SavePair(t.Context(), p); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestLedger_givesBackEntriesInOrder(t *testing.T) {
	t.Parallel()
	l := openNew(t).Ledger("archive")
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	want := entries(1, 300)
	want = append(want, copier.Entry{UID: 1<<32 - 1, State: copier.EntryIntent, TargetNext: 1<<32 - 1})
	// Later ones first, and some twice: the second time counts.
	put := func(list []copier.Entry) {
		t.Helper()
		if err := l.Put(t.Context(), pair, list); err != nil {
			t.Fatal(err)
		}
	}
	put(want[100:])
	old := entries(1, 100)
	for i := range old {
		old[i].State, old[i].Flags = copier.EntryIntent, []mail.Flag{"old"}
	}
	put(old)
	put(want[:100])
	put(nil)
	if diff := cmp.Diff(want, readEntries(t, l, pair)); diff != "" {
		t.Error(diff)
	}
}

func TestLedger_deletesJustTheSet(t *testing.T) {
	t.Parallel()
	l := openNew(t).Ledger("archive")
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	all := entries(1, 50)
	if err := l.Put(t.Context(), pair, all); err != nil {
		t.Fatal(err)
	}
	gone := mail.UIDs(1, 2, 3, 10, 49, 50, 51, 4000)
	if err := errors.Join(l.Delete(t.Context(), pair, gone), l.Delete(t.Context(), pair, mail.UIDSet{})); err != nil {
		t.Fatal(err)
	}
	var want []copier.Entry
	for _, e := range all {
		if !gone.Contains(e.UID) {
			want = append(want, e)
		}
	}
	if diff := cmp.Diff(want, readEntries(t, l, pair)); diff != "" {
		t.Error(diff)
	}
}

func TestLedger_putsAllOfABatchOrNothing(t *testing.T) {
	t.Parallel()
	l := openNew(t).Ledger("archive")
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Put(ctx, pair, entries(1, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done: %v", err)
	}
	if err := l.Put(t.Context(), pair+1, entries(1, 10)); err == nil {
		t.Error("entries of a pair that is not there were stored")
	}
	if got := readEntries(t, l, pair); len(got) != 0 {
		t.Errorf("%d entries are there, want none", len(got))
	}
}

func TestLedger_handsOutTheErrorOfTheCaller(t *testing.T) {
	t.Parallel()
	l := openNew(t).Ledger("archive")
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	if err := l.Put(t.Context(), pair, entries(1, 10)); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	n := 0
	err := l.Entries(t.Context(), pair, func(copier.Entry) error { n++; return stop })
	if err != stop || n != 1 {
		t.Errorf("got %v after %d entries, want the caller's own error after 1", err, n)
	}
}

func TestLedger_takesManyWritersAndReaders(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			l := s.Ledger(fmt.Sprint("task", w))
			pair, err := l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"})
			if err != nil {
				t.Error(err)
				return
			}
			for batch := range 10 {
				if err := l.Put(t.Context(), pair, entries(1+100*batch, 100)); err != nil {
					t.Error(err)
				}
				n := 0
				if err := l.Entries(t.Context(), pair, func(copier.Entry) error { n++; return nil }); err != nil || n != 100*(batch+1) {
					t.Errorf("%d entries, %v; want %d", n, err, 100*(batch+1))
				}
			}
		})
	}
	wg.Wait()
}

func FuzzFlags(f *testing.F) {
	f.Add(`\Seen $Forwarded`)
	f.Add("")
	f.Add("  a  b ")
	f.Fuzz(func(t *testing.T, text string) {
		if got := joinFlags(splitFlags([]byte(text), map[string]mail.Flag{})); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	})
}

func BenchmarkLedger_put100(b *testing.B) {
	l := openAt(b, filepath.Join(b.TempDir(), FileName), nil).Ledger("x")
	pair := must[int64](b)(l.SavePair(b.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	for i := 0; b.Loop(); i++ {
		if err := l.Put(b.Context(), pair, entries(1+100*i, 100)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkLedger_load100k(b *testing.B) {
	l := openAt(b, filepath.Join(b.TempDir(), FileName), nil).Ledger("x")
	pair := must[int64](b)(l.SavePair(b.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	if err := l.Put(b.Context(), pair, entries(1, 100_000)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := l.Entries(b.Context(), pair, func(copier.Entry) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkOpen_migrated(b *testing.B) {
	dir := b.TempDir()
	path, box := filepath.Join(dir, FileName), testBox(b, dir)
	openAt(b, path, box)
	for b.Loop() {
		s, err := Open(b.Context(), path, box)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
