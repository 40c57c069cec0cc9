package copier

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Removal says what a run deletes once everything is copied. The zero value
// deletes nothing.
type Removal struct {
	// AtSource deletes messages at the source whose copy was read back from the
	// target in the same run and has the same bytes.
	AtSource bool
	// After is how long ago such a message must have been recorded as copied.
	After time.Duration

	// Sources say it for single sources, by their names: AtSource and After are about
	// those that have no line here.
	Sources map[string]FromSource

	// AtTarget deletes copies of messages that are gone from the source. What the
	// run itself, or an earlier one, deleted at the source does not count as gone.
	AtTarget bool
	// Grace is how long a message must have been missing in all complete listings
	// of its folder; 0 is not at all. See [DefaultGrace].
	Grace time.Duration

	// Limit is how many messages one run may delete; default 10 %.
	Limit Limit
}

// FromSource says what a run deletes at one source.
type FromSource struct {
	Delete bool          // as Removal.AtSource
	After  time.Duration // as Removal.After
}

// of says what is deleted at a source.
func (r Removal) of(source string) FromSource {
	if f, named := r.Sources[source]; named {
		return f
	}
	return FromSource{Delete: r.AtSource, After: r.After}
}

// DefaultGrace is what whoever asks a person takes for Removal.Grace: time to
// notice that messages are missing which should not be.
const DefaultGrace = task.DefaultGrace

// any reports whether anything is to be deleted.
func (r Removal) any() bool { return r.AtTarget || r.anySource() }

func (r Removal) anySource() bool {
	for _, f := range r.Sources {
		if f.Delete {
			return true
		}
	}
	return r.AtSource
}

// Limit bounds how many messages a run deletes on one side: at one source, or at
// the target. It is a share of the messages that the ledger knows as copied in
// the folders looked at, or a number. The zero value is 10 %.
type Limit struct {
	given  bool
	number bool
	n      int64 // messages or per cent
}

const (
	defaultShare = 10
	// fewMessages may always go under a share: of an account with 20 messages 10 %
	// would be 2, and every clean-up would need a person.
	fewMessages = 10
)

// LimitOf is the limit of n messages.
func LimitOf(n int64) Limit { return Limit{given: true, number: true, n: n} }

// ParseLimit reads "25%" or "500".
func ParseLimit(text string) (Limit, error) {
	digits, share := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(digits, 10, 31)
	switch {
	case err != nil:
		return Limit{}, fmt.Errorf("%q is neither a number of messages nor a share such as 10%%", text)
	case share && (n < 1 || n > 100):
		return Limit{}, fmt.Errorf("%q is no share from 1%% to 100%%", text)
	}
	return Limit{given: true, number: !share, n: int64(n)}, nil
}

// String spells the limit as [ParseLimit] reads it.
func (l Limit) String() string {
	switch {
	case !l.given:
		return fmt.Sprintf("%d%%", defaultShare)
	case l.number:
		return strconv.FormatInt(l.n, 10)
	}
	return fmt.Sprintf("%d%%", l.n)
}

// allows reports whether victims of known messages may go.
func (l Limit) allows(victims, known int64) bool {
	switch {
	case !l.given:
		return victims <= max(fewMessages, known*defaultShare/100)
	case l.number:
		return victims <= l.n
	}
	return victims <= max(fewMessages, known*l.n/100)
}

// allowsAll reports whether a side that looks empty may be taken for empty. A
// share does not say so, not even 100 %: whoever gives the number has seen it.
func (l Limit) allowsAll(victims int64) bool { return l.number && victims <= l.n }
