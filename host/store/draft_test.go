package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mailweir/mailweir/host/task"
)

func newDraft(t testing.TB, s *Store, names ...string) task.Draft {
	t.Helper()
	d := task.Draft{Name: "move.csv"}
	if err := s.CreateDraft(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	var rows []task.DraftRow
	for i, name := range names {
		rows = append(rows, task.DraftRow{Position: i, Line: i + 2, Name: name, Source: "source", Cells: []string{name, "canary-" + name}})
	}
	if err := s.AddDraftRows(t.Context(), d.ID, rows); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDraft_keepsRowsSealedAndInOrder(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	d := newDraft(t, s, "a", "b\x00\xff", "c")
	rows := must[[]task.DraftRow](t)(s.DraftRows(t.Context(), d.ID, DraftFilter{Limit: 10}))
	want := []task.DraftRow{
		{Position: 0, Line: 2, Name: "a", Source: "source", Cells: []string{"a", "canary-a"}},
		{Position: 1, Line: 3, Name: "b\ufffd\ufffd", Source: "source", Cells: []string{"b\x00\ufffd", "canary-b\x00\ufffd"}},
		{Position: 2, Line: 4, Name: "c", Source: "source", Cells: []string{"c", "canary-c"}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	var sealed string
	if err := s.read.NewRaw("SELECT cells FROM draft_row WHERE draft_id = ? AND position = 0", d.ID).Scan(t.Context(), &sealed); err != nil || strings.Contains(sealed, "canary") || sealed == "" {
		t.Errorf("the cells are stored as %q, %v", sealed, err)
	}
	// A sealed row opens nowhere else.
	if _, err := s.write.NewRaw("UPDATE draft_row SET cells = ? WHERE draft_id = ? AND position = 2", sealed, d.ID).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DraftRow(t.Context(), d.ID, 2); err == nil {
		t.Error("a row opens in another place")
	}
}

func TestDraft_aChangedRowIsLookedAtAgainWithItsTwins(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	d := newDraft(t, s, "a", "a", "b", "")
	twins := must[map[int]int](t)(s.Twins(t.Context(), d.ID, []int{0, 1, 2, 3}))
	if diff := cmp.Diff(map[int]int{1: 2}, twins); diff != "" {
		t.Fatal(diff)
	}
	verdicts := must[[]task.DraftRow](t)(s.DraftRows(t.Context(), d.ID, DraftFilter{Limit: 10}))
	for i := range verdicts {
		verdicts[i].Effect, verdicts[i].Tested = task.EffectMade, time.UnixMilli(1e12)
	}
	verdicts[1].Effect, verdicts[1].Fault = task.EffectFailed, "twin"
	verdicts[3].Effect, verdicts[3].TestFault = task.EffectFailed, "login refused"
	if err := s.SetVerdicts(t.Context(), d.ID, verdicts); err != nil {
		t.Fatal(err)
	}
	got := must[task.Draft](t)(s.Draft(t.Context(), d.ID))
	if diff := cmp.Diff(task.DraftSums{All: 4, Made: 2, Failed: 2}, got.Rows); diff != "" {
		t.Error(diff)
	}
	failed := must[[]task.DraftRow](t)(s.DraftRows(t.Context(), d.ID, DraftFilter{Effects: []task.Effect{task.EffectFailed}, Limit: 10}))
	if diff := cmp.Diff([]task.DraftRow{verdicts[1], verdicts[3]}, failed, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Error(diff)
	}

	// The first of the twins gets another name: nothing is known of both.
	changed := verdicts[0]
	changed.Name, changed.Cells = "c", []string{"c", "x"}
	if err := s.SetDraftRow(t.Context(), d.ID, changed); err != nil {
		t.Fatal(err)
	}
	rows := must[[]task.DraftRow](t)(s.DraftRows(t.Context(), d.ID, DraftFilter{Effects: []task.Effect{""}, Limit: 10}))
	if len(rows) != 2 || rows[0].Name != "c" || rows[0].Line != 2 || !rows[0].Tested.IsZero() || rows[1].Name != "a" || rows[1].Fault != "" {
		t.Errorf("%+v", rows)
	}
	if twins := must[map[int]int](t)(s.Twins(t.Context(), d.ID, []int{0, 1, 2, 3})); len(twins) != 0 {
		t.Errorf("%v", twins)
	}
	if err := s.RemoveDraftRow(t.Context(), d.ID, 2); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveDraftRow(t.Context(), d.ID, 2); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestDraft_isTakenByOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now()
	setClock(s, &now)
	d := newDraft(t, s, "a")
	if _, err := s.TakeDraft(t.Context(), "w1", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a draft that nobody has started: %v", err)
	}
	batch := task.Batch{Name: "move.csv"}
	if err := errors.Join(s.CreateBatch(t.Context(), &batch), s.StartDraft(t.Context(), d.ID, batch.ID, true)); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		s.StartDraft(t.Context(), d.ID, batch.ID, true), s.SetDraftRow(t.Context(), d.ID, task.DraftRow{}), s.RemoveDraftRow(t.Context(), d.ID, 0),
	} {
		if !errors.Is(err, ErrNotOpen) {
			t.Errorf("it is changed while its rows are stored: %v", err)
		}
	}
	got := must[task.Draft](t)(s.TakeDraft(t.Context(), "w1", time.Minute))
	if got.ID != d.ID || got.State != task.DraftStoring || !got.Run || got.Batch != batch.ID {
		t.Errorf("%+v", got)
	}
	if _, err := s.TakeDraft(t.Context(), "w2", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Errorf("two workers have it: %v", err)
	}
	now = now.Add(time.Minute)
	must[task.Draft](t)(s.TakeDraft(t.Context(), "w2", time.Minute))
	if err := s.KeepDraft(t.Context(), d.ID, "w1", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Errorf("the first has it still: %v", err)
	}
	if err := s.SetDraftState(t.Context(), d.ID, "w2", task.DraftOpen); err != nil {
		t.Fatal(err)
	}
	now = now.Add(task.DraftTime)
	if _, err := s.Draft(t.Context(), d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("it has expired: %v", err)
	}
	if err := s.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := s.read.NewRaw("SELECT count(*) FROM draft_row").Scan(t.Context(), &n); err != nil || n != 0 {
		t.Errorf("%d rows with passwords are left, %v", n, err)
	}
}

func TestDrafts_areSealedAgainWithAnotherKey(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	d := newDraft(t, s, "a", "b")
	other := testBox(t, t.TempDir())
	must[int](t)(s.Rekey(t.Context(), other))
	s.box = other
	rows := must[[]task.DraftRow](t)(s.DraftRows(t.Context(), d.ID, DraftFilter{Limit: 10}))
	if len(rows) != 2 || !slices.Equal(rows[1].Cells, []string{"b", "canary-b"}) {
		t.Errorf("%+v", rows)
	}
}

func TestDraft_of10000RowsIsReadAPageAtATime(t *testing.T) {
	if testing.Short() {
		t.Skip("many rows")
	}
	t.Parallel()
	s := openNew(t)
	d := newDraft(t, s)
	for n := 0; n < 10_000; n += 500 {
		var rows []task.DraftRow
		for i := range 500 {
			rows = append(rows, task.DraftRow{Position: n + i, Line: n + i + 2, Name: fmt.Sprint("n", n+i), Cells: []string{"x"}})
		}
		if err := s.AddDraftRows(t.Context(), d.ID, rows); err != nil {
			t.Fatal(err)
		}
	}
	rows := must[[]task.DraftRow](t)(s.DraftRows(t.Context(), d.ID, DraftFilter{Offset: 9950, Limit: 100}))
	got := must[task.Draft](t)(s.Draft(t.Context(), d.ID))
	must[map[int]int](t)(s.Twins(t.Context(), d.ID, []int{1, 5000, 9999}))
	if len(rows) != 50 || got.Rows.Unknown != 10_000 {
		t.Errorf("%d rows, %+v", len(rows), got.Rows)
	}
}
