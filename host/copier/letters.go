package copier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// What is read at a time before recipients are told of it. A recipient can take
// half a minute to answer; meanwhile no folder is open, whose connection a lane may
// be waiting for.
const (
	readMessages = 50
	readBytes    = 1 << 20
)

// portions cuts deliveries into parts that are read at a time.
func portions(list []Delivery) (out [][]Delivery) {
	for len(list) > 0 {
		n, size := 0, int64(0)
		for n < len(list) && n < readMessages && (n == 0 || size+list[n].Stored <= readBytes) {
			size += list[n].Stored
			n++
		}
		out, list = append(out, list[:n]), list[n:]
	}
	return out
}

// fetch reads the messages that deliveries to one target folder are about: what
// was stored, and where that is gone, the message at the source. give is called
// for each, and calls done when it needs it no more. The error is that of an
// account: nothing is said about the messages that were not given.
func (o *round) fetch(ctx context.Context, list []Delivery, give func(c *Copied, done func())) error {
	left := make([]Delivery, 0, len(list))
	byUID := make(map[mail.UID][]Delivery)
	folder, there := o.targets.find(list[0].Target)
	for _, d := range list {
		if there && d.TargetUID != 0 {
			byUID[d.TargetUID] = append(byUID[d.TargetUID], d)
		} else {
			left = append(left, d)
		}
	}
	if len(byUID) > 0 {
		missing, err := o.read(ctx, o.target, folder, byUID, func(d Delivery, s mail.Status) bool { return d.TargetValidity == s.UIDValidity }, give)
		if err != nil {
			return targetErr(err)
		}
		left = append(left, missing...)
	}
	for _, d := range left {
		if ctx.Err() != nil || o.resting() {
			return nil
		}
		if err := o.fromSource(ctx, d, give); err != nil {
			return err
		}
	}
	return nil
}

// fromSource gives the message at the source, if it has the bytes that were stored.
func (o *round) fromSource(ctx context.Context, d Delivery, give func(c *Copied, done func())) error {
	if d.Rewritten {
		o.lose(d, "the copy is not at the destination any more, and it was not the message at the source")
		return nil
	}
	for _, s := range o.sources {
		if s.name != d.Source {
			continue
		}
		if err := s.lost(); err != nil {
			return sourceErr(fmt.Errorf("source %s was given up: %w", s.name, err))
		}
		for _, f := range s.folders {
			if f.Raw != d.Folder || !f.Selectable {
				continue
			}
			missing, err := o.read(ctx, s.account, f, map[mail.UID][]Delivery{d.UID: {d}},
				func(d Delivery, s mail.Status) bool { return d.UIDValidity == s.UIDValidity }, give)
			if err != nil {
				return sourceErr(err)
			}
			if len(missing) == 0 {
				return nil
			}
		}
	}
	o.lose(d, "the message is neither at the destination nor at the source any more")
	return nil
}

// read gives the messages of a folder; it returns the deliveries whose messages are
// not there.
func (o *round) read(ctx context.Context, account mail.Source, f mail.Folder, wanted map[mail.UID][]Delivery,
	same func(Delivery, mail.Status) bool, give func(c *Copied, done func()),
) (missing []Delivery, err error) {
	type present struct {
		*Copied
		done func()
	}
	var presents []present
	missing, err = o.collect(ctx, account, f, wanted, same, func(c *Copied, done func()) { presents = append(presents, present{c, done}) })
	for _, p := range presents {
		give(p.Copied, p.done)
	}
	return missing, err
}

// collect reads the messages of a folder while it is open.
func (o *round) collect(ctx context.Context, account mail.Source, f mail.Folder, wanted map[mail.UID][]Delivery,
	same func(Delivery, mail.Status) bool, take func(c *Copied, done func()),
) (missing []Delivery, err error) {
	r, err := account.Examine(ctx, f)
	if errors.Is(err, mail.ErrNoFolder) {
		return flat(wanted), nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.Name, err)
	}
	defer r.Close()
	uids := make([]mail.UID, 0, len(wanted))
	for uid, list := range wanted {
		var here []Delivery
		for _, d := range list {
			if same(d, r.Status()) {
				here = append(here, d)
			} else {
				missing = append(missing, d)
			}
		}
		if wanted[uid] = here; len(here) == 0 {
			delete(wanted, uid)
			continue
		}
		uids = append(uids, uid)
	}
	if len(uids) == 0 {
		return missing, nil
	}
	if o.to.Needs == NeedsHeader {
		err = r.Scan(ctx, mail.UIDs(uids...), mail.ScanOptions{Items: mail.ItemHeader}, func(m mail.Message) error {
			for _, d := range wanted[m.UID] {
				c := o.copied(d)
				c.Message.Header = bytes.Clone(m.Header)
				take(c, func() {})
			}
			delete(wanted, m.UID)
			return nil
		})
	} else {
		err = r.Fetch(ctx, mail.UIDs(uids...), func(m mail.Message, body io.Reader) error {
			list := wanted[m.UID]
			delete(wanted, m.UID)
			// Where a server stores equal messages once, the others are told of when
			// the outbox is looked into again.
			for _, d := range list[:min(1, len(list))] {
				l, err := o.load(m.Size, body)
				if err != nil {
					return err
				}
				c := o.copied(d)
				c.Message.Size, c.Message.Header, c.Body = m.Size, headerOf(io.NewSectionReader(l, 0, m.Size)), l
				take(c, l.done)
			}
			return nil
		})
	}
	strange, err := setAsideUnreadable(err)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name, err)
	}
	for uid, why := range strange {
		for _, d := range wanted[uid] {
			d.failed(o.now(), 0, fmt.Sprintf("the message can not be read: %v", why), o.to.Digest)
			o.keep(ctx, d, false)
		}
		delete(wanted, uid)
	}
	return append(missing, flat(wanted)...), nil
}

func flat(wanted map[mail.UID][]Delivery) (all []Delivery) {
	for _, list := range wanted {
		all = append(all, list...)
	}
	return all
}

// A letter is a whole message that is told of.
type letter struct {
	io.ReaderAt
	done func()
}

// load takes a message into memory, or into a spool when it is large.
func (o *round) load(size int64, body io.Reader) (*letter, error) {
	if size <= o.opts.StreamFrom || o.opts.Spool == nil {
		memory := make([]byte, size)
		if _, err := io.ReadFull(body, memory); err != nil {
			return nil, fmt.Errorf("read a message of %d bytes: %w", size, err)
		}
		return &letter{bytes.NewReader(memory), func() {}}, nil
	}
	spool, err := o.opts.Spool()
	if err != nil {
		return nil, fmt.Errorf("spool a message of %d bytes: %w", size, err)
	}
	done := func() {
		if err := spool.Close(); err != nil {
			o.log.Warn("remove spool", "error", err)
		}
	}
	if n, err := io.Copy(spool, io.LimitReader(body, size)); err != nil || n != size {
		done()
		return nil, fmt.Errorf("spool a message of %d bytes: %w", size, errors.Join(err, shortOf(n, size)))
	}
	return &letter{spool, done}, nil
}

func shortOf(n, size int64) error {
	if n == size {
		return nil
	}
	return mail.ErrShortBody
}
