package copier_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// scanning is a source without mod-sequences that reads the flags of many folders
// at once.
type scanning struct {
	*account
	scanned int
	opened  []string
}

func (s *scanning) Examine(ctx context.Context, f mail.Folder) (mail.Reader, error) {
	s.opened = append(s.opened, f.Name)
	return s.account.Examine(ctx, f)
}

func (s *scanning) ScanFlags(ctx context.Context, folders []mail.Folder, fn func(int, mail.Message), end func(int, mail.Status)) error {
	for i, f := range folders {
		s.scanned++
		r, err := s.account.Examine(ctx, f)
		if err != nil {
			return err
		}
		err = r.Scan(ctx, mail.UIDSpan(1, 1<<32-1), mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
			fn(i, m)
			return nil
		})
		end(i, r.Status())
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func TestRun_flagsOfManyFoldersAreComparedAtOnceWithoutModSequences(t *testing.T) {
	s := newScene(t)
	s.source.noModSeq = true
	src := &scanning{account: s.source}
	const folders = 10
	for i := range folders {
		for k := range 3 {
			s.source.put(fmt.Sprintf("Box %d", i), letter(10*i+k), day(k), mail.FlagSeen)
		}
	}
	run := func(copied, flags int64, opened string) {
		t.Helper()
		src.opened, src.scanned = nil, 0
		cfg := s.config()
		cfg.Options.Lanes = 1
		cfg.Sources = []copier.SourceAccount{{Name: "a", Open: func(context.Context) (mail.Source, error) { return src, nil }}}
		r := copier.New(cfg).Run(t.Context())
		if r.Outcome != task.OutcomeDone || r.Counts.Copied != copied || r.Counts.Flags != flags || r.Counts.Copied+r.Counts.Present != r.Counts.Source {
			t.Fatalf("%q (%s): %+v", r.Outcome, r.Cause, r.Counts)
		}
		if got := strings.Join(src.opened, ", "); got != opened && opened != "all" {
			t.Errorf("opened %s, want %s", got, opened)
		}
	}
	run(3*folders, 0, "all")
	run(0, 0, "")
	if src.scanned != folders {
		t.Errorf("%d folders scanned, want %d", src.scanned, folders)
	}
	s.source.flag("Box 3", 2, mail.FlagFlagged)
	run(0, 1, "Box 3")
	run(0, 0, "")
	s.source.put("Box 4", letter(1000), day(1))
	s.source.remove("Box 5", 1)
	run(1, 0, "Box 4, Box 5")
	run(0, 0, "")
}
