package copier

import (
	"bytes"
	"context"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// What a message would look like at the target is found out for matching and for
// verifying by asking the rewriting hooks again. The ledger's fingerprint of what was
// sent, where there is one, is believed first.

// A specimen is a message that is here to be looked at.
type specimen struct {
	content io.ReaderAt
	size    int64
	spool   Spool
}

// take keeps the whole of a message, in memory or in a spool. The caller closes it.
func (r *run) take(size int64, body io.Reader) (*specimen, error) {
	s := &specimen{size: size}
	if size > r.opts.SpoolFrom && r.opts.Spool != nil {
		spool, err := r.opts.Spool()
		if err != nil {
			return nil, err
		}
		s.spool, s.content = spool, spool
		n, err := io.Copy(spool, io.LimitReader(body, size))
		if err == nil && n != size {
			err = mail.ErrShortBody
		}
		if err != nil {
			s.close()
			return nil, err
		}
		return s, nil
	}
	memory := make([]byte, size)
	if _, err := io.ReadFull(body, memory); err != nil {
		return nil, err
	}
	s.content = bytes.NewReader(memory)
	return s, nil
}

func (s *specimen) reader() io.Reader { return io.NewSectionReader(s.content, 0, s.size) }

func (s *specimen) close() {
	if s.spool != nil {
		_ = s.spool.Close() // a temporary file
	}
}

// printsOfSent reads a message of the source and says what it looks like, and what is,
// or would be, stored in its place. sent is the fingerprint of what the ledger says
// was sent; zero when it does not say. A failing hook is the error's; the prints of the
// message itself come with it.
func (r *run) printsOfSent(ctx context.Context, c Candidate, body io.Reader, sent [16]byte, likeness bool) (of prints, hook, err error) {
	s, err := r.take(c.Message.Size, body)
	if err != nil {
		return prints{}, nil, err
	}
	defer s.close()
	if of, err = readPrints(s.reader(), likeness); err != nil {
		return prints{}, nil, err
	}
	if sent == of.exact {
		return of, nil, nil
	}
	if sent != [16]byte{} {
		of.sent = [][16]byte{sent}
	}
	c.Message.Header, c.Body = headerOf(s.reader()), s.content
	// What was sent may be a version that was made when the target had refused another.
	last := of.exact
	for attempt := range MaxAttempt + 1 {
		made, _, err := r.remake(ctx, &RewriteQuestion{Candidate: c, Attempt: attempt}, of.exact)
		if err != nil {
			return of, err, nil
		}
		if made == nil {
			if attempt == 0 {
				of.asIs = true
				continue
			}
			return of, nil, nil
		}
		stored, err := readPrints(made.reader(), likeness)
		made.discard()
		switch {
		case err != nil:
			return of, nil, err
		case stored.exact == last:
			return of, nil, nil // it has no further version
		case sent == [16]byte{}:
			of.sent, of.sentAltered = append(of.sent, stored.exact), append(of.sentAltered, stored.altered...)
			if attempt == 0 {
				of.sentLikeness = stored.likeness
			}
		case stored.exact == sent:
			of.sentAltered, of.sentLikeness = stored.altered, stored.likeness
			return of, nil, nil
		}
		last = stored.exact
	}
	return of, nil, nil
}

// sourcePrints downloads messages of the source for a comparison. known is what the
// ledger has of them. A message of which nobody can say what would be stored is held:
// it may be there.
func (p *pass) sourcePrints(ctx context.Context, uids mail.UIDSet, target string, known map[mail.UID]Entry) (map[mail.UID]prints, error) {
	if !p.hooks.Asks(HookRewriteMessage) {
		out, err := digests(ctx, p.reader, uids, printsOf)
		for uid, of := range out {
			if sent := known[uid].Fingerprint; sent != [16]byte{} && sent != of.exact {
				of.sent = [][16]byte{sent} // by a hook that is no longer asked
				out[uid] = of
			}
		}
		return out, err
	}
	out := make(map[mail.UID]prints)
	if uids.Empty() {
		return out, nil
	}
	err := p.reader.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		c := Candidate{Source: p.source.name, Folder: p.folder, Target: target, Message: m}
		of, hook, err := p.printsOfSent(ctx, c, body, known[m.UID].Fingerprint, false)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case hook != nil && known[m.UID].Fingerprint == [16]byte{}:
			p.holdOnce(m.UID, "the rewriting failed: "+hook.Error())
		}
		out[m.UID] = of
		return nil
	})
	_, err = setAsideUnreadable(err)
	return out, err
}
