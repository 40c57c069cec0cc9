package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// writer is an open folder that takes messages.
type writer struct {
	*reader
	// reserved are the folder's keywords and those that KeepsFlag has promised,
	// so that a promise is kept for all messages that are asked about before the
	// first is stored.
	reserved []string
}

// A batch costs one lock and one write to the list of UIDs.
const (
	batchMessages = 100
	batchBytes    = 8 << 20
)

// syncsAtOnce is where more brought no more on ext4.
const syncsAtOnce = 16

// Batch says that batches are worth while: see the constants.
func (w *writer) Batch() (messages int, bytes int64) { return batchMessages, batchBytes }

// KeepsFlag is false for a keyword when all 26 letters are taken.
func (w *writer) KeepsFlag(f mail.Flag) bool {
	if !f.Valid() {
		return false
	}
	if !isKeyword(f) {
		return true
	}
	var ok bool
	w.reserved, ok = withKeyword(w.reserved, f)
	return ok
}

// Append stores the batch as a whole before it returns, or nothing of it.
func (w *writer) Append(ctx context.Context, batch []mail.Upload) (mail.Receipt, error) {
	op := "append to " + w.name
	bases, err := w.write(ctx, batch)
	if err == nil {
		var uids []mail.UID
		if uids, err = w.publish(ctx, bases, batch); err == nil {
			return receipt(uids), nil
		}
	}
	for _, base := range bases {
		_ = w.t.fs.Remove(filepath.Join(w.dir, "tmp", base)) // what is not there any more need not go
	}
	return nil, w.t.fail(op, err)
}

// receipt is the answer, known from the beginning.
type receipt []mail.UID

func (r receipt) Wait(context.Context) ([]mail.UID, error) { return r, nil }

// write puts the messages into tmp, synced. It returns the names of all files it
// has begun, also with an error.
func (w *writer) write(ctx context.Context, batch []mail.Upload) ([]string, error) {
	var bases []string
	for i, u := range batch {
		if err := ctx.Err(); err != nil {
			return bases, err
		}
		// S and W say that the lines end as they shall be shown.
		base := fmt.Sprintf("%s,S=%d,W=%d", newBase(time.Now()), u.Size, u.Size)
		bases = append(bases, base)
		if err := w.writeFile(filepath.Join(w.dir, "tmp", base), u); err != nil {
			return bases, fmt.Errorf("message %d of %d: %w", i+1, len(batch), err)
		}
	}
	return bases, w.syncAll(bases)
}

// syncAll makes files in tmp durable, several at once: a journal takes what
// arrives together in one go.
func (w *writer) syncAll(bases []string) error {
	errs := make([]error, len(bases))
	free := make(chan struct{}, syncsAtOnce)
	var wg sync.WaitGroup
	for i, base := range bases {
		free <- struct{}{}
		wg.Go(func() {
			errs[i] = w.t.syncFile(filepath.Join(w.dir, "tmp", base))
			<-free
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (w *writer) writeFile(path string, u mail.Upload) error {
	f, err := w.t.createFile(path)
	if err != nil {
		return err
	}
	src := &source{r: io.LimitReader(u.Body, u.Size)}
	n, err := io.Copy(f, src)
	if err = errors.Join(err, f.Close()); err != nil && src.err == nil {
		return err
	}
	if n < u.Size {
		if src.err == nil {
			src.err = fmt.Errorf("%d of %d bytes", n, u.Size)
		}
		return &mail.Error{Op: "append to " + w.name, Where: w.t.dir, Kind: mail.ErrShortBody, Err: src.err}
	}
	if u.InternalDate.IsZero() {
		return nil
	}
	// After Close, which sets the time anew on some file systems.
	return w.t.fs.Chtimes(path, u.InternalDate, u.InternalDate)
}

// source remembers whether reading failed, to tell that from a full disk.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// syncFile makes the content and the date of a closed file durable.
func (t *Tree) syncFile(path string) error {
	f, err := t.fs.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// publish moves files from tmp to cur and gives them their UIDs.
func (w *writer) publish(ctx context.Context, bases []string, batch []mail.Upload) (uids []mail.UID, err error) {
	var flags []mail.Flag
	for _, u := range batch {
		flags = append(flags, u.Flags...)
	}
	if err := w.learn(ctx, flags); err != nil {
		return nil, err
	}
	unlock, err := w.t.lock(ctx, w.dir, uidListName)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := w.reload(); err != nil {
		return nil, err
	}
	var moved []message
	defer func() {
		if err == nil {
			return
		}
		for _, m := range moved {
			err = errors.Join(err, w.t.fs.Remove(filepath.Join(w.dir, m.path(m.base))))
		}
	}()
	for i, base := range bases {
		m := message{base: base, place: place{sub: "cur", letters: lettersOf(batch[i].Flags, w.keywords, "")}}
		if err := w.t.fs.Rename(filepath.Join(w.dir, "tmp", base), filepath.Join(w.dir, m.path(base))); err != nil {
			return nil, err
		}
		moved = append(moved, m)
	}
	if err := w.t.syncDir(filepath.Join(w.dir, "cur")); err != nil {
		return nil, err
	}
	if err := w.t.register(w.dir, w.snapshot, bases); err != nil {
		return nil, err
	}
	entries := w.list.entries[len(w.list.entries)-len(bases):]
	for i, e := range entries {
		moved[i].uid = e.uid
		uids = append(uids, e.uid)
	}
	w.messages = append(w.messages, moved...)
	return uids, nil
}

// reload reads the list of UIDs again when another program has changed it. The
// caller holds the lock.
func (w *writer) reload() error {
	if w.t.stamp(w.dir) == w.stamp {
		return nil
	}
	list, err := w.t.readList(w.dir)
	if err != nil {
		return err
	}
	if list == nil || list.validity != w.opened.UIDValidity {
		return &mail.Error{
			Op: "append to " + w.name, Where: w.t.dir, Kind: mail.ErrBusy,
			Err: errors.New("another program has given the folder new UIDs, it has to be opened again"),
		}
	}
	w.list = list
	return nil
}
