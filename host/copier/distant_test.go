package copier_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// far is an account that is far away, and makes folders in one go.
type far struct {
	*account
	refuses string // the folder that MakeFolders does not make

	mu       sync.Mutex
	made     [][]mail.NewFolder
	approach int
	open     int
	most     int
}

func (f *far) RoundTrip() time.Duration { return 40 * time.Millisecond }
func (f *far) Approach(n int)           { f.approach = n }

func (f *far) MakeFolders(ctx context.Context, folders []mail.NewFolder) (done []bool, err error) {
	f.made = append(f.made, folders)
	for _, folder := range folders {
		if folder.Name == f.refuses {
			done = append(done, false)
			continue
		}
		if err := f.Create(ctx, folder.Folder); err != nil {
			return nil, err
		}
		done = append(done, true)
	}
	return done, nil
}

// Select counts how many folders are open at a time. Until there have been several,
// it waits for others.
func (f *far) Select(ctx context.Context, folder mail.Folder) (mail.Writer, error) {
	w, err := f.account.Select(ctx, folder)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.open++
	f.most = max(f.most, f.open)
	f.mu.Unlock()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		f.mu.Lock()
		enough := f.most >= 3
		f.mu.Unlock()
		if enough {
			break
		}
	}
	return &farWriter{w, f}, nil
}

type farWriter struct {
	mail.Writer
	f *far
}

func (w *farWriter) Close() error {
	w.f.mu.Lock()
	w.f.open--
	w.f.mu.Unlock()
	return w.Writer.Close()
}

func TestRun_farAccountsAreWorkedOnInMoreLanesAndTheirFoldersMadeAtOnce(t *testing.T) {
	s := newScene(t)
	f := &far{account: s.target, refuses: "Box 3"}
	const folders = 12
	for i := range folders {
		s.source.put(fmt.Sprintf("Box %d", i), letter(i), day(i))
	}
	cfg := s.config()
	cfg.Target = func(context.Context) (mail.Target, error) { return f, nil }
	for range 2 {
		r := copier.New(cfg).Run(t.Context())
		if r.Outcome != task.OutcomeDone || r.Counts.Copied+r.Counts.Present != folders {
			t.Fatalf("%q (%s): %+v", r.Outcome, r.Cause, r.Counts)
		}
	}
	if len(f.made) != 1 || len(f.made[0]) != folders {
		t.Errorf("folders were made in %d goes", len(f.made))
	}
	for i := range folders {
		s.same(fmt.Sprintf("Box %d", i), fmt.Sprintf("Box %d", i))
	}
	if f.approach != 6 || f.most < 3 || f.most > 6 {
		t.Errorf("%d connections ahead, %d folders open at a time", f.approach, f.most)
	}
}

func TestRun_aRefusedMessageInALargeFolderKeepsNoOtherBack(t *testing.T) {
	s := newScene(t)
	s.target.batch = 100
	s.options.WindowMessages = 250
	const n = 2000
	for i := range n {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.target.refuses = refuseText("letter 700\r", mail.ErrTooBig)
	r := s.run()
	if r.Outcome != task.OutcomeListed || r.Counts.Copied != n-1 || r.Counts.Failed != 1 || len(r.Listed) != 1 || r.Listed[0].UID != 701 {
		t.Fatalf("%q (%s): %+v", r.Outcome, r.Cause, r.Counts)
	}
	want := s.source.bodies(mail.Inbox)
	delete(want, letter(700))
	if diff := difference(want, s.target.bodies(mail.Inbox)); diff != "" {
		t.Error(diff)
	}
}
