package wire

import "time"

// Limits bounds what a server can make a connection hold in memory. Fields that
// are 0 get their default.
type Limits struct {
	Line    int   // bytes of one response outside literals; default 1 MiB, and 16 times as much for lists of numbers (SEARCH)
	Nesting int   // depth of parentheses; default 100
	Literal int64 // bytes of one message; a longer one is skipped and reported; default 1 GiB
	Header  int64 // bytes of a header section in a scan; a longer one is skipped and reported; default 1 MiB
	Early   int64 // bytes of a message that arrives before its UID and is held in memory; default 1 MiB
	Name    int   // bytes of a folder name; default 1 KiB
	Folders int   // folders of a listing; default 20,000
	Waste   int64 // bytes of an exchange that are of no use; default 32 MiB

	// Pace is the least number of bytes a second at which an answer that has begun
	// goes on, while it is waited for, in the mean of PaceOver; default 1 KiB and
	// two minutes.
	Pace     int64
	PaceOver time.Duration
}

// searchFactor is how much longer than Limits.Line a response may be that lists
// numbers: 16 MiB hold the UIDs of about 1.5 million messages.
const searchFactor = 16

// applyDefaults fills in what the caller left open.
func (l *Limits) applyDefaults() {
	if l.Line <= 0 {
		l.Line = 1 << 20 // a FETCH line is below 1 kB; 20,000 flags would still fit
	}
	if l.Nesting <= 0 {
		l.Nesting = 100 // MIME trees of real mail stay below 20
	}
	if l.Literal <= 0 {
		l.Literal = 1 << 30 // no provider takes more than 150 MB
	}
	if l.Header <= 0 {
		l.Header = 1 << 20 // servers refuse longer header sections long before
	}
	if l.Early <= 0 {
		l.Early = 1 << 20 // most messages, and nothing that a process would notice
	}
	if l.Name <= 0 {
		l.Name = 1 << 10 // servers allow 255 to 1000 bytes
	}
	if l.Folders <= 0 {
		l.Folders = 20000
	}
	if l.Waste <= 0 {
		l.Waste = 32 << 20 // what other clients do to half a million messages is told in less
	}
	if l.Pace <= 0 {
		l.Pace = 1 << 10 // an analogue modem was faster
	}
	if l.PaceOver <= 0 {
		l.PaceOver = 2 * time.Minute // no shorter than a single wait may be
	}
}
