package imap

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
)

// exact is every command that deletes no more than it names.
var exact = regexp.MustCompile(`^[A-Z]+[0-9]+ UID (STORE [0-9:,]+ \+FLAGS\.SILENT \(\\Deleted\)|EXPUNGE [0-9:,]+)$`)

// removing removes the first of three messages, of which another client has
// marked the second, and returns what was sent for that, and what is left.
func removing(t *testing.T, without ...string) (sent []string, left []mailtest.Mail) {
	t.Helper()
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	other := d.Dial("ann")
	for _, flags := range []string{"", `\Deleted`, ""} {
		other.Append("INBOX", flags, time.Time{}, []byte("Subject: x\r\n\r\nx\r\n"))
	}
	p := faulty.Start(t, d.Addr(), faulty.Options{Without: without})
	_, digits, err := net.SplitHostPort(p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(port)
	var mu sync.Mutex
	listenIn(&cfg, func(lines string) {
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.Lines(lines) {
			if line = strings.TrimRight(line, "\r\n"); !harmless.MatchString(line) && !strings.Contains(line, " SELECT ") {
				sent = append(sent, line)
			}
		}
	})
	a := open(t, cfg)
	w, err := a.Select(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	r := w.(mail.Remover)
	if r.Expunges() != !slices.Contains(without, "UIDPLUS") {
		t.Errorf("Expunges = %v without %v", r.Expunges(), without)
	}
	if err := r.Remove(t.Context(), mail.UIDs(1)); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	// Another folder is opened, the account is closed: no way to leave one expunges.
	if _, err := a.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = a.Close()
	mu.Lock()
	defer mu.Unlock()
	return sent, d.Dial("ann").Dump()["INBOX"]
}

func TestRemove_sendsExactCommandsOnly(t *testing.T) {
	sent, left := removing(t)
	if len(sent) != 2 {
		t.Errorf("sent %q", sent)
	}
	for _, line := range sent {
		if !exact.MatchString(line) {
			t.Errorf("sent %q", line)
		}
	}
	if len(left) != 2 || left[0].UID != 2 || !slices.Contains(left[0].Flags, `\Deleted`) || left[1].UID != 3 {
		t.Errorf("left are %v", left)
	}
}

func TestRemove_marksOnlyWithoutUIDPLUS(t *testing.T) {
	// Without UNSELECT a folder that is open for writing is left by a detour.
	sent, left := removing(t, "UIDPLUS", "UNSELECT")
	deletes := slices.DeleteFunc(sent, func(line string) bool { return strings.HasSuffix(line, " CLOSE") })
	if len(deletes) != 1 || !exact.MatchString(deletes[0]) {
		t.Errorf("sent %q", sent)
	}
	if len(left) != 3 || !slices.Contains(left[0].Flags, `\Deleted`) || slices.Contains(left[2].Flags, `\Deleted`) {
		t.Errorf("left are %v", left)
	}
}

func TestRemove_isRefusedWhereItCanNotBeExact(t *testing.T) {
	for _, answer := range []string{
		"* 1 EXISTS\n* OK [UIDVALIDITY 1] x\n* NO [UIDNOTSTICKY] x\n",
		"* 1 EXISTS\n* OK [UIDVALIDITY 1] x\n* OK [PERMANENTFLAGS (\\Seen)] x\n",
	} {
		s := startFake(t, ordinary("UIDPLUS", map[string]string{"SELECT": answer}))
		w, err := open(t, config(s.port)).Select(t.Context(), inbox)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, w.(mail.Remover).Remove(t.Context(), mail.UIDs(1)), mail.ErrDenied)
		for _, line := range s.said() {
			if strings.HasPrefix(line, "UID ") {
				t.Errorf("sent %q", line)
			}
		}
	}
}
