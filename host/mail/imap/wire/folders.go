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
	err := c.simple(ctx, string(c.appendCreate(nil, raw, use)), nil)
	// USEATTR is the code for it, but a server may know this use by another name.
	if refused(err) && codeOf(err) != "ALREADYEXISTS" && c.canUse(use) {
		err = c.simple(ctx, string(c.appendCreate(nil, raw, mail.UseNone)), nil)
	}
	if refused(err) && (codeOf(err) == "ALREADYEXISTS" || c.exist(ctx, raw)) {
		return nil
	}
	if nameRefused(err) {
		err = &mail.Error{Op: op, Kind: mail.ErrBadName, Code: codeOf(err), Text: textOf(err)}
	}
	return describe(op, err)
}

// canUse reports whether CREATE may name the special use.
func (c *Conn) canUse(use mail.Use) bool {
	return useAtom(use) != "" && c.caps.Has("CREATE-SPECIAL-USE")
}

// appendCreate spells a CREATE, with the special use if the server takes it.
func (c *Conn) appendCreate(b []byte, raw string, use mail.Use) []byte {
	b = c.appendFolder(append(b, "CREATE "...), raw)
	if c.canUse(use) {
		b = append(append(append(b, " (USE ("...), useAtom(use)...), "))"...)
	}
	return b
}

// FolderStep is one thing to do with a folder: to make it, or to subscribe to it.
type FolderStep struct {
	Raw       string
	Use       mail.Use // when it is made
	Subscribe bool
}

// FolderSteps does all steps, on the wire at once, in their order, and reports
// which of them the server has carried out. That a folder to be made exists
// already counts, as far as the server says so by ALREADYEXISTS (RFC 5530).
func (c *Conn) FolderSteps(ctx context.Context, steps []FolderStep) (ok []bool, err error) {
	const inFlight = 64
	ok = make([]bool, len(steps))
	at := 0
	err = c.run(ctx, exchange{
		depth: inFlight,
		next: func(b []byte) ([]byte, int, bool) {
			for at < len(steps) {
				s := steps[at]
				at++
				switch {
				case c.checkFolder(s.Raw) != nil:
				case s.Subscribe:
					return c.appendFolder(append(b, "SUBSCRIBE "...), s.Raw), at - 1, true
				default:
					return c.appendCreate(b, s.Raw, s.Use), at - 1, true
				}
			}
			return b, 0, false
		},
		done: func(id int, answer StatusError) error {
			ok[id] = answer.Type == "OK" || answer.Code == "ALREADYEXISTS" && !steps[id].Subscribe
			return nil
		},
	})
	return ok, describe("create folders", err)
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
