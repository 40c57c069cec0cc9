package copier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// VerifyReport is the result of comparing both sides message by message.
type VerifyReport struct {
	Outcome task.Outcome   `json:"outcome"` // done: nothing is missing and nothing differs; listed: something is
	Cause   string         `json:"cause,omitempty"`
	Folders []VerifyFolder `json:"folders"`
	VerifyCounts
	Listed  []task.Listed `json:"listed,omitempty"` // at most task.MaxListed
	Notes   []string      `json:"notes,omitempty"`
	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended"`
}

// VerifyCounts are messages of the sources: Source = Matched + Missing +
// Elsewhere + Skipped. Extra are messages of the target.
type VerifyCounts struct {
	Source    int64 `json:"messages"`  // "source" is the name of the account in VerifyFolder
	Matched   int64 `json:"matched"`   // in the target folder: the same bytes, or what a server makes of them that alters what it stores
	Missing   int64 `json:"missing"`   // not at the target
	Elsewhere int64 `json:"elsewhere"` // not in the folder they belong to, but in another one
	Skipped   int64 `json:"skipped"`   // left out on purpose by an earlier run, and not at the target
	Differ    int64 `json:"differ"`    // of Matched: other flags, another date or altered
	Altered   int64 `json:"altered"`   // of Differ: not the same bytes
	Extra     int64 `json:"extra"`     // in the target folder only; counted once, with its first source folder
}

func (c *VerifyCounts) add(o VerifyCounts) {
	c.Source += o.Source
	c.Matched += o.Matched
	c.Missing += o.Missing
	c.Elsewhere += o.Elsewhere
	c.Skipped += o.Skipped
	c.Differ += o.Differ
	c.Altered += o.Altered
	c.Extra += o.Extra
}

// VerifyFolder is the comparison of one source folder.
type VerifyFolder struct {
	Source string `json:"source"`
	Folder string `json:"folder"`
	Target string `json:"target"`
	VerifyCounts
	Error string `json:"error,omitempty"`
}

// Verify downloads both sides and compares them by the SHA-256 of each message,
// as multisets: a message that the source has twice has to be at the target
// twice. Which folder belongs to which is told by the plan, and by the ledger
// where a filter sent a message elsewhere. Extra messages at the target are
// counted, but are no fault. It changes nothing. An error means that there was
// nothing to compare.
func (c *Copier) Verify(ctx context.Context) (*VerifyReport, error) {
	started := time.Now()
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := newRun(c.cfg, stop)
	defer r.hangUp()
	if err := r.connect(work); err != nil {
		return nil, errors.Join(append(r.troubles(), err)...)
	}
	jobs, err := r.plan(work)
	if err != nil {
		return nil, ended(ctx, work, err)
	}
	v := &verification{run: r, report: &VerifyReport{Started: started}, spare: make(map[[16]byte][]*evidence)}
	if err := ended(ctx, work, v.compare(work, jobs)); err != nil {
		return nil, err
	}
	v.conclude()
	return v.report, nil
}

// A verification compares all folders of a run.
type verification struct {
	*run
	report  *VerifyReport
	missing []*evidence
	spare   map[[16]byte][]*evidence // at the target and matched by nothing
}

// evidence is one message that was read.
type evidence struct {
	row         int // of the report's folders
	uid         mail.UID
	folder      string     // where it is
	fingerprint [16]byte   // of what should be, or is, at the target
	altered     [][16]byte // see prints
	likeness    [16]byte   // see prints
	others      [][16]byte // what may be at the target instead
	own         [16]byte   // of the source's message, if that should not be at the target
	recorded    bool       // that it should not is told by the ledger
	key         [16]byte   // what a hook takes for its identity; zero when none does
	date        int64
	flags       string // canonical
	skipped     bool
	used        bool
}

// compare reads all source folders, then each target folder once. What is kept
// of a message is some 100 bytes.
func (v *verification) compare(ctx context.Context, jobs []*job) error {
	wanted := make(map[string]map[[16]byte][]*evidence) // by target folder
	first := make(map[string]int)
	for _, j := range jobs {
		row := len(v.report.Folders)
		v.report.Folders = append(v.report.Folders, VerifyFolder{Source: j.Source, Folder: j.Folder, Target: j.Target, Error: j.Error})
		if j.idle() {
			continue
		}
		if _, ok := first[j.Target]; !ok {
			first[j.Target] = row
		}
		if err := v.readSource(ctx, j, row, wanted); err != nil {
			if ctx.Err() != nil || errors.Is(err, ErrLedger) {
				return err
			}
			v.report.Folders[row].Error = err.Error()
		}
	}
	names := make([]string, 0, len(first))
	for name := range first {
		names = append(names, name)
	}
	for name := range wanted {
		if _, planned := first[name]; !planned {
			names = append(names, name)
			first[name] = -1
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if err := v.readTarget(ctx, name, first[name], wanted[name]); err != nil {
			if ctx.Err() != nil {
				return err
			}
			v.report.Notes = append(v.report.Notes, fmt.Sprintf("%s could not be read at the destination: %v", name, err))
			v.report.Outcome = task.OutcomeListed
		}
		for _, list := range wanted[name] {
			for _, e := range list {
				if !e.used {
					v.missing = append(v.missing, e)
				}
			}
		}
	}
	return nil
}

// readSource reads one source folder and notes where each message belongs.
func (v *verification) readSource(ctx context.Context, j *job, row int, wanted map[string]map[[16]byte][]*evidence) error {
	homes, sent, err := v.homes(ctx, j)
	if err != nil {
		return err
	}
	print := v.sourcePrinter(j, homes, sent)
	return v.read(ctx, j.source.account, j.folder, print, func(e *evidence) {
		e.row = row
		target := j.Target
		if home, ok := homes[e.uid]; ok {
			e.skipped = home == ""
			if home != "" {
				target = home
			}
		}
		if wanted[target] == nil {
			wanted[target] = make(map[[16]byte][]*evidence)
		}
		wanted[target][e.fingerprint] = append(wanted[target][e.fingerprint], e)
		v.report.Folders[row].VerifyCounts.Source++
	})
}

// homes returns where the ledger knows messages of a folder that are not in the
// planned target: in another folder, or, by "", nowhere on purpose; and the
// fingerprints of what was sent.
func (v *verification) homes(ctx context.Context, j *job) (out map[mail.UID]string, sent map[mail.UID][16]byte, _ error) {
	out, sent = make(map[mail.UID]string), make(map[mail.UID][16]byte)
	for _, pair := range j.source.pairs {
		if pair.Folder != j.folder.Raw || j.folder.Status == nil || pair.UIDValidity != j.folder.Status.UIDValidity {
			continue
		}
		err := v.cfg.Ledger.Entries(ctx, pair.ID, func(e Entry) error {
			if e.State == EntryDone && e.Fingerprint != [16]byte{} {
				sent[e.UID] = e.Fingerprint
			}
			switch {
			case e.State == EntrySkipped:
				out[e.UID] = ""
			case e.State == EntryDone && pair.Target != j.Target:
				out[e.UID] = pair.Target
			}
			return nil
		})
		if err != nil {
			return nil, nil, ledgerFault(ctx, err)
		}
	}
	return out, sent, nil
}

// readTarget reads one target folder and matches its messages with those that
// belong there. row is that of the first source folder planned for it, or -1.
func (v *verification) readTarget(ctx context.Context, name string, row int, wanted map[[16]byte][]*evidence) error {
	f, ok := v.targets.find(name)
	if !ok {
		return nil
	}
	var there []*evidence
	if err := v.read(ctx, v.run.target, f, v.targetPrinter(name, row), func(e *evidence) { there = append(there, e) }); err != nil {
		return err
	}
	// Twins are matched so that as few as possible differ.
	for _, same := range []func(a, b *evidence) bool{
		func(a, b *evidence) bool { return a.flags == b.flags && a.date == b.date },
		func(_, _ *evidence) bool { return true },
	} {
		for _, e := range there {
			if e.used {
				continue
			}
			list := wanted[e.fingerprint]
			i := slices.IndexFunc(list, func(s *evidence) bool { return !s.used && same(s, e) })
			if i < 0 {
				continue
			}
			e.used, list[i].used = true, true
			v.matched(list[i], e, "")
		}
	}
	// A hook would rewrite it, but nothing says that it did.
	v.readAltered(there, wanted, func(s *evidence) [][16]byte { return append(s.ownIf(false), s.others...) }, func(t *evidence) [16]byte { return t.fingerprint }, "")
	v.readAltered(there, wanted, func(s *evidence) [][16]byte { return s.altered }, func(t *evidence) [16]byte { return t.fingerprint },
		"content: the destination has altered the last line end or 8-bit bytes of the header")
	v.readAltered(there, wanted, func(s *evidence) [][16]byte { return s.ownIf(true) }, func(t *evidence) [16]byte { return t.fingerprint },
		"content: as it is at the source, and not as it was rewritten")
	v.readAltered(there, wanted, func(s *evidence) [][16]byte { return [][16]byte{s.likeness} }, func(t *evidence) [16]byte { return t.likeness },
		"content: the same Message-ID and text, but another header")
	v.readAltered(there, wanted, func(s *evidence) [][16]byte { return [][16]byte{s.key} }, func(t *evidence) [16]byte { return t.key },
		"content: the same key, but other bytes")
	for _, e := range there {
		if e.used {
			continue
		}
		v.spare[e.fingerprint] = append(v.spare[e.fingerprint], e)
		if row >= 0 {
			v.report.Folders[row].Extra++
		} else {
			v.report.Extra++
		}
	}
	return nil
}

// readAltered matches what is left of a target folder with messages that its
// server has altered: source tells what it may have made of a message, target what
// it has, and how says what is different then.
func (v *verification) readAltered(there []*evidence, wanted map[[16]byte][]*evidence, source func(*evidence) [][16]byte, target func(*evidence) [16]byte, how string) {
	made := make(map[[16]byte][]*evidence)
	for _, list := range wanted {
		for _, e := range list {
			for _, fp := range source(e) {
				if !e.used && fp != [16]byte{} {
					made[fp] = append(made[fp], e)
				}
			}
		}
	}
	for _, list := range made {
		slices.SortFunc(list, func(a, b *evidence) int { return cmp.Or(a.row-b.row, cmp.Compare(a.uid, b.uid)) })
	}
	for _, e := range there {
		if e.used {
			continue
		}
		list := made[target(e)]
		if i := slices.IndexFunc(list, func(s *evidence) bool { return !s.used }); i >= 0 {
			e.used, list[i].used = true, true
			v.matched(list[i], e, how)
		}
	}
}

// matched counts a message that is at the target, and says what differs; content
// says what does of its bytes, or is empty.
func (v *verification) matched(s, t *evidence, content string) {
	f := &v.report.Folders[s.row]
	f.Matched++
	var what []string
	if content != "" {
		f.Altered++
		what = append(what, content)
	}
	if s.flags != t.flags {
		what = append(what, fmt.Sprintf("flags: %s here, %s there", bracketed(s.flags), bracketed(t.flags)))
	}
	if s.date != t.date {
		what = append(what, fmt.Sprintf("date: %s here, %s there", utc(s.date), utc(t.date)))
	}
	if len(what) > 0 {
		f.Differ++
		v.list(s, "differs: "+strings.Join(what, "; "))
	}
}

func bracketed(flags string) string { return "(" + flags + ")" }

func utc(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.DateTime) }

func (v *verification) list(e *evidence, reason string) {
	if len(v.report.Listed) >= task.MaxListed {
		return
	}
	f := v.report.Folders[e.row]
	v.report.Listed = append(v.report.Listed, task.Listed{Source: f.Source, Folder: f.Folder, UID: uint32(e.uid), Fate: task.FateFailed, Reason: reason})
}

// conclude looks for what is missing in other folders and sums up.
func (v *verification) conclude() {
	slices.SortFunc(v.missing, func(a, b *evidence) int {
		if a.row != b.row {
			return a.row - b.row
		}
		return int(int64(a.uid) - int64(b.uid))
	})
	for _, e := range v.missing {
		f := &v.report.Folders[e.row]
		list := v.spare[e.fingerprint]
		i := slices.IndexFunc(list, func(s *evidence) bool { return !s.used })
		switch {
		case i >= 0:
			list[i].used = true
			f.Elsewhere++
			v.list(e, fmt.Sprintf("not in %q but in %q", f.Target, list[i].folder))
		case e.skipped:
			f.Skipped++
		default:
			f.Missing++
			v.list(e, "missing at the destination")
		}
	}
	broken := 0
	for _, f := range v.report.Folders {
		v.report.add(f.VerifyCounts)
		if f.Error != "" {
			broken++
		}
	}
	r := v.report
	r.Notes = append(r.Notes, v.tally.notes...)
	ended := worst(v.troubles())
	switch {
	case ended != nil:
		r.Outcome, r.Cause = OutcomeOf(ended), ended.Error()
	case r.Missing+r.Elsewhere+r.Differ > 0 || broken > 0 || r.Outcome == task.OutcomeListed:
		r.Outcome = task.OutcomeListed
		r.Cause = fmt.Sprintf("%d missing, %d in another folder, %d differ; %s could not be compared", r.Missing, r.Elsewhere, r.Differ, count(int64(broken), "folder"))
	default:
		r.Outcome = task.OutcomeDone
	}
	r.Ended = time.Now()
}

// read downloads a folder and calls fn for each message. After a lost connection
// it goes on with the messages that are still to be read.
func (v *verification) read(ctx context.Context, account mail.Source, f mail.Folder, print printing, fn func(*evidence)) error {
	var done mail.UIDSet
	back := v.newBackoff()
	for {
		before := done.Len()
		err := v.readOnce(ctx, account, f, &done, print, fn)
		if err == nil || ctx.Err() != nil || !worthRetry(err) {
			return err
		}
		if done.Len() > before {
			back = v.newBackoff()
		}
		wait, err := back.next(err)
		if err != nil {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (v *verification) readOnce(ctx context.Context, account mail.Source, f mail.Folder, done *mail.UIDSet, print printing, fn func(*evidence)) error {
	reader, err := account.Examine(ctx, f)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Name, err)
	}
	defer reader.Close()
	var uids mail.UIDSet
	err = reader.Scan(ctx, everything, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		if !done.Contains(m.UID) {
			uids.Add(m.UID)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list %s: %w", f.Name, err)
	}
	for _, window := range uids.Split(v.opts.WindowMessages) {
		err := reader.Fetch(ctx, window, func(m mail.Message, body io.Reader) error {
			e, err := print(ctx, m, body)
			if err != nil {
				return err
			}
			done.Add(m.UID)
			e.uid, e.folder = m.UID, f.Name
			if !m.InternalDate.IsZero() {
				e.date = m.InternalDate.Unix()
			}
			fn(e)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Name, err)
		}
	}
	return nil
}

// joined spells a canonical set of flags so that equal sets are equal strings.
func joined(flags []mail.Flag) string {
	words := make([]string, 0, len(flags))
	for _, f := range flags {
		words = append(words, strings.ToLower(string(f)))
	}
	return strings.Join(words, " ")
}
