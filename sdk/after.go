package sdk

import (
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Copied is a message that was copied. It is valid until the hook returns.
type Copied struct{ message }

// AfterMessage registers what is done about messages that were copied. It is asked at
// least once for each, after a crash too, until it answers [NoOpinion], [Accept] or, not
// wanting this one, [Skip]. Call it from init.
func AfterMessage(fn func(*Copied) Result) {
	guest.Handle(abi.HookAfterMessage, func() int32 { return fn(&Copied{}).finish() })
}

// Stored is the copy: its UID, if the target told it, and its size.
func (*Copied) Stored() *Stored { return &Stored{} }

// OnceKey is the same whenever this message is asked about again, and different for any
// other. Whoever is told twice can know by it.
func (*Copied) OnceKey() string { return text("the key", abi.PropOnceKey) }

// Attempt is how often the hook has failed or deferred before.
func (*Copied) Attempt() int { return int(number("the attempt", abi.PropAttempt)) }

// RetryAfter says, together with [Defer], when to ask again at the earliest.
func (*Copied) RetryAfter(d time.Duration) { guest.RetryAfter(d.Milliseconds()) }
