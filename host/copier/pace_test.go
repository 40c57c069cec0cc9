package copier_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestRun_keepsToItsPaceAndFollowsItsChange(t *testing.T) {
	s := newScene(t)
	for i := range 8 {
		s.source.put(mail.Inbox, letter(i)+strings.Repeat("x", 100<<10)+"\r\n", day(i))
	}
	s.options.Pace = new(copier.Pace)
	s.options.Pace.Set(task.Pace{Bytes: 1 << 20}) // 800 KiB: some 0.7 s, the first tenth of a second being free
	began := time.Now()
	r := s.run()
	if took := time.Since(began); r.Counts.Copied != 8 || took < 500*time.Millisecond {
		t.Errorf("%d messages in %v", r.Counts.Copied, took)
	}

	// It is lifted while the run waits: at this pace it would take a quarter of an hour.
	for i := range 8 {
		s.source.put("More", letter(100+i)+strings.Repeat("x", 100<<10)+"\r\n", day(i))
	}
	s.options.Pace.Set(task.Pace{Bytes: 1 << 10})
	lift := time.AfterFunc(200*time.Millisecond, func() { s.options.Pace.Set(task.Pace{}) })
	defer lift.Stop()
	began = time.Now()
	if r = s.run(); r.Counts.Copied != 8 || time.Since(began) > time.Minute {
		t.Errorf("%d messages in %v", r.Counts.Copied, time.Since(began))
	}
	s.whole()
}

func TestRun_keepsToMessagesASecondAndFollowsTheirChange(t *testing.T) {
	s := newScene(t)
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i))
		s.source.put("More", letter(100+i), day(i))
	}
	s.options.Pace = new(copier.Pace)
	s.options.Pace.Set(task.Pace{Messages: 20}) // of all folders together: half a second for ten of twelve
	began := time.Now()
	if r := s.run(); r.Counts.Copied != 12 || time.Since(began) < 400*time.Millisecond {
		t.Errorf("%d messages in %v", r.Counts.Copied, time.Since(began))
	}
	s.whole()

	// It is lifted while the run waits: at this pace it would take minutes. A limit of bytes
	// that is far away changes nothing about it.
	for i := range 300 {
		s.source.put("Many", letter(200+i), day(i))
	}
	s.options.Pace.Set(task.Pace{Messages: 1, Bytes: 1 << 40})
	lift := time.AfterFunc(200*time.Millisecond, func() { s.options.Pace.Set(task.Pace{Bytes: 1 << 40}) })
	defer lift.Stop()
	began = time.Now()
	if r := s.run(); r.Counts.Copied != 300 || time.Since(began) > time.Minute {
		t.Errorf("%d messages in %v", r.Counts.Copied, time.Since(began))
	}
	s.whole()
}

func TestRun_stopsAtOnceThoughItsPaceIsSlow(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1)+strings.Repeat("x", 1<<20)+"\r\n", day(1))
	s.options.Pace = new(copier.Pace)
	s.options.Pace.Set(task.Pace{Bytes: 100})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if r := s.runWith(ctx); r.Outcome != task.OutcomeStopped || time.Since(began) > time.Minute {
		t.Errorf("%s after %v", r.Outcome, time.Since(began))
	}
	s.options.Pace = nil
	s.run()
	s.whole()
}

func TestRun_looksOnlyAtTheFoldersThatItIsToldTo(t *testing.T) {
	s := newScene(t)
	for i, name := range []string{mail.Inbox, "Left", "Wanted"} {
		s.source.put(name, letter(i), day(i))
	}
	s.options.Only = func(source, folder string) bool { return source == "a" && folder == "Wanted" }
	s.options.Removal = copier.Removal{AtSource: true}
	r := s.run()
	if r.Outcome != task.OutcomeDone || r.Counts.Copied != 1 || len(r.Folders) != 1 || r.Folders[0].Folder != "Wanted" || !r.Folders[0].Done {
		t.Fatalf("%s: %+v", r.Outcome, r.Folders)
	}
	if r.Counts.DeletedSource != 0 || s.source.changes() != 0 {
		t.Error("a run of some folders has deleted something")
	}
	if len(s.target.bodies("Left")) != 0 {
		t.Error("a folder was copied that nobody asked for")
	}
	s.options.Only, s.options.Removal = nil, copier.Removal{}
	if r = s.run(); r.Counts.Copied != 2 || r.Counts.Present != 1 {
		t.Errorf("the whole afterwards: %+v", r.Counts)
	}
	s.whole()
}
