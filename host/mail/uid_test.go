package mail

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// someUID draws mostly small UIDs, which meet and overlap, and some at the end of
// the range, where arithmetic overflows.
func someUID() *rapid.Generator[UID] {
	return rapid.OneOf(
		rapid.Map(rapid.Uint32Range(0, 60), func(u uint32) UID { return UID(u) }),
		rapid.Map(rapid.Uint32Range(1<<32-20, 1<<32-1), func(u uint32) UID { return UID(u) }),
	)
}

// drawSet builds a set in random order together with a map that holds the same.
func drawSet(t *rapid.T) (UIDSet, map[UID]bool) {
	var s UIDSet
	model := map[UID]bool{}
	for range rapid.IntRange(0, 30).Draw(t, "steps") {
		first, last := someUID().Draw(t, "first"), UID(0)
		if rapid.Bool().Draw(t, "single") {
			last = first
			s.Add(first)
		} else {
			// Not further than the model can hold.
			last = first + UID(rapid.Uint32Range(0, 12).Draw(t, "length"))
			s.AddRange(first, last) // empty when it has overflowed
		}
		for u := uint64(first); u <= uint64(last); u++ {
			if u > 0 {
				model[UID(u)] = true
			}
		}
	}
	return s, model
}

func sorted(model map[UID]bool) []UID { return slices.Sorted(maps.Keys(model)) }

func TestUIDSet_isTheSetOfWhatWasAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, model := drawSet(t)
		if got, want := slices.Collect(s.All()), sorted(model); !slices.Equal(got, want) {
			t.Fatalf("All() = %v, want %v", got, want)
		}
		if s.Len() != len(model) || s.Empty() != (len(model) == 0) {
			t.Fatalf("Len() = %d, Empty() = %v for %d UIDs", s.Len(), s.Empty(), len(model))
		}
		for range 20 {
			if u := someUID().Draw(t, "probe"); s.Contains(u) != model[u] {
				t.Fatalf("Contains(%d) = %v, want %v", u, s.Contains(u), model[u])
			}
		}
		for i, r := range s.Ranges() {
			if r.First == 0 || r.Last < r.First {
				t.Fatalf("range %v", r)
			}
			if i > 0 && uint64(r.First) <= uint64(s.Ranges()[i-1].Last)+1 {
				t.Fatalf("ranges %v overlap or touch", s.Ranges())
			}
		}
		if again := UIDs(sorted(model)...); !slices.Equal(again.Ranges(), s.Ranges()) {
			t.Fatalf("UIDs gives %v, adding one by one %v", again.Ranges(), s.Ranges())
		}
	})
}

func TestUIDSet_CloneChangesOnItsOwn(t *testing.T) {
	a := UIDs(1, 2, 7)
	b := a.Clone()
	b.Add(8)
	b.Add(3)
	if a.String() != "1:2,7" || b.String() != "1:3,7:8" {
		t.Errorf("the sets are %v and %v", a, b)
	}
}

func TestUIDSet_isReadBackFromItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := drawSet(t)
		again, err := ParseUIDSet(s.String())
		if err != nil || !slices.Equal(again.Ranges(), s.Ranges()) {
			t.Fatalf("%q is read as %v, %v; want %v", s, again.Ranges(), err, s.Ranges())
		}
	})
}

func TestUIDSet_SplitLosesAndDoublesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, model := drawSet(t)
		n := rapid.IntRange(-1, 40).Draw(t, "n")
		var got []UID
		for _, part := range s.Split(n) {
			if part.Empty() || part.Len() > max(n, 1) || len(part.Ranges()) > 200 {
				t.Fatalf("Split(%d) gives a part of %d UIDs in %d ranges", n, part.Len(), len(part.Ranges()))
			}
			got = slices.AppendSeq(got, part.All())
		}
		if !slices.Equal(got, sorted(model)) {
			t.Fatalf("Split(%d) of %v gives %v", n, s, got)
		}
	})
}

func TestUIDSet_SplitKeepsCommandLinesShort(t *testing.T) {
	var s UIDSet
	for u := UID(4_000_000_000); u < 4_000_010_000; u += 2 {
		s.Add(u)
	}
	total := 0
	for _, part := range s.Split(1 << 30) {
		total += part.Len()
		if n := len(part.String()); n > 8000 {
			t.Errorf("a part takes %d bytes", n)
		}
	}
	if total != 5000 {
		t.Errorf("the parts hold %d UIDs, want 5000", total)
	}
}

func TestUIDSet_holdsAllUIDs(t *testing.T) {
	s := UIDSpan(0, 1<<32-1)
	if got := s.String(); got != "1:4294967295" {
		t.Errorf("String() = %q", got)
	}
	if !s.Contains(1) || !s.Contains(1<<32-1) || s.Contains(0) {
		t.Error("want all UIDs but 0")
	}
	if got := s.Len(); got != 1<<32-1 {
		t.Errorf("Len() = %d", got)
	}
	n := 0
	for u := range UIDSpan(1<<32-3, 1<<32-1).All() {
		if n++; n > 3 {
			t.Fatalf("All does not end: %d", u)
		}
	}
}

func TestParseUIDSet(t *testing.T) {
	tests := []struct {
		give    string
		want    string
		wantErr bool
	}{
		{give: "", want: ""},
		{give: "7", want: "7"},
		{give: "1:4,7", want: "1:4,7"},
		{give: "7,4:1,5", want: "1:5,7"},
		{give: "3:3", want: "3"},
		{give: "4294967295", want: "4294967295"},
		{give: "0", wantErr: true},
		{give: "0:3", wantErr: true},
		{give: "4294967296", wantErr: true},
		{give: "*", wantErr: true},
		{give: "1:*", wantErr: true},
		{give: "1,,2", wantErr: true},
		{give: ",", wantErr: true},
		{give: "1:2:3", wantErr: true},
		{give: "+1", wantErr: true},
		{give: " 1", wantErr: true},
	}
	for _, tt := range tests {
		got, err := ParseUIDSet(tt.give)
		if got.String() != tt.want || (err != nil) != tt.wantErr {
			t.Errorf("ParseUIDSet(%q) = %q, %v; want %q", tt.give, got, err, tt.want)
		}
	}
}

func FuzzParseUIDSet(f *testing.F) {
	for _, seed := range []string{"", "7", "1:4,7", "4:1,2", "4294967295", "*", "1,,2", strings.Repeat("1,", 50) + "2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseUIDSet(text)
		if err != nil {
			return
		}
		again, err := ParseUIDSet(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q is read as %q and again as %q, %v", text, s, again, err)
		}
	})
}
