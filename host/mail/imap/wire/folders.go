package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// Create makes a folder. One that exists already is no error. With
// CREATE-SPECIAL-USE (RFC 6154 section 3) it is given use; a server that refuses
// the use still makes the folder.
func (c *Conn) Create(ctx context.Context, raw string, use mail.Use) error {
	op := fmt.Sprintf("create folder %q", raw)
	if err := c.checkFolder(raw); err != nil {
		return name(op, err)
	}
	plain := string(c.appendFolder([]byte("CREATE "), raw))
	var err error
	if atom := useAtom(use); atom != "" && c.caps.Has("CREATE-SPECIAL-USE") {
		err = c.simple(ctx, plain+" (USE ("+atom+"))", nil)
		// USEATTR is the code for it, but a server may know this use by another name.
		if refused(err) && codeOf(err) != "ALREADYEXISTS" {
			err = c.simple(ctx, plain, nil)
		}
	} else {
		err = c.simple(ctx, plain, nil)
	}
	if refused(err) && (codeOf(err) == "ALREADYEXISTS" || c.exist(ctx, raw)) {
		return nil
	}
	if nameRefused(err) {
		err = &mail.Error{Op: op, Kind: mail.ErrBadName, Code: codeOf(err), Text: textOf(err)}
	}
	return describe(op, err)
}

// badNames are what servers say to CREATE without a code when it is the name that
// they do not take.
var badNames = []string{
	"invalid mailbox name",  // Cyrus 3.6.1, Courier 5.0.13
	"error in imap command", // Courier 5.0.13, to characters beyond U+FFFF
}

// nameRefused reports whether a CREATE was refused because of the name.
func nameRefused(err error) bool {
	if code := codeOf(err); code != "" {
		return code == "CANNOT" // RFC 5530 section 3
	}
	text := strings.ToLower(textOf(err))
	return slices.ContainsFunc(badNames, func(hint string) bool { return strings.Contains(text, hint) })
}

// useAtom spells a special use as an attribute, if it is one that we know.
func useAtom(use mail.Use) string {
	switch use {
	case mail.UseAll, mail.UseArchive, mail.UseDrafts, mail.UseFlagged, mail.UseJunk, mail.UseSent, mail.UseTrash:
		return `\` + string(use)
	}
	return ""
}

// exist finds out whether a folder that was refused is there: not all servers say
// so by a code.
func (c *Conn) exist(ctx context.Context, raw string) bool {
	if strings.ContainsAny(raw, "*%") {
		return false // a pattern, not a name
	}
	found := false
	cmd := string(c.appendFolder([]byte(`LIST "" `), raw))
	err := c.simple(ctx, cmd, func(r response) (bool, error) {
		if !equalFold(r.name, "LIST") {
			return false, nil
		}
		e, err := c.listEntry()
		if err == nil && sameFolder(e.Raw, raw) && !e.Has(`\NonExistent`) {
			found = true
		}
		return true, c.tolerate(err)
	})
	return err == nil && found
}

// Subscribe puts a folder on the list of subscriptions (RFC 9051 section 6.3.7).
func (c *Conn) Subscribe(ctx context.Context, raw string) error {
	op := fmt.Sprintf("subscribe to %q", raw)
	if err := c.checkFolder(raw); err != nil {
		return name(op, err)
	}
	return describe(op, c.simple(ctx, string(c.appendFolder([]byte("SUBSCRIBE "), raw)), nil))
}

// tolerate makes an answer that can not be understood no error, as long as the
// next one can be found.
func (c *Conn) tolerate(err error) error {
	var malformed *SyntaxError
	if c.p.in.err == nil && errors.As(err, &malformed) {
		return c.p.rest()
	}
	return err
}

// sameFolder compares names as a server does: INBOX in any letter case.
func sameFolder(a, b string) bool {
	return a == b || (mail.IsInbox(a) && mail.IsInbox(b))
}

// refused reports whether err is a tagged NO or BAD: the connection is well.
func refused(err error) bool {
	var s *StatusError
	return errors.As(err, &s) && s.Type != "BYE"
}

func codeOf(err error) string {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Code
	}
	return ""
}

func textOf(err error) string {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Text
	}
	return ""
}

// name says what was tried in an error that does not know it.
func name(op string, err error) error {
	var e *mail.Error
	if errors.As(err, &e) {
		e.Op = op
	}
	return err
}
