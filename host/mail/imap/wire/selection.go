package wire

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// Selected is what a server says when a folder is opened.
type Selected struct {
	mail.Status
	Permanent      []mail.Flag // flags that the folder keeps (PERMANENTFLAGS)
	AllowsKeywords bool        // it also keeps keywords that it has not seen before
	ReadOnly       bool
	Exists         uint32
	UIDNotSticky   bool // RFC 4315 section 3: UIDs do not last longer than the session
}

// Keeps reports whether the folder stores f permanently.
func (s *Selected) Keeps(f mail.Flag) bool {
	if s.AllowsKeywords && !strings.HasPrefix(string(f), `\`) {
		return true
	}
	for _, p := range s.Permanent {
		if strings.EqualFold(string(p), string(f)) {
			return true
		}
	}
	return false
}

// Select opens a folder, with EXAMINE if readOnly is set (RFC 9051 section 6.3.3).
// A refusal leaves no folder open. Where the server keeps mod-sequences, opening
// the folder also makes it keep them (RFC 7162 section 3.1.8).
func (c *Conn) Select(ctx context.Context, raw string, readOnly bool) (Selected, error) {
	verb := "SELECT "
	if readOnly {
		verb = "EXAMINE "
	}
	op := fmt.Sprintf("open folder %q", raw)
	if err := c.checkFolder(raw); err != nil {
		return Selected{}, name(op, err)
	}
	cmd := string(c.appendFolder([]byte(verb), raw))
	if c.caps.condstore() {
		cmd += " (CONDSTORE)"
	}
	if err := c.ready(ctx); err == nil {
		c.hidden = false
	}
	c.selected, c.exists, c.modseqs = "", 0, false
	o := opening{Selected: Selected{ReadOnly: readOnly}}
	err := c.run(ctx, exchange{
		depth: 1,
		next: func(b []byte) ([]byte, int, bool) {
			if cmd == "" {
				return b, 0, false
			}
			b = append(b, cmd...)
			cmd = ""
			return b, 0, true
		},
		untagged: func(r response) (bool, error) {
			if equalFold(r.name, "FLAGS") && r.num < 0 {
				o.flags = flagsIn(string(c.p.tail()))
			}
			return false, nil
		},
		status: o.code,
		done: func(_ int, answer StatusError) error {
			o.code(answer)
			return refusal(answer)
		},
	})
	if err != nil {
		return Selected{}, describe(op, err)
	}
	if !o.permanent {
		// RFC 9051 section 6.3.2: if it is missing, all flags are permanent.
		o.Permanent, o.AllowsKeywords = o.flags, true
	}
	o.Exists, o.Messages = c.exists, c.exists
	c.selected, c.readOnly, c.modseqs = raw, o.ReadOnly, o.HighestModSeq > 0
	return o.Selected, nil
}

// opening collects what a server says while it opens a folder.
type opening struct {
	Selected
	flags     []mail.Flag
	permanent bool // PERMANENTFLAGS was there
}

func (o *opening) code(s StatusError) {
	if s.Type != "OK" && s.Type != "NO" {
		return
	}
	n, _ := strconv.ParseUint(s.CodeArg, 10, 64)
	switch s.Code {
	case "UIDVALIDITY":
		o.UIDValidity = clamp32(int64(n))
	case "UIDNEXT":
		o.UIDNext = mail.UID(clamp32(int64(n)))
	case "HIGHESTMODSEQ":
		o.HighestModSeq = n
	case "NOMODSEQ":
		o.HighestModSeq = 0
	case "READ-ONLY":
		o.ReadOnly = true
	case "UIDNOTSTICKY":
		o.UIDNotSticky = true
	case "PERMANENTFLAGS":
		o.permanent = true
		o.Permanent, o.AllowsKeywords = nil, false
		for _, f := range flagsIn(s.CodeArg) {
			if f == `\*` {
				o.AllowsKeywords = true
			} else {
				o.Permanent = append(o.Permanent, f)
			}
		}
	}
}

// maxFlags is how many flags of one list are kept.
const maxFlags = 4096

// flagsIn reads a parenthesized list of flags, whatever bytes they hold.
func flagsIn(s string) []mail.Flag {
	s = strings.TrimSpace(s)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	var out []mail.Flag
	for f := range strings.FieldsSeq(s) {
		if len(out) == maxFlags {
			break
		}
		out = append(out, mail.Flag(f))
	}
	return out
}

// Unselect closes the open folder and expunges nothing.
func (c *Conn) Unselect(ctx context.Context) error {
	if c.selected == "" {
		return nil
	}
	op := fmt.Sprintf("close folder %q", c.selected)
	cmd := "CLOSE"
	switch {
	case c.caps.Has("UNSELECT") || c.caps.Has("IMAP4REV2"):
		cmd = "UNSELECT"
	case !c.readOnly:
		// RFC 9051 section 6.4.1: CLOSE expunges unless the folder is open for reading only.
		if _, err := c.Select(ctx, c.selected, true); err != nil {
			return err
		}
	}
	c.selected = ""
	return describe(op, c.simple(ctx, cmd, nil))
}
