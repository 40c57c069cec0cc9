package copier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// Outbox is the part of a [Ledger] that remembers which recipients are still to be
// told of which messages. A delivery is stored in the same commit as the fact that
// its message was copied, so that none is lost whatever breaks; and it is forgotten
// only after its recipient was told, so that some are told twice, under the same key.
type Outbox interface {
	// Identity tells this ledger from all others of its kind, for ever.
	Identity() string

	// Post does what [Ledger.Put] does, and stores deliveries in the same commit.
	// Of those that are there already (the same Plugin, Source, Folder, UIDValidity
	// and UID) only what is known of the copy changes, and an unsure one takes the
	// new State. [DeliveryVoid] removes them.
	Post(ctx context.Context, pair int64, entries []Entry, deliveries []Delivery) error

	// OpenOutbox is for the beginning of a run, when nobody posts: what an earlier
	// run left unsure waits from now on. What was tried in vain, or given up, while
	// the recipient had another digest - or, with again, whatever its digest was -
	// begins anew: it is due, and nothing counts as tried.
	OpenOutbox(ctx context.Context, recipients []Recipient, again bool) error

	// Due returns deliveries to a recipient that wait and whose time has come:
	// those that failed least often first, then in the order in which they were
	// posted.
	Due(ctx context.Context, plugin string, now time.Time, limit int) ([]Delivery, error)

	// Settle stores in one commit what came of deliveries, told by their ID: State,
	// Attempts, Next, Reason and Digest. [DeliveryDone] removes them.
	Settle(ctx context.Context, deliveries []Delivery) error

	// OutboxCounts counts, by Plugin, what waits and what was given up.
	OutboxCounts(ctx context.Context) (map[string]OutboxCount, error)
}

// DeliveryState is where a delivery stands.
type DeliveryState uint8

// The states of a delivery.
const (
	DeliveryUnsure  DeliveryState = 0 // the target said that it has the message; this is being checked
	DeliveryWaiting DeliveryState = 1
	DeliveryGivenUp DeliveryState = 2
	DeliveryDone    DeliveryState = 3 // never stored
	DeliveryVoid    DeliveryState = 4 // never stored: the message was not copied after all
)

// Delivery is a copied message that one recipient is to be told of.
type Delivery struct {
	ID     int64 // the outbox gives it
	Plugin string

	// The message at the source.
	Source      string
	Folder      string // mail.Folder.Raw
	UIDValidity uint32
	UID         mail.UID
	FolderName  string
	FolderUse   mail.Use
	Size        int64

	// What was stored, and where.
	Target         string // mail.Folder.Name
	TargetValidity uint32
	TargetUID      mail.UID // 0 when the target does not tell
	Stored         int64    // bytes
	Rewritten      bool     // they are not those of the source
	Date           time.Time
	Flags          []mail.Flag

	State    DeliveryState
	Attempts int       // that failed
	Next     time.Time // not before; in milliseconds
	Reason   string    // why the last attempt failed
	Digest   string    // of the recipient with which it was tried last
}

// OutboxCount says how many deliveries are not done.
type OutboxCount struct{ Waiting, GivenUp int64 }

// onceKey is [Copied.Key]. Every part of it is the same in a later run.
func onceKey(identity string, d *Delivery) string {
	h := sha256.New()
	for _, part := range []string{identity, d.Plugin, d.Source, d.Folder} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	fmt.Fprintf(h, "%d.%d", d.UIDValidity, d.UID)
	return "mw-" + hex.EncodeToString(h.Sum(nil)[:20])
}

// wait is how long after its n-th failure, counted from 1, a delivery is tried
// again.
var retryWaits = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// MaxDeliveryAttempts is how often a recipient is told of a message in vain before
// that is given up; spread over runs, at least five days pass.
const MaxDeliveryAttempts = 12

// The bounds of what a recipient can ask for.
const (
	shortestRetry = time.Second
	longestRetry  = 30 * 24 * time.Hour
)

// failed notes that an attempt came to nothing and decides what becomes of the
// delivery.
func (d *Delivery) failed(now time.Time, after time.Duration, reason, digest string) {
	d.Attempts++
	d.Reason, d.Digest = reason, digest
	if d.Attempts >= MaxDeliveryAttempts {
		d.giveUp(reason, digest)
		return
	}
	if after <= 0 {
		after = retryWaits[min(d.Attempts, len(retryWaits))-1]
	}
	d.Next = now.Add(min(max(after, shortestRetry), longestRetry)).Truncate(time.Millisecond)
}

func (d *Delivery) giveUp(reason, digest string) {
	d.State, d.Reason, d.Digest = DeliveryGivenUp, reason, digest
}
