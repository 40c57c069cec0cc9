package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

// takeover is what the README promises: how long the runs of a node that was
// killed stand still at most.
const takeover = 30 * time.Second

// cluster is a database, mail servers with something to copy, and services that
// copy it.
type cluster struct {
	t        *testing.T
	database string // "" is SQLite in dir
	dir      string
	db       *store.Store
	mail     *mailtest.Dovecot
	want     mailtest.Account
	tasks    []task.Task
}

// secretKey is that of all nodes.
var secretKey = strings.Repeat("5a", 32)

// newCluster makes a task for each of n users, whose mail goes a slow way, so that
// a run takes some ten seconds.
func newCluster(t *testing.T, database string, n int) *cluster {
	t.Helper()
	c := &cluster{t: t, database: database, dir: t.TempDir()}
	users := make(map[string]string)
	for i := range n {
		users[fmt.Sprint("from", i)], users[fmt.Sprint("to", i)] = "secret", "secret"
	}
	c.mail = mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	c.want = mailtest.Account{}
	c.db = openApart(t, c.dir, database)
	t.Cleanup(func() { _ = c.db.Close() })
	slow := slowWay(t, c.mail.Addr(), 120<<10)
	for i := range n {
		tk := task.Task{
			Name: fmt.Sprint("task", i), Schedule: task.Schedule{Every: 24 * time.Hour},
			Sources:     []task.Source{{Name: "old", Account: c.account(c.mail.Addr(), fmt.Sprint("from", i))}},
			Destination: c.account(slow, fmt.Sprint("to", i)),
		}
		if err := c.db.SaveTask(t.Context(), &tk); err != nil {
			t.Fatal(err)
		}
		c.tasks = append(c.tasks, tk)
	}
	c.grow()
	return c
}

// grow puts 400 messages into each source. They look so much alike that only their
// bytes tell whether one is doubled.
func (c *cluster) grow() {
	c.t.Helper()
	more, first := mailtest.Account{}, c.want.Messages()
	for m := first; m < first+400; m++ {
		folder := []string{"INBOX", "Sent", "Work"}[m%3]
		body := fmt.Sprintf("Subject: message\r\n\r\n%d\r\n%s\r\n", m, strings.Repeat("0123456789abcde\r\n", 300))
		more[folder] = append(more[folder], mailtest.Mail{Date: time.Unix(1_700_000_000+int64(m), 0).UTC(), Body: []byte(body)})
		c.want[folder] = append(c.want[folder], more[folder][len(more[folder])-1])
	}
	for i := range c.tasks {
		c.mail.Dial(fmt.Sprint("from", i)).Fill(more)
	}
}

func (c *cluster) account(addr, user string) task.Account {
	a, err := task.ParseAccount("imap://" + user + "@" + addr + "?tls=none")
	if err != nil {
		c.t.Fatal(err)
	}
	a.Password = "secret"
	return a
}

// slowWay leads to addr and lets through so many bytes a second on each connection
// towards it.
func slowWay(t *testing.T, addr string, perSecond int) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(client, server)
				_ = client.Close()
			}()
			go func() {
				defer server.Close()
				buf := make([]byte, 8<<10)
				for {
					n, err := client.Read(buf)
					if n > 0 {
						time.Sleep(time.Duration(n) * time.Second / time.Duration(perSecond))
						if _, err := server.Write(buf[:n]); err != nil {
							return
						}
					}
					if err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// node is a service in a process of its own.
type node struct {
	t   *testing.T
	cmd *exec.Cmd
	log string
}

// serve starts a service and waits until it is ready.
func (c *cluster) serve() *node {
	c.t.Helper()
	program, err := exec.LookPath("mailweir")
	if err != nil {
		c.t.Fatal(err)
	}
	dir := c.dir
	args := []string{"serve", "--listen", "127.0.0.1:0", "--workers", "4"}
	if c.database != "" {
		dir = c.t.TempDir()
		args = append(args, "--database", c.database)
	}
	n := &node{t: c.t, cmd: exec.Command(program, append(args, "--data", dir)...), log: filepath.Join(c.t.TempDir(), "log")}
	out, err := os.Create(n.log)
	if err != nil {
		c.t.Fatal(err)
	}
	defer out.Close()
	n.cmd.Stdout, n.cmd.Stderr = out, out
	n.cmd.Env = append(os.Environ(), secret.EnvKey+"="+secretKey)
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := n.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		n.kill()
		if c.t.Failed() {
			c.t.Logf("node %d:\n%s", n.cmd.Process.Pid, n.said())
		}
	})
	c.until("the service is ready", 30*time.Second, func() bool { return strings.Contains(n.said(), "mailweir is ready") })
	return n
}

func (n *node) said() string {
	text, _ := os.ReadFile(n.log)
	return string(text)
}

func (n *node) signal(s os.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

// stands is what the database says of a run.
type stands struct {
	id     string
	state  task.State
	epoch  int64
	pid    int // of its node; 0 is none
	copied int64
}

func (c *cluster) runs() []stands {
	c.t.Helper()
	rows, err := c.db.DB().QueryContext(c.t.Context(), `SELECT run.id, run.state, run.epoch, coalesce(node.name, '')
		FROM run LEFT JOIN node ON node.id = run.node ORDER BY run.id`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var all []stands
	for rows.Next() {
		var s stands
		var name string
		if err := rows.Scan(&s.id, &s.state, &s.epoch, &name); err != nil {
			c.t.Fatal(err)
		}
		s.pid, _ = strconv.Atoi(name[strings.LastIndexByte(name, ':')+1:])
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	rows.Close()
	for i, s := range all {
		run, err := c.db.Run(c.t.Context(), s.id)
		if err != nil {
			c.t.Fatal(err)
		}
		all[i].copied = run.Progress.Counts.Copied
	}
	return all
}

// at are the runs that a node is in the middle of.
func (c *cluster) at(n *node) (runs []stands) {
	for _, s := range c.runs() {
		if s.state == task.StateRunning && s.pid == n.cmd.Process.Pid && s.copied > 20 {
			runs = append(runs, s)
		}
	}
	return runs
}

// allDue lets the schedule start all tasks now.
func (c *cluster) allDue() {
	c.t.Helper()
	if _, err := c.db.DB().ExecContext(c.t.Context(), fmt.Sprintf("UPDATE task SET next_at = %d", time.Now().UnixMilli())); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) until(what string, atMost time.Duration, done func() bool) time.Duration {
	c.t.Helper()
	begun := time.Now()
	for !done() {
		if time.Since(begun) > atMost {
			c.t.Fatalf("%v went by until: %s; the runs are %+v", atMost, what, c.runs())
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(begun)
}

// busy waits until one of the nodes is in the middle of a run, and returns it.
func (c *cluster) busy(nodes ...*node) (busy *node, with []stands) {
	c.t.Helper()
	c.until("a node copies", 40*time.Second, func() bool {
		for _, n := range nodes {
			if with = c.at(n); len(with) > 0 {
				busy = n
				return true
			}
		}
		return false
	})
	return busy, with
}

// goOn waits until runs are at work under a new epoch, or over.
func (c *cluster) goOn(runs []stands, without *node, within time.Duration) {
	c.t.Helper()
	took := c.until("the runs go on", within, func() bool {
		for _, now := range c.runs() {
			was := slices.IndexFunc(runs, func(s stands) bool { return s.id == now.id })
			if was >= 0 && (now.state == task.StateQueued || now.pid == without.cmd.Process.Pid || now.epoch == runs[was].epoch && now.state != task.StateEnded) {
				return false
			}
		}
		return true
	})
	c.t.Logf("%d runs went on after %v", len(runs), took.Round(100*time.Millisecond))
}

// finished waits for the end of all runs and checks that nothing is lost and
// nothing is doubled.
func (c *cluster) finished(runsEach int) {
	c.t.Helper()
	c.until("all runs are over", 90*time.Second, func() bool {
		runs := c.runs()
		return len(runs) == runsEach*len(c.tasks) && !slices.ContainsFunc(runs, func(s stands) bool { return s.state != task.StateEnded })
	})
	for i, tk := range c.tasks {
		runs, err := c.db.Runs(c.t.Context(), tk.ID, 10)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, run := range runs {
			if run.Report.Outcome != task.OutcomeDone {
				c.t.Errorf("%s ended as %s: %s", tk.Name, run.Report.Outcome, run.Report.Cause)
			}
		}
		if diff := mailtest.Diff(c.want, c.mail.Dial(fmt.Sprint("to", i)).Dump()); diff != "" {
			c.t.Errorf("%s: %.2000s", tk.Name, diff)
		}
	}
}

func TestNodes_aKilledOneLosesAndDoublesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	c := newCluster(t, storetest.Database(t), 4)
	a, b := c.serve(), c.serve()
	c.allDue()
	victim, runs := c.busy(a, b)
	victim.kill()
	c.goOn(runs, victim, takeover)
	c.finished(1)
}

func TestNodes_aFrozenOneWritesNothingWhenItWakesUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	c := newCluster(t, storetest.Database(t), 3)
	nodes := []*node{c.serve(), c.serve(), c.serve()}
	c.allDue()
	zombie, runs := c.busy(nodes...)
	zombie.signal(syscall.SIGSTOP)
	c.goOn(runs, zombie, takeover)
	c.finished(1)
	before := c.tables()
	zombie.signal(syscall.SIGCONT)
	c.until("the node finds out", 20*time.Second, func() bool { return strings.Contains(zombie.said(), "this node has lost its lease") })
	time.Sleep(3 * time.Second)
	if after := c.tables(); after != before {
		t.Errorf("the node that woke up has written: before\n%s\nafter\n%s", before, after)
	}
	// It is a good node again.
	for _, n := range nodes {
		if n != zombie {
			n.signal(syscall.SIGTERM)
		}
	}
	c.allDue()
	c.finished(2)
}

// tables is all that runs write: runs, their logs and ledgers.
func (c *cluster) tables() string {
	c.t.Helper()
	var out strings.Builder
	for _, query := range []string{
		"SELECT id, state, epoch, node, outcome, report, progress FROM run ORDER BY id",
		"SELECT run_id, count(*), max(at) FROM run_log GROUP BY run_id ORDER BY run_id",
		"SELECT id, ledger, folder, target_next, seen_next, present FROM pair ORDER BY id",
		"SELECT pair_id, count(*), sum(state), sum(target_uid), max(copied_at) FROM entry GROUP BY pair_id ORDER BY pair_id",
	} {
		rows, err := c.db.DB().QueryContext(c.t.Context(), query)
		if err != nil {
			c.t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			c.t.Fatal(err)
		}
		for rows.Next() {
			values := make([]string, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				c.t.Fatal(err)
			}
			fmt.Fprintf(&out, "%q\n", values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			c.t.Fatal(err)
		}
	}
	return out.String()
}

func TestServe_goesOnAtOnceAfterAKillOnSQLite(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	t.Parallel()
	c := newCluster(t, "", 2)
	n := c.serve()
	c.allDue()
	_, runs := c.busy(n)
	n.kill()
	killed := time.Now()
	c.serve()
	c.goOn(runs, n, 5*time.Second)
	t.Logf("the runs stood still for %v, most of which a busy machine takes to start a process", time.Since(killed).Round(10*time.Millisecond))
	c.finished(1)
}

// With MAILWEIR_NODES=1 nodes are killed, frozen and started again, as it comes,
// for some minutes.
func TestNodes_surviveAnEvilHour(t *testing.T) {
	if os.Getenv("MAILWEIR_NODES") == "" {
		t.Skip("takes minutes: go tool task nodes")
	}
	c := newCluster(t, storetest.Database(t), 8)
	nodes := []*node{c.serve(), c.serve(), c.serve()}
	evil := 0
	for round := 1; round <= 5; round++ {
		if round > 1 {
			c.grow()
		}
		c.allDue()
		c.until("all runs have begun", 20*time.Second, func() bool { return len(c.runs()) == round*len(c.tasks) })
		for slices.ContainsFunc(c.runs(), func(s stands) bool { return s.state != task.StateEnded }) {
			i := evil % len(nodes)
			switch evil % 4 {
			case 0, 2:
				nodes[i].kill()
				time.Sleep(2 * time.Second)
				nodes[i] = c.serve()
			case 1:
				nodes[i].signal(syscall.SIGSTOP)
				time.Sleep(20 * time.Second)
				nodes[i].signal(syscall.SIGCONT)
			case 3: // too short for a takeover
				nodes[i].signal(syscall.SIGSTOP)
				time.Sleep(4 * time.Second)
				nodes[i].signal(syscall.SIGCONT)
			}
			evil++
			time.Sleep(3 * time.Second)
		}
		c.finished(round)
		if t.Failed() {
			t.Fatalf("in round %d, after %d kills and frosts", round, evil)
		}
	}
	t.Logf("%d kills and frosts", evil)
}
