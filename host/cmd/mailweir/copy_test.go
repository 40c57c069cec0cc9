package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// mailweir is the program as a process of its own.
type mailweir struct {
	t    *testing.T
	data string
}

// lastLine is the report that --json ends with.
type lastLine struct {
	Type, Outcome, Cause                             string
	Messages, Copied, Present, Skipped, Held, Failed int64
	Flags, Bytes, Folders                            int64
	Matched, Missing, Differ, Extra                  int64
}

func (m *mailweir) command(args ...string) *exec.Cmd {
	m.t.Helper()
	binary, err := exec.LookPath("mailweir") // TestMain puts it there
	if err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.CommandContext(m.t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+m.data, "MAILWEIR_FROM_PASSWORD=secret", "MAILWEIR_TO_PASSWORD=secret")
	return cmd
}

// run ends the test unless the program ends with status. It returns the report.
func (m *mailweir) run(status int, args ...string) lastLine {
	m.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := m.command(append(args, "--json")...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != status {
		m.t.Fatalf("mailweir %s: exit status %d (%v), want %d\n%s%s", strings.Join(args, " "), got, err, status, tail(stdout.String()), stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	var r lastLine
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || r.Type != "report" {
		m.t.Fatalf("the last line is no report: %v\n%s", err, lines[len(lines)-1])
	}
	if sum := r.Copied + r.Present + r.Skipped + r.Held + r.Failed; args[0] == "copy" && sum != r.Messages {
		m.t.Errorf("%d messages at the source, but %d in the report: %+v", r.Messages, sum, r)
	}
	return r
}

func tail(s string) string {
	if len(s) > 3000 {
		return "..." + s[len(s)-3000:]
	}
	return s
}

func url(d *mailtest.Dovecot) string { return "imap://ann@" + d.Addr() + "?tls=none" }

func TestCopy_carriesAnAccountToAnotherServerExactly(t *testing.T) {
	t.Parallel()
	messages, folders, big := 1000, 30, 3
	if testing.Short() {
		messages, folders, big = 150, 10, 1
	}
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 42, Messages: messages, Folders: folders, BigMessages: big})
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{Separator: '/'})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Format: "mdbox", Separator: '.', Prefix: "INBOX."})
	source, target := from.Dial("ann"), to.Dial("ann")
	source.Fill(corpus)
	before := source.DumpUTF8()
	m := &mailweir{t, t.TempDir()}
	args := []string{"copy", "--from", url(from), "--to", url(to)}
	want := int64(corpus.Messages())

	first := m.run(0, args...)
	if first.Copied != want || first.Messages != want {
		t.Errorf("first run: %+v, want %d copied", first, want)
	}
	if diff := mailtest.Diff(corpus, target.DumpUTF8()); diff != "" {
		t.Fatalf("after the first run:\n%s", diff)
	}
	if diff := mailtest.Diff(before, source.DumpUTF8()); diff != "" {
		t.Errorf("the source was changed:\n%s", diff)
	}

	second := m.run(0, args...)
	if second.Copied != 0 || second.Present != want || second.Flags != 0 || second.Bytes != 0 {
		t.Errorf("second run: %+v, want nothing copied and %d present", second, want)
	}
	if diff := mailtest.Diff(corpus, target.DumpUTF8()); diff != "" {
		t.Errorf("after the second run:\n%s", diff)
	}
	var human bytes.Buffer
	cmd := m.command(args...)
	cmd.Stdout = &human
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if line := human.String(); !strings.HasPrefix(line, "nothing to copy: ") {
		t.Errorf("the second run says %q", line)
	}

	changed := addAndChange(t, source, corpus)
	third := m.run(0, args...)
	if third.Copied != 20 || third.Present != want || third.Flags != 20 {
		t.Errorf("third run: %+v, want 20 copied and 20 flags carried over", third)
	}
	if diff := mailtest.Diff(changed, target.DumpUTF8()); diff != "" {
		t.Errorf("after the third run:\n%s", diff)
	}

	verified := m.run(0, "verify", "--from", url(from), "--to", url(to))
	if verified.Matched != want+20 || verified.Missing+verified.Differ+verified.Extra != 0 {
		t.Errorf("verify: %+v", verified)
	}
}

// addAndChange adds 20 messages and changes the flags of 20 others, spread over
// the folders, and returns what the account then holds.
func addAndChange(t *testing.T, c *mailtest.Client, account mailtest.Account) mailtest.Account {
	t.Helper()
	added, changed := 0, 0
	var folders []string
	for _, name := range account.Folders() {
		if len(account[name]) > 0 {
			folders = append(folders, name)
		}
	}
	for round := 0; changed < 20 || added < 20; round++ {
		for _, folder := range folders {
			if added < 20 {
				body := fmt.Sprintf("From: new@example.org\r\nSubject: added %d\r\n\r\nNew.\r\n", added)
				c.Append(folder, `\Flagged`, time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), []byte(body))
				added++
			}
			if changed < 20 && round < len(account[folder]) {
				flags := `(\Answered $Changed)`
				if slices.Contains(account[folder][round].Flags, `\Answered`) {
					flags = `($Changed)`
				}
				c.Cmd("SELECT " + c.Quote(c.Raw(folder)))
				c.Cmd(fmt.Sprintf("STORE %d FLAGS %s", round+1, flags))
				changed++
			}
		}
	}
	now := c.DumpUTF8()
	if now.Messages() != account.Messages()+20 {
		t.Fatalf("%d messages after adding 20 to %d", now.Messages(), account.Messages())
	}
	return now
}

func TestCopy_killedInTheMiddleLosesNothing(t *testing.T) {
	t.Parallel()
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 43, Messages: 1500, Folders: 12, BigMessages: 2, BigSize: 4 << 20})
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Format: "mdbox"})
	source, target := from.Dial("ann"), to.Dial("ann")
	source.Fill(corpus)
	m := &mailweir{t, t.TempDir()}
	args := []string{"copy", "--from", url(from), "--to", url(to)}

	// Each round kills the program when more than in the round before has arrived,
	// whenever that is.
	interrupted := 0
	for _, part := range []int{20, 300, 700} {
		cmd := m.command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for arrived(target) < part && alive(cmd) {
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil {
			break // it was faster than the question how far it is
		}
		interrupted++
	}
	if interrupted == 0 {
		t.Fatal("no run was interrupted")
	}
	t.Logf("killed %d times, at last with %d of %d messages there", interrupted, arrived(target), corpus.Messages())

	m.run(0, args...)
	got := target.DumpUTF8()
	if missing := lost(corpus, got); missing != "" {
		t.Errorf("lost:\n%s", missing)
	}
	last := m.run(0, args...)
	if last.Copied != 0 {
		t.Errorf("the run after the repair copies %d messages", last.Copied)
	}
	if double := got.Messages() - corpus.Messages(); double > 0 {
		t.Logf("%d messages are there twice", double)
	}
}

// arrived counts the messages at the destination, as far as a listing tells.
func arrived(c *mailtest.Client) int {
	n := 0
	for _, f := range c.List() {
		if slices.Contains(f.Attrs, `\Noselect`) {
			continue
		}
		for _, line := range c.Cmd("STATUS " + c.Quote(f.Raw) + " (MESSAGES)") {
			var count int
			if i := strings.LastIndex(line, "(MESSAGES "); i >= 0 {
				fmt.Sscanf(line[i:], "(MESSAGES %d)", &count)
			}
			n += count
		}
	}
	return n
}

// lost says which messages of want are missing from got, not minding those that
// are there too often.
func lost(want, got mailtest.Account) string {
	cut := mailtest.Account{}
	for name, mails := range want {
		rest := slices.Clone(got[name])
		for _, m := range mails {
			i := slices.IndexFunc(rest, func(g mailtest.Mail) bool {
				return bytes.Equal(g.Body, m.Body) && g.Date.Equal(m.Date) && sameFlags(g.Flags, m.Flags)
			})
			if i >= 0 {
				cut[name] = append(cut[name], m)
				rest = slices.Delete(rest, i, i+1)
			}
		}
		if _, there := got[name]; there && cut[name] == nil {
			cut[name] = []mailtest.Mail{}
		}
	}
	return mailtest.Diff(want, cut)
}

func sameFlags(a, b []string) bool {
	fold := func(in []string) []string {
		var out []string
		for _, f := range in {
			if f = strings.ToLower(f); f != `\recent` {
				out = append(out, f)
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(fold(a), fold(b))
}

// alive reports whether the process has not ended, without waiting for it.
func alive(cmd *exec.Cmd) bool {
	state, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(cmd.Process.Pid), "stat"))
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, rest, _ := strings.Cut(string(state), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestCopy_stopsInOrderWhenAsked(t *testing.T) {
	t.Parallel()
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 44, Messages: 1500, Folders: 6})
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	source, target := from.Dial("ann"), to.Dial("ann")
	source.Fill(corpus)
	m := &mailweir{t, t.TempDir()}
	args := []string{"copy", "--from", url(from), "--to", url(to)}

	var stdout, stderr bytes.Buffer
	cmd := m.command(append(args, "--json")...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for arrived(target) < 20 && alive(cmd) {
		time.Sleep(time.Millisecond)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	if cmd.ProcessState.Success() {
		t.Skip("the copy was over before it could be interrupted")
	}
	if got := cmd.ProcessState.ExitCode(); got != 4 {
		t.Fatalf("exit status %d, want 4\n%s", got, stderr.String())
	}
	if !strings.Contains(stderr.String(), "hint: what was copied is recorded") {
		t.Errorf("stderr: %s", stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	var r lastLine
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || r.Outcome != "stopped" {
		t.Errorf("the last line is %s", lines[len(lines)-1])
	}
	stored := int64(arrived(target))
	if r.Copied != stored {
		t.Errorf("the report says %d copied, the destination has %d", r.Copied, stored)
	}
	if again := m.run(0, args...); again.Present != stored {
		t.Errorf("the next run finds %d messages present, %d were stored", again.Present, stored)
	}
	if diff := mailtest.Diff(corpus, target.DumpUTF8()); diff != "" {
		t.Errorf("after the next run:\n%s", diff)
	}
}
