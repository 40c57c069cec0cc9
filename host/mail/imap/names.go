package imap

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// naming translates between the server's spelling of a folder and its Name.
//
//	Raw                          Name            when
//	Archive.2024                 Archive/2024    delim "."
//	INBOX.Archive.2024           Archive/2024    delim ".", prefix "INBOX."
//	Inbox, inbox                 INBOX           always
//	INBOX.INBOX.x                INBOX/x         delim ".", prefix "INBOX."
//	Entw&APw-rfe, Entwürfe       Entwürfe        modified UTF-7, and UTF-8 sent as it is
//	a/b                          a∕b             delim "." (mail.NestedSlash)
//	Backup/ann/Sent              Sent            Root "Backup/ann"
//
// The way back writes modified UTF-7. A Name's mail.NestedSlash stays what it is:
// every server can hold that character, but few take a "/" where it does not
// separate. The account's own spelling of a folder that it has listed goes first;
// see Account.Spell.
type naming struct {
	delim  byte     // 0: folders do not nest
	prefix string   // of the personal namespace (RFC 2342), with its delimiter
	others []string // prefixes of the namespaces of other users and shared folders
	utf8   bool     // names are UTF-8: a server of RFC 9051 only
	root   string   // Raw of Config.Root; "" if there is none
	top    string   // last level of Config.Root
}

// newNaming makes the naming for a root, which is a Name.
func newNaming(prefix string, delim byte, others []string, caps wire.Caps, root string) (naming, error) {
	n := naming{delim: delim, prefix: prefix, utf8: caps.Has("IMAP4REV2") && !caps.Has("IMAP4REV1")}
	for _, o := range others {
		// A prefix that also covers the own folders tells nothing.
		if o != "" && !strings.HasPrefix(prefix, o) {
			n.others = append(n.others, o)
		}
	}
	if root == "" {
		return n, nil
	}
	raw, clean, err := n.raw(root)
	if err != nil {
		return n, err
	}
	levels := mail.Levels(clean)
	n.root, n.top = raw, levels[len(levels)-1]
	return n, nil
}

// foreign reports whether a folder belongs to another user or is shared: what is
// copied is one account.
func (n *naming) foreign(raw string) bool {
	for _, o := range n.others {
		if strings.HasPrefix(raw, o) || n.delim != 0 && raw+string(n.delim) == o {
			return true
		}
	}
	return false
}

// below reports whether raw lies under the Root, or is it (self).
func (n *naming) below(raw string) (below, self bool) {
	if n.root == "" {
		return true, false
	}
	if raw == n.root || mail.IsInbox(raw) && mail.IsInbox(n.root) {
		return true, true
	}
	return n.delim != 0 && strings.HasPrefix(raw, n.root+string(n.delim)), false
}

// name returns the Name of a folder that lies below the Root.
func (n *naming) name(raw string) (string, error) {
	rest := n.stripped(raw)
	if rest == "" {
		return "", errors.New("an empty name")
	}
	var levels []string
	for _, level := range n.split(rest) {
		text, err := n.decode(level)
		if err != nil {
			return "", err
		}
		if text == "" {
			return "", fmt.Errorf("a level of the name %q is empty", raw)
		}
		levels = append(levels, strings.ReplaceAll(text, "/", mail.NestedSlash))
	}
	if len(levels) > maxLevels {
		return "", fmt.Errorf("the name %.100q... has more than %d levels", raw, maxLevels)
	}
	if mail.IsInbox(levels[0]) {
		levels[0] = mail.Inbox
	}
	return strings.Join(levels, "/"), nil
}

// stripped takes off what all Names of the account lack.
func (n *naming) stripped(raw string) string {
	if n.root != "" {
		if _, self := n.below(raw); self {
			return raw // its last level; see Account.Folders
		}
		return raw[len(n.root)+1:]
	}
	if p := len(n.prefix); len(raw) > p && n.hasPrefix(raw) {
		return raw[p:]
	}
	return raw
}

// hasPrefix reports whether raw lies in the personal namespace. The INBOX in its
// prefix may be spelled in any letter case (RFC 9051 section 5.1).
func (n *naming) hasPrefix(raw string) bool {
	head := raw[:min(len(raw), len(n.prefix))]
	if n.delim != 0 && mail.IsInbox(strings.TrimSuffix(n.prefix, string(n.delim))) {
		return strings.EqualFold(head, n.prefix)
	}
	return head == n.prefix
}

func (n *naming) split(raw string) []string {
	if n.delim == 0 {
		return []string{raw}
	}
	// Some servers end the name of a folder that only holds folders so.
	return strings.Split(strings.TrimSuffix(raw, string(n.delim)), string(n.delim))
}

// decode reads one level: modified UTF-7, or UTF-8 as it is.
func (n *naming) decode(level string) (string, error) {
	ascii := strings.IndexFunc(level, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	switch {
	case ascii && !n.utf8:
		return mail.DecodeUTF7(level)
	case !utf8.ValidString(level):
		return "", fmt.Errorf("folder name %q is neither modified UTF-7 nor UTF-8", level)
	}
	return level, nil
}

// raw spells a Name for the server. clean is the Name as a listing will show it.
func (n *naming) raw(name string) (raw, clean string, err error) {
	if !utf8.ValidString(name) {
		return "", "", fmt.Errorf("%.100q is no UTF-8", name)
	}
	if i := strings.IndexFunc(name, unicode.IsControl); i >= 0 {
		return "", "", fmt.Errorf("%.100q holds a control character", name)
	}
	levels := mail.Levels(name)
	if len(levels) > maxLevels {
		return "", "", fmt.Errorf("%.40q... has more than %d levels", name, maxLevels)
	}
	if len(levels) > 1 && n.delim == 0 {
		return "", "", fmt.Errorf("%q has levels, and folders of this server do not nest", name)
	}
	if mail.IsInbox(levels[0]) {
		levels[0] = mail.Inbox
	}
	encoded := make([]string, len(levels))
	for i, level := range levels {
		if level == "" {
			return "", "", fmt.Errorf("a level of %.100q is empty", name)
		}
		if n.delim != 0 && n.delim != '/' {
			level = strings.ReplaceAll(level, string(n.delim), "_")
			levels[i] = level
		}
		encoded[i] = level
		if !n.utf8 {
			encoded[i] = mail.EncodeUTF7(level)
		}
	}
	clean = strings.Join(levels, "/")
	raw = strings.Join(encoded, string(n.delim))
	if n.delim == 0 {
		raw = encoded[0]
	}
	switch {
	case n.root != "" && mail.IsInbox(n.root) && clean == mail.Inbox:
		raw = mail.Inbox
	case n.root != "":
		if n.delim == 0 {
			return "", "", fmt.Errorf("nothing can be below the folder %q, because folders of this server do not nest", n.root)
		}
		raw = n.root + string(n.delim) + raw
	case clean != mail.Inbox:
		raw = n.prefix + raw
	}
	if len(raw) > maxName {
		return "", "", fmt.Errorf("%.40q... is longer than %d bytes", name, maxName)
	}
	return raw, clean, nil
}

const (
	maxName   = 1 << 10 // the limit of package wire; servers allow 255 to 1000 bytes
	maxLevels = 64      // servers that have a limit allow 10 to 20
)

// parents returns the Raws of the folders above raw that can be made, from the
// top. INBOX is there already, and so is the root of the namespace.
func (n *naming) parents(raw string) []string {
	if n.delim == 0 {
		return nil
	}
	var out []string
	start := 0
	if n.hasPrefix(raw) {
		start = len(n.prefix)
	}
	for i := start; i < len(raw); i++ {
		if raw[i] == n.delim && i > start && !mail.IsInbox(raw[:i]) {
			out = append(out, raw[:i])
		}
	}
	return out
}
