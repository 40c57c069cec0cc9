package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestSketch_isSealedAndThereForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now()
	s.now = func() time.Time { return now }
	id := must[string](t)(s.SaveSketch(t.Context(), "", "", []byte(`{"password":"canary"}`)))
	if got, err := s.Sketch(t.Context(), "", id); err != nil || string(got) != `{"password":"canary"}` {
		t.Fatalf("%s, %v", got, err)
	}
	var sealed string
	if err := s.read.NewRaw("SELECT cells FROM draft_row WHERE draft_id = ?", id).Scan(t.Context(), &sealed); err != nil || strings.Contains(sealed, "canary") || sealed == "" {
		t.Errorf("it is stored as %q, %v", sealed, err)
	}
	if _, err := s.SaveSketch(t.Context(), "", id, []byte("later")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Sketch(t.Context(), "", id); err != nil || string(got) != "later" {
		t.Errorf("%s, %v", got, err)
	}
	// Another user has no part in it.
	if _, err := s.Sketch(t.Context(), "u1", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("another user reads it: %v", err)
	}
	if _, err := s.SaveSketch(t.Context(), "u1", id, []byte("x")); !errors.Is(err, ErrNotFound) {
		t.Errorf("another user changes it: %v", err)
	}
	if err := s.DeleteSketch(t.Context(), "u1", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("another user forgets it: %v", err)
	}
	// It is no draft: not listed, not shown, not worked on, not changed as one.
	if all, err := s.Drafts(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := s.Draft(t.Context(), id); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is a draft: %v", err)
	}
	if _, err := s.TakeDraft(t.Context(), "w", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Errorf("a worker takes it: %v", err)
	}
	if err := s.StartDraft(t.Context(), id, "b", true); !errors.Is(err, ErrNotOpen) {
		t.Errorf("it can be started: %v", err)
	}
	now = now.Add(task.DraftTime)
	if _, err := s.Sketch(t.Context(), "", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("it has not expired: %v", err)
	}
	if err := s.cleanDrafts(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := s.read.NewRaw("SELECT count(*) FROM draft_row").Scan(t.Context(), &rows); err != nil || rows != 0 {
		t.Errorf("%d rows are left, %v", rows, err)
	}
}

func TestSketch_theOneThatWasLeftLongestMakesRoom(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now()
	s.now = func() time.Time { return now }
	var ids []string
	for i := range maxSketches {
		now = now.Add(time.Second)
		ids = append(ids, must[string](t)(s.SaveSketch(t.Context(), "", "", fmt.Append(nil, i))))
	}
	now = now.Add(time.Second)
	if _, err := s.SaveSketch(t.Context(), "", ids[0], []byte("touched")); err != nil {
		t.Fatal(err)
	}
	last := must[string](t)(s.SaveSketch(t.Context(), "", "", []byte("new")))
	for i, id := range append(ids, last) {
		_, err := s.Sketch(t.Context(), "", id)
		if gone := errors.Is(err, ErrNotFound); gone != (i == 1) || err != nil && !gone {
			t.Errorf("sketch %d: %v", i, err)
		}
	}
	if err := s.DeleteSketch(t.Context(), "", last); err != nil {
		t.Error(err)
	}
}
