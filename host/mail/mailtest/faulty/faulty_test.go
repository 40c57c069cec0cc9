package faulty_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestProxy_passesRealMailOnUnchanged(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	mail := mailtest.Corpus(mailtest.CorpusOptions{Seed: 7, Messages: 40, Folders: 5, BigMessages: 1, BigSize: 1 << 20})
	for _, without := range [][]string{nil, {"LITERAL+", "MULTIAPPEND"}} {
		user := map[bool]string{true: "ann", false: "bob"}[without == nil]
		p := faulty.Start(t, d.Addr(), faulty.Options{Without: without})
		c := mailtest.DialPlain(t, p.Addr(), user, "secret")
		c.Fill(mail)
		if diff := mailtest.Diff(mail, c.DumpUTF8()); diff != "" {
			t.Errorf("without %v, through the proxy:\n%s", without, diff)
		}
		if diff := mailtest.Diff(mail, d.Dial(user).DumpUTF8()); diff != "" {
			t.Errorf("without %v, behind the proxy:\n%s", without, diff)
		}
		c.Close()
		if !p.Quiet() {
			t.Error("the connection did not end")
		}
	}
}

func TestProxy_hidesCapabilitiesAndTheirTraces(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	p := faulty.Start(t, d.Addr(), faulty.Options{Without: []string{"UIDPLUS", "CONDSTORE", "LITERAL+"}})
	c := mailtest.DialPlain(t, p.Addr(), "ann", "secret")
	all := strings.Join(c.Cmd("CAPABILITY"), "\n")
	for _, name := range []string{"UIDPLUS", "CONDSTORE", "LITERAL+"} {
		if slices.Contains(strings.Fields(all), name) {
			t.Errorf("%s is announced: %s", name, all)
		}
	}
	if !strings.Contains(all, " MULTIAPPEND ") {
		t.Errorf("more is missing than was asked for: %s", all)
	}
	c.Append("INBOX", "", time.Time{}, []byte("Subject: x\r\n\r\n"))
	if lines := strings.Join(c.Cmd("SELECT INBOX"), "\n"); strings.Contains(lines, "HIGHESTMODSEQ") || !strings.Contains(lines, "* 1 EXISTS") {
		t.Errorf("SELECT says %s", lines)
	}
	if _, status := c.Try("COPY 1 INBOX"); strings.Contains(status, "COPYUID") || !strings.HasPrefix(status, "OK") {
		t.Errorf("COPY says %s", status)
	}
}

// server answers every command with one untagged response and OK, and tells what
// it got.
type server struct {
	net.Listener
	got chan string
}

func startServer(t *testing.T) *server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{l, make(chan string, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var got strings.Builder
		r := bufio.NewReader(io.TeeReader(conn, &got))
		_, _ = io.WriteString(conn, "* OK hello\r\n")
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				s.got <- got.String()
				return
			}
			tag, rest, _ := strings.Cut(line, " ")
			if strings.HasPrefix(rest, "APPEND") {
				_, _ = io.CopyN(io.Discard, r, 4)
				_, _ = r.ReadString('\n')
			}
			_, _ = io.WriteString(conn, "* 1 EXISTS\r\n"+tag+" OK done\r\n")
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return s
}

func TestFault(t *testing.T) {
	const (
		a, b, c = "a NOOP\r\n", "b APPEND INBOX {4+}\r\nmail\r\n", "c NOOP\r\n"
		hello   = "* OK hello\r\n"
		answer  = "* 1 EXISTS\r\n"
		upToA   = hello + answer + "a OK done\r\n"
		upToB   = upToA + answer + "b OK done\r\n"
		all     = upToB + answer + "c OK done\r\n"
	)
	isAppend := func(s faulty.Step) bool { return s.Kind == faulty.Command && s.Command == "APPEND" }
	stored := func(s faulty.Step) bool { return s.Kind == faulty.Tagged && s.Command == "APPEND" }
	piece := func(s faulty.Step) bool { return s.Kind == faulty.Literal && strings.Contains(s.Text, "piece 2 of 2") }
	tests := []struct {
		name   string
		at     func(faulty.Step) bool
		give   faulty.Fault
		toThem string // what reaches the server
		toUs   string // what comes back
		then   int    // how often the fault strikes
	}{
		{"nothing", func(faulty.Step) bool { return false }, faulty.Fault{}, a + b + c, all, 0},
		{"cut before a command", isAppend, faulty.Fault{Do: faulty.CutBefore}, a, upToA, 1},
		{"cut within a command", isAppend, faulty.Fault{Do: faulty.CutWithin}, a + "b APPEND I", upToA, 1},
		{"cut after a command", isAppend, faulty.Fault{Do: faulty.CutAfter}, a + "b APPEND INBOX {4+}\r\n", upToA, 1},
		{"cut within a literal", piece, faulty.Fault{Do: faulty.CutWithin}, a + "b APPEND INBOX {4+}\r\nmai", upToA, 1},
		{"reset after a literal", piece, faulty.Fault{Do: faulty.ResetAfter}, a + "b APPEND INBOX {4+}\r\nmail", upToA, 1},
		{"cut before the answer", stored, faulty.Fault{Do: faulty.CutBefore}, a + b, upToA + answer, 1},
		{"corrupt", isAppend, faulty.Fault{Do: faulty.Corrupt}, strings.Replace(a+b+c, "INBOX {", "I\xffBOX {", 1), all, 1},
		{"swallow", stored, faulty.Fault{Do: faulty.Swallow}, a + b + c, upToA + answer + answer + "c OK done\r\n", 1},
		{"replace", stored, faulty.Fault{Do: faulty.Replace, Text: "NO oops"}, a + b + c, upToA + answer + "b NO oops\r\n" + answer + "c OK done\r\n", 1},
		{"pretend to refuse", isAppend, faulty.Fault{Do: faulty.Pretend, Text: "NO [CANNOT] no"}, a + c, upToA + "b NO [CANNOT] no\r\n" + answer + "c OK done\r\n", 1},
		{"pretend", isAppend, faulty.Fault{Do: faulty.Pretend}, a + c, upToA + "b OK done\r\n" + answer + "c OK done\r\n", 1},
		{"delay", isAppend, faulty.Fault{Do: faulty.Delay, For: time.Millisecond}, a + b + c, all, 1},
		{"stall", stored, faulty.Fault{Do: faulty.Stall}, a + b, upToA + answer, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := startServer(t)
			then := 0
			p := faulty.Start(t, srv.Addr().String(), faulty.Options{At: func(s faulty.Step) faulty.Fault {
				if !tt.at(s) {
					return faulty.Fault{}
				}
				f := tt.give
				f.Then = func() { then++ }
				return f
			}})
			conn, err := net.Dial("tcp", p.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			got := converse(t, conn, []string{a, b, c})
			them := <-srv.got
			if lossy := tt.give.Do == faulty.ResetAfter; them != tt.toThem && !(lossy && strings.HasPrefix(tt.toThem, them)) {
				t.Errorf("the server got %q, want %q", them, tt.toThem)
			}
			if got != tt.toUs {
				t.Errorf("the client got %q, want %q", got, tt.toUs)
			}
			_ = conn.Close()
			if !p.Quiet() {
				t.Error("the connection did not end")
			}
			if then != tt.then {
				t.Errorf("Then was called %d times, %d wanted", then, tt.then)
			}
		})
	}
}

// converse says one command after the other, each when the one before is answered,
// and returns what came back until the end, or until nothing comes any more.
func converse(t *testing.T, conn net.Conn, say []string) string {
	t.Helper()
	var got strings.Builder
	r := bufio.NewReader(io.TeeReader(conn, &got))
	answered := func(tag string) bool {
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, syscall.ECONNRESET) {
					t.Error(err)
				}
				return errors.Is(err, os.ErrDeadlineExceeded)
			}
			if strings.HasPrefix(line, tag) {
				return true
			}
		}
	}
	if !answered("* OK") {
		return got.String()
	}
	for _, command := range say {
		if _, err := io.WriteString(conn, command); err != nil {
			break
		}
		if !answered(command[:1] + " ") {
			break
		}
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	return got.String()
}

func TestProxy_countsTheSameStepsForTheSameConversation(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	var steps []faulty.Step
	p := faulty.Start(t, d.Addr(), faulty.Options{At: func(s faulty.Step) faulty.Fault {
		steps = append(steps, s)
		return faulty.Fault{}
	}})
	talk := func() int {
		c := mailtest.DialPlain(t, p.Addr(), "ann", "secret")
		c.Append("INBOX", "", time.Time{}, []byte("Subject: x\r\n\r\n"))
		c.Close()
		if !p.Quiet() {
			t.Fatal("the connection did not end")
		}
		return p.Steps()
	}
	first := talk()
	if second := talk() - first; first != second || first != len(steps)/2 {
		t.Errorf("%d steps, then %d; %d were announced", first, second, len(steps))
	}
	kinds := map[faulty.Kind]bool{}
	for i, s := range steps {
		if s.N != i+1 {
			t.Errorf("step %d is announced as %s", i+1, s)
		}
		kinds[s.Kind] = true
	}
	for _, k := range []faulty.Kind{faulty.Greeting, faulty.Command, faulty.Continued, faulty.Literal, faulty.Tagged, faulty.Untagged} {
		if !kinds[k] {
			t.Errorf("no step is a %s", k)
		}
	}
}
