package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func grantsOf(t *testing.T, texts ...string) []task.Grant {
	t.Helper()
	var out []task.Grant
	for _, text := range texts {
		g, err := task.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func TestSaveTask_refusesAGrantThatLeadsNowhere(t *testing.T) {
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
	defer db.Close()
	shelf := newShelf(data)
	defer shelf.Close(t.Context())
	s := &service{store: db, shelf: shelf, log: slog.New(slog.DiscardHandler), relays: map[string]Relay{"archive": {}}}
	tk := task.Task{
		Name:        "a",
		Sources:     []task.Source{{Name: "a", Account: task.Account{Kind: task.KindMaildir, Dir: "/a"}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: "/b"},
		Hooks:       []task.Hook{{Plugin: "folder-rules", Grants: grantsOf(t, "smtp:other")}},
	}
	if _, err := s.SaveTask(t.Context(), tk); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), "there is no relay other; the relays are: archive") {
		t.Errorf("got %v", err)
	}
	tk.Hooks[0].Grants = grantsOf(t, "smtp:archive", "kv")
	saved, err := s.SaveTask(t.Context(), tk)
	if err != nil || len(saved.Hooks[0].Grants) != 2 {
		t.Errorf("got %+v, %v", saved.Hooks, err)
	}
}

func TestParseRelay_readsItsAuthorities(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := ParseRelay("smtps://mail.example?ca=" + file); err == nil || !strings.Contains(err.Error(), "can not be read: no such file") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseRelay("smtps://mail.example?ca=" + file); err == nil || !strings.Contains(err.Error(), "no certificate in PEM format") {
		t.Errorf("got %v", err)
	}
	if r, err := ParseRelay("smtp://mail.example"); err != nil || r.TLS != door.RelayStart {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestDryRun_boundsWhatAPlanSays(t *testing.T) {
	var d dryRun
	for range maxDryNotes + 7 {
		d.record("p", "http", "POST https://a.example:443/")
	}
	notes := d.notes()
	if len(notes) != maxDryNotes+1 || notes[0] != "plugin p would use http: POST https://a.example:443/" || notes[maxDryNotes] != "plugins would do 7 things more outside" {
		t.Errorf("%d notes, the last is %q", len(notes), notes[len(notes)-1])
	}
}
