package sdk

import (
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Key is a message of which it is asked what makes it the same as another one. It is
// valid until the hook returns.
type Key struct{ message }

// MessageKey registers what makes two messages the same one. It is asked where a task
// looks for what the target has already, for messages of both sides; the header section
// is here, with needs "headers". Call it from init.
func MessageKey(fn func(*Key) Opinion) {
	guest.Handle(abi.HookMessageKey, func() int32 { return fn(&Key{}).finish() })
}

// AtTarget reports whether the message is one of the target.
func (*Key) AtTarget() bool { return number("the side", abi.PropSide) == 1 }

// Set says what makes the message the same as another one: at most 512 bytes. An empty
// key leaves it to mailweir.
func (*Key) Set(key string) { guest.SetKey(key) }

// Conflict is a message that the target has already, but not quite the same. It is
// valid until the hook returns.
type Conflict struct{ message }

// OnConflict registers what decides about such messages. Without an opinion the message
// counts as present. Call it from init.
func OnConflict(fn func(*Conflict) ConflictResult) {
	guest.Handle(abi.HookOnConflict, func() int32 { return fn(&Conflict{}).finish() })
}

// There is the message at the target.
func (*Conflict) There() *Stored { return &Stored{} }

// Stored is a message at the target.
type Stored struct{}

// UID is its UID, if that is known.
func (*Stored) UID() (uid uint32, known bool) {
	n, known := guest.Number("the UID at the target", abi.PropTargetUID)
	return uint32(n), known
}

// UIDValidity is that of its folder, if it is known.
func (*Stored) UIDValidity() (n uint32, known bool) {
	v, known := guest.Number("the UIDVALIDITY of the target", abi.PropTargetUIDValidity)
	return uint32(v), known
}

// Size is its length in bytes.
func (*Stored) Size() int64 { return number("the size at the target", abi.PropTargetSize) }

// Date is its internal date, or the zero time; in [OnConflict] only.
func (*Stored) Date() time.Time { return date(abi.PropTargetDate, abi.PropTargetZone) }

// Has reports whether it has a flag, see [Message.Has]; in [OnConflict] only.
func (*Stored) Has(flag string) bool { return ofStored.has(flag) }

// Flags returns its flags, the system flags first; in [OnConflict] only.
func (*Stored) Flags() []string { return ofStored.list() }

type conflictAnswer struct{ *answer }

func (conflictAnswer) isConflictResult() {}

// Copy copies the message beside the one that is there.
func Copy(reason string) ConflictResult { return conflictAnswer{&answer{abi.ResultCopy, reason}} }

// Replace copies the message, and deletes the one that is there when that is done.
func Replace(reason string) ConflictResult {
	return conflictAnswer{&answer{abi.ResultReplace, reason}}
}
