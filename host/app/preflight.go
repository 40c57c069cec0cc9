package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// Bounds of a preflight. What is beyond them stays unknown, and the findings say so.
var preflightBounds = copier.MeasureBounds{
	Messages: 200_000, Time: 30 * time.Second,
	SampleMessages: 100, SampleBytes: 2 << 20, SampleTime: 5 * time.Second,
}

// maxFindings bounds how many findings of one kind are told one by one.
const maxFindings = 5

// A preflight looks at the accounts of a task while a plan of it is made.
type preflight struct {
	task     task.Task
	sides    []task.Side
	findings []task.Finding
	measured copier.Measured
	room     int64 // bytes that the destination still takes; -1 is not known
	limit    int64 // bytes of one message that it takes; 0 is not known
	failed   bool  // an account could not be opened
}

func (f *preflight) find(class task.FindingClass, where, remedy, format string, args ...any) {
	f.findings = append(f.findings, task.Finding{Class: class, Where: where, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// code says for programs what the finding that was noted last is about.
func (f *preflight) code(code task.FindingCode, args ...any) {
	last := &f.findings[len(f.findings)-1]
	last.Code = code
	for _, a := range args {
		last.Args = append(last.Args, fmt.Sprint(a))
	}
}

// look is called while the accounts are open. Its error is that of ctx.
func (f *preflight) look(ctx context.Context, p *copier.Plan, v *copier.View) error {
	f.room = -1
	for i, s := range v.Sources {
		f.side(ctx, "source "+s.Name, f.task.Sources[i].Account, s)
	}
	f.side(ctx, "destination", f.task.Destination, v.Target)
	if ctx.Err() != nil || f.failed && v.Target.Err != nil {
		return ctx.Err()
	}
	bounds := preflightBounds
	bounds.Limit = f.limit
	var err error
	f.measured, err = v.Measure(ctx, p, bounds)
	return err
}

// side notes what one account is like.
func (f *preflight) side(ctx context.Context, where string, a task.Account, open copier.OpenAccount) {
	side := task.Side{Name: open.Name, Account: a.String(), Outcome: task.OutcomeDone}
	defer func() { f.sides = append(f.sides, side) }()
	if open.Err != nil {
		f.failed = true
		side.Outcome, side.Fault = copier.OutcomeOf(open.Err), Sentence(open.Err)
		f.find(task.FindingStops, where, f.remedy(a, open.Err), "It can not be opened: %s.", strings.TrimSuffix(side.Fault, "."))
		f.code(task.FindsNotOpened, strings.TrimSuffix(side.Fault, "."))
		return
	}
	report, err := reportOn(ctx, a, open.Account, open.Folders)
	if err != nil {
		// The listing is there; what else the account says of itself is not needed.
		f.find(task.FindingNote, where, "", "Not all could be asked: %s.", strings.TrimSuffix(Sentence(err), "."))
		f.code(task.FindsNotAsked, strings.TrimSuffix(Sentence(err), "."))
		return
	}
	side.Server, side.TLS, side.Capabilities = report.Server, report.TLS, report.Capabilities
	side.Folders, side.Messages = len(report.Folders), report.Messages
	side.QuotaUsed, side.QuotaLimit = report.storage()
	said := fmt.Sprintf("Logged in: %s, %s", countOf(int64(side.Folders), "folder"), countOf(side.Messages, "message"))
	writes, room := open.Name == "", ""
	if writes {
		side.AppendLimit = report.appendLimit()
		f.limit = side.AppendLimit
		if side.QuotaLimit > 0 {
			f.room = max(0, side.QuotaLimit-side.QuotaUsed)
			room = fmt.Sprint(f.room)
			said += fmt.Sprintf(", room for %s", humanize.IBytes(uint64(f.room)))
		}
	}
	f.find(task.FindingFine, where, "", "%s.", said)
	f.code(task.FindsLoggedIn, side.Folders, side.Messages, room)
	if a.Root != "" {
		f.find(task.FindingFine, where, "", "Only the folder %q and those below it count, and their names begin there.", a.Root)
		f.code(task.FindsRoot, a.Root)
	}
	for _, w := range warningsFor(a, report, writes) {
		// Whoever reads this has the plan before them.
		f.find(task.FindingNote, where, strings.Replace(w.Remedy, " (--dry-run)", "", 1), "%s", w.Text)
		last := &f.findings[len(f.findings)-1]
		last.Code, last.Args = w.code, w.args
	}
}

// remedy is what a person can do about an account that can not be opened.
func (f *preflight) remedy(a task.Account, err error) string {
	if t, ok := task.TroubleOf(err.Error()); ok {
		return t.Remedy
	}
	for _, h := range LoginHints(a, err) {
		if h.Remedy != "" {
			return h.Remedy
		}
	}
	return ""
}

// conclude writes into the plan what was found. filters says that plugins decide about
// single messages, some of which they may leave out.
func (f *preflight) conclude(p *task.Plan, filters bool) {
	p.Sides = f.sides
	p.Incomplete = p.Incomplete || f.failed
	f.aboutRows(p)
	f.aboutRoom(p, filters)
	f.aboutCollisions(p)
	if n := f.measured.Unmeasured; n > 0 {
		f.find(task.FindingNote, "plan", "", "The sizes of the messages of %s are not known: there are too many, or asking took too long.", countOf(int64(n), "folder"))
		f.code(task.FindsUnsized, n)
	}
	if n := f.measured.Told; n > 0 && f.limit > 0 {
		f.find(task.FindingNote, "plan", "", "Nobody has looked whether messages of %s are larger than the destination takes: there are too many, or asking took too long.", countOf(int64(n), "folder"))
	}
	p.Estimate = estimate(f.measured, p)
	weight := map[task.FindingClass]int{task.FindingStops: 0, task.FindingNote: 1, task.FindingFine: 2}
	slices.SortStableFunc(f.findings, func(a, b task.Finding) int { return cmp.Compare(weight[a.Class], weight[b.Class]) })
	p.Findings = f.findings
}

func (f *preflight) aboutRows(p *task.Plan) {
	shown := 0
	t := p.Totals()
	for _, r := range p.Rows {
		if r.Error == "" {
			continue
		}
		if shown++; shown <= maxFindings {
			trouble, _ := task.TroubleOf(r.Error)
			f.find(task.FindingNote, "source "+r.Source, trouble.Remedy, "The folder %q would not be copied: %s.", r.Folder, strings.TrimSuffix(r.Error, "."))
			f.code(task.FindsLeft, r.Folder, strings.TrimSuffix(r.Error, "."))
		}
	}
	if shown > maxFindings {
		f.find(task.FindingNote, "plan", "", "%s more would not be copied.", countOf(int64(shown-maxFindings), "folder"))
		f.code(task.FindsMoreLeft, shown-maxFindings)
	}
	if t.TooBig > 0 {
		f.find(task.FindingNote, "destination", "Raise the limit of its server, or leave such messages out with the plugin age-and-size.",
			"%s larger than it takes (%s); each would be listed as not copied.", areOf(t.TooBig, "message"), humanize.IBytes(uint64(f.limit)))
		f.code(task.FindsTooBig, t.TooBig, f.limit)
	}
	if len(p.Rows) > 0 && t.ToCopy == 0 && t.Unsure == 0 && t.Errors == 0 {
		f.find(task.FindingFine, "plan", "", "There is nothing to copy: every message is there, or is left out.")
		f.code(task.FindsNothing)
	}
}

// aboutRoom compares what is to be copied with what the destination still takes.
func (f *preflight) aboutRoom(p *task.Plan, filters bool) {
	if f.room < 0 {
		return
	}
	var certain, possible int64
	for _, r := range p.Rows {
		if r.Excluded || r.Error != "" || r.Bytes < 0 {
			continue
		}
		possible += r.Bytes
		if r.ToCopy >= 0 && !r.BytesAtMost {
			certain += r.Bytes
		}
	}
	const remedy = "Raise the quota, make room, or leave folders out."
	room := humanize.IBytes(uint64(f.room))
	switch {
	case certain > f.room && !filters:
		f.find(task.FindingStops, "destination", remedy, "There is room for %s, and %s are to be copied.", room, humanize.IBytes(uint64(certain)))
		f.code(task.FindsNoRoom, f.room, certain)
	case possible > f.room:
		f.find(task.FindingNote, "destination", remedy, "There is room for %s, and up to %s are to be copied.", room, humanize.IBytes(uint64(possible)))
		f.code(task.FindsPerhapsNoRoom, f.room, possible)
	}
}

func (f *preflight) aboutCollisions(p *task.Plan) {
	for i, c := range p.Collisions {
		if i == maxFindings {
			f.find(task.FindingNote, "plan", "", "There are %d more cases of folders that become one; the table marks them.", len(p.Collisions)-i)
			f.code(task.FindsMoreMerged, len(p.Collisions)-i)
			return
		}
		names := make([]string, len(c.Targets))
		for i, t := range c.Targets {
			names[i] = fmt.Sprintf("%q", t)
		}
		list := strings.Join(names, ", ")
		const remedy = "If that is not meant, give one of them another destination folder."
		switch c.Kind {
		case task.CollisionMerge:
			f.find(task.FindingNote, "plan", remedy, "%s become one: %s.", countOf(int64(len(c.Folders)), "folder"), list)
			f.code(task.FindsMerged, len(c.Folders), list)
		case task.CollisionCase:
			f.find(task.FindingNote, "plan", remedy, "%s differ in letter case only; a server that ignores case makes them one folder, or refuses one.", list)
			f.code(task.FindsCase, list)
		case task.CollisionAccent:
			f.find(task.FindingNote, "plan", remedy, "%s look the same and are spelled by other characters; a server may make them one folder, or refuse one.", list)
			f.code(task.FindsAlike, list)
		}
	}
}

// estimate says how long a run may take. Low counts what is certain to be copied, and
// only downloading; high everything, three times as long because nobody has tried to
// store anything, and a few waits for each folder.
func estimate(m copier.Measured, p *task.Plan) task.Estimate {
	e := task.Estimate{Messages: m.Messages, Bytes: m.Bytes, Took: m.Took}
	t := p.Totals()
	switch {
	case len(p.Rows) == 0:
		e.Why = "the folders are not known"
		return e
	case t.ToCopy == 0 && t.Unsure == 0:
		e.Known = true
		return e
	case m.Messages == 0 || m.Bytes == 0 || m.Took <= 0:
		e.Why = "no message could be downloaded as a sample"
		return e
	}
	var certain, possible, folders float64 // bytes
	for _, r := range p.Rows {
		if r.Excluded || r.Error != "" || r.ToCopy == 0 {
			continue
		}
		folders++
		n := float64(r.ToCopy)
		if r.ToCopy < 0 {
			n = max(0, float64(r.Messages))
		}
		size := float64(r.Bytes)
		if r.Bytes < 0 {
			size = n * float64(m.Bytes) / float64(m.Messages)
		}
		possible += size
		if r.ToCopy > 0 {
			certain += size
		}
	}
	time1 := func(messages, bytes float64) (short, long time.Duration) {
		byMessages := seconds(m.Took.Seconds() * messages / float64(m.Messages))
		byBytes := seconds(m.Took.Seconds() * bytes / float64(m.Bytes))
		return min(byMessages, byBytes), max(byMessages, byBytes)
	}
	low, _ := time1(float64(t.ToCopy), certain)
	_, high := time1(float64(t.ToCopy+t.Unsure), possible)
	e.Known = true
	e.Low = low / time.Duration(max(1, m.Lanes))
	e.High = 3*high + time.Duration(5*folders)*m.RoundTrip
	return e
}

// seconds is s as a duration, and a year at most.
func seconds(s float64) time.Duration {
	return time.Duration(min(s, (365*24*time.Hour).Seconds()) * float64(time.Second))
}

func countOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(n) + " " + noun + "s"
}

func areOf(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return countOf(n, noun) + " are"
}
