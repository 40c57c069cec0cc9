package wire

import (
	"context"
	"fmt"
	"math"

	"github.com/mailweir/mailweir/host/mail"
)

// CanExpunge reports whether messages can be expunged by UID (RFC 4315 section
// 2.1, which RFC 9051 section 6.4.9 makes part of IMAP4rev2).
func (c *Conn) CanExpunge() bool { return c.caps.Has("UIDPLUS") || c.caps.Has("IMAP4REV2") }

// MarkDeleted adds \Deleted to messages of the selected folder and leaves their
// other flags as they are. Messages that are gone are ignored.
func (c *Conn) MarkDeleted(ctx context.Context, uids mail.UIDSet) error {
	return describe(fmt.Sprintf("mark messages \\Deleted in folder %q", c.selected),
		c.each(ctx, uids, "UID STORE ", ` +FLAGS.SILENT (\Deleted)`))
}

// Expunge takes away those of uids that are marked \Deleted. It sends UID EXPUNGE
// only: EXPUNGE and CLOSE would take along what other clients have marked.
func (c *Conn) Expunge(ctx context.Context, uids mail.UIDSet) error {
	op := fmt.Sprintf("expunge from folder %q", c.selected)
	if !c.CanExpunge() {
		return &mail.Error{Op: op, Kind: mail.ErrRefused, Err: fmt.Errorf("the server has no UID EXPUNGE (UIDPLUS)")}
	}
	return describe(op, c.each(ctx, uids, "UID EXPUNGE ", ""))
}

// each sends one command for each part of uids that fits into a line, each after
// the answer to the one before. It ends at the first refusal, but for the news
// that some of the messages are gone (RFC 5530 section 3).
func (c *Conn) each(ctx context.Context, uids mail.UIDSet, before, behind string) error {
	for _, set := range uids.Split(math.MaxInt) {
		err := c.simple(ctx, before+set.String()+behind, nil)
		if err != nil && codeOf(err) != "EXPUNGEISSUED" {
			return err
		}
	}
	return nil
}
