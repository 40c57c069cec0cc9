package maildir

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mailweir/mailweir/host/mail"
)

// maxName is the longest name of a directory on every usual file system.
const maxName = 255

// rawInbox is the Raw of INBOX, which is the tree itself. Every other folder's
// Raw is the name of its directory, which begins with a dot.
const rawInbox = mail.Inbox

// spell returns the folder's Name in this tree and its Raw.
func spell(name string) (shown, raw string, err error) {
	if mail.IsInbox(name) {
		return mail.Inbox, rawInbox, nil
	}
	if !utf8.ValidString(name) {
		return "", "", errors.New("not UTF-8")
	}
	levels := mail.Levels(name)
	for i, level := range levels {
		if level == "" {
			return "", "", errors.New("empty level")
		}
		if strings.ContainsFunc(level, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", "", errors.New("control character")
		}
		levels[i] = strings.ReplaceAll(level, ".", "_")
		raw += "." + mail.EncodeUTF7(levels[i])
	}
	if len(raw) > maxName {
		return "", "", fmt.Errorf("%d bytes long on disk, %d fit", len(raw), maxName)
	}
	return strings.Join(levels, "/"), raw, nil
}

// parseRaw returns the Name of a directory below the tree.
func parseRaw(raw string) (name string, err error) {
	rest, ok := strings.CutPrefix(raw, ".")
	if !ok {
		return "", errors.New("does not begin with a dot")
	}
	levels := strings.Split(rest, ".")
	for i, level := range levels {
		text := level
		if !isUTF8Name(level) {
			if text, err = mail.DecodeUTF7(level); err != nil {
				return "", err
			}
		}
		if text == "" {
			return "", errors.New("empty level")
		}
		levels[i] = strings.ReplaceAll(text, "/", mail.NestedSlash)
	}
	return strings.Join(levels, "/"), nil
}

// isUTF8Name reports whether s is spelled in UTF-8: modified UTF-7 has no bytes
// beyond ASCII.
func isUTF8Name(s string) bool {
	return utf8.ValidString(s) && strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
