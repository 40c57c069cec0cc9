package copier_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// BenchmarkCompare plans and compares a folder of 100,000 known messages.
func BenchmarkCompare(b *testing.B) {
	for _, noModSeq := range []bool{false, true} {
		b.Run(fmt.Sprintf("without mod-sequences=%v", noModSeq), func(b *testing.B) {
			s := newScene(b)
			s.source.noModSeq = noModSeq
			const n = 100_000
			for range n {
				s.source.put(mail.Inbox, "x", day(1), mail.FlagSeen, "Work")
			}
			s.target.discard = true
			if r := s.run(); r.Outcome != task.OutcomeDone {
				b.Fatal(r.Cause)
			}
			b.ReportAllocs()
			for b.Loop() {
				s.source.flag(mail.Inbox, 1, mail.FlagSeen, mail.Flag(fmt.Sprintf("f%d", s.source.box(mail.Inbox).modseq)))
				if r := copier.New(s.config()).Run(b.Context()); r.Counts.Flags != 1 || r.Counts.Copied != 0 {
					b.Fatalf("%+v", r.Counts)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message")
		})
	}
}

// BenchmarkTransfer gathers small messages into batches. The allocations are those of
// a whole run, with the stores and the ledger of the tests.
func BenchmarkTransfer(b *testing.B) {
	const n = 5000
	var mallocs uint64
	for b.Loop() {
		b.StopTimer()
		s := newScene(b)
		for i := range n {
			s.source.put(mail.Inbox, letter(i), day(1))
		}
		s.target.batch = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.StartTimer()
		if r := copier.New(s.config()).Run(b.Context()); r.Counts.Copied != n {
			b.Fatalf("%+v", r.Counts)
		}
		b.StopTimer()
		runtime.ReadMemStats(&after)
		mallocs += after.Mallocs - before.Mallocs
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message")
	b.ReportMetric(float64(mallocs)/float64(b.N)/n, "mallocs/message")
}
