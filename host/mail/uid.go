package mail

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// UID identifies a message within a folder for as long as the folder's
// UIDVALIDITY stays the same (RFC 9051 section 2.3.1.1). 0 is no UID.
type UID uint32

// UIDRange is the UIDs from First to Last, both included.
type UIDRange struct{ First, Last UID }

// UIDSet is a set of UIDs as ascending ranges that neither overlap nor touch.
// The zero value is the empty set, ready to use. Copies share their ranges: to
// change one and keep the other, take a [UIDSet.Clone].
type UIDSet struct{ ranges []UIDRange }

// Clone returns a set that changes on its own.
func (s UIDSet) Clone() UIDSet { return UIDSet{slices.Clone(s.ranges)} }

// UIDs returns the set of the given UIDs, in any order.
func UIDs(uids ...UID) UIDSet {
	var s UIDSet
	sorted := slices.Sorted(slices.Values(uids))
	for _, u := range sorted {
		s.Add(u)
	}
	return s
}

// UIDSpan returns the set of all UIDs from first to last. It is empty when last
// is smaller than first.
func UIDSpan(first, last UID) UIDSet {
	var s UIDSet
	s.AddRange(first, last)
	return s
}

// Add puts u into the set. Adding in ascending order costs constant time.
func (s *UIDSet) Add(u UID) { s.AddRange(u, u) }

// AddRange puts all UIDs from first to last into the set; first 0 counts as 1.
func (s *UIDSet) AddRange(first, last UID) {
	first = max(first, 1)
	if last < first {
		return
	}
	n := len(s.ranges)
	if n == 0 || uint64(first) > uint64(s.ranges[n-1].Last)+1 {
		s.ranges = append(s.ranges, UIDRange{first, last})
		return
	}
	if first >= s.ranges[n-1].First {
		s.ranges[n-1].Last = max(s.ranges[n-1].Last, last)
		return
	}
	// Out of order: find the ranges that overlap or touch and melt them into one.
	lo, _ := slices.BinarySearchFunc(s.ranges, first, func(r UIDRange, u UID) int {
		if uint64(r.Last)+1 < uint64(u) {
			return -1
		}
		return 1
	})
	hi := lo
	for hi < n && uint64(s.ranges[hi].First) <= uint64(last)+1 {
		first, last = min(first, s.ranges[hi].First), max(last, s.ranges[hi].Last)
		hi++
	}
	s.ranges = slices.Replace(s.ranges, lo, hi, UIDRange{first, last})
}

// Contains reports whether u is in the set.
func (s UIDSet) Contains(u UID) bool {
	_, ok := slices.BinarySearchFunc(s.ranges, u, func(r UIDRange, u UID) int {
		switch {
		case r.Last < u:
			return -1
		case r.First > u:
			return 1
		}
		return 0
	})
	return ok
}

// Len returns the number of UIDs in the set.
func (s UIDSet) Len() int {
	n := 0
	for _, r := range s.ranges {
		n += int(r.Last-r.First) + 1
	}
	return n
}

// Empty reports whether the set has no UIDs.
func (s UIDSet) Empty() bool { return len(s.ranges) == 0 }

// Ranges returns the set's ranges in ascending order. The caller must not change them.
func (s UIDSet) Ranges() []UIDRange { return s.ranges }

// All yields the UIDs in ascending order.
func (s UIDSet) All() iter.Seq[UID] {
	return func(yield func(UID) bool) {
		for _, r := range s.ranges {
			for u := r.First; ; u++ {
				if !yield(u) {
					return
				}
				if u == r.Last {
					break
				}
			}
		}
	}
}

// Split cuts the set into sets of at most n UIDs each, in ascending order. The
// pieces also stay below 200 ranges, so that a command line that names one stays
// below 8 kB (RFC 7162 section 4 recommends 8192 octets).
func (s UIDSet) Split(n int) []UIDSet {
	const maxRanges = 200
	n = max(n, 1)
	var out []UIDSet
	var part UIDSet
	room := n
	for _, r := range s.ranges {
		for {
			last := r.Last
			if int(last-r.First) >= room {
				last = r.First + UID(room-1)
			}
			part.ranges = append(part.ranges, UIDRange{r.First, last})
			room -= int(last-r.First) + 1
			if room == 0 || len(part.ranges) == maxRanges {
				out, part, room = append(out, part), UIDSet{}, n
			}
			if last == r.Last {
				break
			}
			r.First = last + 1
		}
	}
	if !part.Empty() {
		out = append(out, part)
	}
	return out
}

// String spells the set as RFC 9051 does: "1:4,7". The empty set is "".
func (s UIDSet) String() string {
	var b strings.Builder
	for i, r := range s.ranges {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(uint64(r.First), 10))
		if r.Last != r.First {
			b.WriteByte(':')
			b.WriteString(strconv.FormatUint(uint64(r.Last), 10))
		}
	}
	return b.String()
}

// ParseUIDSet reads a set as [UIDSet.String] writes it, in any order. "*" is refused.
func ParseUIDSet(text string) (UIDSet, error) {
	var s UIDSet
	if text == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		a, b, isRange := strings.Cut(part, ":")
		first, err := strconv.ParseUint(a, 10, 32)
		last := first
		if err == nil && isRange {
			last, err = strconv.ParseUint(b, 10, 32)
		}
		if err != nil || first == 0 || last == 0 {
			return UIDSet{}, fmt.Errorf("UID set %q: %q is no UID or range", text, part)
		}
		s.AddRange(UID(min(first, last)), UID(max(first, last)))
	}
	return s, nil
}
