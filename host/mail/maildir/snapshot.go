package maildir

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// snapshot is a folder as it was at one moment.
type snapshot struct {
	list     *uidList // nil when there is no list yet
	messages []message
	unlisted []string // base names of messages without UID, the oldest first
	files    map[string]place
	stamp    stamp
	validity uint32 // in place of the list's, when UIDs could not be written down
}

// message is one message with a UID.
type message struct {
	uid  mail.UID
	base string
	place
}

// place is where the file of a message is, and its flags.
type place struct {
	sub     string // "cur" or "new"
	letters string
	bare    bool // the name has no info part, as in new
}

func (p place) path(base string) string {
	if p.bare {
		return filepath.Join(p.sub, base)
	}
	return filepath.Join(p.sub, joinName(base, p.letters))
}

func (s *snapshot) status() mail.Status {
	st := mail.Status{UIDValidity: s.validity, UIDNext: 1, Messages: uint32(len(s.messages))}
	if s.list != nil {
		st.UIDNext = s.list.next
		if st.UIDValidity == 0 {
			st.UIDValidity = s.list.validity
		}
	}
	return st
}

// look reads a folder without changing it.
func (t *Tree) look(dir string) (*snapshot, error) {
	s := &snapshot{files: map[string]place{}}
	if err := t.findFiles(dir, s.files); err != nil {
		return nil, err
	}
	// The list comes after the files: what was added between has a UID and no
	// file here, and is not seen; the other way round it would be without UID.
	s.stamp = t.stamp(dir)
	var err error
	if s.list, err = t.readList(dir); err != nil {
		return nil, err
	}
	if s.match() > 0 {
		// A file that is renamed while its directory is read may be missed. Look
		// again before taking a message for gone.
		if err := t.findFiles(dir, s.files); err != nil {
			return nil, err
		}
		s.match()
	}
	return s, nil
}

// stamp tells whether the list on disk is the one that was read.
type stamp struct{ size, changed int64 }

func (t *Tree) stamp(dir string) stamp {
	fi, err := t.fs.Stat(filepath.Join(dir, uidListName))
	if err != nil {
		return stamp{}
	}
	return stamp{fi.Size(), fi.ModTime().UnixNano()}
}

// readList returns nil when there is no list.
func (t *Tree) readList(dir string) (*uidList, error) {
	text, err := t.readText(filepath.Join(dir, uidListName))
	if err != nil || text == "" {
		return nil, err
	}
	list, err := parseUIDList(text)
	if err != nil {
		return nil, &mail.Error{Op: "read", Where: dir, Kind: mail.ErrProtocol, Err: err}
	}
	return list, nil
}

// match brings the list and the files together and returns how many lines of the
// list have no file.
func (s *snapshot) match() (missing int) {
	s.messages, s.unlisted = nil, nil
	listed := map[string]bool{}
	if s.list != nil {
		for _, e := range s.list.entries {
			p, ok := s.files[e.base]
			if !ok {
				missing++
				continue
			}
			if !listed[e.base] {
				s.messages = append(s.messages, message{e.uid, e.base, p})
			}
			listed[e.base] = true
		}
	}
	for base := range s.files {
		if !listed[base] {
			s.unlisted = append(s.unlisted, base)
		}
	}
	slices.SortFunc(s.unlisted, compareBorn)
	return missing
}

// findFiles adds the messages in cur and new.
func (t *Tree) findFiles(dir string, files map[string]place) error {
	for _, sub := range []string{"new", "cur"} {
		d, err := t.fs.Open(filepath.Join(dir, sub))
		if err != nil {
			if sub == "new" && errors.Is(err, fs.ErrNotExist) {
				continue // not every program makes it before it is needed
			}
			return err
		}
		names, err := d.Readdirnames(-1)
		if err = errors.Join(err, d.Close()); err != nil {
			return err
		}
		for _, name := range names {
			base, letters := splitName(name)
			if base == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "\r\n") {
				continue
			}
			p := place{sub, letters, base == name}
			if !p.bare && joinName(base, letters) != name {
				continue // an info part that is not ours to rename or to find again
			}
			files[base] = p
		}
	}
	return nil
}

// number gives UIDs to the messages that have none, and makes the list when
// there is none.
func (t *Tree) number(ctx context.Context, dir string) (*snapshot, error) {
	unlock, err := t.lock(ctx, dir, uidListName)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := t.look(dir)
	if err != nil {
		return nil, err
	}
	if err := t.register(dir, s, s.unlisted); err != nil {
		return nil, err
	}
	s.match()
	return s, nil
}

// register adds files to the list, in memory and on disk. The caller holds the
// lock, and s was read under it.
func (t *Tree) register(dir string, s *snapshot, bases []string) error {
	list := s.list
	if list == nil {
		list = &uidList{validity: newValidity(), next: 1}
	} else if len(bases) == 0 {
		return nil
	}
	known := len(list.entries)
	_, lines, err := list.add(bases)
	if err != nil {
		return err
	}
	if s.list == nil || list.torn {
		err = t.replace(dir, uidListName, list.String())
		list.torn = list.torn && err != nil
	} else {
		err = t.appendTo(filepath.Join(dir, uidListName), lines)
	}
	if err != nil {
		list.entries = list.entries[:known]
		s.stamp = stamp{} // what is on disk now is not known
		return err
	}
	s.list, s.stamp = list, t.stamp(dir)
	return nil
}

// appendTo adds lines to a file in one write.
func (t *Tree) appendTo(path, lines string) error {
	f, err := t.fs.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(lines)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// improvise gives UIDs to everything where they can not be written down. They
// are the same as long as the files are the same; else the UIDVALIDITY differs.
func (s *snapshot) improvise() error {
	sum := crc32.NewIEEE()
	if s.list == nil {
		s.list = &uidList{next: 1}
	}
	for _, e := range s.list.entries {
		_, _ = fmt.Fprintf(sum, "%d %s\n", e.uid, e.base)
	}
	for _, base := range s.unlisted {
		_, _ = fmt.Fprintf(sum, "%s\n", base)
	}
	if _, _, err := s.list.add(s.unlisted); err != nil {
		return err
	}
	s.match()
	s.validity = max(sum.Sum32(), 1)
	return nil
}

// readOnly reports whether err says that a folder can not be written to.
func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// newValidity makes a UIDVALIDITY that is greater than those of folders of that
// name before (RFC 9051 section 2.3.1.1).
func newValidity() uint32 { return uint32(time.Now().Unix()) }
