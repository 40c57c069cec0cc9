package maildir

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// systemLetters are the flags that Maildir has letters for.
var systemLetters = map[byte]mail.Flag{
	'D': mail.FlagDraft,
	'F': mail.FlagFlagged,
	'R': mail.FlagAnswered,
	'S': mail.FlagSeen,
	'T': mail.FlagDeleted,
}

// splitName cuts the name of a message's file into the part that never changes
// and the letters of its flags.
func splitName(file string) (base, letters string) {
	base, info, _ := strings.Cut(file, ":")
	letters, _ = strings.CutPrefix(info, "2,")
	if len(letters) == len(info) { // other kinds of info have no flags
		letters = ""
	}
	return base, letters
}

// joinName is the reverse of splitName for files in cur.
func joinName(base, letters string) string { return base + ":2," + letters }

// sizeIn returns the number that a base name holds for a key: ",S=123".
func sizeIn(base, key string) (int64, bool) {
	for field := range strings.SplitSeq(base, ",") {
		if digits, ok := strings.CutPrefix(field, key+"="); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}

// lettersOf spells flags. What keywords does not know is left out. Letters of old
// that stand for nothing we know are kept: another program gave them a meaning.
func lettersOf(flags []mail.Flag, keywords []string, old string) string {
	var out []byte
	for letter, flag := range systemLetters {
		if slices.ContainsFunc(flags, func(f mail.Flag) bool { return strings.EqualFold(string(f), string(flag)) }) {
			out = append(out, letter)
		}
	}
	for i, keyword := range keywords {
		if keyword != "" && slices.ContainsFunc(flags, func(f mail.Flag) bool { return strings.EqualFold(string(f), keyword) }) {
			out = append(out, 'a'+byte(i))
		}
	}
	for i := range len(old) {
		if c := old[i]; c >= 'A' && c <= 'Z' && systemLetters[c] == "" {
			out = append(out, c)
		}
	}
	slices.Sort(out) // the order that the Maildir specification asks for
	return string(slices.Compact(out))
}

// flagsOf reads letters. Those that stand for nothing we know are passed over.
func flagsOf(letters string, keywords []string) []mail.Flag {
	flags := make([]mail.Flag, 0, len(letters))
	for i := range len(letters) {
		c := letters[i]
		if flag, ok := systemLetters[c]; ok {
			flags = append(flags, flag)
		} else if k := int(c) - 'a'; k >= 0 && k < len(keywords) && keywords[k] != "" {
			flags = append(flags, mail.Flag(keywords[k]))
		}
	}
	return mail.CleanFlags(flags)
}

// hostName is this machine's name as it may stand in a file name.
var hostName = func() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	return strings.NewReplacer("/", `\057`, ":", `\072`, ",", `\054`).Replace(host)
}()

var delivered atomic.Uint64

// newBase makes a name that no other message anywhere has, without sizes.
func newBase(now time.Time) string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return fmt.Sprintf("%d.M%dP%dQ%dR%s.%s", now.Unix(), now.Nanosecond()/1000, os.Getpid(),
		delivered.Add(1), hex.EncodeToString(random[:]), hostName)
}

// bornAt returns the second that a base name begins with.
func bornAt(base string) (time.Time, bool) {
	digits, _, ok := strings.Cut(base, ".")
	sec, err := strconv.ParseInt(digits, 10, 64)
	return time.Unix(sec, 0), ok && err == nil
}

// compareBorn orders base names by the second of their delivery.
func compareBorn(a, b string) int {
	ta, _ := bornAt(a)
	tb, _ := bornAt(b)
	if c := ta.Compare(tb); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
