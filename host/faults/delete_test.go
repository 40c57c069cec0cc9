package faults

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// deleting is two Dovecots whose users can be emptied: each copy has a source of
// its own.
type deleting struct {
	from, to *mailtest.Dovecot
	db       *store.Store
	users    int
}

func newDeleting(t *testing.T, accounts int) *deleting {
	t.Helper()
	users := map[string]string{}
	for i := range accounts {
		users[userName(i)] = password
	}
	return &deleting{
		from: mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users}),
		to:   mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users}),
		db:   openStore(t),
	}
}

// deletable is little mail with all that makes a deletion go wrong: twins in one
// folder and over folders, and mail that a person has marked.
func deletable() mailtest.Account {
	all := oddMail()
	delete(all, "Leer")
	all["INBOX"], all["Archiv/Größe"] = all["INBOX"][:7], all["Archiv/Größe"][1:4]
	return all
}

// copied returns a copying of an account that was copied once, undisturbed.
func (d *deleting) copied(t *testing.T, from, to string, held mailtest.Account) *copying {
	t.Helper()
	name := userName(d.users)
	d.users++
	source := d.from.Dial(name)
	source.Fill(held)
	source.Close()
	c := &copying{t: t, source: name, user: name, from: from, to: to, ledger: d.db.Ledger(name), options: quick(), timeout: 5 * time.Second, log: io.Discard}
	if r := c.run(); r.Outcome != task.OutcomeDone {
		t.Fatalf("undisturbed: %q: %s", r.Outcome, r.Cause)
	}
	return c
}

// lose lets a person delete messages at the source.
func (d *deleting) lose(c *copying, folder, messages string) {
	client := d.from.Dial(c.source)
	defer client.Close()
	expunge(client, folder, messages)
}

// sides reads both accounts of a copying.
func (d *deleting) sides(c *copying) (source, target mailtest.Account) {
	s, t := d.from.Dial(c.source), d.to.Dial(c.user)
	defer s.Close()
	defer t.Close()
	return s.DumpUTF8(), t.DumpUTF8()
}

// after sets the clock of a copying.
func (c *copying) after(d time.Duration) {
	c.options.Now = func() time.Time { return time.Now().Add(d) }
}

const day = 24 * time.Hour

// removals are what the sweeps delete, by name.
var removals = map[string]copier.Removal{
	"":       {},
	"move":   {AtSource: true, Limit: copier.LimitOf(100)},
	"mirror": {AtTarget: true},
}

// commands remembers every command that clients send through a proxy.
type commands struct {
	mu   sync.Mutex
	sent []string
}

func (c *commands) at(s faulty.Step) faulty.Fault {
	if s.From == faulty.Client && s.Kind == faulty.Command {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, line, _ := strings.Cut(s.Text, " ")
		c.sent = append(c.sent, line)
	}
	return faulty.Fault{}
}

// changing returns the commands that can change an account.
func (c *commands) changing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.sent), harmless.MatchString)
}

var (
	harmless = regexp.MustCompile(`^(CAPABILITY|NOOP|LOGOUT|ID|ENABLE|NAMESPACE|LIST|LSUB|STATUS|EXAMINE|UNSELECT|AUTHENTICATE|LOGIN|UID FETCH)\b`)
	exact    = regexp.MustCompile(`^(SELECT .*|UID STORE [0-9:,]+ \+FLAGS\.SILENT \(\\Deleted\)|UID EXPUNGE [0-9:,]+)$`)
)

func TestDelete_sendsNothingElseAndOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	d := newDeleting(t, 5)
	tests := []struct {
		name           string
		give           copier.Removal
		source, target bool // are commands sent that delete?
	}{
		{"nothing", copier.Removal{}, false, false},
		{"mirror", copier.Removal{AtTarget: true, Limit: copier.LimitOf(100)}, false, true},
		{"move", copier.Removal{AtSource: true, Limit: copier.LimitOf(100)}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var here, there commands
			from := faulty.Start(t, d.from.Addr(), faulty.Options{At: here.at})
			to := faulty.Start(t, d.to.Addr(), faulty.Options{})
			c := d.copied(t, from.Addr(), to.Addr(), deletable())
			if sent := here.changing(); len(sent) > 0 {
				t.Errorf("the source was sent %q by a copy", sent)
			}
			source := d.from.Dial(c.source)
			expunge(source, "INBOX", "2")
			to.Restart(there.at)
			c.options.Removal = tt.give
			if r := c.run(); r.Outcome != task.OutcomeDone {
				t.Errorf("outcome %q: %s", r.Outcome, r.Cause)
			}
			for _, side := range []struct {
				sent []string
				may  bool
			}{{here.changing(), tt.source}, {withoutSelect(there.changing(), !tt.target), tt.target}} {
				for _, line := range side.sent {
					if !exact.MatchString(line) {
						t.Errorf("sent %q", line)
					}
				}
				expunges := slices.ContainsFunc(side.sent, func(line string) bool { return strings.HasPrefix(line, "UID EXPUNGE") })
				if expunges != side.may || len(side.sent) > 0 && !side.may {
					t.Errorf("sent %q; deleting is expected: %v", side.sent, side.may)
				}
			}
		})
	}
}

// withoutSelect leaves out, on demand, that folders were opened for writing. A
// destination is written to anyway.
func withoutSelect(sent []string, on bool) []string {
	return slices.DeleteFunc(sent, func(line string) bool { return on && strings.HasPrefix(line, "SELECT ") })
}

func TestDelete_leavesWhatOtherClientsMarked(t *testing.T) {
	t.Parallel()
	for _, without := range [][]string{nil, {"UIDPLUS"}, {"UIDPLUS", "UNSELECT"}} {
		t.Run(strings.Join(without, " "), func(t *testing.T) {
			t.Parallel()
			d := newDeleting(t, 2)
			from := faulty.Start(t, d.from.Addr(), faulty.Options{Without: without})
			to := faulty.Start(t, d.to.Addr(), faulty.Options{Without: without})
			at := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)

			// At the source: mail that is marked and too young to go.
			c := d.copied(t, from.Addr(), to.Addr(), deletable())
			source := d.from.Dial(c.source)
			source.Append("INBOX", `\Deleted`, at, []byte("Subject: young\r\n\r\n"))
			c.after(31 * day)
			if r := c.run(); r.Counts.Copied != 1 {
				t.Fatalf("copied %d: %s", r.Counts.Copied, r.Cause)
			}
			c.after(60 * day)
			c.options.Removal = copier.Removal{AtSource: true, After: 30 * day, Limit: copier.LimitOf(100)}
			r := c.run()
			here, _ := d.sides(c)
			young := slices.IndexFunc(here["INBOX"], func(m mailtest.Mail) bool { return strings.HasPrefix(string(m.Body), "Subject: young") })
			if young < 0 || !slices.Contains(here["INBOX"][young].Flags, `\Deleted`) {
				t.Errorf("what another client marked is gone: %v", here["INBOX"])
			}
			want := 1
			if without != nil {
				want = 8 // marked only, and the report says so
				if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, `INBOX: 7 messages only marked \Deleted`) }) {
					t.Errorf("notes are %q", r.Notes)
				}
			}
			if len(here["INBOX"]) != want || r.Outcome != task.OutcomeDone {
				t.Errorf("INBOX holds %d, want %d; outcome %q: %s", len(here["INBOX"]), want, r.Outcome, r.Cause)
			}

			// At the destination: strangers, and a copy that a person has marked.
			c = d.copied(t, from.Addr(), to.Addr(), deletable())
			target := d.to.Dial(c.user)
			target.Append("INBOX", `\Deleted`, at, []byte("Subject: stranger\r\n\r\n"))
			target.Cmd("SELECT INBOX")
			target.Cmd(`STORE 1 +FLAGS.SILENT (\Deleted)`)
			target.Cmd("UNSELECT")
			_, before := d.sides(c)
			d.lose(c, "INBOX", "4")
			c.options.Removal = copier.Removal{AtTarget: true}
			r = c.run()
			_, got := d.sides(c)
			if without == nil {
				before["INBOX"] = slices.Delete(before["INBOX"], 3, 4)
			} else {
				before["INBOX"][3].Flags = append(before["INBOX"][3].Flags, `\Deleted`)
			}
			if diff := mailtest.Diff(before, got); diff != "" || r.Outcome != task.OutcomeDone {
				t.Errorf("outcome %q (%s):\n%s", r.Outcome, r.Cause, diff)
			}
		})
	}
}

func TestDelete_anAccountThatIsItsOwnDestinationLosesNothing(t *testing.T) {
	t.Parallel()
	d := newDeleting(t, 1)
	name := userName(0)
	client := d.from.Dial(name)
	client.Fill(deletable())
	want := client.DumpUTF8()
	// Two names of one server are not noticed before.
	c := &copying{t: t, source: name, user: name, from: d.from.Addr(), to: d.from.Addr(), ledger: d.db.Ledger(name), options: quick(), timeout: 5 * time.Second, log: io.Discard}
	c.options.Removal = copier.Removal{AtSource: true, Limit: copier.LimitOf(100)}
	r := c.run()
	if r.Outcome != task.OutcomeSafety || !strings.Contains(r.Cause, "one and the same folder") {
		t.Errorf("outcome %q: %s", r.Outcome, r.Cause)
	}
	if diff := mailtest.Diff(want, client.DumpUTF8()); diff != "" {
		t.Error(diff)
	}
}

// TestDelete_readsCopiesFromTheirDisk alters a copy behind the server's back.
func TestDelete_readsCopiesFromTheirDisk(t *testing.T) {
	t.Parallel()
	d := newDeleting(t, 1)
	c := d.copied(t, d.from.Addr(), d.to.Addr(), deletable())
	dir := filepath.Join(d.to.MailDir(c.user), "cur")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	altered := 0
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The size stays, and so do the server's indexes.
		if changed := strings.Replace(string(body), "Subject: first", "Subject: FIRST", 1); changed != string(body) {
			altered++
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.to.Own(dir)
	if altered != 1 {
		t.Fatalf("%d files altered, want 1", altered)
	}
	c.options.Removal = copier.Removal{AtSource: true, Limit: copier.LimitOf(100)}
	r := c.run()
	if r.Outcome != task.OutcomeListed || len(r.Listed) != 1 || !strings.Contains(r.Listed[0].Reason, "has other bytes") {
		t.Errorf("outcome %q (%s), %+v", r.Outcome, r.Cause, r.Listed)
	}
	here, _ := d.sides(c)
	if left := here.Messages(); left != 1 || len(here["INBOX"]) != 1 || !strings.Contains(string(here["INBOX"][0].Body), "Subject: first") {
		t.Errorf("%d messages are left at the source: %v", left, here)
	}
}

func TestDelete_aFolderThatWasReplacedLosesNothing(t *testing.T) {
	t.Parallel()
	const folder = "Archiv/Größe"
	for _, side := range []string{"source", "destination"} {
		for _, mode := range []string{"move", "mirror"} {
			t.Run(side+"/"+mode, func(t *testing.T) {
				t.Parallel()
				d := newDeleting(t, 1)
				c := d.copied(t, d.from.Addr(), d.to.Addr(), deletable())
				c.options.Removal = copier.Removal{AtSource: true, After: day, Limit: copier.LimitOf(100)}
				if mode == "mirror" {
					c.options.Removal = copier.Removal{AtTarget: true, Grace: day, Limit: copier.LimitOf(100)}
					d.lose(c, folder, "1")
					c.run() // it is known as missing
				}
				here, there := d.sides(c)
				if side == "source" {
					replace(d.from.Dial(c.source), folder, here[folder])
				} else {
					replace(d.to.Dial(c.user), folder, there[folder])
				}
				c.after(2 * day)
				r := c.run()
				if r.Outcome != task.OutcomeDone || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, folder) && strings.Contains(n, "UIDVALIDITY") }) {
					t.Errorf("outcome %q (%s), notes %q", r.Outcome, r.Cause, r.Notes)
				}
				after, got := d.sides(c)
				if diff := mailtest.Diff(there, got); diff != "" {
					t.Errorf("at the destination:\n%s", diff)
				}
				if diff := mailtest.Diff(mailtest.Account{folder: here[folder]}, mailtest.Account{folder: after[folder]}); diff != "" {
					t.Errorf("at the source:\n%s", diff)
				}
			})
		}
	}
}

// TestDelete_losesNothingWhereverAConnectionEnds breaks the runs that delete.
func TestDelete_losesNothingWhereverAConnectionEnds(t *testing.T) {
	t.Parallel()
	each := perSweep()
	if whole() {
		each = 400
	}
	for _, mode := range []string{"move", "mirror"} {
		for _, without := range [][]string{nil, {"UIDPLUS"}} {
			for _, side := range []string{"source", "destination"} {
				t.Run(fmt.Sprintf("%s/%v/%s", mode, without, side), func(t *testing.T) {
					t.Parallel()
					d := newDeleting(t, each+1)
					from := faulty.Start(t, d.from.Addr(), faulty.Options{Without: without})
					to := faulty.Start(t, d.to.Addr(), faulty.Options{Without: without})
					broken := map[string]*faulty.Proxy{"source": from, "destination": to}[side]
					want := deletable()
					prepare := func() *copying {
						c := d.copied(t, from.Addr(), to.Addr(), deletable())
						c.options.Removal = removals[mode]
						if mode == "mirror" {
							d.lose(c, "INBOX", "2,3")
							d.lose(c, "Archiv", "1")
						}
						if !from.Quiet() || !to.Quiet() {
							t.Fatal("the servers did not end the connections")
						}
						return c
					}
					check := func(c *copying, when string, settled bool) {
						t.Helper()
						d.check(t, c, want, when, settled && without == nil)
					}
					sound := prepare()
					broken.Restart(nil)
					if r := sound.run(); r.Outcome != task.OutcomeDone {
						t.Fatalf("undisturbed: %q (%s), %+v", r.Outcome, r.Cause, r.Listed)
					}
					check(sound, "undisturbed", true)
					if !from.Quiet() || !to.Quiet() {
						t.Fatal("the servers did not end the connections")
					}
					steps, n := broken.Steps(), 0
					for i := range min(each, 2*steps) {
						k, way := 1+i*steps/min(each, 2*steps), ways[i%len(ways)]
						broken.Restart(nil)
						c := prepare()
						var hit faulty.Step
						broken.Restart(func(s faulty.Step) faulty.Fault {
							if s.N != k {
								return faulty.Fault{}
							}
							hit = s
							return faulty.Fault{Do: way.do}
						})
						first := c.run()
						if !from.Quiet() || !to.Quiet() {
							t.Fatalf("%s: the servers did not end the connections", hit)
						}
						broken.Restart(nil)
						when := fmt.Sprintf("broken %s %s; that run ended %q (%s)", way.name, hit, first.Outcome, first.Cause)
						check(c, when, false)
						second := c.run()
						if second.Outcome != task.OutcomeDone {
							t.Errorf("%s: then %q (%s), %+v", when, second.Outcome, second.Cause, second.Listed)
						}
						check(c, when+", then "+string(second.Outcome), true)
						n++
					}
					t.Logf("%d steps, %d broken", steps, n)
				})
			}
		}
	}
}

// check compares what must never be otherwise and, when all has settled, what must
// be so in the end. want is what was copied.
func (d *deleting) check(t *testing.T, c *copying, want mailtest.Account, when string, settled bool) {
	t.Helper()
	move := c.options.Removal.AtSource
	here, there := d.sides(c)
	kept := want
	if !move {
		kept = here
	}
	if lost := missing(kept, there, here, move); lost != 0 {
		t.Errorf("%s: %d lost", when, lost)
	}
	if !settled {
		return
	}
	if move && here.Messages() != 0 {
		t.Errorf("%s: %d messages are left at the source", when, here.Messages())
	}
	if diff := mailtest.Diff(kept, there); diff != "" {
		t.Errorf("%s:\n%s", when, diff)
	}
}

// missing counts the messages of want that are not there often enough; what is
// still at the source is not lost, if that counts.
func missing(want, there, here mailtest.Account, sourceCounts bool) (lost int) {
	for folder, mails := range want {
		n := map[string]int{}
		for _, m := range mails {
			n[string(m.Body)]++
		}
		for _, m := range there[folder] {
			n[string(m.Body)]--
		}
		if sourceCounts {
			for _, m := range here[folder] {
				n[string(m.Body)]--
			}
		}
		for _, d := range n {
			lost += max(d, 0)
		}
	}
	return lost
}
