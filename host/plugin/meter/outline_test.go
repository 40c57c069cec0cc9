package meter

import (
	"bytes"
	"testing"
)

func data(segments ...segment) []byte { return appendData(nil, segments) }

func TestJoinData(t *testing.T) {
	at := func(n uint32, data string) segment { return segment{n, []byte(data)} }
	gap := string(make([]byte, dataGap))
	for name, tt := range map[string]struct{ give, want []byte }{
		"none":           {data(), data()},
		"side by side":   {data(at(8, "ab"), at(10, "c")), data(at(8, "abc"))},
		"a small gap":    {data(at(8, "ab"), at(12, "c")), data(at(8, "ab\x00\x00c"))},
		"the widest gap": {data(at(0, "a"), at(1+dataGap, "b")), data(at(0, "a"+gap+"b"))},
		"a wider gap":    {data(at(0, "a"), at(2+dataGap, "b")), data(at(0, "a"), at(2+dataGap, "b"))},
		"out of order":   {data(at(10, "c"), at(8, "ab")), data(at(8, "abc"))},
		"overlapping":    {data(at(8, "abc"), at(9, "x"), at(12, "d")), data(at(8, "abc"), at(9, "x"), at(12, "d"))},
		"high addresses": {data(at(0xfffffff0, "a"), at(0xfffffff1, "b")), data(at(0xfffffff0, "ab"))},
		"passive":        {[]byte{2, 0, 0x41, 0, 0x0b, 1, 'a', 1, 1, 'b'}, []byte{2, 0, 0x41, 0, 0x0b, 1, 'a', 1, 1, 'b'}},
		"at a global":    {[]byte{1, 0, 0x23, 0, 0x0b, 1, 'a'}, []byte{1, 0, 0x23, 0, 0x0b, 1, 'a'}},
	} {
		got, err := joinData(tt.give)
		if err != nil || !bytes.Equal(got, tt.want) {
			t.Errorf("%s: got %x, %v, want %x", name, got, err, tt.want)
		}
	}
	for name, broken := range map[string][]byte{
		"nothing":           {},
		"a segment short":   {2, 0, 0x41, 0, 0x0b, 1, 'a'},
		"cut in an address": {1, 0, 0x41, 0x80},
		"cut in its bytes":  {1, 0, 0x41, 0, 0x0b, 9, 'a'},
	} {
		if got, err := joinData(broken); err == nil && !bytes.Equal(got, broken) {
			t.Errorf("%s became %x", name, got)
		}
	}
}

// FuzzJoinData: joined segments write what the given ones do, and any bytes are data or an error.
func FuzzJoinData(f *testing.F) {
	f.Add(data(segment{8, []byte("ab")}, segment{10, []byte("c")}, segment{300, nil}, segment{290, []byte("xyz")}))
	f.Add([]byte{1, 0, 0x41, 0x7f, 0x0b, 1, 'a'})
	f.Fuzz(func(t *testing.T, section []byte) {
		joined, err := joinData(section)
		if err != nil {
			return
		}
		want, plain := written(t, section)
		if !plain {
			if !bytes.Equal(joined, section) {
				t.Fatalf("%x became %x", section, joined)
			}
			return
		}
		got, _ := written(t, joined)
		for at, b := range want {
			if got[at] != b {
				t.Fatalf("%d is %d, want %d", at, got[at], b)
			}
		}
		for at, b := range got {
			if want[at] != b { // a gap is zero, as memory is
				t.Fatalf("%d is %d, want %d", at, b, want[at])
			}
		}
	})
}

// written is what a section writes; plain is false when that can not be told.
func written(t *testing.T, section []byte) (memory map[uint64]byte, plain bool) {
	segments, plain, err := readData(section)
	if err != nil {
		t.Fatal(err)
	}
	memory = map[uint64]byte{}
	for _, s := range segments {
		for i, b := range s.data {
			memory[uint64(s.at)+uint64(i)] = b
		}
	}
	return memory, plain
}
