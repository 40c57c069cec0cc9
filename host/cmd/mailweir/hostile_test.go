//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// hostile is a server that behaves up to the command that begins with at, and
// then sends floods: head once, and body again and again, for as long as somebody
// reads, up to a gigabyte.
type hostile struct{ at, head, body string }

const flood = 1 << 30

func (h hostile) start(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h.serve(c)
		}
	}()
	return l.Addr().String()
}

func (h hostile) serve(c net.Conn) {
	defer c.Close()
	const caps = "IMAP4rev1 SASL-IR AUTH=PLAIN LIST-EXTENDED LIST-STATUS NAMESPACE"
	if h.at == "" {
		h.drown(c)
		return
	}
	fmt.Fprint(c, "* OK [CAPABILITY "+caps+"] hello\r\n")
	for in := bufio.NewScanner(c); in.Scan(); {
		tag, cmd, _ := strings.Cut(in.Text(), " ")
		if strings.HasPrefix(cmd, h.at) {
			h.drown(c)
			return
		}
		answer := ""
		switch word, _, _ := strings.Cut(cmd, " "); word {
		case "AUTHENTICATE":
			answer = "* CAPABILITY " + caps + "\r\n"
		case "NAMESPACE":
			answer = "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"
		case "LIST":
			answer = "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 UIDNEXT 9 UIDVALIDITY 1)\r\n"
		case "EXAMINE":
			answer = "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 9] x\r\n"
		case "UID":
			answer = "* 1 FETCH (UID 3 FLAGS () RFC822.SIZE 10)\r\n* 2 FETCH (UID 4 FLAGS () RFC822.SIZE 10)\r\n"
		}
		fmt.Fprintf(c, "%s%s OK done\r\n", answer, tag)
	}
}

func (h hostile) drown(c net.Conn) {
	if _, err := io.WriteString(c, h.head); err != nil {
		return
	}
	block := strings.Repeat(h.body, max(1, 64<<10/len(h.body)))
	for sent := 0; sent < flood; sent += len(block) {
		_ = c.SetWriteDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.WriteString(c, block); err != nil {
			return
		}
	}
}

func TestCopy_staysSmallWhateverAServerSends(t *testing.T) {
	const most = 150 << 10 // KiB
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	tests := []struct {
		name string
		give hostile
	}{
		{"a greeting without an end", hostile{"", "* OK ", "x"}},
		{"a greeting of parentheses", hostile{"", "* OK [", "("}},
		{"lines before the login", hostile{"AUTHENTICATE", "", "* OK still here\r\n"}},
		{"a literal before the login", hostile{"AUTHENTICATE", "* OK {999999999}\r\n", "x"}},
		{"a line in the listing", hostile{"LIST", "* LIST () \"/\" \"", "x"}},
		{"a name as a literal", hostile{"LIST", "* LIST () \"/\" {999999999}\r\n", "x"}},
		{"folders", hostile{"LIST", "", "* LIST () \"/\" a\r\n* LIST () \"/\" b\r\n"}},
		{"attributes", hostile{"LIST", "* LIST (", "\\a "}},
		{"parentheses in an answer", hostile{"UID FETCH", "* 1 FETCH (ENVELOPE ", "("}},
		{"flags", hostile{"UID FETCH", "* 1 FETCH (UID 3 FLAGS (", "abc "}},
		{"answers that nobody asked for", hostile{"UID FETCH", "", "* 7 FETCH (UID 777777 FLAGS (\\Seen))\r\n"}},
		{"answers without a UID", hostile{"UID FETCH", "", "* 7 FETCH (RFC822.SIZE 5)\r\n"}},
		{"unknown answers", hostile{"UID FETCH", "", "* XVENDOR (a (b) {3}\r\nxyz)\r\n"}},
		{"a number without an end", hostile{"UID FETCH", "* 1 FETCH (RFC822.SIZE ", "9"}},
		{"a body longer than announced", hostile{"UID FETCH 3", "* 1 FETCH (UID 3 FLAGS () INTERNALDATE \" 1-Jan-2020 00:00:00 +0000\" BODY[] {104857600}\r\n", "x"}},
		{"a continuation nobody waits for", hostile{"EXAMINE", "", "+ go on\r\n"}},
		{"a quoted string", hostile{"EXAMINE", "* OK [PERMANENTFLAGS (", "\\x "}},
		{"a tagged answer", hostile{"EXAMINE", "W1 OK ", "x"}},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &mailweir{t: t, data: filepath.Join(t.TempDir(), "data")}
			cmd := m.command("copy", "--from", "imap://ann@"+tt.give.start(t)+"?tls=none", "--to", url(to)+"&root=h"+fmt.Sprint(i), "--timeout", "5s")
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			began := time.Now()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			held := make(chan int, 1)
			go func() { held <- peakOf(cmd.Process.Pid) }()
			err := cmd.Wait()
			status, said, peak := cmd.ProcessState.ExitCode(), out.Bytes(), <-held
			if status < 3 || status > 5 || !strings.Contains(string(said), "mailweir: ") {
				t.Errorf("status %d, %v:\n%s", status, err, tail(string(said)))
			}
			if peak > most {
				t.Errorf("%d MiB at the peak", peak>>10)
			}
			if peak == 0 {
				t.Error("its memory was not seen")
			}
			t.Logf("status %d, %d MiB, %.1f s: %s", status, peak>>10, time.Since(began).Seconds(), firstLine(said))
		})
	}
}

// peakOf follows a process until it has ended and returns the most memory that it
// held, in KiB. What the kernel says in the end (ru_maxrss) counts what the process
// was before it became this program: a copy of the test.
func peakOf(pid int) (peak int) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, line, there := strings.Cut(string(status), "VmHWM:")
		if err != nil || !there { // a zombie has no memory
			return peak
		}
		_, _ = fmt.Sscan(line, &peak)
		time.Sleep(2 * time.Millisecond)
	}
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}
