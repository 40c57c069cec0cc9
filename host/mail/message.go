package mail

import (
	"io"
	"slices"
	"strings"
	"time"
)

// Message is what a folder tells about one of its messages. Only the fields that
// were asked for by [Items] are set, besides UID.
type Message struct {
	UID          UID
	Flags        []Flag    // as the server sent them; see [CleanFlags]
	InternalDate time.Time // second precision with the zone the server sent; zero when it sent none that can be read
	// Size is the length of the message in bytes. From Scan it is RFC822.SIZE,
	// which some servers estimate; from Fetch it is the exact length of the body.
	Size   int64
	ModSeq uint64
	Header []byte // the header section, or the fields asked for, as sent, with the empty line at the end
}

// Items says what a scan asks of each message.
type Items uint8

// The items of a scan. UID always comes along.
const (
	ItemFlags Items = 1 << iota
	ItemDate
	ItemSize
	ItemModSeq
	ItemHeader // the whole header section, or the fields named in ScanOptions
)

// ScanOptions says which messages a scan covers and what it asks of them.
type ScanOptions struct {
	Items  Items
	Fields []string // with ItemHeader: only these header fields; nil is the whole header
	// ChangedSince limits the scan to messages whose mod-sequence is greater
	// (RFC 7162 section 3.1.4.1). 0 scans all. Stores whose Status has no
	// HighestModSeq ignore it.
	ChangedSince uint64
}

// Upload is one message on its way into a folder.
type Upload struct {
	Flags        []Flag    // from [CleanFlags]
	InternalDate time.Time // zero leaves the date to the server
	Size         int64     // exact length of Body in bytes
	Body         io.Reader // read once, in order, exactly Size bytes
}

// FlagChange adds and removes flags of several messages. Flags in neither list stay
// as they are.
type FlagChange struct {
	UIDs        UIDSet
	Add, Remove []Flag // from [CleanFlags]; no flag is in both
}

// Removes reports whether f is among the flags that are removed.
func (c FlagChange) Removes(f Flag) bool {
	return slices.ContainsFunc(c.Remove, func(r Flag) bool { return strings.EqualFold(string(r), string(f)) })
}
