package copier

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// Where a source has no mod-sequences (RFC 7162), only reading all flags tells
// whether one has changed. Whether any has is told by a digest of them all, and
// that of many folders in the time of one.

// lookAtFlags reads the flags of folders that are unchanged by every other sign and
// notes which are the same as in the last pass. What goes wrong is met again, and
// told, when it is the folder's turn.
func (r *run) lookAtFlags(ctx context.Context, jobs []*job) {
	for _, s := range r.sources {
		scanner, ok := s.account.(mail.FlagScanner)
		if !ok || s.lost() != nil {
			continue
		}
		var doubtful []*job
		var folders []mail.Folder
		for _, j := range jobs {
			if j.source == s && !j.idle() && r.unchangedButFlags(j) {
				doubtful, folders = append(doubtful, j), append(folders, j.folder)
			}
		}
		if len(doubtful) == 0 {
			continue
		}
		digest := newFlagDigest()
		err := scanner.ScanFlags(ctx, folders, func(i int, m mail.Message) {
			digest.in(i).add(&m)
		}, func(i int, now mail.Status) {
			j := doubtful[i]
			if pair, ok := r.unchangedBut(j); ok && now.UIDValidity == pair.Seen.UIDValidity && now.Messages == pair.Seen.Messages {
				j.sameFlags = digest.in(i).sum() == pair.SeenFlags
			}
		})
		if err != nil {
			r.log.Debug("read flags ahead", "source", s.name, "error", err)
		}
	}
}

// unchangedButFlags reports whether only the flags of a folder are in doubt.
func (r *run) unchangedButFlags(j *job) bool {
	if _, ok := r.unchanged(j); ok {
		return false
	}
	_, ok := r.unchangedBut(j)
	return ok
}

// unchangedBut is unchanged for a folder whose flags are taken to be the same.
func (r *run) unchangedBut(j *job) (Pair, bool) {
	as := *j
	as.sameFlags = true
	pair, ok := r.unchanged(&as)
	return pair, ok && pair.SeenFlags != [16]byte{}
}

// A flagDigest is a digest of the UIDs and flags of the messages of one folder, in
// ascending order of UID.
type flagDigest struct {
	folder int
	hash   hash.Hash
	texts  map[string]string // how a server spells a set, to its canonical text
	buf    []byte
}

func newFlagDigest() *flagDigest {
	return &flagDigest{hash: sha256.New(), texts: make(map[string]string)}
}

// in begins anew when the folder is another one.
func (d *flagDigest) in(folder int) *flagDigest {
	if d.folder != folder {
		d.folder = folder
		d.hash.Reset()
	}
	return d
}

func (d *flagDigest) add(m *mail.Message) {
	d.buf = d.buf[:0]
	for _, f := range m.Flags {
		d.buf = append(append(d.buf, f...), 0)
	}
	text, ok := d.texts[string(d.buf)]
	if !ok {
		var b strings.Builder
		for _, f := range mail.CleanFlags(m.Flags) {
			b.WriteString(strings.ToLower(string(f)))
			b.WriteByte(0)
		}
		text = b.String()
		d.texts[string(d.buf)] = text
	}
	d.buf = binary.BigEndian.AppendUint32(d.buf[:0], uint32(m.UID))
	d.buf = append(append(d.buf, text...), '\n')
	d.hash.Write(d.buf)
}

func (d *flagDigest) sum() [16]byte { return sumOf(d.hash) }
