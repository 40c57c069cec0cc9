package app

import (
	"bytes"
	"cmp"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/mailweir/mailweir/host/task"
)

// sender is the address that mail to people comes from.
func (n *teller) sender(r Relay) string {
	if n.from != "" {
		return n.from
	}
	if strings.Contains(r.User, "@") {
		return r.User
	}
	host, _ := os.Hostname()
	return "mailweir@" + cmp.Or(host, "localhost")
}

// letterOf is a notice as a mail (RFC 5322), in plain text.
func letterOf(from string, to []string, notice task.Notice, now time.Time) []byte {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", "mailweir <"+from+">")
	header("To", strings.Join(to, ",\r\n "))
	header("Subject", mime.QEncoding.Encode("utf-8", oneLine(subject(notice.Body), 120)))
	header("Date", now.Format(time.RFC1123Z))
	header("Message-ID", "<"+notice.ID+"@mailweir.invalid>") // the same, should it come twice
	header("Auto-Submitted", "auto-generated")               // RFC 3834: nothing is to answer
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(noticeText(notice.Body), "\n", "\r\n"))) // a buffer fails at nothing
	_ = w.Close()
	return b.Bytes()
}

// oneLine is foreign text without what would end a line, and not longer than n.
func oneLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func subject(b task.NoticeBody) string {
	switch b.Event {
	case task.NoticeFailed:
		return b.Name + ": a run did not end well"
	case task.NoticeNeedsYou:
		return b.Name + ": needs you"
	case task.NoticeRecovered:
		return b.Name + ": works again"
	case task.NoticeFirstSuccess:
		return b.Name + ": copied for the first time"
	case task.NoticeDigest:
		bad := 0
		for _, l := range b.Digest {
			bad += min(l.Bad, 1)
		}
		if bad > 0 {
			return fmt.Sprintf("the last day: %d of %d tasks had trouble", bad, len(b.Digest))
		}
		return fmt.Sprintf("the last day: %d tasks, all well", len(b.Digest))
	}
	return "a test"
}

// noticeText is a notice for people to read.
func noticeText(b task.NoticeBody) string {
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	switch b.Event {
	case task.NoticeTest:
		line("This is a test. Notices of tasks will come this way.")
		return t.String()
	case task.NoticeDigest:
		if len(b.Digest) == 0 {
			line("Nothing ran during the last day.")
		}
		for _, l := range b.Digest {
			line("%s: %s; %d runs, %s messages copied", oneLine(l.Name, 200), l.Status, l.Runs, humanize.Comma(l.Copied))
			if l.Cause != "" && l.Bad > 0 {
				line("    %s", oneLine(l.Cause, 500))
			}
		}
		if b.Dropped > 0 {
			line("%d more tasks are left out here.", b.Dropped)
		}
		return t.String()
	}
	line("Task:    %s", oneLine(b.Name, 200))
	line("Status:  %s", b.Status)
	if b.Cause != "" {
		line("Cause:   %s", oneLine(b.Cause, 1000))
	}
	if b.Remedy != "" {
		line("Remedy:  %s", b.Remedy)
	}
	if c := b.Counts; c != nil {
		line("Copied:  %s messages, %s; %s were there, %s left out, %s held, %s failed", humanize.Comma(c.Copied), humanize.IBytes(uint64(max(c.Bytes, 0))),
			humanize.Comma(c.Present), humanize.Comma(c.Skipped), humanize.Comma(c.Held), humanize.Comma(c.Failed))
	}
	line("Run:     %s, ended %s", b.Run, b.At.Format("2006-01-02 15:04 MST"))
	return t.String()
}
