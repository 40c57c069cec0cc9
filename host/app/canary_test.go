package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/task"
)

// canaries are passwords that may turn up nowhere, in no spelling.
type canaries []string

// in returns the first canary that text holds, as it is or in Base64.
func (c canaries) in(text []byte) string {
	for _, secret := range c {
		for _, spelling := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret))} {
			if bytes.Contains(text, []byte(spelling)) {
				return secret
			}
		}
	}
	return ""
}

// notBelow checks every file below dir.
func (c canaries) notBelow(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if found := c.in(content); found != "" {
			t.Errorf("%s holds the password %q", path, found)
		}
		files++
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files below %s, %v", files, dir, err)
	}
}

// parrot is a server that refuses every login and repeats what it was told.
func parrot(t *testing.T) (addr string) {
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
			go func() {
				defer c.Close()
				fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello\r\n")
				for in := bufio.NewScanner(c); in.Scan(); {
					tag, said, _ := strings.Cut(in.Text(), " ")
					raw := said[strings.LastIndexByte(said, ' ')+1:]
					plain, _ := base64.StdEncoding.DecodeString(raw)
					fmt.Fprintf(c, "* NO you said %s\r\n%s NO [AUTHENTICATIONFAILED] wrong: %s, that is %q\r\n", said, tag, said, plain)
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestService_writesNoPasswordAnywhere(t *testing.T) {
	secrets := canaries{"canary-source-5f1c", "canary-target-77aa", "canary-wrong-0b0b", "canary-parrot-93e1", "canary-plugin-61c4"}
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: map[string]string{"ann": secrets[0]}})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: map[string]string{"bob": secrets[1]}})
	from.Dial("ann").Fill(mailtest.Corpus(mailtest.CorpusOptions{Seed: 3, Messages: 20, Folders: 3}))
	account := func(user, addr, password string) task.Account {
		a, err := task.ParseAccount("imap://" + user + "@" + addr + "?tls=none")
		if err != nil {
			t.Fatal(err)
		}
		a.Password = task.Password(password)
		return a
	}

	data, err := openDataDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Open(string(data), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	db, err := data.openStore(t.Context(), box)
	if err != nil {
		t.Fatal(err)
	}
	hooks := task.Endpoint{Host: "hooks.example"}
	if err := db.SetSecret(t.Context(), task.Secret{Name: "webhook", Hosts: []task.Endpoint{hooks}, Value: task.Password(secrets[4])}); err != nil {
		t.Fatal(err)
	}
	// A plugin that may name the secret: its value is there while the task runs.
	hook := task.Hook{Plugin: "folder-rules", Grants: []task.Grant{{Name: "http", Endpoint: hooks}}}
	var logged safeBuffer
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	shelf := newShelf(data)
	defer func() { _ = shelf.Close(context.Background()) }()
	work := &executor{store: db, shelf: shelf, data: data, conn: ConnOptions{Log: log}}
	queue, err := jobs.New(jobs.Config{Store: db, Execute: work.execute, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &service{store: db, jobs: queue, shelf: shelf, log: log}

	target := account("bob", to.Addr(), secrets[1])
	for _, tt := range []struct {
		name   string
		source task.Account
		want   task.Outcome
	}{
		{"fine", account("ann", from.Addr(), secrets[0]), task.OutcomeDone},
		{"wrong password", account("ann", from.Addr(), secrets[2]), task.OutcomeNeedsUser},
		{"a server that repeats it", account("ann", parrot(t), secrets[3]), task.OutcomeNeedsUser},
	} {
		saved, err := s.SaveTask(t.Context(), task.Task{Name: tt.name, Sources: []task.Source{{Name: "a", Account: tt.source}}, Destination: target, Hooks: []task.Hook{hook}})
		if err != nil {
			t.Fatal(err)
		}
		run, err := s.StartRun(t.Context(), saved.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := ended(t, s, run.ID)
		if last.Report.Outcome != tt.want {
			t.Errorf("%s: %q: %s", tt.name, last.Report.Outcome, last.Report.Cause)
		}
		lines, err := s.Log(t.Context(), run.ID, 0, 1000)
		if err != nil || len(lines) == 0 {
			t.Errorf("%s: a log of %d lines, %v", tt.name, len(lines), err)
		}
		rows, _, err := s.FindTasks(access.With(t.Context(), access.Local()), task.Query{})
		if err != nil || len(rows) == 0 {
			t.Fatalf("%d tasks, %v", len(rows), err)
		}
		// Pages and exports are made of these.
		shown, err := json.Marshal([]any{saved, last, lines, rows})
		if err != nil {
			t.Fatal(err)
		}
		if found := secrets.in(append(shown, fmt.Sprintf("%+v %#v %v", saved, last, rows)...)); found != "" {
			t.Errorf("%s: what pages are made of holds %q", tt.name, found)
		}
	}
	secrets.notBelow(t, string(data)) // while the database is open, and after
	if err := queue.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	secrets.notBelow(t, string(data))
	if found := secrets.in([]byte(logged.String())); found != "" || !strings.Contains(logged.String(), "run ended") {
		t.Errorf("the log holds %q:\n%s", found, logged.String())
	}
}
