package copier_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func (s *scene) plan() *copier.Plan {
	s.Helper()
	p, err := copier.New(s.config()).Plan(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// row returns what a plan says of a folder of source a.
func row(t testing.TB, p *copier.Plan, folder string) copier.PairPlan {
	t.Helper()
	for _, pair := range p.Pairs {
		if pair.Folder == folder {
			return pair
		}
	}
	t.Fatalf("no %s in %+v", folder, p.Pairs)
	return copier.PairPlan{}
}

func TestOverride_winsOverHooksAndEarlierRuns(t *testing.T) {
	s := newScene(t)
	for i, name := range []string{mail.Inbox, "Old", "Spam"} {
		s.source.put(name, letter(i), day(i))
	}
	s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		if q.Folder.Name == "Spam" {
			return copier.FolderAnswer{}, errors.New("nobody may be asked about what was set by hand")
		}
		return copier.FolderAnswer{Target: "Hooked/" + q.Proposed, By: "test"}, nil
	}, digest: "h"}
	byHand := []task.Override{{Source: "a", Folder: "Old", Target: "Archive/Old"}, {Source: "a", Folder: "Spam", Exclude: true}}
	s.options.Overrides = byHand
	p := s.plan()
	if r := row(t, p, "Old"); r.Target != "Archive/Old" || r.By != "set by hand" || !r.Create {
		t.Errorf("%+v", r)
	}
	if r := row(t, p, "Spam"); !r.Excluded || r.Target != "" || r.By != "set by hand" || r.Error != "" {
		t.Errorf("%+v", r)
	}
	if r := row(t, p, mail.Inbox); r.Target != "Hooked/INBOX" || r.By != "test" {
		t.Errorf("%+v", r)
	}
	r := s.run()
	s.wants(r, task.OutcomeDone, 2, 0)
	if r.Counts.Skipped != 1 || r.Folders[1].By != "set by hand" {
		t.Errorf("%+v", r)
	}
	s.same("Archive/Old", "Old")

	// Another place wins over the one where an earlier run put it: from now on.
	s.options.Overrides = []task.Override{{Source: "a", Folder: "Old", Target: "Elsewhere"}, byHand[1]}
	s.source.put("Old", letter(7), day(7))
	s.wants(s.run(), task.OutcomeDone, 1, 2)
	if n := len(s.target.bodies("Elsewhere")); n != 1 || len(s.target.bodies("Archive/Old")) != 1 {
		t.Errorf("%d messages went to the new place", n)
	}

	// Without an override the hook decides again, and what was left out is copied.
	s.options.Overrides = nil
	s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		return copier.FolderAnswer{Target: "Hooked/" + q.Proposed, By: "test"}, nil
	}, digest: "h"}
	s.source.put("Old", letter(8), day(8))
	s.wants(s.run(), task.OutcomeDone, 2, 3)
	s.same("Hooked/Spam", "Spam")
	if len(s.target.bodies("Hooked/Old")) != 1 {
		t.Error("the folder stayed where it had been put by hand")
	}
}

func TestOverride_ofARowKeepsAnUnchangedFolderQuiet(t *testing.T) {
	s := newScene(t)
	s.source.put("Old", letter(1), day(1))
	s.options.Overrides = []task.Override{{Source: "a", Folder: "Old", Target: "New"}}
	s.wants(s.run(), task.OutcomeDone, 1, 0)
	s.world.heal()
	s.wants(s.run(), task.OutcomeDone, 0, 1)
	if n := s.world.taken("source examine"); n != 0 {
		t.Errorf("nothing has changed, and %d folders were opened", n)
	}
}

func TestHold_keepsAFolderBackAndSaysWhy(t *testing.T) {
	s := newScene(t)
	for i, name := range []string{mail.Inbox, "Appeared", "Was excluded"} {
		s.source.put(name, letter(i), day(i))
	}
	s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		return copier.FolderAnswer{Exclude: q.Folder.Name == "Was excluded", By: "test"}, nil
	}}
	s.options.Hold = func(p copier.PairPlan) error {
		if p.Folder == mail.Inbox {
			return nil
		}
		return errors.New("held, because nobody has approved it")
	}
	r := s.run()
	s.wants(r, task.OutcomeListed, 1, 0)
	if r.Counts.Held != 2 || r.Counts.Skipped != 0 || !strings.Contains(r.Folders[1].Error, "nobody has approved it") {
		t.Errorf("%+v", r)
	}
	if s.target.box("Appeared") != nil {
		t.Error("a folder was made for what is held")
	}
	s.options.Hold, s.hooks = nil, nil
	s.wants(s.run(), task.OutcomeDone, 2, 1)
	s.whole()
}

func TestPlan_findsCollisions(t *testing.T) {
	tests := []struct {
		name           string
		source, target []string
		to             map[string]string // by hand
		want           []task.Collision
	}{
		{name: "none", source: []string{"Work", "Works"}},
		{
			name: "two become one", source: []string{"A", "B"}, to: map[string]string{"B": "A"},
			want: []task.Collision{{Kind: task.CollisionMerge, Targets: []string{"A"}, Folders: []task.SourceFolder{{Source: "a", Folder: "A"}, {Source: "a", Folder: "B"}}}},
		},
		{
			name: "letter case", source: []string{"Straße", "STRASSE"},
			want: []task.Collision{{Kind: task.CollisionCase, Targets: []string{"STRASSE", "Straße"}, Folders: []task.SourceFolder{{Source: "a", Folder: "STRASSE"}, {Source: "a", Folder: "Straße"}}}},
		},
		{
			name: "accents", source: []string{"Caf\u00e9", "Cafe\u0301"},
			want: []task.Collision{{Kind: task.CollisionAccent, Targets: []string{"Cafe\u0301", "Caf\u00e9"}, Folders: []task.SourceFolder{{Source: "a", Folder: "Cafe\u0301"}, {Source: "a", Folder: "Caf\u00e9"}}}},
		},
		{
			name: "with one that is there", source: []string{"work"}, target: []string{"Work"},
			want: []task.Collision{{Kind: task.CollisionCase, Targets: []string{"work", "Work"}, Folders: []task.SourceFolder{{Source: "a", Folder: "work"}}}},
		},
		{name: "two that are there and nothing goes to", source: []string{"X"}, target: []string{"Work", "work"}},
		{name: "left out", source: []string{"A", "a"}, to: map[string]string{"a": ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			for _, name := range tt.source {
				s.source.make(name)
			}
			for _, name := range tt.target {
				s.target.make(name)
			}
			for folder, target := range tt.to {
				s.options.Overrides = append(s.options.Overrides, task.Override{Source: "a", Folder: folder, Target: target, Exclude: target == ""})
			}
			if diff := cmp.Diff(tt.want, s.plan().Collisions); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMeasure_looksAtSizesAndDownloadsASample(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, strings.Repeat("x", 100), day(1))
	s.source.put(mail.Inbox, strings.Repeat("y", 5000), day(2))
	s.source.put("Known", strings.Repeat("z", 7000), day(3))
	s.options.Only = func(_, folder string) bool { return folder == "Known" }
	s.run()
	s.options.Only = nil
	s.source.put("Known", strings.Repeat("w", 300), day(4))
	changes := s.target.changes()
	var got copier.Measured
	measure := func(b copier.MeasureBounds) *copier.Plan {
		p, err := copier.New(s.config()).PlanAnd(t.Context(), func(ctx context.Context, p *copier.Plan, v *copier.View) (err error) {
			if len(v.Sources) != 1 || v.Target.Account == nil || len(v.Target.Folders) != 2 {
				t.Errorf("%+v", v)
			}
			got, err = v.Measure(ctx, p, b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	bounds := copier.MeasureBounds{Limit: 1000, Messages: 100, Time: time.Minute, SampleMessages: 10, SampleBytes: 2000, SampleTime: time.Minute}
	p := measure(bounds)
	if r := row(t, p, mail.Inbox); r.ToCopy != 2 || r.Bytes != 5100 || r.TooBig != 1 {
		t.Errorf("%+v", r)
	}
	if r := row(t, p, "Known"); r.ToCopy != 1 || r.Bytes != 300 || r.TooBig != 0 {
		t.Errorf("what is known counts as to be copied: %+v", r)
	}
	if got.Messages != 1 || got.Bytes != 100 || got.Unmeasured != 0 || got.Took <= 0 {
		t.Errorf("%+v", got)
	}
	// Within the bounds, and no further.
	bounds.Messages, bounds.SampleBytes = 1, 10
	if r := row(t, measure(bounds), mail.Inbox); r.Bytes != -1 || r.TooBig != -1 || got.Unmeasured != 2 || got.Messages != 0 {
		t.Errorf("%+v, %+v", r, got)
	}
	// Of folders beyond them the server may say how much they hold, which tells what is to
	// be copied where nothing is yet.
	s.source.tellsSizes = true
	p = measure(bounds)
	if r := row(t, p, mail.Inbox); r.Bytes != 5100 || !r.AtMost || r.TooBig != -1 {
		t.Errorf("a size that is told: %+v", r)
	}
	if r := row(t, p, "Known"); r.Bytes != 300 || r.AtMost || got.Unmeasured != 1 || got.Told != 1 {
		t.Errorf("the rest of a folder: %+v, %+v", r, got)
	}
	if s.target.changes() != changes || s.source.changes() != 0 {
		t.Error("something was changed")
	}
}

func TestPlanAnd_tellsOfTheAccountsThatCanNotBeOpened(t *testing.T) {
	s := newScene(t)
	s.target.cannotLogIn = &mail.Error{Op: "log in", Where: "x", Kind: mail.ErrAuth}
	looked := false
	_, err := copier.New(s.config()).PlanAnd(t.Context(), func(_ context.Context, _ *copier.Plan, v *copier.View) error {
		looked = true
		if !errors.Is(v.Target.Err, mail.ErrAuth) || v.Sources[0].Err != nil || len(v.Sources[0].Folders) == 0 {
			t.Errorf("%+v", v)
		}
		return nil
	})
	if !errors.Is(err, mail.ErrAuth) || !looked {
		t.Errorf("%v, looked %v", err, looked)
	}
}
