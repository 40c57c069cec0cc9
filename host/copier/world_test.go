package copier_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fault is what goes wrong at one step of the world.
type fault uint8

const (
	faultNone      fault = iota
	faultDrop            // the connection ends before the step has any effect
	faultDropAfter       // the step has its effect, then the connection ends and nobody says so
	faultKill            // the program dies before the step
	faultKillAfter       // the program dies after the step
)

// A world counts every step of the accounts and the ledger that live in it and
// lets one of them go wrong.
type world struct {
	mu    sync.Mutex
	n     int
	dead  bool
	at    func(n int, op string) fault
	steps []string
}

// step is taken before an effect; after, if not nil, is called by its taker
// behind the effect.
func (w *world) step(op string) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return faultKill
	}
	w.n++
	w.steps = append(w.steps, op)
	f := faultNone
	if w.at != nil {
		f = w.at(w.n, op)
	}
	if f == faultKill || f == faultKillAfter {
		w.dead = true
	}
	return f
}

// heal lets nothing go wrong from here on.
func (w *world) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.at, w.n, w.steps = false, nil, 0, nil
}

func (w *world) taken(prefix string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.steps {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

var errDead = errors.New("the program is dead")

// A scene is a world with one source, one target and a ledger.
type scene struct {
	testing.TB
	world   *world
	source  *account
	target  *account
	ledger  *ledger
	hooks   copier.Hooks
	options copier.Options
	more    []copier.SourceAccount // further sources
}

func newScene(t testing.TB) *scene {
	w := &world{}
	return &scene{
		TB: t, world: w, source: newAccount("source", w), target: newAccount("target", w), ledger: newLedger(w),
		options: copier.Options{Retries: 3, RetryAfter: time.Millisecond, RetryAtMost: 2 * time.Millisecond, LookAgain: time.Millisecond},
	}
}

func (s *scene) config() copier.Config {
	return copier.Config{
		Sources: append([]copier.SourceAccount{{Name: "a", Open: s.source.open}}, s.more...),
		Target: func(ctx context.Context) (mail.Target, error) {
			if _, err := s.target.open(ctx); err != nil {
				return nil, err
			}
			return s.target, nil
		},
		Ledger: s.ledger, Hooks: s.hooks, Options: s.options, Log: slog.New(slog.DiscardHandler),
	}
}

// run copies once and checks what holds for every run.
func (s *scene) run() *task.Report {
	s.Helper()
	return s.runWith(context.Background())
}

func (s *scene) runWith(ctx context.Context) *task.Report {
	s.Helper()
	r := copier.New(s.config()).Run(ctx)
	checkSums(s, r)
	for _, a := range []*account{s.source, s.target} {
		a.mu.Lock()
		for _, fault := range a.faults {
			s.Errorf("%s: %s", a.name, fault)
		}
		if a.opened != 0 {
			s.Errorf("%s: %d folders were left open", a.name, a.opened)
		}
		a.mu.Unlock()
	}
	if n := s.source.changes(); n != 0 && !s.options.Removal.AtSource {
		s.Errorf("the source was changed %d times", n)
	}
	return r
}

// checkSums checks that every sum of a report adds up.
func checkSums(t testing.TB, r *task.Report) {
	t.Helper()
	var sum task.Counts
	for _, f := range r.Folders {
		if f.Counts.Source != f.Handled() {
			t.Errorf("%s: %d of the source, %d handled: %+v", f.Folder, f.Counts.Source, f.Handled(), f.Counts)
		}
		for _, n := range []int64{f.Counts.Source, f.Copied, f.Present, f.Skipped, f.Held, f.Failed, f.Flags, f.Bytes} {
			if n < 0 {
				t.Errorf("%s: a negative count: %+v", f.Folder, f.Counts)
			}
		}
		sum.Add(f.Counts)
	}
	if sum != r.Counts {
		t.Errorf("counts are %+v, the folders add up to %+v", r.Counts, sum)
	}
	if r.Outcome == task.OutcomeDone && (r.Counts.Held+r.Counts.Failed > 0 || r.Cause != "") {
		t.Errorf("done, but %+v, cause %q", r.Counts, r.Cause)
	}
	if r.Outcome != task.OutcomeDone && r.Cause == "" {
		t.Errorf("outcome %q has no cause", r.Outcome)
	}
	if r.Outcome == "" || r.Ended.Before(r.Started) {
		t.Errorf("outcome %q, from %v to %v", r.Outcome, r.Started, r.Ended)
	}
}

// wants checks the outcome and some counts of a report.
func (s *scene) wants(r *task.Report, outcome task.Outcome, copied, present int64) {
	s.Helper()
	if r.Outcome != outcome || r.Counts.Copied != copied || r.Counts.Present != present {
		s.Fatalf("outcome %q (%s), copied %d, present %d; want %q, %d, %d\n%+v\n%v", r.Outcome, r.Cause,
			r.Counts.Copied, r.Counts.Present, outcome, copied, present, r.Folders, r.Listed)
	}
}

// same checks that a folder of the target holds exactly the messages of folders
// of the source, each as often, with flags and dates.
func (s *scene) same(target string, source ...string) {
	s.Helper()
	want := map[string]int{}
	for _, name := range source {
		for k, n := range s.source.content(name) {
			want[k] += n
		}
	}
	got := s.target.content(target)
	if diff := difference(want, got); diff != "" {
		s.Fatalf("%s at the target is not %v of the source:\n%s", target, source, diff)
	}
}

// whole checks that the target equals the source, folder by folder.
func (s *scene) whole() {
	s.Helper()
	for _, name := range s.source.names() {
		s.same(name, name)
	}
}

func difference(want, got map[string]int) string {
	var lines []string
	for k, n := range want {
		if got[k] != n {
			lines = append(lines, fmt.Sprintf("%d times instead of %d: %.160q", got[k], n, k))
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			lines = append(lines, fmt.Sprintf("%d times instead of 0: %.160q", n, k))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// letter is a message that differs from those with another serial.
func letter(serial int) string {
	return fmt.Sprintf("From: ann@example.org\r\nMessage-ID: <%d@example.org>\r\nSubject: letter %d\r\n\r\nHello %d\r\n%s",
		serial, serial, serial, strings.Repeat("x", serial%37))
}

// nameless is a message without Message-ID.
func nameless(serial int) string {
	return fmt.Sprintf("From: bob@example.org\r\nSubject: nameless\r\n\r\nNumber %04d\r\n", serial)
}

var epoch = time.Date(2015, 6, 1, 12, 0, 0, 0, time.UTC)

func day(n int) time.Time { return epoch.AddDate(0, 0, n) }
