package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

var noon = time.UnixMilli(1_700_000_000_000)

func delivery(plugin string, uid mail.UID) copier.Delivery {
	return copier.Delivery{
		Plugin: plugin, Source: "work", Folder: oddFolder, UIDValidity: 1<<32 - 1, UID: uid, FolderName: "Gelöscht", FolderUse: mail.UseTrash,
		Size: 1 << 40, Target: "Trash", TargetValidity: 7, TargetUID: uid * 2, Stored: 1<<40 + 2, Rewritten: true,
		Date:  time.Date(2024, 2, 29, 12, 0, 0, 0, time.FixedZone("", -3600*5)),
		Flags: mail.CleanFlags([]mail.Flag{mail.FlagSeen, "Work"}),
		State: copier.DeliveryWaiting, Next: noon,
	}
}

func outboxLedger(t *testing.T) (*Store, *Ledger, int64) {
	s := openNew(t)
	l := s.Ledger("archive")
	return s, l, must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: oddFolder, UIDValidity: 1<<32 - 1, Target: "Trash"}))
}

func dueNow(t *testing.T, l *Ledger, plugin string, now time.Time) (uids []mail.UID, all []copier.Delivery) {
	t.Helper()
	all = must[[]copier.Delivery](t)(l.Due(t.Context(), plugin, now, 100))
	for _, d := range all {
		uids = append(uids, d.UID)
	}
	return uids, all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOutbox_givesBackDeliveriesAsTheyWere(t *testing.T) {
	s, l, pair := outboxLedger(t)
	want := delivery("p", 5)
	bare := copier.Delivery{Plugin: "p", Source: "work", Folder: "INBOX", UIDValidity: 1, UID: 1, Target: "INBOX", State: copier.DeliveryWaiting}
	check(t, l.Post(t.Context(), pair, entries(5, 1), []copier.Delivery{want, bare, delivery("other", 5)}))
	check(t, s.Ledger("other").Post(t.Context(), pair, nil, []copier.Delivery{delivery("p", 5)}))
	_, got := dueNow(t, l, "p", noon)
	if len(got) != 2 || got[0].ID == 0 || got[0].ID == got[1].ID {
		t.Fatalf("%d deliveries", len(got))
	}
	want.ID, bare.ID = got[0].ID, got[1].ID
	if diff := cmp.Diff([]copier.Delivery{want, bare}, got); diff != "" {
		t.Error(diff)
	}
	if _, offset := got[0].Date.Zone(); offset != -3600*5 {
		t.Errorf("the zone is %d", offset)
	}
	if len(readEntries(t, l, pair)) != 1 {
		t.Error("the entry is missing")
	}
}

func TestOutbox_dueOnesComeInOrderAndInTime(t *testing.T) {
	_, l, pair := outboxLedger(t)
	later, tried := delivery("p", 1), delivery("p", 2)
	later.Next, tried.Attempts = noon.Add(time.Millisecond), 3
	check(t, l.Post(t.Context(), pair, nil, []copier.Delivery{later, tried, delivery("p", 3), delivery("p", 4)}))
	if uids, _ := dueNow(t, l, "p", noon); !cmp.Equal(uids, []mail.UID{3, 4, 2}) {
		t.Errorf("due are %v", uids)
	}
	if uids, _ := dueNow(t, l, "p", noon.Add(time.Second)); !cmp.Equal(uids, []mail.UID{1, 3, 4, 2}) {
		t.Errorf("then %v", uids)
	}
	if some := must[[]copier.Delivery](t)(l.Due(t.Context(), "p", noon, 2)); len(some) != 2 || some[0].UID != 3 {
		t.Errorf("the first two are %v", some)
	}
}

func TestOutbox_settles(t *testing.T) {
	_, l, pair := outboxLedger(t)
	check(t, l.Post(t.Context(), pair, nil, []copier.Delivery{delivery("p", 1), delivery("p", 2), delivery("p", 3)}))
	_, all := dueNow(t, l, "p", noon)
	all[0].State = copier.DeliveryDone
	all[1].Attempts, all[1].Next, all[1].Reason, all[1].Digest = 1, noon.Add(time.Hour), "503", "v1"
	all[2].State, all[2].Reason, all[2].Digest = copier.DeliveryGivenUp, "never", "v1"
	check(t, l.Settle(t.Context(), all))
	if uids, _ := dueNow(t, l, "p", noon); len(uids) != 0 {
		t.Errorf("due are %v", uids)
	}
	if _, left := dueNow(t, l, "p", noon.Add(time.Hour)); len(left) != 1 || left[0].Attempts != 1 || left[0].Reason != "503" {
		t.Errorf("then %+v", left)
	}
	counts := must[map[string]copier.OutboxCount](t)(l.OutboxCounts(t.Context()))
	if want := (map[string]copier.OutboxCount{"p": {Waiting: 1, GivenUp: 1}}); !cmp.Equal(counts, want) {
		t.Errorf("counts are %v", counts)
	}
	// The same plugin leaves what was given up; another version, or the wish of a
	// person, begins anew.
	open := func(digest string, again bool) []mail.UID {
		check(t, l.OpenOutbox(t.Context(), []copier.Recipient{{ID: "other", Digest: "v9"}, {ID: "p", Digest: digest}}, again))
		uids, _ := dueNow(t, l, "p", noon)
		return uids
	}
	if uids := open("v1", false); len(uids) != 0 {
		t.Errorf("the same version is told of %v", uids)
	}
	if uids := open("v2", false); !cmp.Equal(uids, []mail.UID{2, 3}) {
		t.Errorf("another version is told of %v", uids)
	}
	_, again := dueNow(t, l, "p", noon)
	if again[0].Attempts+again[1].Attempts != 0 {
		t.Errorf("they begin with %d and %d attempts", again[0].Attempts, again[1].Attempts)
	}
	again[0].Attempts, again[0].Next, again[0].Digest = 1, noon.Add(time.Hour), "v2"
	again[1].State, again[1].Digest = copier.DeliveryGivenUp, "v2"
	check(t, l.Settle(t.Context(), again))
	if uids := open("v2", true); !cmp.Equal(uids, []mail.UID{2, 3}) {
		t.Errorf("when asked for, %v", uids)
	}
}

func TestOutbox_whatIsUnsureWaitsForCertaintyOrTheNextRun(t *testing.T) {
	_, l, pair := outboxLedger(t)
	var unsure []copier.Delivery
	for uid := range mail.UID(3) {
		d := delivery("p", uid+1)
		d.State, d.TargetUID = copier.DeliveryUnsure, 0
		unsure = append(unsure, d)
	}
	check(t, l.Post(t.Context(), pair, nil, unsure))
	if uids, _ := dueNow(t, l, "p", noon); len(uids) != 0 {
		t.Errorf("due are %v", uids)
	}
	// The first is found, the second is not there after all, the third is never
	// spoken of again.
	void := unsure[1]
	void.State = copier.DeliveryVoid
	check(t, l.Post(t.Context(), pair, nil, []copier.Delivery{delivery("p", 1), void}))
	if _, got := dueNow(t, l, "p", noon); len(got) != 1 || got[0].UID != 1 || got[0].TargetUID != 2 {
		t.Errorf("then %+v", got)
	}
	check(t, l.OpenOutbox(t.Context(), nil, false))
	if uids, _ := dueNow(t, l, "p", noon); !cmp.Equal(uids, []mail.UID{1, 3}) {
		t.Errorf("in the next run %v", uids)
	}
	// Copied again: the place of the copy is another one, the rest stays.
	moved := delivery("p", 3)
	moved.Target, moved.TargetUID, moved.Attempts, moved.State = "Else", 99, 0, copier.DeliveryUnsure
	check(t, l.Post(t.Context(), pair, nil, []copier.Delivery{moved}))
	if _, got := dueNow(t, l, "p", noon); len(got) != 2 || got[1].Target != "Else" || got[1].TargetUID != 99 {
		t.Errorf("copied again: %+v", got)
	}
}

func TestOutbox_isStoredWithTheEntriesOrNotAtAll(t *testing.T) {
	_, l, _ := outboxLedger(t)
	if err := l.Post(t.Context(), 4711, entries(1, 1), []copier.Delivery{delivery("p", 1)}); err == nil {
		t.Fatal("entries of a pair that is not there were stored")
	}
	if counts := must[map[string]copier.OutboxCount](t)(l.OutboxCounts(t.Context())); len(counts) != 0 {
		t.Errorf("counts are %v", counts)
	}
}

func TestOutbox_goesWithItsTask(t *testing.T) {
	s := openNew(t)
	made := save(t, s, newTask("mirror"))
	l := s.Ledger(made.ID)
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	check(t, l.Post(t.Context(), pair, nil, []copier.Delivery{delivery("p", 1)}))
	deleteForGood(t, s, made.ID)
	if counts := must[map[string]copier.OutboxCount](t)(l.OutboxCounts(t.Context())); len(counts) != 0 {
		t.Errorf("counts are %v", counts)
	}
}
