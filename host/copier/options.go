package copier

import (
	"io"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Options tune the engine. The zero value is ready for use.
type Options struct {
	// Lanes is how many folders are copied at the same time; the default is 2 when
	// both accounts are near and 6 when one is not (see [mail.Distant]). A lane
	// holds one connection to the source and one to the target.
	Lanes int
	// BatchMessages and BatchBytes bound what is appended at once; default 100
	// messages and 1 MiB. The target may ask for less.
	BatchMessages int
	BatchBytes    int64
	// BatchesInFlight is how many batches of a lane wait for their answer at the
	// same time; default 6. They take no memory.
	BatchesInFlight int
	// BytesInFlight bounds the messages that all lanes together hold in memory;
	// default 6 MiB.
	BytesInFlight int64
	// WindowMessages and WindowBytes bound what one FETCH asks for; default 500
	// messages and 32 MiB.
	WindowMessages int
	WindowBytes    int64
	// StreamFrom is the size in bytes from which a message is not gathered into a
	// batch but streamed from one connection to the other; default 256 KiB.
	StreamFrom int64
	// AskFirstFrom is the size in bytes from which a message is downloaded before
	// the envelope filters have let it pass only where these leave hardly any out; default 256 KiB.
	// Smaller ones are where most messages pass.
	AskFirstFrom int64
	// AskAlwaysFrom is the size in bytes from which a message is never downloaded before
	// the envelope filters have let it pass; default 1 MiB.
	AskAlwaysFrom int64
	// SpoolFrom is the size in bytes from which a message that a filter wants to
	// see as a whole goes to a Spool instead of memory; default 4 MiB.
	SpoolFrom int64
	// Spool makes a temporary file for one message. Without it such messages stay
	// in memory, however large.
	Spool func() (Spool, error)

	// Retries is how many times in a row a folder is taken up again after a lost
	// connection without a single message getting through; default 5.
	Retries int
	// RetryAfter is the wait before the first retry; it doubles with each one up
	// to RetryAtMost. Default 1s and 30s.
	RetryAfter, RetryAtMost time.Duration

	// LookAgain is the time between two looks for messages whose append was cut
	// short and that are not at the target: a server may still be storing what it
	// was sent before. They are given up as not stored when two looks in a row find
	// nothing more. Default 3s.
	LookAgain time.Duration

	// ProgressEvery is the shortest time between two progress reports; default 250ms.
	ProgressEvery time.Duration
	// Removal says what a run deletes once everything is copied; default nothing.
	Removal Removal
	// AllowReplace lets hooks have a message at the target deleted that they replace
	// by that of the source, once that is there; default no.
	AllowReplace bool
	// Now is the clock that ages of messages are told by; default time.Now.
	Now func() time.Time

	// RetryOutbox tells recipients at once of what they were told in vain, also of
	// what was given up.
	RetryOutbox bool

	// Pace bounds how fast messages are downloaded, also while a run lasts; nil does not.
	Pace *Pace
	// Only, if there is one, says which folders a run looks at: the others are planned,
	// so that names are settled in the same way, and then left alone. Such a run
	// deletes nothing.
	Only func(source, folder string) bool

	// Overrides are folders that a person has put somewhere by hand: no hook is asked
	// where they go, and an earlier run's place does not count.
	Overrides []task.Override
	// Hold, if there is one, is asked about each folder once it is planned. Its error is
	// why the folder is held, whatever the plan says.
	Hold func(PairPlan) error

	// DryRun makes Run end after the plan. Nothing is created or copied.
	DryRun bool
}

// Spool is a temporary file for one message. Close also removes it.
type Spool interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

func (o *Options) applyDefaults() {
	// A batch costs the target one transaction; beyond about 100 messages there
	// was nothing more to gain on Dovecot and Cyrus.
	setDefault(&o.BatchMessages, 100)
	setDefault(&o.BatchBytes, 1<<20)
	setDefault(&o.BatchesInFlight, 6)
	setDefault(&o.BytesInFlight, 6<<20)
	// 500 UIDs keep the command line short, and a lost connection repeats little.
	setDefault(&o.WindowMessages, 500)
	setDefault(&o.WindowBytes, 32<<20)
	setDefault(&o.StreamFrom, 256<<10)
	// Nearly every message that is not streamed. To ask about a few before the others costs each folder a
	// round trip. An account in which half of the messages are left out loses a few windows before the
	// run has noticed.
	setDefault(&o.AskFirstFrom, 256<<10)
	setDefault(&o.AskAlwaysFrom, 1<<20)
	setDefault(&o.SpoolFrom, 4<<20)
	setDefault(&o.Retries, 5)
	setDefault(&o.RetryAfter, time.Second)
	setDefault(&o.RetryAtMost, 30*time.Second)
	// What can be on its way, a few MiB, is stored within a second.
	setDefault(&o.LookAgain, 3*time.Second)
	setDefault(&o.ProgressEvery, 250*time.Millisecond)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Only != nil {
		o.Removal = Removal{}
	}
}

// How many lanes there are by themselves. Two keep near accounts busy. Far ones
// spend their time waiting for answers, a few for each folder, and six waits at a
// time still leave a person's mail program its share of the connections that
// providers allow (Dovecot: 10, Gmail: 15 for an account).
const (
	nearLanes = 2
	farLanes  = 6
	farFrom   = 5 * time.Millisecond // round trip
)

// settle fills in what depends on how far away the accounts are.
func (o *Options) settle(roundTrip time.Duration) {
	if o.Lanes <= 0 {
		o.Lanes = nearLanes
		if roundTrip >= farFrom {
			o.Lanes = farLanes
		}
	}
	// One batch is filled while another one is written and a third waits for that.
	share := o.laneBytes()
	o.StreamFrom = min(o.StreamFrom, share/3)
	// What passes undecided lies in memory as a whole until it is decided.
	o.AskAlwaysFrom = min(o.AskAlwaysFrom, share)
	o.AskFirstFrom = min(o.AskFirstFrom, o.StreamFrom+1, o.AskAlwaysFrom)
	o.BatchBytes = min(o.BatchBytes, share/3)
}

// crateBytes is the size of the crates that small messages travel in.
func (o *Options) crateBytes() int64 { return max(o.BatchBytes, o.StreamFrom) }

// laneBytes is the share of one lane in BytesInFlight.
func (o *Options) laneBytes() int64 { return max(o.BytesInFlight/int64(o.Lanes), 64<<10) }

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
