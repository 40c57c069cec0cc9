package sdk

import (
	"io"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Rewrite is a message that can be changed before it is stored. It is valid until the
// hook returns.
type Rewrite struct{ message }

// RewriteMessage registers what changes messages. It is asked after the filters, and
// again when the target has refused what it made, see [Rewrite.Attempt]. Without a
// change the message is stored byte for byte. Call it from init.
func RewriteMessage(fn func(*Rewrite) Result) {
	guest.Handle(abi.HookRewriteMessage, func() int32 { return fn(&Rewrite{}).finish() })
}

// Attempt is how many versions of the message the target has refused.
func (*Rewrite) Attempt() int { return int(number("the attempt", abi.PropAttempt)) }

// Refusal is what the target answered to the last version, or "".
func (*Rewrite) Refusal() string { return text("the refusal", abi.PropError) }

// SetHeader replaces the first header field of this name and removes the others; when
// there is none, one is added on top. The value is UTF-8; it is encoded and folded as
// mail needs it. Everything else stays byte for byte.
func (*Rewrite) SetHeader(name, value string) { guest.HeaderPut(abi.HeaderSet, name, value) }

// AddHeader adds a header field on top.
func (*Rewrite) AddHeader(name, value string) { guest.HeaderPut(abi.HeaderAdd, name, value) }

// RemoveHeader removes all header fields of this name.
func (*Rewrite) RemoveHeader(name string) { guest.HeaderPut(abi.HeaderRemove, name, "") }

// Writer takes a whole new message, with CR LF at the end of each line, that is stored
// in place of this one. It never returns an error: what can not be makes the hook fail.
// Few large writes are best.
func (*Rewrite) Writer() io.Writer { return outWriter{} }

type outWriter struct{}

func (outWriter) Write(p []byte) (int, error) {
	guest.OutWrite(p)
	return len(p), nil
}
