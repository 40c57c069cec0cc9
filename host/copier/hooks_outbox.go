package copier

import (
	"context"
	"io"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// HookAfterMessage is asked about each message that was copied.
const HookAfterMessage HookKind = "after_message"

// OutboxHooks are told of messages that have been copied, see [Outbox]. Whatever
// they answer, the copy stands.
type OutboxHooks interface {
	// Recipients are the plugins that want to be told, each independently of the
	// others.
	Recipients() []Recipient

	// AfterMessage tells one recipient of a message. An error, as a deferral,
	// means that it is told again later.
	AfterMessage(ctx context.Context, recipient string, m *Copied) (DeliveryAnswer, error)
}

// Recipient is a plugin that is told of copied messages.
type Recipient struct {
	ID     string // its identity in the outbox; stays the same when the plugin or its configuration changes
	Digest string // of the plugin with its configuration; another one gives what was given up another chance
	Needs  Needs
}

// Needs is how much of a message a recipient looks at. What nobody needs is not
// downloaded.
type Needs uint8

// The needs, from little to much.
const (
	NeedsEnvelope Needs = iota // what the ledger knows
	NeedsHeader                // the header section
	NeedsBody                  // the whole message
)

// Copied is a message that was copied, as a recipient is told of it.
type Copied struct {
	Delivery
	// Key is the same whenever this recipient is told of this message, and for no
	// other.
	Key string
	// Message is what was stored: UID and, unless something was rewritten, Size are
	// those of the source; Header is set if the recipient needs it.
	Message mail.Message
	Body    io.ReaderAt // Message.Size bytes; nil unless the recipient needs it
}

// DeliveryAnswer is what a recipient says to a message. [ActionPass] means that it
// was told, [ActionSkip] that it does not want to be told of this one, and
// [ActionDefer] that it wants to be told again.
type DeliveryAnswer struct {
	Action Action
	After  time.Duration // with ActionDefer: when to tell it again at the earliest; 0 leaves it to the host
	Note   string
}

func (noHooks) Recipients() []Recipient { return nil }

func (noHooks) AfterMessage(context.Context, string, *Copied) (DeliveryAnswer, error) {
	return DeliveryAnswer{}, nil
}
