package copier

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// View is what planning has open, for who wants to know more before the accounts are
// closed. It must not be kept.
type View struct {
	Sources []OpenAccount
	Target  OpenAccount

	run  *run
	jobs []*job
}

// OpenAccount is one account of a View.
type OpenAccount struct {
	Name    string      // of the source; "" for the target
	Account mail.Source // nil with Err
	Folders []mail.Folder
	Err     error // why it could not be opened or listed
}

func (r *run) view(jobs []*job, failed error) *View {
	v := &View{run: r, jobs: jobs, Target: OpenAccount{Err: failed}}
	for _, s := range r.sources {
		v.Sources = append(v.Sources, OpenAccount{Name: s.name, Account: s.account, Folders: s.folders, Err: s.lost()})
	}
	if r.target != nil && failed == nil {
		v.Target.Account, v.Target.Folders = r.target, r.targets.all()
	}
	return v
}

// MeasureBounds say how much [View.Measure] looks at and downloads.
type MeasureBounds struct {
	Limit    int64         // bytes of one message that the target takes; 0 is not known
	Messages int           // whose sizes are asked for
	Time     time.Duration // for sizes

	SampleMessages int
	SampleBytes    int64
	SampleTime     time.Duration
}

// Measured is what came of measuring.
type Measured struct {
	Unmeasured int // folders whose messages were not looked at, and whose size nobody tells
	// Told is how many folders nobody has looked at whose size the server tells.
	Told int
	// The sample that was downloaded, and thrown away; none has no Messages.
	Messages int
	Bytes    int64
	Took     time.Duration
	// Lanes is how many folders a run copies at the same time, RoundTrip that of the
	// account which is farthest away.
	Lanes     int
	RoundTrip time.Duration
}

// Measure asks for the sizes of the messages that are to be copied, fills in Bytes and
// TooBig of the plan, and downloads a sample to see how fast that goes. Nothing is
// changed. What it can not find out stays unknown; its error is that of ctx.
func (v *View) Measure(ctx context.Context, p *Plan, b MeasureBounds) (Measured, error) {
	got := Measured{Lanes: v.run.opts.Lanes, RoundTrip: v.run.roundTrip()}
	var best tasting
	var beyond []int // jobs that were not looked at
	looking, stop := context.WithTimeout(ctx, b.Time)
	defer stop()
	for i, j := range v.jobs {
		if j.idle() || j.ToCopy == 0 || j.source.lost() != nil {
			continue
		}
		if looking.Err() != nil || j.Messages > int64(b.Messages) {
			beyond = append(beyond, i)
			continue
		}
		b.Messages -= int(max(0, j.Messages))
		t, err := v.sizes(looking, j, b)
		if err != nil {
			if ctx.Err() != nil {
				return got, ctx.Err()
			}
			v.run.log.Debug("folder not measured", "source", j.source.name, "folder", j.folder.Name, "error", err)
			beyond = append(beyond, i)
			continue
		}
		p.Pairs[i].Bytes, p.Pairs[i].TooBig = j.Bytes, j.TooBig
		if t.n > best.n {
			best = t
		}
	}
	asking, stop := context.WithTimeout(ctx, b.Time)
	defer stop()
	for _, i := range beyond {
		if !v.told(asking, v.jobs[i]) {
			got.Unmeasured++
			continue
		}
		got.Told++
		p.Pairs[i].Bytes, p.Pairs[i].AtMost = v.jobs[i].Bytes, true
	}
	if best.job == nil {
		return got, ctx.Err()
	}
	sampling, stop := context.WithTimeout(ctx, b.SampleTime)
	defer stop()
	got.Messages, got.Bytes, got.Took = best.taste(sampling, b)
	return got, ctx.Err()
}

// told asks the server for the size of a folder of which nothing is copied yet, and
// reports whether it says it. To know all of a folder says nothing of the rest.
func (v *View) told(ctx context.Context, j *job) bool {
	sizer, ok := j.source.account.(mail.Sizer)
	if !ok || ctx.Err() != nil || j.Bytes >= 0 || !j.known.Empty() {
		return false
	}
	size, err := sizer.FolderSize(ctx, j.folder)
	if err != nil {
		v.run.log.Debug("size of a folder not told", "source", j.source.name, "folder", j.folder.Name, "error", err)
		return false
	}
	j.Bytes, j.AtMost = size, true
	return true
}

// A tasting is a folder that a sample can be taken of.
type tasting struct {
	job    *job
	n      int64          // messages to copy
	latest []mail.Message // the latest of them
}

// sizes looks at the messages of a folder that are to be copied.
func (v *View) sizes(ctx context.Context, j *job, b MeasureBounds) (tasting, error) {
	t := tasting{job: j}
	reader, err := j.source.account.Examine(ctx, j.folder)
	if err != nil {
		return t, err
	}
	defer reader.Close()
	var bytes, tooBig int64
	err = reader.Scan(ctx, everything, mail.ScanOptions{Items: mail.ItemSize}, func(m mail.Message) error {
		if j.known.Contains(m.UID) {
			return nil
		}
		t.n++
		bytes += m.Size
		if b.Limit > 0 && m.Size > b.Limit {
			tooBig++
		}
		if len(t.latest) == b.SampleMessages {
			t.latest = t.latest[1:]
		}
		t.latest = append(t.latest, m)
		return nil
	})
	if _, err = setAsideUnreadable(err); err != nil {
		return t, err
	}
	j.Bytes, j.TooBig = bytes, tooBig
	return t, nil
}

// errEnough ends a sample.
var errEnough = errors.New("enough")

// taste downloads a few of the latest messages. When the time is over before they are
// here, what is here counts.
func (t tasting) taste(ctx context.Context, b MeasureBounds) (n int, bytes int64, took time.Duration) {
	var uids mail.UIDSet
	var total int64
	for i := len(t.latest) - 1; i >= 0; i-- {
		if m := t.latest[i]; total+m.Size <= b.SampleBytes {
			uids.Add(m.UID)
			total += m.Size
		}
	}
	if uids.Empty() {
		return 0, 0, 0
	}
	reader, err := t.job.source.account.Examine(ctx, t.job.folder)
	if err != nil {
		return 0, 0, 0
	}
	defer reader.Close()
	began := time.Now()
	// Whatever ends it, what has arrived says how fast it was.
	_ = reader.Fetch(ctx, uids, func(_ mail.Message, body io.Reader) error {
		// A server may have estimated sizes: no more than twice what was asked for.
		size, err := io.Copy(io.Discard, io.LimitReader(body, 2*b.SampleBytes-bytes))
		bytes += size
		if err != nil {
			return err
		}
		n++
		if bytes >= 2*b.SampleBytes {
			return errEnough
		}
		return nil
	})
	return n, bytes, time.Since(began)
}
