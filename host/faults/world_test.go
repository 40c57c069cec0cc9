package faults

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

const password = "secret"

// world is a source full of mail and a destination with an empty account for
// every copy, each behind a proxy.
type world struct {
	*testing.T
	mail     mailtest.Account // what the destination shall hold
	from, to *mailtest.Server
	accounts int32 // how many destinations there are
	users    atomic.Int32
	// retryAfter is how long a run waits before it looks at the destination again;
	// 0 is short.
	retryAfter time.Duration
}

func newWorld(t *testing.T, to mailtest.DovecotOptions) *world {
	t.Helper()
	return newWorldInto(t, 8000, func(users map[string]string) *mailtest.Server {
		to.Users = users
		return mailtest.StartDovecot(t, to).Server
	})
}

// newWorldInto is a world whose destinations are at any server.
func newWorldInto(t *testing.T, accounts int32, start func(users map[string]string) *mailtest.Server) *world {
	t.Helper()
	users := map[string]string{}
	for i := range accounts {
		users[userName(int(i))] = password
	}
	w := &world{T: t, from: mailtest.StartDovecot(t, mailtest.DovecotOptions{}).Server, to: start(users), accounts: accounts}
	source := w.from.Dial("ann")
	source.Fill(oddMail())
	w.mail = source.DumpUTF8()
	return w
}

func userName(i int) string { return fmt.Sprintf("user%04d", i) }

// copying is one pair of accounts with its ledger; copies can be made again and
// again.
type copying struct {
	t        *testing.T
	source   string // user at the source; "" is ann
	user     string
	from, to string // host:port
	ledger   copier.Ledger
	options  copier.Options
	timeout  time.Duration
	log      io.Writer
}

// copying returns a copy into an account that nobody has used.
func (w *world) copying(t *testing.T, db *store.Store, from, to string) *copying {
	t.Helper()
	n := int(w.users.Add(1))
	if n >= int(w.accounts) {
		t.Fatalf("more than %d copies in one world", w.accounts)
	}
	options := quick()
	if w.retryAfter != 0 {
		options.RetryAfter, options.RetryAtMost = w.retryAfter, w.retryAfter
	}
	return &copying{t: t, user: userName(n), from: from, to: to, ledger: db.Ledger(userName(n)), options: options, timeout: 5 * time.Second, log: io.Discard}
}

// quick are options that make many steps of few messages, and short waits.
func quick() copier.Options {
	return copier.Options{
		Lanes: 1, BatchMessages: 4, WindowMessages: 6,
		RetryAfter: 20 * time.Millisecond, RetryAtMost: 50 * time.Millisecond, LookAgain: 5 * time.Millisecond,
	}
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), store.FileName), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// runLimit is far beyond what any run here takes: whoever reaches it hangs.
const runLimit = 2 * time.Minute

// run copies once. That the run comes to its end by itself is part of every test.
func (c *copying) run() *task.Report {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), runLimit)
	defer cancel()
	r := copyOnce(ctx, c.from, c.to, cmp.Or(c.source, "ann"), c.user, c.ledger, c.options, c.timeout, c.log)
	if ctx.Err() != nil {
		c.t.Fatalf("the run did not end within %v", runLimit)
	}
	checkSums(c.t, r)
	return r
}

func copyOnce(ctx context.Context, from, to, sourceUser, user string, ledger copier.Ledger, options copier.Options, timeout time.Duration, log io.Writer) *task.Report {
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	account := func(addr, user string, readOnly bool) imap.Config {
		host, port, _ := net.SplitHostPort(addr)
		n, _ := strconv.Atoi(port)
		return imap.Config{
			Host: host, Port: n, TLS: imap.TLSNone, LoginName: user, Password: password,
			ReadOnly: readOnly, Timeout: timeout, Log: logger,
		}
	}
	return copier.New(copier.Config{
		Sources: []copier.SourceAccount{{Name: "source", Open: func(ctx context.Context) (mail.Source, error) {
			a, err := imap.Open(ctx, account(from, sourceUser, !options.Removal.AtSource))
			if err != nil {
				return nil, err // not the nil *imap.Account, which would be an account
			}
			return a, nil
		}}},
		Target: func(ctx context.Context) (mail.Target, error) {
			a, err := imap.Open(ctx, account(to, user, false))
			if err != nil {
				return nil, err
			}
			return a, nil
		},
		Ledger: ledger, Options: options, Log: logger,
	}).Run(ctx)
}

// checkSums checks that the sums of a report add up.
func checkSums(t *testing.T, r *task.Report) {
	t.Helper()
	var sum task.Counts
	for _, f := range r.Folders {
		if f.Counts.Source != f.Handled() {
			t.Errorf("%s: %d at the source, %d handled: %+v", f.Folder, f.Counts.Source, f.Handled(), f.Counts)
		}
		sum.Add(f.Counts)
	}
	if sum != r.Counts {
		t.Errorf("counts are %+v, the folders add up to %+v", r.Counts, sum)
	}
	if r.Outcome == task.OutcomeBug {
		t.Errorf("the engine is at fault: %s", r.Cause)
	}
	if (r.Outcome == task.OutcomeDone) != (r.Cause == "" && r.Counts.Failed+r.Counts.Held == 0) {
		t.Errorf("outcome %q with cause %q, counts %+v", r.Outcome, r.Cause, r.Counts)
	}
}

// dump reads what a destination holds.
func (w *world) dump(user string) mailtest.Account {
	c := w.to.Dial(user)
	defer c.Close()
	return c.DumpUTF8()
}

// oddMail is little mail that is easily lost or doubled: twins in one folder and
// over folders, with equal and with other dates, equal Message-IDs, none at all,
// 8-bit bytes, no body, long lines, one that is streamed.
func oddMail() mailtest.Account {
	at := time.Date(2020, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	letter := func(id, subject, text string) []byte {
		head := "From: ann@example.org\r\n"
		if id != "" {
			head += "Message-ID: <" + id + "@example.org>\r\n"
		}
		return []byte(head + "Subject: " + subject + "\r\n\r\n" + text)
	}
	big := letter("big", "big", strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz\r\n", 16000))
	twin := letter("twin", "twin", "the same\r\n")
	nameless := letter("", "without a name", "hello\r\n")
	return mailtest.Account{
		"INBOX": {
			{Body: letter("1", "first", "one\r\n"), Date: at, Flags: []string{`\Seen`}},
			{Body: twin, Date: at},
			{Body: twin, Date: at},
			{Body: twin, Date: at.Add(time.Hour), Flags: []string{`\Flagged`}},
			{Body: nameless, Date: at},
			{Body: nameless, Date: at},
			{Body: letter("same", "same name, text A", "a\r\n"), Date: at},
			{Body: letter("same", "same name, text B", "b\r\n"), Date: at},
			{Body: letter("8", "Gr\xfc\xdfe", "Sch\xf6ne Gr\xfc\xdfe, 日本語\r\n"), Date: at, Flags: []string{`\Answered`, "$Forwarded"}},
			{Body: letter("9", "no body", ""), Date: at},
			{Body: []byte("Subject: nothing but a header\r\n"), Date: at},
			{Body: letter("11", "long line", strings.Repeat("x", 30000)+"\r\n"), Date: at},
		},
		"Archiv/Größe": {
			{Body: big, Date: at, Flags: []string{`\Seen`}},
			{Body: twin, Date: at},
			{Body: letter("same", "same name, text C", "c\r\n"), Date: at},
			{Body: letter("14", "no line end", "the end"), Date: at},
			{Body: letter("15", "looks like IMAP", "* BYE\r\nW1 OK done\r\n{10}\r\n)\r\n"), Date: at},
		},
		"Archiv": {
			{Body: letter("16", "one", "1\r\n"), Date: at, Flags: []string{`\Draft`}},
			{Body: nameless, Date: at.Add(time.Minute)},
			{Body: letter("18", "two", "2\r\n"), Date: at, Flags: []string{`\Deleted`}},
		},
		"Leer": nil,
	}
}
