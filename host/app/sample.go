package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// Bounds of a sample: it is kept in memory while somebody writes a script.
const (
	sampleMessages   = 50
	sampleFolders    = 500       // that are shown
	sampleLooked     = 6         // folders of a source that messages are taken from
	sampleSources    = 10        // of a task
	sampleMessage    = 256 << 10 // of a larger message only the header is read
	sampleBytes      = 8 << 20
	sampleTime       = time.Minute // for reading it
	sampleKept       = 30 * time.Minute
	maxSamples       = 8
	sampleHeader     = 64 << 10
	sampleUIDs       = 400 // the latest UIDs of a folder that are looked at
	sampleUIDsUnsure = 5000
)

// sample is mail of a task's sources, to try scripts on.
type sample struct {
	folders  []sampleFolder
	messages []copier.Candidate // the latest first; Body is nil for a large one
	used     time.Time
}

type sampleFolder struct {
	source string
	mail.Folder
}

// desk is where scripts are tried: the samples, by task and user, and the engine,
// which is kept so that it is not loaded with each letter that is typed.
type desk struct {
	mu      sync.Mutex
	samples map[[2]string]*sample
	engine  *plugin.Module
	seats   chan struct{} // how many scripts are tried at a time
}

func (d *desk) key(ctx context.Context, taskID string) [2]string {
	return [2]string{taskID, access.From(ctx).UserID}
}

// sampleOf is what was read of a task for this user, or nil.
func (d *desk) sampleOf(ctx context.Context, taskID string) *sample {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget()
	s := d.samples[d.key(ctx, taskID)]
	if s != nil {
		s.used = time.Now()
	}
	return s
}

// forget removes samples that nobody works with any more. The caller has the lock.
func (d *desk) forget() {
	for key, s := range d.samples {
		if time.Since(s.used) > sampleKept {
			delete(d.samples, key)
		}
	}
}

func (d *desk) keep(ctx context.Context, taskID string, s *sample) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget()
	if d.samples == nil {
		d.samples = map[[2]string]*sample{}
	}
	for len(d.samples) >= maxSamples {
		var oldest [2]string
		for key, o := range d.samples {
			if oldest == [2]string{} || o.used.Before(d.samples[oldest].used) {
				oldest = key
			}
		}
		delete(d.samples, oldest)
	}
	s.used = time.Now()
	d.samples[d.key(ctx, taskID)] = s
}

// FetchSample implements web.Service.
func (s *service) FetchSample(ctx context.Context, taskID string) error {
	t, err := s.store.Credentials(ctx, taskID)
	if err != nil {
		return webError(err)
	}
	conn := s.conn
	conn.Log = s.log.With("task", t.Name)
	if bound(t) {
		conn.Reach = &s.bound
		if err := withinBounds(t); err != nil {
			return as(web.ErrInvalid, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, sampleTime)
	defer cancel()
	got := &sample{}
	for _, src := range t.Sources[:min(len(t.Sources), sampleSources)] {
		if err := got.read(ctx, src, conn); err != nil {
			return as(web.ErrInvalid, fmt.Errorf("source %s: %w", src.Name, err))
		}
	}
	slices.SortStableFunc(got.messages, func(a, b copier.Candidate) int {
		return b.Message.InternalDate.Compare(a.Message.InternalDate)
	})
	s.desk.keep(ctx, taskID, got)
	e := taskEvent(access.DeedMailRead, t)
	e.Detail = fmt.Sprintf("%d folders, %d messages", len(got.folders), len(got.messages))
	s.Note(ctx, e)
	return nil
}

// read takes the folders of a source, and its latest messages: at the end the sample
// has the latest ones of all sources.
func (got *sample) read(ctx context.Context, src task.Source, conn ConnOptions) error {
	source, err := OpenSource(ctx, src.Account, conn)
	if err != nil {
		return err
	}
	defer source.Close()
	folders, err := source.Folders(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(folders, func(a, b mail.Folder) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range folders {
		if f.Fault == "" && len(got.folders) < sampleFolders {
			got.folders = append(got.folders, sampleFolder{src.Name, f})
		}
	}
	byFolder := map[string][]mail.Message{}
	var all []copier.Candidate
	for _, f := range likely(folders) {
		found, err := latest(ctx, source, f)
		if err != nil {
			return fmt.Errorf("folder %s: %w", f.Name, err)
		}
		for _, m := range found {
			all = append(all, copier.Candidate{Source: src.Name, Folder: f, Target: f.Name, Message: m})
		}
	}
	slices.SortStableFunc(all, func(a, b copier.Candidate) int { return b.Message.InternalDate.Compare(a.Message.InternalDate) })
	for _, c := range all[:min(len(all), sampleMessages)] {
		byFolder[c.Folder.Name] = append(byFolder[c.Folder.Name], c.Message)
	}
	for _, f := range folders {
		if len(byFolder[f.Name]) == 0 {
			continue
		}
		if err := got.fetch(ctx, source, src.Name, f, byFolder[f.Name]); err != nil {
			return fmt.Errorf("folder %s: %w", f.Name, err)
		}
	}
	// Of several sources the latest messages count.
	slices.SortStableFunc(got.messages, func(a, b copier.Candidate) int { return b.Message.InternalDate.Compare(a.Message.InternalDate) })
	got.messages = got.messages[:min(len(got.messages), sampleMessages)]
	return nil
}

// likely are the folders that messages are taken from: INBOX, and those with most
// messages.
func likely(folders []mail.Folder) []mail.Folder {
	var out []mail.Folder
	for _, f := range folders {
		if f.Selectable && f.Fault == "" && (f.Status == nil || f.Status.Messages > 0) {
			out = append(out, f)
		}
	}
	count := func(f mail.Folder) uint32 {
		switch {
		case mail.IsInbox(f.Name):
			return math.MaxUint32
		case f.Status == nil:
			return 0
		}
		return f.Status.Messages
	}
	slices.SortStableFunc(out, func(a, b mail.Folder) int { return cmp.Compare(count(b), count(a)) })
	return out[:min(len(out), sampleLooked)]
}

// latest are the messages with the highest UIDs of a folder, without headers.
func latest(ctx context.Context, source mail.Source, f mail.Folder) ([]mail.Message, error) {
	r, err := source.Examine(ctx, f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	status := r.Status()
	uids := mail.UIDSpan(1, math.MaxUint32)
	switch {
	case status.Messages == 0:
		return nil, nil
	case status.UIDNext > sampleUIDs:
		uids = mail.UIDSpan(status.UIDNext-sampleUIDs, math.MaxUint32)
	case status.UIDNext == 0 && status.Messages > sampleUIDsUnsure:
		return nil, nil // finding the latest would take a scan of them all
	}
	var out []mail.Message
	err = r.Scan(ctx, uids, mail.ScanOptions{Items: mail.ItemDate | mail.ItemSize | mail.ItemFlags}, func(m mail.Message) error {
		if len(out) == sampleMessages {
			out = out[1:]
		}
		out = append(out, m)
		return nil
	})
	return slices.Clone(out), err
}

// fetch adds messages of a folder: small ones as a whole, of others the header.
func (got *sample) fetch(ctx context.Context, source mail.Source, name string, f mail.Folder, wanted []mail.Message) error {
	r, err := source.Examine(ctx, f)
	if err != nil {
		return err
	}
	defer r.Close()
	var whole, large []mail.UID
	for _, m := range wanted {
		if m.Size <= sampleMessage && got.size()+m.Size <= sampleBytes {
			whole = append(whole, m.UID)
		} else {
			large = append(large, m.UID)
		}
	}
	add := func(m mail.Message, body []byte) {
		c := copier.Candidate{Source: name, Folder: f, Target: f.Name, Message: m}
		if body != nil {
			c.Message.Size, c.Message.Header, c.Body = int64(len(body)), headerOf(body), bytes.NewReader(body)
		}
		got.messages = append(got.messages, c)
	}
	var strange *mail.MessageErrors
	if len(whole) > 0 {
		err = r.Fetch(ctx, mail.UIDs(whole...), func(m mail.Message, body io.Reader) error {
			if m.Size > sampleMessage { // the server has estimated less
				large = append(large, m.UID)
				return nil
			}
			text, err := io.ReadAll(body)
			if err == nil {
				add(m, append([]byte{}, text...))
			}
			return err
		})
		if err != nil && !errors.As(err, &strange) {
			return err
		}
	}
	if len(large) == 0 {
		return nil
	}
	items := mail.ItemDate | mail.ItemSize | mail.ItemFlags | mail.ItemHeader
	return r.Scan(ctx, mail.UIDs(large...), mail.ScanOptions{Items: items}, func(m mail.Message) error {
		if len(m.Header) <= sampleHeader {
			m.Header = bytes.Clone(m.Header)
			add(m, nil)
		}
		return nil
	})
}

func (got *sample) size() (n int64) {
	for _, c := range got.messages {
		if c.Body != nil {
			n += c.Message.Size
		}
	}
	return n
}

// headerOf is the header section with the empty line behind it.
func headerOf(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("\r\n")) {
		return text[:2]
	}
	if i := bytes.Index(text, []byte("\r\n\r\n")); i >= 0 {
		return text[:i+4]
	}
	return text
}
