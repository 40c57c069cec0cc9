package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/secret"
)

const (
	viewers       = 200  // pages of one run that are open
	viewerCost    = 0.10 // of the copy's rate that they may cost
	viewedRounds  = 9    // of each kind, in turns
	viewedFolders = 20
	viewedEach    = 1500 // messages in a folder: a copy takes longer than it takes to open the pages
)

// TestScale_manyOpenPagesOfARunCostItLittle copies the same mail with nobody looking and
// with two hundred open pages, in turns, and compares each two: machines change their
// pace from one minute to the next. The readers are on the same machine, and what they
// take counts, too.
func TestScale_manyOpenPagesOfARunCostItLittle(t *testing.T) {
	if os.Getenv("MAILWEIR_SCALE") == "" {
		t.Skip("set MAILWEIR_SCALE=1; its figures are those of a machine that does nothing else: go tool task viewers")
	}
	program, err := exec.LookPath("mailweir")
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]string{}
	for i := range 2*viewedRounds + 1 {
		users[fmt.Sprintf("user%d", i)] = "secret"
	}
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
	dir, mail := t.TempDir(), fillMaildir(t)
	add := exec.Command(program, "user", "add", "root", "--role", "admin", "--data", dir) // pages lead to the set-up else
	add.Env = append(os.Environ(), "MAILWEIR_USER_PASSWORD=correct horse battery", secret.EnvKey+"="+secretKey)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("user add: %v\n%s", err, out)
	}
	at, pid, _ := serveApart(t, dir, "")
	s := viewed{t: t, at: at, pid: pid}
	s.copy(mail, fmt.Sprintf("imap://user0@127.0.0.1:%d?tls=none", to.Port()), 0) // warms up
	rates, spent, frames := map[int][]float64{}, map[int][]float64{}, int64(0)
	var shares []float64 // of the rate without pages, that each round with them had
	for round := range 2 * viewedRounds {
		open := viewers * (round % 2)
		rate, cpu, seen := s.copy(mail, fmt.Sprintf("imap://user%d@127.0.0.1:%d?tls=none", round+1, to.Port()), open)
		rates[open], spent[open], frames = append(rates[open], rate), append(spent[open], cpu.Seconds()), frames+seen
		if open > 0 {
			shares = append(shares, rate/rates[0][len(rates[0])-1])
		}
		t.Logf("%3d pages: %6.0f messages a second, %5.2f s of CPU, %d reads", open, rate, cpu.Seconds(), seen)
	}
	if frames < int64(viewers*viewedRounds*3) {
		t.Errorf("only %d reads: the pages were not followed", frames)
	}
	load, _ := os.ReadFile("/proc/loadavg")
	t.Logf("load %s", load)
	t.Logf("CPU of the service: median %.2f s without, %.2f s with %d pages", median(spent[0]), median(spent[viewers]), viewers)
	within(t, fmt.Sprintf("%d open pages cost", viewers), 100*(1-median(shares)), 100*viewerCost, "% of the rate")
}

// fillMaildir makes a tree of mail, and returns where it is.
func fillMaildir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mail")
	for folder := range viewedFolders {
		at := dir
		if folder > 0 {
			at = filepath.Join(dir, fmt.Sprintf(".Folder%d", folder))
		}
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(at, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for i := range viewedEach {
			text := fmt.Sprintf("From: a@example.org\r\nSubject: %d\r\nMessage-ID: <%d-%d@x>\r\n\r\n%s", i, folder, i, strings.Repeat("What was said, once more.\r\n", 150))
			if err := os.WriteFile(filepath.Join(at, "cur", fmt.Sprintf("%d.%d.x:2,S", 1_700_000_000+i, folder)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// viewed is a service whose runs are looked at.
type viewed struct {
	t   *testing.T
	at  app.Local
	pid int
}

// copy copies the mail into an empty account while pages of the run are open, and
// returns the rate, what the service computed meanwhile, and how often a page was told
// something.
func (s viewed) copy(mail, to string, open int) (rate float64, spent time.Duration, reads int64) {
	s.t.Helper()
	var made, run struct{ ID string }
	s.call(http.MethodPost, "/api/v1/tasks", fmt.Sprintf(`{"name": %q, "sources": [{"name": "old", "url": "maildir://%s"}], "destination": {"url": %q, "password": "secret"}}`, to, mail, to), &made)
	before := cpu(s.t, s.pid)
	s.call(http.MethodPost, "/api/v1/tasks/"+made.ID+"/run", "", &run)
	var pages sync.WaitGroup
	var told atomic.Int64
	for range open {
		pages.Go(func() {
			req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, strings.TrimSuffix(s.at.URL, "/")+"/runs/"+run.ID+"/events", nil)
			if err != nil {
				s.t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+s.at.Token)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				s.t.Error(err)
				return
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				s.t.Errorf("a page is answered %s", resp.Status)
				return
			}
			for buffer := make([]byte, 1<<16); ; {
				if _, err := resp.Body.Read(buffer); err != nil {
					return
				}
				told.Add(1)
			}
		})
	}
	var now struct {
		Started, Ended time.Time
		Status         string
		Counts         struct{ Copied int }
	}
	for began := time.Now(); now.Ended.IsZero(); time.Sleep(100 * time.Millisecond) {
		s.call(http.MethodGet, "/api/v1/runs/"+run.ID, "", &now)
		if time.Since(began) > 5*time.Minute {
			s.t.Fatal("the run does not end")
		}
	}
	pages.Wait()
	if now.Counts.Copied != viewedFolders*viewedEach {
		s.t.Fatalf("%d messages were copied: %+v", now.Counts.Copied, now)
	}
	return float64(now.Counts.Copied) / now.Ended.Sub(now.Started).Seconds(), cpu(s.t, s.pid) - before, told.Load()
}

func (s viewed) call(method, path, body string, out any) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, strings.TrimSuffix(s.at.URL, "/")+path, bytes.NewBufferString(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.at.Token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		s.t.Fatalf("%s %s: %d, %v: %s", method, path, resp.StatusCode, err, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		s.t.Fatal(err)
	}
}
