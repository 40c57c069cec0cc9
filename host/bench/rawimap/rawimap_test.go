package rawimap

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"
)

// script is a server that says all of its lines at once and reads what it is sent.
func script(t testing.TB, text string) *Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "* OK hello\r\nt1 OK in\r\n"+text)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := Dial(ctx, l.Addr().String(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		_ = l.Close()
		<-done
	})
	return c
}

func TestList_keepsTheSpellingOfNames(t *testing.T) {
	c := script(t, "* LIST (\\HasNoChildren \\Subscribed) \"/\" INBOX\r\n"+
		"* STATUS INBOX (MESSAGES 3 UIDNEXT 5 HIGHESTMODSEQ 12)\r\n"+
		"* LIST (\\Noselect \\HasChildren) \"/\" a\r\n"+
		"* LIST (\\HasNoChildren) \"/\" \"a/with (space)\"\r\n"+
		"* STATUS \"a/with (space)\" (MESSAGES 0 UIDNEXT 1 HIGHESTMODSEQ 1)\r\n"+
		"t2 OK done\r\n")
	got, err := c.List()
	if err != nil {
		t.Fatal(err)
	}
	want := []Folder{
		{Token: "INBOX", Subscribed: true, Messages: 3, UIDNext: 5, ModSeq: "12"},
		{Token: `"a/with (space)"`, UIDNext: 1, ModSeq: "1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDo_anythingButOKIsAnError(t *testing.T) {
	for _, text := range []string{"t2 NO not here\r\n", "t2 BAD what\r\n", "* BYE later\r\n", "\r\n", "", "* LIST () \"/\" {5}\r\nhello\r\nt2 OK\r\n"} {
		if err := script(t, text).Do("NOOP", nil); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestAnswers_closeTheConnectionAfterARefusal(t *testing.T) {
	c := script(t, "t2 NO over quota\r\n")
	if err := <-c.Answers(); err == nil || !strings.Contains(err.Error(), "over quota") {
		t.Fatalf("got %v", err)
	}
	c.Send("NOOP")
	if err := c.Flush(); err == nil {
		t.Error("the connection is still open")
	}
}

func TestParseFetch(t *testing.T) {
	tests := []struct {
		give string
		want Message
		ok   bool
	}{
		{`* 1 FETCH (UID 7 FLAGS (\Seen \Recent todo) INTERNALDATE "01-Feb-2020 10:00:00 +0100" BODY[] {5}`, Message{"7", `\Seen todo`, "01-Feb-2020 10:00:00 +0100"}, true},
		{`* 1 FETCH (UID 7 FLAGS () MODSEQ (12))`, Message{UID: "7"}, true},
		{`* 1 FETCH (FLAGS (\Seen) UID 7)`, Message{UID: "7", Flags: `\Seen`}, true},
		{`* 1 EXISTS`, Message{}, false},
		{`t1 OK Fetch completed`, Message{}, false},
		{``, Message{}, false},
	}
	for _, tt := range tests {
		if got, ok := ParseFetch([]byte(tt.give)); got != tt.want || ok != tt.ok {
			t.Errorf("%q: got %+v, %v, want %+v, %v", tt.give, got, ok, tt.want, tt.ok)
		}
	}
}

func TestAppender_endsABatchWhenItIsFull(t *testing.T) {
	var out strings.Builder
	c := &Conn{}
	c.W = bufio.NewWriter(&out)
	a := Appender{C: c, Folder: "INBOX"}
	for range batchMessages + 1 {
		a.Message(`\Seen`, "01-Feb-2020 10:00:00 +0100", 2)
		_, _ = c.W.WriteString("hi")
	}
	a.End()
	a.End() // nothing is open any more
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	const one = ` (\Seen) "01-Feb-2020 10:00:00 +0100" {2+}` + "\r\nhi"
	want := "t1 APPEND INBOX" + strings.Repeat(one, batchMessages) + "\r\nt2 APPEND INBOX" + one + "\r\n"
	if out.String() != want {
		t.Errorf("wrote %.300q..., want %.300q...", out.String(), want)
	}
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		"* 1 FETCH (UID 7 FLAGS (\\Seen) INTERNALDATE \"01-Feb-2020 10:00:00 +0100\" BODY[] {5}\r\nhello)\r\n",
		"* LIST (\\Subscribed) \"/\" a\r\n* STATUS a (MESSAGES\r\nt1 OK\r\n", "* STATUS (\r\n", "{-1}\r\n", "}\r\n", "* LIST (\r\n", "* LIST ()\r\n", "* FETCH (UID", "t1\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &Conn{W: bufio.NewWriter(io.Discard)}
		c.R = bufio.NewReader(bytes.NewReader(text))
		_, _ = c.List()
		c.R = bufio.NewReader(bytes.NewReader(text))
		for {
			line, literal, err := c.Line()
			if err != nil {
				return
			}
			if literal < -1 {
				t.Fatalf("a literal of %d bytes", literal)
			}
			m, _ := ParseFetch(line)
			_, _ = ParseDate(m.Date)
			_, _ = Answer(line, "t1")
		}
	})
}
