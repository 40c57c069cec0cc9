package main

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// archive is an SMTP server that keeps what it gets.
type archive struct {
	addr string

	mu     sync.Mutex
	mails  []string
	answer func(n int) error // to mail number n, counted from 1 over all that are offered; nil takes it
	n      int
}

// errLost ends the connection after the mail was taken, without an answer.
var errLost = &smtp.SMTPError{Code: 0}

type archiveSession struct {
	a    *archive
	conn *smtp.Conn
}

func (a *archive) NewSession(c *smtp.Conn) (smtp.Session, error) { return &archiveSession{a, c}, nil }

func (s *archiveSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *archiveSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *archiveSession) Reset()                               {}
func (s *archiveSession) Logout() error                        { return nil }

func (s *archiveSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	s.a.n++
	if s.a.answer != nil {
		err = s.a.answer(s.a.n)
	}
	if err == nil || err == error(errLost) {
		s.a.mails = append(s.a.mails, string(text))
	}
	if err == error(errLost) {
		_ = s.conn.Conn().Close()
	}
	return err
}

func (a *archive) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.mails)
}

// answers sets what becomes of further mails.
func (a *archive) answers(answer func(n int) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n, a.answer = 0, answer
}

func startArchive(t *testing.T) *archive {
	t.Helper()
	a := &archive{}
	server := smtp.NewServer(a)
	server.ErrorLog = nowhere{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.addr = l.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return a
}

type nowhere struct{}

func (nowhere) Printf(string, ...any) {}
func (nowhere) Println(...any)        {}

// journalMail is a journal report that has arrived.
type journalMail struct {
	id, once, text string // Message-ID, key, and the report
	message        []byte // what is attached
}

func parseJournal(t *testing.T, text string) journalMail {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if _, marked := m.Header["X-Ms-Journal-Report"]; !marked {
		t.Errorf("it is not marked as a journal report: %v", m.Header)
	}
	out := journalMail{id: m.Header.Get("Message-ID"), once: m.Header.Get("X-Mailweir-Once")}
	parts := multipart.NewReader(m.Body, params["boundary"])
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	report, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	out.text = string(report)
	if part, err = parts.NextRawPart(); err != nil {
		t.Fatal(err)
	}
	var body io.Reader = part
	if part.Header.Get("Content-Transfer-Encoding") == "base64" {
		body = base64.NewDecoder(base64.StdEncoding, part)
	}
	if out.message, err = io.ReadAll(body); err != nil {
		t.Fatal(err)
	}
	return out
}

// journalArgs is the command line of a copy that is archived.
func (s *shipped) journalArgs(a *archive, name string, config map[string]any, more ...string) []string {
	config["relay"], config["to"] = "archive", "archive@example.org"
	return s.args(name, config, append([]string{
		"--smtp-relay", "archive=smtp://" + a.addr + "?tls=none", "--grant", "smtp:archive", "--grant", "body", "--grant", "kv",
	}, more...)...)
}

const invitation = "Return-Path: <bounce@shop.example>\r\nFrom: \"Shop, the <best@ever>\" <shop@shop.example>\r\n" +
	"To: Ann <ann@example.org>, friends: bob@example.org, (or so) carl@example.org;\r\nCc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>, ann@example.org\r\n" +
	"Message-ID: <1@shop.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nGr\xfc\xdfe\r\n.\r\n..\r\n"

func TestJournal_archivesEachCopiedMessageOnce(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	s := newShipped(t, "journal")
	s.put("INBOX", invitation)
	s.put("Work", "Subject: no addresses, no end of the line")
	s.put("Spam", hamText)
	config := map[string]any{"owner": "owner@example.org", "exempt_uses": []string{"Junk"}}
	for range 2 { // the second run sends nothing
		s.run(0, s.journalArgs(a, "reports", config)...)
	}
	mails := a.all()
	if len(mails) != 2 {
		t.Fatalf("the archive has %d mails", len(mails))
	}
	var invited, bare journalMail
	for _, m := range mails {
		if j := parseJournal(t, m); strings.Contains(j.text, "shop") {
			invited = j
		} else {
			bare = j
		}
	}
	want := "Sender: bounce@shop.example\r\nSubject: Grüße\r\nMessage-Id: <1@shop.example>\r\n" +
		"Recipient: ann@example.org\r\nRecipient: bob@example.org\r\nRecipient: carl@example.org\r\nRecipient: j@example.org\r\nRecipient: owner@example.org\r\n"
	if invited.text != want || string(invited.message) != invitation || invited.once == "" {
		t.Errorf("got %q\nwant %q\nwith %q", invited.text, want, invited.message)
	}
	if want := "Sender: \r\nSubject: no addresses, no end of the line\r\nMessage-Id: \r\nRecipient: owner@example.org\r\n"; bare.text != want {
		t.Errorf("got %q\nwant %q", bare.text, want)
	}

	// As they are, byte for byte.
	s.run(0, s.journalArgs(a, "messages", map[string]any{"format": "message", "exempt_uses": []string{"Junk"}})...)
	if mails := a.all(); len(mails) != 4 || !slices.Contains(mails[2:], invitation) {
		t.Errorf("the archive has %d mails: %q", len(mails), mails[2:])
	}
}

// TestJournal_archivesWhatSMTPCanNotCarry: Dovecot keeps a CR that ends no line.
func TestJournal_archivesWhatSMTPCanNotCarry(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	s := newShipped(t, "journal")
	texts := []string{"Subject: cr\r\n\r\nx\ry\r\n", "Subject: long\r\n\r\n" + strings.Repeat("x", 1500) + "\r\n"}
	for _, text := range texts {
		s.put("INBOX", text)
	}
	s.run(0, s.journalArgs(a, "reports", map[string]any{})...)
	var got []string
	for _, m := range a.all() {
		got = append(got, string(parseJournal(t, m).message))
	}
	slices.Sort(got)
	if !slices.Equal(got, texts) {
		t.Errorf("got %.100q", got)
	}
	// As it is, if that can be, and attached if not.
	s.run(0, s.journalArgs(a, "messages", map[string]any{"format": "message", "from": "weir@example.org"})...)
	mails := a.all()[2:]
	if len(mails) != 2 || !slices.Contains(mails, texts[1]) {
		t.Fatalf("got %.500q", mails)
	}
	for _, m := range mails {
		if m != texts[1] && string(parseJournal(t, m).message) != texts[0] {
			t.Errorf("got %q", m)
		}
	}
}

// TestJournal_losesNothingWhateverTheArchiveAnswers has each message refused for some
// time, for good, or taken without an answer.
func TestJournal_losesNothingWhateverTheArchiveAnswers(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	s := newShipped(t, "journal")
	var texts []string
	for i := range 12 {
		texts = append(texts, strings.Replace(hamText, "Sunday", "Sunday "+string(rune('A'+i)), 1))
		s.put("INBOX", texts[i])
	}
	lost := 0
	trouble := func(n int) error {
		switch n % 4 {
		case 0:
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
		case 1:
			return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 3, 0}, Message: "never"}
		case 2:
			lost++
			return errLost
		}
		return nil
	}
	a.answers(trouble)
	args := s.journalArgs(a, "trouble", map[string]any{})
	if r := s.run(0, args...); r.Copied != 12 {
		t.Errorf("%+v: the archive's trouble is none of the copy", r)
	}
	for range 2 {
		s.run(0, append(args, "--retry-outbox")...)
	}
	a.answers(nil)
	s.run(0, append(args, "--retry-outbox")...)

	count := map[string]int{}
	ids := map[string]string{}
	for _, m := range a.all() {
		j := parseJournal(t, m)
		count[string(j.message)]++
		if id, ok := ids[string(j.message)]; ok && id != j.id+j.once {
			t.Errorf("a repetition has another Message-ID or key: %s, %s", id, j.id+j.once)
		}
		ids[string(j.message)] = j.id + j.once
	}
	doubled := 0
	for _, text := range texts {
		if count[text] == 0 {
			t.Errorf("the archive lacks %q", text)
		}
		doubled += max(0, count[text]-1)
	}
	if doubled > lost || lost == 0 || len(count) != 12 {
		t.Errorf("%d are doubled, %d answers were lost; %d messages", doubled, lost, len(count))
	}
}

// TestJournal_killedInTheMiddleArchivesEachMessage kills copies while they send.
func TestJournal_killedInTheMiddleArchivesEachMessage(t *testing.T) {
	t.Parallel()
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 46, Messages: 300, Folders: 4})
	a := startArchive(t)
	s := newShipped(t, "journal")
	s.source.Fill(corpus)
	args := s.journalArgs(a, "killed", map[string]any{})
	killed := 0
	for _, part := range []int{1, 80, 160} {
		cmd := s.command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for len(a.all()) < part && alive(cmd) {
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		if cmd.Wait() == nil {
			break
		}
		killed++
	}
	if killed == 0 {
		t.Fatal("no run was interrupted")
	}
	s.run(0, args...)

	got := map[string][]journalMail{}
	for _, m := range a.all() {
		j := parseJournal(t, m)
		got[string(j.message)] = append(got[string(j.message)], j)
	}
	want := map[string]int{}
	for _, mails := range corpus {
		for _, m := range mails {
			want[string(m.Body)]++
		}
	}
	doubled := 0
	for text, n := range want {
		keys := map[string]bool{}
		for _, j := range got[text] {
			keys[j.id+" "+j.once] = true
		}
		if len(keys) != n {
			t.Errorf("the archive has %d of %d messages, under %d keys:\n%.300q", len(got[text]), n, len(keys), text)
		}
		doubled += len(got[text]) - len(keys)
	}
	// What was on its way when the program died: four messages at a time.
	if doubled > 4*killed || len(got) != len(want) {
		t.Errorf("%d are doubled after %d kills; %d messages, want %d", doubled, killed, len(got), len(want))
	}
	t.Logf("killed %d times, %d doubled", killed, doubled)
}
