package copier_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// mover puts folders, named "SOURCE:FOLDER", where it is told, for it alone.
func mover(to map[string]string) hooks {
	return hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		target, ok := to[q.Source+":"+q.Folder.Name]
		if !ok {
			return copier.FolderAnswer{}, nil
		}
		return copier.FolderAnswer{Target: target, Exclude: target == "", By: "mover", Unshared: "plugin mover"}, nil
	}}
}

// mergeScene has two sources, a and b, with a letter of its own in each folder.
func mergeScene(t *testing.T, folders ...string) *scene {
	s := newScene(t)
	other := newAccount("other", s.world)
	s.more = []copier.SourceAccount{{Name: "b", Open: func(ctx context.Context) (mail.Source, error) { return other.open(ctx) }}}
	for i, name := range folders {
		account, folder := s.source, strings.TrimPrefix(name, "a:")
		if name, ok := strings.CutPrefix(name, "b:"); ok {
			account, folder = other, name
		}
		account.put(folder, letter(i), day(i))
	}
	return s
}

func TestRefusedMerge_holdsWhatTheHookMovedAndNothingElse(t *testing.T) {
	all := []string{"a:INBOX", "a:A", "a:B", "b:INBOX", "b:B"}
	tests := []struct {
		name   string
		to     map[string]string
		byHand map[string]string // folders of source a
		want   map[string]string // held folders, with words of why
	}{
		{name: "no hook has a say: both inboxes and both B are one"},
		{name: "moved to a place of its own", to: map[string]string{"a:A": "New"}},
		{
			name: "onto one that nobody moved", to: map[string]string{"a:A": "B"},
			want: map[string]string{"a:A": `plugin mover puts "A" of a into "B", where "B" of a and 1 more would go as well; map one`},
		},
		{
			name: "both moved", to: map[string]string{"a:A": "X", "b:B": "X"},
			want: map[string]string{"a:A": `"A" of a into "X", where "B" of b would go as well;`, "b:B": `"B" of b into "X", where "A" of a would go as well;`},
		},
		{
			name: "onto the inbox, spelled otherwise", to: map[string]string{"a:A": "inbox", "a:INBOX": "inbox"},
			want: map[string]string{"a:A": `into "INBOX", where "INBOX" of a and 1 more`},
		},
		{name: "named as it would be anyway", to: map[string]string{"a:B": "B", "b:B": "B"}},
		{name: "the other one is left out", to: map[string]string{"a:A": "X", "b:B": "X", "a:B": ""}, byHand: map[string]string{"A": ""}},
		{name: "a person has put the other one elsewhere", to: map[string]string{"a:A": "X", "b:B": "X"}, byHand: map[string]string{"A": "Y"}},
		{
			name: "a person has put the other one there", to: map[string]string{"b:B": "X"}, byHand: map[string]string{"A": "X"},
			want: map[string]string{"b:B": `into "X", where "A" of a would go`},
		},
		{name: "a person merges", byHand: map[string]string{"A": "INBOX"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mergeScene(t, all...)
			s.hooks = mover(tt.to)
			for folder, target := range tt.byHand {
				s.options.Overrides = append(s.options.Overrides, task.Override{Source: "a", Folder: folder, Target: target, Exclude: target == ""})
			}
			held := map[string]string{}
			for _, p := range s.plan().Pairs {
				if name := p.Source + ":" + p.Folder; p.Error != "" {
					held[name] = p.Error
					if !strings.Contains(p.Error, tt.want[name]) || tt.want[name] == "" || p.Target != "" || p.Create {
						t.Errorf("%s: %+v; want %q", name, p, tt.want[name])
					}
				}
			}
			if len(held) != len(tt.want) {
				t.Errorf("held are %q", held)
			}
			r := s.run()
			outcome := task.OutcomeDone
			if len(tt.want) > 0 {
				outcome = task.OutcomeListed
			}
			if r.Outcome != outcome || r.Counts.Held != int64(len(tt.want)) || r.Counts.Failed != 0 || r.Counts.Copied+r.Counts.Skipped+r.Counts.Held != int64(len(all)) {
				t.Errorf("%s: %+v", r.Outcome, r.Counts)
			}
			for _, f := range r.Folders {
				if f.Error != held[f.Source+":"+f.Folder] {
					t.Errorf("%s of %s: the run says %q, the plan %q", f.Folder, f.Source, f.Error, held[f.Source+":"+f.Folder])
				}
			}
		})
	}
}

// TestRefusedMerge_isTriedAgain: a run of the held folders alone refuses as before, and
// once they may be merged, or one of them is gone, nothing is lost or doubled.
func TestRefusedMerge_isTriedAgain(t *testing.T) {
	s := mergeScene(t, "a:A", "b:B")
	s.hooks = mover(map[string]string{"a:A": "X", "b:B": "X"})
	s.wants(s.run(), task.OutcomeListed, 0, 0)
	if s.target.box("X") != nil {
		t.Error("a folder was made for what is held")
	}
	s.options.Only = func(source, _ string) bool { return source == "a" }
	r := s.run()
	s.wants(r, task.OutcomeListed, 0, 0)
	if len(r.Folders) == 0 || !strings.Contains(fmt.Sprint(r.Folders), `where "B" of b would go`) {
		t.Errorf("a run of one of them: %+v", r.Folders)
	}
	s.options.Only = nil
	s.options.Overrides = []task.Override{{Source: "b", Folder: "B", Exclude: true}}
	r = s.run()
	if diff := cmp.Diff(task.Counts{Source: 2, Copied: 1, Skipped: 1}, task.Counts{Source: r.Counts.Source, Copied: r.Counts.Copied, Skipped: r.Counts.Skipped}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.options.Overrides = nil
	s.wants(s.run(), task.OutcomeListed, 0, 0)
	s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
		if q.Proposed == mail.Inbox {
			return copier.FolderAnswer{}, nil
		}
		return copier.FolderAnswer{Target: "X", By: "mover"}, nil
	}}
	s.wants(s.run(), task.OutcomeDone, 1, 1)
	if n := len(s.target.bodies("X")); n != 2 {
		t.Errorf("%d messages are there, want 2", n)
	}
}
