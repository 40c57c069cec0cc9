package maildir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"sort"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
)

// reader is an open folder: a snapshot of which messages there are. Files that
// were renamed since are found again.
type reader struct {
	t        *Tree
	name     string // for errors
	dir      string
	keywords []string
	opened   mail.Status
	*snapshot
}

// open reads a folder and gives UIDs to its new messages. With look alone a
// folder that can not be written to is read all the same.
func (t *Tree) open(ctx context.Context, f mail.Folder, look bool) (*reader, error) {
	op := "open " + f.Name
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	dir, err := t.folderPath(f)
	if err != nil {
		return nil, err
	}
	s, err := t.look(dir)
	if err == nil && (s.list == nil || len(s.unlisted) > 0) {
		var numbered *snapshot
		numbered, err = t.number(ctx, dir)
		switch {
		case err == nil:
			s = numbered
		case look && readOnly(err):
			err = s.improvise()
		}
	}
	if err != nil {
		return nil, t.fail(op, err)
	}
	text, err := t.readText(filepath.Join(dir, keywordsName))
	if err != nil {
		return nil, t.fail(op, err)
	}
	return &reader{t: t, name: f.Name, dir: dir, keywords: parseKeywords(text), opened: s.status(), snapshot: s}, nil
}

// Status is the folder's state when it was opened.
func (r *reader) Status() mail.Status { return r.opened }

// Close has nothing to give back.
func (r *reader) Close() error { return nil }

// pick yields the messages of uids in ascending order.
func (r *reader) pick(uids mail.UIDSet) iter.Seq[*message] {
	return func(yield func(*message) bool) {
		for _, span := range uids.Ranges() {
			i := sort.Search(len(r.messages), func(i int) bool { return r.messages[i].uid >= span.First })
			for ; i < len(r.messages) && r.messages[i].uid <= span.Last; i++ {
				if !yield(&r.messages[i]) {
					return
				}
			}
		}
	}
}

// at calls do with the path of a message's file. When the file was renamed by
// another program, it is looked for and do is called again. gone says that there
// is no such message any more.
func (r *reader) at(m *message, do func(path string) error) (gone bool, err error) {
	for range 3 { // it may be renamed again and again
		err = do(filepath.Join(r.dir, m.path(m.base)))
		if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		files := map[string]place{}
		if err := r.t.findFiles(r.dir, files); err != nil {
			return false, err
		}
		for i := range r.messages {
			if p, ok := files[r.messages[i].base]; ok {
				r.messages[i].place = p
			}
		}
		if _, ok := files[m.base]; !ok {
			return true, nil
		}
	}
	return false, err
}

// Scan reads no more of each message than it is asked for.
func (r *reader) Scan(ctx context.Context, uids mail.UIDSet, opts mail.ScanOptions, fn func(mail.Message) error) error {
	op := "scan " + r.name
	for m := range r.pick(uids) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		out := mail.Message{UID: m.uid}
		gone, err := r.at(m, func(path string) error { return r.tell(path, m, opts, &out) })
		if err != nil {
			return r.t.fail(fmt.Sprintf("%s, UID %d", op, m.uid), err)
		}
		if gone {
			continue
		}
		if opts.Items&mail.ItemFlags != 0 {
			out.Flags = flagsOf(m.letters, r.keywords)
		}
		if err := fn(out); err != nil {
			return err
		}
	}
	return nil
}

// tell fills in what the file of a message says.
func (r *reader) tell(path string, m *message, opts mail.ScanOptions, out *mail.Message) error {
	if opts.Items&(mail.ItemDate|mail.ItemSize|mail.ItemHeader) == 0 {
		return nil
	}
	fi, err := r.t.fs.Stat(path)
	if err != nil {
		return err
	}
	out.InternalDate = dateOf(fi)
	if opts.Items&(mail.ItemSize|mail.ItemHeader) == 0 {
		return nil
	}
	f, err := r.t.fs.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	body, err := newBody(f, m.base, fi.Size())
	if err != nil {
		return err
	}
	out.Size = body.size
	if opts.Items&mail.ItemHeader != 0 {
		header, err := readHeader(body)
		if err != nil {
			return err
		}
		if opts.Fields != nil {
			header = pickFields(header, opts.Fields)
		}
		out.Header = header
	}
	return nil
}

// dateOf is the INTERNALDATE: the modification time to the second.
func dateOf(fi fs.FileInfo) time.Time { return fi.ModTime().UTC().Truncate(time.Second) }

// Fetch streams the files, in ascending order of UID.
func (r *reader) Fetch(ctx context.Context, uids mail.UIDSet, fn func(mail.Message, io.Reader) error) error {
	unreadable := map[mail.UID]error{}
	for m := range r.pick(uids) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("fetch from %s: %w", r.name, err)
		}
		var f afero.File
		gone, err := r.at(m, func(path string) (err error) {
			f, err = r.t.fs.Open(path)
			return err
		})
		if gone {
			continue
		}
		if err != nil {
			unreadable[m.uid] = err
			continue
		}
		err = r.deliver(f, m, fn)
		_ = f.Close()
		var bad *unreadableError
		if errors.As(err, &bad) {
			unreadable[m.uid] = bad
			continue
		}
		if err != nil {
			return err
		}
	}
	if len(unreadable) > 0 {
		return &mail.MessageErrors{Errs: unreadable}
	}
	return nil
}

// deliver hands one open file to fn.
func (r *reader) deliver(f afero.File, m *message, fn func(mail.Message, io.Reader) error) error {
	fi, err := f.Stat()
	if err != nil {
		return &unreadableError{err}
	}
	body, err := newBody(f, m.base, fi.Size())
	if err != nil {
		return &unreadableError{err}
	}
	return fn(mail.Message{
		UID: m.uid, Flags: flagsOf(m.letters, r.keywords), InternalDate: dateOf(fi), Size: body.size,
	}, body)
}

// unreadableError is trouble with one message before the caller has seen it.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

// pickFields returns the named fields of a header, as they stand there, and the
// empty line.
func pickFields(header []byte, fields []string) []byte {
	var out []byte
	keep := false
	for line := range bytes.Lines(header) {
		if line[0] == '\r' || line[0] == '\n' {
			break
		}
		if line[0] != ' ' && line[0] != '\t' { // else it belongs to the field above
			keep = isField(line, fields)
		}
		if keep {
			out = append(out, line...)
		}
	}
	return append(out, "\r\n"...)
}

func isField(line []byte, fields []string) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return false
	}
	for _, f := range fields {
		if bytes.EqualFold(bytes.TrimRight(name, " \t"), []byte(f)) {
			return true
		}
	}
	return false
}
