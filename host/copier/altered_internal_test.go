package copier

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestPrintsOf_knowsWhatServersMakeOfAMessage(t *testing.T) {
	tests := []struct {
		name, give string
		altered    []string
	}{
		{"ordinary", "A: b\r\n\r\nx\r\n", nil},
		{"8-bit body", "A: b\r\n\r\n\xfc\r\n", nil},
		{"last line without end", "A: b\r\n\r\nx", []string{"A: b\r\n\r\nx\r\n"}},
		{"empty", "", []string{"\r\n"}},
		{"8-bit header", "A: \xfcb\r\n\xff\r\n\r\n\xfc\r\n", []string{"A: Xb\r\nX\r\n\r\n\xfc\r\n"}},
		{"8-bit header alone", "A: ü\r\n", []string{"A: XX\r\n"}},
		{"both", "A: ü\r\n\r\nü", []string{"A: XX\r\n\r\nü", "A: ü\r\n\r\nü\r\n", "A: XX\r\n\r\nü\r\n"}},
		{"header that is only an empty line", "\r\nü\r\n", nil},
		{"header that ends with LF", "A: ü\n\nü\n", []string{"A: XX\n\nü\n"}},
		{"CR within a line", "A: \r\rü\r\n\r\n", []string{"A: \r\rXX\r\n\r\n"}},
	}
	of := func(s string) [16]byte {
		fp, err := Fingerprint(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return fp
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, bytewise := range []bool{false, true} {
				var r io.Reader = strings.NewReader(tt.give)
				if bytewise {
					r = iotest.OneByteReader(r)
				}
				got, err := printsOf(r)
				if err != nil || got.exact != of(tt.give) {
					t.Errorf("another fingerprint of the message itself, %v", err)
				}
				var want [][16]byte
				for _, s := range tt.altered {
					want = append(want, of(s))
				}
				if !slices.Equal(got.altered, want) {
					t.Errorf("%d others, want those of %q", len(got.altered), tt.altered)
				}
			}
		})
	}
}
