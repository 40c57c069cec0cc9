package sdk

import (
	"iter"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// The system flags of IMAP (RFC 9051 section 2.3.2).
const (
	Seen     = `\Seen`
	Answered = `\Answered`
	Flagged  = `\Flagged`
	Deleted  = `\Deleted`
	Draft    = `\Draft`
)

var systemFlags = []struct {
	name string
	bit  int64
}{
	{Seen, abi.FlagSeen},
	{Answered, abi.FlagAnswered},
	{Flagged, abi.FlagFlagged},
	{Deleted, abi.FlagDeleted},
	{Draft, abi.FlagDraft},
}

// flagProps are the properties that hold the flags of something.
type flagProps struct{ bits, keywords, keyword int32 }

var (
	ofMessage = flagProps{abi.PropFlags, abi.PropKeywords, abi.PropKeyword}
	ofStored  = flagProps{abi.PropTargetFlags, abi.PropTargetKeywords, abi.PropTargetKeyword}
)

func (p flagProps) has(flag string) bool {
	for _, f := range systemFlags {
		if strings.EqualFold(flag, f.name) {
			return number("the flags", p.bits)&f.bit != 0
		}
	}
	for k := range p.words() {
		if strings.EqualFold(flag, k) {
			return true
		}
	}
	return false
}

func (p flagProps) list() []string {
	var out []string
	bits := number("the flags", p.bits)
	for _, f := range systemFlags {
		if bits&f.bit != 0 {
			out = append(out, f.name)
		}
	}
	for k := range p.words() {
		out = append(out, k)
	}
	return out
}

func (p flagProps) words() iter.Seq[string] {
	return texts("the flags", p.keywords, p.keyword)
}

// texts yields the texts of a property with an index.
func texts(what string, count, id int32) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range int(number(what, count)) {
			if s, ok := guest.Text(what, id, i); ok && !yield(s) {
				return
			}
		}
	}
}

// FlagSet is a set of flags that messages have at the source, on their way to a
// folder of the target. It is valid until the hook returns.
type FlagSet struct{}

// MapFlags registers what decides which flags the target gets. It is asked once per
// target folder and set of flags, for new messages and for later changes alike, so
// the answer must depend on these alone. Call it from init.
func MapFlags(fn func(*FlagSet) Opinion) {
	guest.Handle(abi.HookMapFlags, func() int32 { return fn(&FlagSet{}).finish() })
}

// Target is the folder that they go to.
func (*FlagSet) Target() string { return text("the target", abi.PropTarget) }

// Has reports whether a flag is in the set, see [Message.Has].
func (*FlagSet) Has(flag string) bool { return ofMessage.has(flag) }

// Flags returns the set, the system flags first.
func (*FlagSet) Flags() []string { return ofMessage.list() }

// Kept returns the flags that the target folder keeps. all is true when it keeps
// whatever it is given.
func (*FlagSet) Kept() (flags []string, all bool) {
	if _, known := guest.Number("the kept flags", abi.PropKept); !known {
		return nil, true
	}
	for f := range texts("the kept flags", abi.PropKept, abi.PropKeptFlag) {
		flags = append(flags, f)
	}
	return flags, false
}

// Add adds flags at the target. A flag that IMAP can not store makes the hook fail.
func (*FlagSet) Add(flags ...string) { guest.Flags(abi.FlagsAdd, flags) }

// Remove leaves flags out at the target.
func (*FlagSet) Remove(flags ...string) { guest.Flags(abi.FlagsRemove, flags) }

// Set gives the target these flags and no others.
func (*FlagSet) Set(flags ...string) { guest.Flags(abi.FlagsReplace, flags) }
