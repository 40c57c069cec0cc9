package mailtest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/maildir"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// mutants are mistakes that a store could make, each with a behaviour that the
// suite must find it by.
var mutants = map[string]struct {
	foundBy string
	change  func(*mutant)
}{
	"loses keywords": {"keywords_are_stored", func(m *mutant) {
		m.upload = func(u *mail.Upload) {
			u.Flags = slices.DeleteFunc(slices.Clone(u.Flags), func(f mail.Flag) bool { return f[0] != '\\' })
		}
	}},
	"shifts dates by its zone": {"dates_keep", func(m *mutant) {
		m.upload = func(u *mail.Upload) {
			if _, offset := u.InternalDate.Zone(); !u.InternalDate.IsZero() {
				u.InternalDate = u.InternalDate.Add(time.Duration(offset) * time.Second)
			}
		}
	}},
	"mends line ends": {"stay_as_they_are", func(m *mutant) {
		m.upload = func(u *mail.Upload) {
			b, err := io.ReadAll(u.Body)
			if err == nil && int64(len(b)) == u.Size && !bytes.HasSuffix(b, []byte("\r\n")) {
				b = append(b, "\r\n"...)
				u.Size = int64(len(b))
			}
			u.Body = io.MultiReader(bytes.NewReader(b), failing{err})
		}
	}},
	"pads short bodies": {"ends_early", func(m *mutant) {
		m.upload = func(u *mail.Upload) { u.Body = io.MultiReader(u.Body, zeros{}) }
	}},
	"stores twice": {"byte_for_byte", func(m *mutant) {
		m.batch = func(b []mail.Upload) []mail.Upload {
			if len(b) < 100 {
				return b
			}
			return append(b, mail.Upload{})
		}
	}},
	"sees a copy as the message": {"same_bytes_twice", func(m *mutant) {
		m.batch = func(b []mail.Upload) []mail.Upload {
			if len(b) == 2 && b[0].Size == b[1].Size {
				return b[:1]
			}
			return b
		}
	}},
	"marks what it reads": {"leaves_the_flags_alone", func(m *mutant) { m.marks = true }},
	"knows every folder":  {"not_there_can_not_be_opened", func(m *mutant) { m.makes = true }},
	"hides a folder":      {"folders_above", func(m *mutant) { m.hides = "one/two" }},
	"forgets the context": {"cancelled_context", func(m *mutant) { m.patient = true }},
	"expunges what others marked": {"leaves_what_others_marked", func(m *mutant) {
		m.also = func(_ mail.UIDSet, other mail.Message) bool {
			return slices.Contains(other.Flags, mail.FlagDeleted)
		}
	}},
	"removes the span of the named messages": {"named_messages_and_no_others", func(m *mutant) {
		m.also = func(uids mail.UIDSet, other mail.Message) bool {
			all := uids.Ranges()
			return all[0].First <= other.UID && other.UID <= all[len(all)-1].Last
		}
	}},
}

// TestRun_findsEveryMutant runs the suite in a process of its own for each
// mistake, because there it has to fail.
func TestRun_findsEveryMutant(t *testing.T) {
	for name, mistake := range mutants {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestMutant$", "-test.v")
			cmd.Env = append(os.Environ(), "MAILTEST_MUTANT="+name)
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			if !errors.As(err, &failed) {
				t.Fatalf("the suite passes a store that %s (%v)", name, err)
			}
			found := false
			for line := range strings.Lines(string(out)) {
				found = found || strings.Contains(line, "--- FAIL") && strings.Contains(line, mistake.foundBy)
			}
			if !found {
				t.Errorf("a store that %s is not found by %q:\n%s", name, mistake.foundBy, out)
			}
		})
	}
}

func TestMutant(t *testing.T) {
	mistake, ok := mutants[os.Getenv("MAILTEST_MUTANT")]
	if !ok {
		t.Skip("runs only for TestRun_findsEveryMutant")
	}
	mailtest.Run(t, func(t *testing.T) mail.Target {
		tree, err := maildir.Create(afero.NewMemMapFs(), "/m")
		if err != nil {
			t.Fatal(err)
		}
		m := &mutant{Target: tree}
		mistake.change(m)
		return m
	})
}

// mutant is a good store with one mistake.
type mutant struct {
	mail.Target
	upload  func(*mail.Upload)
	batch   func([]mail.Upload) []mail.Upload
	marks   bool
	makes   bool
	hides   string
	patient bool
	also    func(uids mail.UIDSet, other mail.Message) bool // what Remove takes along
}

func (m *mutant) context(ctx context.Context) context.Context {
	if m.patient {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (m *mutant) Folders(ctx context.Context) ([]mail.Folder, error) {
	all, err := m.Target.Folders(m.context(ctx))
	return slices.DeleteFunc(all, func(f mail.Folder) bool { return f.Name == m.hides }), err
}

func (m *mutant) Examine(ctx context.Context, f mail.Folder) (mail.Reader, error) {
	return m.Select(ctx, f)
}

func (m *mutant) Select(ctx context.Context, f mail.Folder) (mail.Writer, error) {
	if m.makes {
		if err := m.Create(ctx, f); err != nil {
			return nil, err
		}
	}
	w, err := m.Target.Select(m.context(ctx), f)
	return &mutantWriter{w, m}, err
}

type mutantWriter struct {
	mail.Writer
	m *mutant
}

func (w *mutantWriter) Fetch(ctx context.Context, uids mail.UIDSet, fn func(mail.Message, io.Reader) error) error {
	err := w.Writer.Fetch(ctx, uids, fn)
	if w.m.marks && err == nil {
		err = w.ChangeFlags(ctx, []mail.FlagChange{{UIDs: uids, Add: []mail.Flag{mail.FlagSeen}}})
	}
	return err
}

func (w *mutantWriter) Expunges() bool { return w.Writer.(mail.Remover).Expunges() }

func (w *mutantWriter) Remove(ctx context.Context, uids mail.UIDSet) error {
	taken := uids.Clone()
	if w.m.also != nil {
		all := mail.UIDSpan(1, 1<<32-1)
		err := w.Scan(ctx, all, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
			if w.m.also(uids, m) {
				taken.Add(m.UID)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return w.Writer.(mail.Remover).Remove(w.m.context(ctx), taken)
}

func (w *mutantWriter) Append(ctx context.Context, batch []mail.Upload) (mail.Receipt, error) {
	n := len(batch)
	batch = slices.Clone(batch)
	if w.m.batch != nil {
		batch = w.m.batch(batch)
		for i := n; i < len(batch); i++ {
			batch[i] = mail.Upload{Size: 1, Body: strings.NewReader("x")}
		}
	}
	if w.m.upload != nil {
		for i := range batch {
			w.m.upload(&batch[i])
		}
	}
	receipt, err := w.Writer.Append(ctx, batch)
	if err != nil {
		return nil, err
	}
	return mutantReceipt{receipt, n}, nil
}

// mutantReceipt hides that the batch had another length.
type mutantReceipt struct {
	mail.Receipt
	n int
}

func (r mutantReceipt) Wait(ctx context.Context) ([]mail.UID, error) {
	uids, err := r.Receipt.Wait(ctx)
	for len(uids) > 0 && len(uids) < r.n {
		uids = append(uids, uids[0])
	}
	return uids[:min(r.n, len(uids))], err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
