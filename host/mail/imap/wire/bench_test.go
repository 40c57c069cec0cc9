package wire

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// recording is the answer of a server to one command about n messages.
func recording(n int, attributes func(i int) string) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "* %d FETCH (UID %d %s)\r\n", i+1, i+1, attributes(i))
	}
	b.WriteString("W1 OK done\r\n")
	return b.Bytes()
}

func scanBench(b *testing.B, opts mail.ScanOptions, attributes func(i int) string) {
	data := recording(scanWindow, attributes)
	uids := mail.UIDSpan(1, scanWindow)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	n := 0
	for b.Loop() {
		c := NewConn(tape{bytes.NewReader(data), io.Discard}, Caps{}, Limits{})
		if err := c.Scan(b.Context(), uids, opts, func(mail.Message) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/message")
}

func BenchmarkScan_flags(b *testing.B) {
	flags := []string{`()`, `(\Seen)`, `(\Seen \Answered)`, `(\Seen $Label1)`}
	scanBench(b, mail.ScanOptions{Items: mail.ItemFlags}, func(i int) string { return "FLAGS " + flags[i%len(flags)] })
}

func BenchmarkScan_flagsDateSize(b *testing.B) {
	scanBench(b, mail.ScanOptions{Items: mail.ItemFlags | mail.ItemDate | mail.ItemSize}, func(i int) string {
		return fmt.Sprintf(`FLAGS (\Seen) INTERNALDATE "17-Jul-2014 02:44:%02d +0530" RFC822.SIZE %d`, i%60, 1000+i)
	})
}

func BenchmarkScan_messageID(b *testing.B) {
	opts := mail.ScanOptions{Items: mail.ItemHeader, Fields: []string{"MESSAGE-ID"}}
	scanBench(b, opts, func(int) string {
		return "BODY[HEADER.FIELDS (MESSAGE-ID)] {33}\r\nMessage-ID: <1234@example.org>\r\n\r"
	})
}

func BenchmarkFetch_4KiB(b *testing.B) {
	body := strings.Repeat("x", 4096)
	data := recording(fetchWindow, func(int) string {
		return `FLAGS (\Seen) INTERNALDATE "17-Jul-2014 02:44:25 +0530" RFC822.SIZE 4096 BODY[] {4096}` + "\r\n" + body
	})
	uids := mail.UIDSpan(1, fetchWindow)
	buf := make([]byte, 32<<10)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	n := 0
	for b.Loop() {
		c := NewConn(tape{bytes.NewReader(data), io.Discard}, Caps{}, Limits{})
		if err := c.Fetch(b.Context(), uids, func(_ mail.Message, r io.Reader) error {
			n++
			for {
				if _, err := r.Read(buf); err == io.EOF {
					return nil
				} else if err != nil {
					return err
				}
			}
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/message")
}

func BenchmarkAppend_100x8KiB(b *testing.B) {
	body := strings.Repeat("x", 8192)
	batch := make([]mail.Upload, 100)
	date := time.Date(2014, 7, 17, 2, 44, 25, 0, time.FixedZone("", 19800))
	b.ReportAllocs()
	b.SetBytes(int64(len(batch) * len(body)))
	for b.Loop() {
		for i := range batch {
			batch[i] = mail.Upload{Flags: []mail.Flag{mail.FlagSeen}, InternalDate: date, Size: int64(len(body)), Body: strings.NewReader(body)}
		}
		answer, sent := io.Pipe()
		c := NewConn(tape{answer, io.Discard}, ParseCaps("MULTIAPPEND LITERAL+"), Limits{})
		a, err := c.Append(b.Context(), "x", batch)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.WriteString(sent, "W1 OK [APPENDUID 1 1:100] done\r\n")
		if _, uids, err := a.Wait(b.Context()); err != nil || uids[99] != 100 {
			b.Fatal(uids, err)
		}
	}
}
