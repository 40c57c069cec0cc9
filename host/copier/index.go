package copier

import (
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

// A slot is what the ledger knows of one message, without what only few need:
// folders of a million messages are compared in memory.
type slot struct {
	uid    mail.UID
	target mail.UID
	base   flagSet // flags as last carried
	now    flagSet // flags at the source; notThere until the source was asked
	pair   uint16  // number in pass.pairs
	state  EntryState
}

// An index is what the ledger knows of a folder, ascending by UID.
type index []slot

// find returns the slot of a UID, or nil.
func (x index) find(uid mail.UID) *slot {
	i, ok := slices.BinarySearchFunc(x, uid, func(s slot, u mail.UID) int {
		switch {
		case s.uid < u:
			return -1
		case s.uid > u:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &x[i]
}

// settle sorts the index. Where several pairs know a message, the one that knows
// it copied is believed.
func (x index) settle() index {
	order := []EntryState{EntryDone, EntryIntent, EntrySkipped, 0}
	rank := func(s EntryState) int { return slices.Index(order, s) }
	slices.SortFunc(x, func(a, b slot) int {
		if a.uid != b.uid {
			if a.uid < b.uid {
				return -1
			}
			return 1
		}
		return rank(a.state) - rank(b.state)
	})
	return slices.CompactFunc(x, func(a, b slot) bool { return a.uid == b.uid })
}

// A flagSet is a set of flags as a number: equal sets have equal numbers.
type flagSet uint32

// notThere is the flagSet of a message that the source did not list.
const notThere flagSet = 0

// flagSets gives numbers to sets of flags. A folder has many messages and few
// different sets. It is used by one goroutine at a time.
type flagSets struct {
	bySpelling map[string]flagSet // as a server or the ledger spells them
	bySet      map[string]flagSet // canonical, in lower case
	sets       [][]mail.Flag
	buf        []byte
}

func newFlagSets() *flagSets {
	return &flagSets{bySpelling: make(map[string]flagSet), bySet: make(map[string]flagSet), sets: make([][]mail.Flag, 1)}
}

// number returns the number of the set that CleanFlags makes of flags.
func (s *flagSets) number(flags []mail.Flag) flagSet {
	s.buf = s.buf[:0]
	for _, f := range flags {
		s.buf = append(append(s.buf, f...), 0)
	}
	if n, ok := s.bySpelling[string(s.buf)]; ok {
		return n
	}
	spelling := string(s.buf)
	clean := mail.CleanFlags(flags)
	var key strings.Builder
	for _, f := range clean {
		key.WriteString(strings.ToLower(string(f)))
		key.WriteByte(0)
	}
	n, ok := s.bySet[key.String()]
	if !ok {
		n = flagSet(len(s.sets))
		s.sets = append(s.sets, clean)
		s.bySet[key.String()] = n
	}
	s.bySpelling[spelling] = n
	return n
}

// flags returns the set of a number. The caller must not change it.
func (s *flagSets) flags(n flagSet) []mail.Flag { return s.sets[n] }

// without returns the flags of a that are not in b.
func without(a, b []mail.Flag) []mail.Flag {
	var out []mail.Flag
	for _, f := range a {
		if !hasFlag(b, f) {
			out = append(out, f)
		}
	}
	return out
}

func hasFlag(flags []mail.Flag, f mail.Flag) bool {
	return slices.ContainsFunc(flags, func(g mail.Flag) bool { return strings.EqualFold(string(f), string(g)) })
}
