package plugin

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// question is what a hook is asked about. The effects of each plugin are merged
// into it, so that the next one of the chain sees them.
type question struct {
	hook   string
	source string
	folder mail.Folder
	target string

	// The rest is set for hooks about a message; map_flags has flags.
	message *mail.Message
	flags   []mail.Flag // from mail.CleanFlags
	date    time.Time
	header  *header
	head    header      // where header points to for filters
	body    io.ReaderAt // nil before the download

	storing
	occasion occasion
	contract *contract // of hook; set when the question is put
}

// effects is what a hook staged during one call.
type effects struct {
	folder string // "" leaves it
	flags  []mail.Flag
	reflag bool // flags counts, even when it is empty
	date   time.Time
	note   string

	storingEffects

	retryAfter time.Duration // 0 leaves it to the host
}

// apply merges e into q and reports whether that changed anything.
func (q *question) apply(e effects) bool {
	changed := false
	if e.folder != "" && e.folder != q.target {
		q.target, changed = e.folder, true
	}
	if e.reflag && !mail.SameFlags(e.flags, q.flags) {
		q.flags, changed = e.flags, true
	}
	if !e.date.IsZero() && !sameDate(e.date, q.date) {
		q.date, changed = e.date, true
	}
	return q.applyStoring(&e.storingEffects) || changed
}

// sameDate also compares the zones, which IMAP stores.
func sameDate(a, b time.Time) bool {
	_, za := a.Zone()
	_, zb := b.Zone()
	return a.Equal(b) && za == zb
}

// isFilter reports whether the question is about a message.
func (q *question) isFilter() bool { return q.message != nil }

// folderName checks a folder name that a plugin gave and returns it as the engine
// spells it.
func folderName(name string) (string, error) {
	if err := abi.CheckFolderName(name); err != nil {
		return "", err
	}
	if mail.IsInbox(name) {
		return mail.Inbox, nil
	}
	return name, nil
}

// changeFlags applies one operation of the import flags to have, which is from
// mail.CleanFlags, as the result is.
func changeFlags(have []mail.Flag, op int32, list string) ([]mail.Flag, error) {
	var named []mail.Flag
	for word := range strings.FieldsSeq(list) {
		f := mail.Flag(word)
		if !f.Valid() {
			return nil, fmt.Errorf("the flag %q, which can not be stored", word)
		}
		named = append(named, f)
	}
	switch op {
	case abi.FlagsAdd:
		return mail.CleanFlags(append(slices.Clone(have), named...)), nil
	case abi.FlagsRemove:
		return slices.DeleteFunc(slices.Clone(have), func(f mail.Flag) bool {
			return slices.ContainsFunc(named, func(n mail.Flag) bool { return strings.EqualFold(string(f), string(n)) })
		}), nil
	case abi.FlagsReplace:
		return mail.CleanFlags(named), nil
	}
	return nil, fmt.Errorf("the operation %d on flags, which is not known", op)
}

// internalDate checks a date that a plugin gave.
func internalDate(unix int64, zone int32) (time.Time, error) {
	// RFC 9051 section 9: date-time has a year of four digits and a zone of hours
	// and minutes.
	const first, last = -2_208_988_800, 253_402_300_799 // the years 1900 to 9999
	if unix < first || unix > last || zone <= -24*60 || zone >= 24*60 {
		return time.Time{}, fmt.Errorf("a date that can not be stored (%d seconds, zone %d minutes)", unix, zone)
	}
	return time.Unix(unix, 0).In(time.FixedZone("", int(zone)*60)), nil
}

// tidyText makes a plugin's text fit for one line of a report: valid UTF-8, no
// control characters, at most limit bytes.
func tidyText(b []byte, limit int) string {
	if len(b) > limit {
		b = b[:limit]
		// A rune that the cut went through goes as a whole.
		for range utf8.UTFMax - 1 {
			if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
				break
			}
			b = b[:len(b)-1]
		}
	}
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
	return strings.TrimSpace(s)
}
