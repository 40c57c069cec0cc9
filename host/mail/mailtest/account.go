package mailtest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Account is what an account holds: its folders by name, and in each the messages
// in the order of their UIDs. What the names look like is said by the function
// that returns the account.
type Account map[string][]Mail

// Mail is one message with everything that a copy has to keep.
type Mail struct {
	UID   uint32   // 0 when the message has none yet
	Flags []string // without \Recent
	Date  time.Time
	Body  []byte // the whole message, header and all
}

// Messages counts the messages of all folders.
func (a Account) Messages() int {
	n := 0
	for _, mails := range a {
		n += len(mails)
	}
	return n
}

// WithLastLineEnds returns the account as Courier 5.0.13 stores it: a message whose
// last line has no end gets one.
func (a Account) WithLastLineEnds() Account {
	out := make(Account, len(a))
	for folder, mails := range a {
		mails = slices.Clone(mails)
		for i, m := range mails {
			if !bytes.HasSuffix(m.Body, []byte("\n")) {
				mails[i].Body = append(slices.Clone(m.Body), "\r\n"...)
			}
		}
		out[folder] = mails
	}
	return out
}

// WithMungedHeaders returns the account as Cyrus 3.6.1 stores it unless it is told
// otherwise: every 8-bit byte of a header becomes "X".
func (a Account) WithMungedHeaders() Account {
	out := make(Account, len(a))
	for folder, mails := range a {
		mails = slices.Clone(mails)
		for i, m := range mails {
			body := slices.Clone(m.Body)
			end := bytes.Index(body, []byte("\r\n\r\n"))
			if end < 0 {
				end = len(body)
			}
			for k, b := range body[:end] {
				if b >= 0x80 {
					body[k] = 'X'
				}
			}
			mails[i].Body = body
		}
		out[folder] = mails
	}
	return out
}

// Folders returns the names in ascending order, INBOX first.
func (a Account) Folders() []string {
	names := slices.Collect(maps.Keys(a))
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(boolOrder(x == "INBOX", y == "INBOX"), strings.Compare(x, y))
	})
	return names
}

// boolOrder puts true first.
func boolOrder(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// identity is what two messages must share to be the same: their bytes, their set
// of flags and the instant of their date.
type identity struct {
	body  [sha256.Size]byte
	flags string
	date  int64
}

func (m Mail) identity() identity {
	flags := make([]string, 0, len(m.Flags))
	for _, f := range m.Flags {
		if f = strings.ToLower(f); f != `\recent` {
			flags = append(flags, f)
		}
	}
	slices.Sort(flags)
	return identity{sha256.Sum256(m.Body), strings.Join(slices.Compact(flags), " "), m.Date.Unix()}
}

// String describes a message in one line.
func (m Mail) String() string {
	subject, _, _ := bytes.Cut(m.Body, []byte("\r\n"))
	for line := range bytes.Lines(m.Body) {
		if len(line) > 8 && strings.EqualFold(string(line[:8]), "Subject:") {
			subject = bytes.TrimSpace(line)
			break
		}
	}
	return fmt.Sprintf("UID %d, %d bytes, sha256 %.8x, %s, %v, %.60q",
		m.UID, len(m.Body), sha256.Sum256(m.Body), m.Date.UTC().Format(time.DateTime), m.Flags, subject)
}

// Diff compares two accounts folder by folder as multisets of bytes, flags and
// dates: UIDs and order do not count, how often a message is there does. It
// returns "" when they are equal, and otherwise says for each folder what is
// missing, extra or different, with the first examples.
func Diff(want, got Account) string {
	var out strings.Builder
	all := maps.Clone(want)
	if all == nil {
		all = Account{}
	}
	maps.Copy(all, got)
	for _, folder := range all.Folders() {
		mails, ok := want[folder]
		if !ok {
			fmt.Fprintf(&out, "%q: extra folder with %d messages\n", folder, len(got[folder]))
			continue
		}
		if _, ok := got[folder]; !ok {
			fmt.Fprintf(&out, "%q: missing folder with %d messages\n", folder, len(mails))
			continue
		}
		diffFolder(&out, folder, mails, got[folder])
	}
	return out.String()
}

func diffFolder(out *strings.Builder, folder string, want, got []Mail) {
	missing, extra := unmatched(want, got), unmatched(got, want)
	if len(missing)+len(extra) == 0 {
		return
	}
	fmt.Fprintf(out, "%q: %d messages wanted, %d there; %d missing, %d extra\n",
		folder, len(want), len(got), len(missing), len(extra))
	for i, m := range missing {
		if i == maxExamples {
			fmt.Fprintf(out, "  and %d more missing\n", len(missing)-i)
			break
		}
		fmt.Fprintf(out, "  missing: %v\n", m)
		twin := slices.IndexFunc(extra, func(e Mail) bool { return bytes.Equal(e.Body, m.Body) })
		if twin >= 0 {
			fmt.Fprintf(out, "  instead: %v\n", extra[twin])
			extra = slices.Delete(slices.Clone(extra), twin, twin+1)
		}
	}
	for i, m := range extra {
		if i == maxExamples {
			fmt.Fprintf(out, "  and %d more extra\n", len(extra)-i)
			break
		}
		fmt.Fprintf(out, "  extra:   %v\n", m)
	}
}

// maxExamples keeps the report of a wholly different folder readable.
const maxExamples = 5

// unmatched returns the messages of a that b has no partner for.
func unmatched(a, b []Mail) []Mail {
	partners := map[identity]int{}
	for _, m := range b {
		partners[m.identity()]++
	}
	var out []Mail
	for _, m := range a {
		id := m.identity()
		if partners[id] > 0 {
			partners[id]--
			continue
		}
		out = append(out, m)
	}
	return out
}
