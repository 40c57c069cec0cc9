package sdk

import (
	"io"
	"iter"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Message is a message of a source, on its way to the target. It is valid until
// the hook returns.
type Message struct{ message }

// message is what can be read of a message, in every hook about one.
type message struct{}

// Source is the name of the source within the task.
func (*message) Source() string { return text("the source", abi.PropSource) }

// Folder is the name of the folder that holds the message at the source.
func (*message) Folder() string { return text("the folder", abi.PropFolder) }

// FolderUse is that folder's special use without backslash, such as "Sent", or "".
func (*message) FolderUse() string { return text("the special use", abi.PropUse) }

// Target is the folder that the message would go to, as the plugins before left it.
func (*message) Target() string { return text("the target", abi.PropTarget) }

// UID is the message's UID at the source.
func (*message) UID() uint32 { return uint32(number("the UID", abi.PropUID)) }

// Size is the message's length in bytes. Before the download some servers only
// estimate it.
func (*message) Size() int64 { return number("the size", abi.PropSize) }

// Date is the internal date, which is when the message arrived. It is the zero
// time when the source does not know.
func (*message) Date() time.Time { return date(abi.PropDate, abi.PropZone) }

func date(id, zoneID int32) time.Time {
	seconds, known := guest.Number("the date", id)
	if !known {
		return time.Time{}
	}
	zone := number("the zone", zoneID) - abi.ZoneBias
	return time.Unix(seconds-abi.DateEpoch, 0).In(time.FixedZone("", int(zone)*60))
}

// Has reports whether the message has a flag: a system flag such as [Seen], or a
// keyword such as "$Forwarded", in any letter case.
func (*message) Has(flag string) bool { return ofMessage.has(flag) }

// Flags returns all flags, the system flags first.
func (*message) Flags() []string { return ofMessage.list() }

// Header returns the first header field with this name, in any letter case,
// unfolded and decoded to UTF-8. It is "" when there is none. This and the other
// methods for headers take needs "headers" in plugin.json.
func (*message) Header(name string) string {
	value, _ := guest.Header(name, 0, abi.HeaderDecoded)
	return value
}

// HasHeader reports whether there is a header field with this name.
func (*message) HasHeader(name string) bool { return guest.HasHeader(name) }

// Headers yields all header fields with this name, from the top, as [Message.Header]
// returns them.
func (*message) Headers(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; ; i++ {
			value, ok := guest.Header(name, i, abi.HeaderDecoded)
			if !ok || !yield(value) {
				return
			}
		}
	}
}

// RawHeader returns the first header field with this name as it was sent, without
// name and colon, still folded and encoded.
func (*message) RawHeader(name string) string {
	value, _ := guest.Header(name, 0, abi.HeaderRaw)
	return value
}

// HeaderNames yields the names of all header fields, from the top.
func (*message) HeaderNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; ; i++ {
			name, ok := guest.HeaderName(i)
			if !ok || !yield(name) {
				return
			}
		}
	}
}

// HeaderSection reads the whole header section as it was sent.
func (*message) HeaderSection() io.Reader { return &reader{at: guest.RawHeader} }

// Hash is the SHA-256 of the message as [Message.Body] gives it, in hexadecimal digits. The
// message has to be here, see [Message.Body].
func (*message) Hash() string { return text("the hash", abi.PropHash) }

// Body reads the whole message as it was sent, header section included. It takes
// needs "body" in plugin.json and a hook that is asked when the message is here:
// [FilterMessage], [RewriteMessage], [AfterMessage]. Large reads are best: each one is
// a call into the host.
func (*message) Body() io.Reader { return &reader{at: guest.Body} }

// reader reads bytes from an offset that moves on.
type reader struct {
	at     func(offset int64, p []byte) int
	offset int64
}

func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n := r.at(r.offset, p)
	if n == 0 {
		return 0, io.EOF
	}
	r.offset += int64(n)
	return n, nil
}

// Note sets the reason that the report shows.
func (*message) Note(reason string) { guest.Note(reason) }

// SetTarget changes the folder that the message goes to. A name that can not be
// makes the hook fail, see [Folder.SetTarget].
func (*Message) SetTarget(name string) { guest.SetFolder(name) }

// AddFlags adds flags to the copy. A flag that IMAP can not store makes the hook fail.
func (*Message) AddFlags(flags ...string) { guest.Flags(abi.FlagsAdd, flags) }

// RemoveFlags removes flags from the copy.
func (*Message) RemoveFlags(flags ...string) { guest.Flags(abi.FlagsRemove, flags) }

// SetFlags gives the copy these flags and no others.
func (*Message) SetFlags(flags ...string) { guest.Flags(abi.FlagsReplace, flags) }

// SetDate changes the internal date of the copy.
func (*Message) SetDate(t time.Time) {
	_, offset := t.Zone()
	guest.SetDate(t.Unix(), int32(offset/60))
}
