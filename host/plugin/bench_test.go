package plugin

import (
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// BenchmarkFilterEnvelope measures what a plugin adds to each message.
func BenchmarkFilterEnvelope(b *testing.B) {
	const subject, listID, dst = 0, 7, 100
	get := func(ptr, n int32) []byte {
		return seq(i32(ptr), i32(n), i32(0), i32(abi.HeaderRaw), i32(dst), i32(500), callFunc(0), drop)
	}
	benchmarks := []struct {
		name string
		give guest
	}{
		{"empty", one(abi.HookFilterEnvelope, "", nil, i32(0))},
		{"two headers", one(abi.HookFilterEnvelope, "subjectlist-id", []string{"header_get"}, get(subject, 7), get(listID, 7), i32(0))},
	}
	b.Run("two headers in Go", func(b *testing.B) {
		h, m := probeHost(b, Options{})
		c := probeChain(b, h, m, `{"do":"two headers"}`, quiet)
		askOften(b, c)
	})
	h := newHost(b, Options{})
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			askOften(b, chain(b, h, bb.give))
		})
	}
}

func askOften(b *testing.B, c *Chain) {
	m := candidate()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.FilterEnvelope(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}
