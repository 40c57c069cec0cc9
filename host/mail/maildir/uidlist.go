package maildir

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// uidList is the content of a dovecot-uidlist file, version 3:
//
//	3 V1795465629 N3 G878b3b2e9da1046b9f58000083ecc375
//	1 :1795465629.M794295P22687.vm,S=8,W=10
//	2 W12 :1795465629.M796771P22687.vm,S=9
//
// The header has the UIDVALIDITY (V) and the next UID (N), which may lag behind:
// lines are appended without touching it. A line is a UID, fields that only
// Dovecot cares for, and the base name of the file. UIDs ascend. Lines of files
// that are gone stay until someone writes the list anew.
type uidList struct {
	validity uint32
	next     mail.UID
	extra    string // fields of the header that are Dovecot's, each with a space before it
	entries  []uidEntry
	torn     bool // the last line is incomplete: a writer crashed
}

type uidEntry struct {
	uid   mail.UID
	extra string // fields that are Dovecot's, each with a space before it
	base  string
}

const uidListName = "dovecot-uidlist"

// parseUIDList reads the file. An error names the line; a list that is wrong in
// the middle is refused rather than mended, because a file that lost its UID
// would look like a new message.
func parseUIDList(text string) (*uidList, error) {
	complete := strings.LastIndexByte(text, '\n') + 1
	l := &uidList{next: 1, torn: complete < len(text)}
	n := 0
	for line := range strings.Lines(text[:complete]) {
		n++
		line = strings.TrimSuffix(line, "\n")
		parse := l.parseEntry
		if n == 1 {
			parse = l.parseHeader
		}
		if err := parse(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w (without this file the folder gets new UIDs)", uidListName, n, err)
		}
	}
	if l.validity == 0 {
		return nil, fmt.Errorf("%s: no header (without this file the folder gets new UIDs)", uidListName)
	}
	return l, nil
}

func (l *uidList) parseHeader(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	if version != "3" {
		return fmt.Errorf("version %.20q, want 3", version)
	}
	for field := range strings.SplitSeq(rest, " ") {
		if field == "" {
			continue
		}
		switch field[0] {
		case 'V':
			n, err := strconv.ParseUint(field[1:], 10, 32)
			if err != nil || n == 0 {
				return fmt.Errorf("UIDVALIDITY %.20q", field[1:])
			}
			l.validity = uint32(n)
		case 'N':
			uid, err := parseUID(field[1:])
			if err != nil {
				return fmt.Errorf("next UID: %w", err)
			}
			l.next = max(l.next, uid)
		default:
			l.extra += " " + field
		}
	}
	if l.validity == 0 {
		return errors.New("no UIDVALIDITY")
	}
	return nil
}

func (l *uidList) parseEntry(line string) error {
	fields, file, _ := strings.Cut(line, ":")
	base, _ := splitName(file)
	if base == "" {
		return errors.New("no file name")
	}
	digits, extra, _ := strings.Cut(strings.TrimRight(fields, " "), " ")
	uid, err := parseUID(digits)
	if err != nil {
		return err
	}
	if n := len(l.entries); n > 0 && uid <= l.entries[n-1].uid {
		return fmt.Errorf("UID %d after %d", uid, l.entries[n-1].uid)
	}
	if uid == lastUID {
		return fmt.Errorf("UID %d leaves no next one", uid)
	}
	if extra != "" {
		extra = " " + extra
	}
	l.entries = append(l.entries, uidEntry{uid, extra, base})
	l.next = max(l.next, uid+1)
	return nil
}

const lastUID = mail.UID(1<<32 - 1)

func parseUID(digits string) (mail.UID, error) {
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%.20q is no UID", digits)
	}
	return mail.UID(n), nil
}

// add gives the next UIDs to bases and returns their lines.
func (l *uidList) add(bases []string) (uids []mail.UID, lines string, err error) {
	if uint64(l.next)+uint64(len(bases)) > uint64(lastUID) {
		return nil, "", errors.New("the folder has used up its UIDs")
	}
	var out strings.Builder
	for _, base := range bases {
		e := uidEntry{uid: l.next, base: base}
		l.next++
		l.entries = append(l.entries, e)
		uids = append(uids, e.uid)
		e.write(&out)
	}
	return uids, out.String(), nil
}

func (e uidEntry) write(out *strings.Builder) {
	fmt.Fprintf(out, "%d%s :%s\n", e.uid, e.extra, e.base)
}

// String spells the whole file.
func (l *uidList) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "3 V%d N%d%s\n", l.validity, l.next, l.extra)
	for _, e := range l.entries {
		e.write(&out)
	}
	return out.String()
}
