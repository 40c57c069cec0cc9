package mail

import "strings"

// Inbox is the Name of the folder that every account has (RFC 9051 section 5.1).
const Inbox = "INBOX"

// NestedSlash stands for a "/" that is part of one level's name on a server
// whose hierarchy delimiter is another character.
const NestedSlash = "\u2215"

// Use is a special use of a folder (RFC 6154), without the backslash: "Sent",
// "Trash" and so on. Empty means an ordinary folder.
type Use string

// The uses that are recognised on both sides (RFC 6154 section 2).
const (
	UseNone    Use = ""
	UseAll     Use = "All"
	UseArchive Use = "Archive"
	UseDrafts  Use = "Drafts"
	UseFlagged Use = "Flagged"
	UseJunk    Use = "Junk"
	UseSent    Use = "Sent"
	UseTrash   Use = "Trash"
)

// Folder is one folder as its account lists it.
type Folder struct {
	Name       string // UTF-8, levels separated by "/"; unique within a listing unless Fault is set
	Raw        string // the server's own spelling, sent back byte for byte
	Use        Use
	Selectable bool // false for \Noselect and \NonExistent: holds no messages
	Subscribed bool
	NoChildren bool    // \Noinferiors: no folder can be made below it
	Status     *Status // as the listing knew it; nil when the listing did not say
	Fault      string  // why this folder can not be used (a name that can not be decoded, say); empty if it can
}

// Status is the state of a folder that tells whether anything changed in it
// (RFC 9051 section 6.3.11, RFC 7162 section 3.1.2.1).
type Status struct {
	UIDValidity   uint32
	UIDNext       UID // 0 when the server does not say
	Messages      uint32
	HighestModSeq uint64 // 0 when the server keeps no mod-sequences for the folder
}

// Levels splits a Name at "/".
func Levels(name string) []string { return strings.Split(name, "/") }

// Parent returns the Name one level up, or "" for a top-level folder.
func Parent(name string) string {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return ""
	}
	return name[:i]
}

// IsInbox reports whether name is INBOX in any letter case (RFC 9051 section 5.1).
func IsInbox(name string) bool { return strings.EqualFold(name, Inbox) }
