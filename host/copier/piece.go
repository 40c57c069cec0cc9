package copier

import (
	"bytes"
	"io"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// A parcel is a batch on its way.
type parcel struct {
	pieces []*piece
	bytes  int64
	crate  *crate   // of the parcel that is being gathered; nil if nothing is packed
	alone  bool     // nothing else is on its way at the same time
	next   mail.UID // UIDNEXT of the target folder before the append, or less
	// handedOn is closed when the only piece's body, which is still being
	// downloaded, is no longer read; err is what reading or appending it gave.
	handedOn chan struct{}
	err      error
}

// A piece is one message on its way.
type piece struct {
	item
	size        int64 // exact
	flags       []mail.Flag
	base        []mail.Flag // flags at the source
	date        time.Time
	fingerprint [16]byte
	id          [16]byte
	refusal     error      // of this message alone
	candidate   *Candidate // envelope filters have still to be asked about it; see decide

	made    *made // is stored in its place; nil is the message itself
	attempt int   // how many versions of it the target has refused
	refused error // why it refused the last one

	// Where its bytes are: in memory, which may belong to a crate, in a spool, or
	// passing by.
	memory  []byte
	reader  bytes.Reader // of memory
	crate   *crate
	spool   Spool
	passing *witness
}

// body reads what is stored from its beginning. It can be called again, which ends the
// reader of before, unless the message is passing by.
func (pc *piece) body() io.Reader {
	switch {
	case pc.made != nil:
		return pc.made.reader()
	case pc.passing != nil:
		return pc.passing
	case pc.spool != nil:
		return io.NewSectionReader(pc.spool, 0, pc.size)
	}
	pc.reader.Reset(pc.memory)
	return &pc.reader
}

// content is the whole of a message that is not passing by, as the source has it.
func (pc *piece) content() io.ReaderAt {
	if pc.spool != nil {
		return pc.spool
	}
	return bytes.NewReader(pc.memory)
}

// header is the header section of what is stored, unless that is passing by.
func (pc *piece) header() []byte {
	if pc.spool != nil || pc.made != nil {
		return headerOf(pc.body())
	}
	return headerIn(pc.memory)
}

// trouble is what hooks are told of the message when it fails.
func (pc *piece) trouble(stage string) Trouble {
	return Trouble{UID: pc.uid, Size: pc.size, Flags: pc.base, Stage: stage}
}
