package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mailweir/mailweir/host/task"
)

// withoutPasswords is t as it may be shown.
func withoutPasswords(t task.Task) task.Task {
	t.Destination.Password = ""
	t.Sources = append([]task.Source(nil), t.Sources...)
	for i := range t.Sources {
		t.Sources[i].Account.Password = ""
	}
	return t
}

func TestSaveTask_givesBackWhatWasSaved(t *testing.T) {
	s := openNew(t)
	want := newTask("b")
	want.Schedule.Every = 90 * time.Second
	save(t, s, want)
	if want.ID == "" || want.Created.IsZero() || !want.Created.Equal(want.Updated) {
		t.Errorf("ID or times are missing: %+v", want)
	}
	if diff := cmp.Diff(withoutPasswords(*want), must[task.Task](t)(s.Task(t.Context(), want.ID))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(*want, must[task.Task](t)(s.Credentials(t.Context(), want.ID)), cmp.Comparer(func(a, b task.Password) bool { return a.Reveal() == b.Reveal() })); diff != "" {
		t.Error(diff)
	}
	other := save(t, s, newTask("a'; DROP TABLE task; --"))
	if diff := cmp.Diff([]task.Task{withoutPasswords(*other), withoutPasswords(*want)}, must[[]task.Task](t)(s.Tasks(t.Context()))); diff != "" {
		t.Error(diff)
	}
}

func TestSaveTask_changesSourcesAndHooks(t *testing.T) {
	s := openNew(t)
	tk := save(t, s, newTask("a"))
	changed := withoutPasswords(*tk)
	changed.Name = "renamed"
	changed.Sources = []task.Source{{Name: "new", Account: account("new", "n-secret")}, changed.Sources[0]}
	changed.Hooks = nil
	save(t, s, &changed)
	got := must[task.Task](t)(s.Credentials(t.Context(), tk.ID))
	if got.Name != "renamed" || len(got.Hooks) != 0 || !got.Created.Equal(tk.Created) {
		t.Errorf("got %+v", got)
	}
	if len(got.Sources) != 2 || got.Sources[0].Account.Password != "n-secret" || got.Sources[1].Account.Password != "w-secret" || got.Destination.Password != "a-secret" {
		t.Errorf("sources or passwords are not as they should be: %d sources", len(got.Sources))
	}
}

func TestSaveTask_sendsAStoredPasswordNowhereElse(t *testing.T) {
	tests := []struct {
		name   string
		change func(a *task.Account)
		ok     bool
	}{
		{"nothing", func(*task.Account) {}, true},
		{"the root folder", func(a *task.Account) { a.Root = "Archive" }, true},
		{"the host in capitals", func(a *task.Account) { a.Host = strings.ToUpper(a.Host) }, true},
		{"the host", func(a *task.Account) { a.Host = "evil.example.org" }, false},
		{"the port", func(a *task.Account) { a.Port = 1993 }, false},
		{"TLS", func(a *task.Account) { a.TLS = task.TLSNone }, false},
		{"the user", func(a *task.Account) { a.User = "bob" }, false},
		{"the master user", func(a *task.Account) { a.Master = "admin" }, false},
		{"the authorization identity", func(a *task.Account) { a.Authzid = "bob" }, false},
		{"the trusted authority", func(a *task.Account) { a.CAFile = "/tmp/ca.pem" }, false},
		{"the pin", func(a *task.Account) { a.Pin = "sha256:" + strings.Repeat("00", 32) }, false},
	}
	for _, tt := range tests {
		for _, part := range []string{"source", "destination"} {
			t.Run(tt.name+" of the "+part, func(t *testing.T) {
				s := openNew(t)
				tk := withoutPasswords(*save(t, s, newTask("a")))
				at := &tk.Sources[1].Account
				if part == "destination" {
					at = &tk.Destination
				}
				tt.change(at)
				err := s.SaveTask(t.Context(), &tk)
				if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrPasswordNeeded) {
					t.Fatalf("got %v", err)
				}
				if tt.ok {
					must[task.Task](t)(s.Credentials(t.Context(), tk.ID))
					return
				}
				at.Password = "new"
				save(t, s, &tk)
				must[task.Task](t)(s.Credentials(t.Context(), tk.ID))
			})
		}
	}
}

func TestCredentials_doNotOpenForAnAccountThatWasChangedInTheDatabase(t *testing.T) {
	s := openNew(t)
	tk := save(t, s, newTask("a"))
	if _, err := s.DB().Exec("UPDATE source SET account = replace(account, 'work.example.org', 'evil.example.org') WHERE name = 'work'"); err != nil {
		t.Fatal(err)
	}
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Sources[0].Account.Host != "evil.example.org" {
		t.Fatalf("the change did not work: %v", got.Sources[0].Account)
	}
	if _, err := s.Credentials(t.Context(), tk.ID); err == nil || !strings.Contains(err.Error(), "source work") {
		t.Errorf("got %v; want an error that names the source", err)
	}
}

func TestSaveTask_refuses(t *testing.T) {
	s := openNew(t)
	first := save(t, s, newTask("a"))
	unnamed := newTask("")
	stranger := newTask("stranger")
	stranger.ID = "nobody"
	naked := newTask("naked")
	naked.Sources[1].Account.Password = ""
	renamed := withoutPasswords(*first)
	renamed.Sources[0].Name = "renamed"
	tests := []struct {
		name string
		give *task.Task
		want error
		text string
	}{
		{"a name that is taken", newTask("a"), ErrNameTaken, "another task has this name"},
		{"a task that is not valid", unnamed, nil, "the task has no name"},
		{"an ID that is not there", stranger, ErrNotFound, "not found"},
		{"a source without a password", naked, ErrPasswordNeeded, "source home: the password is needed"},
		{"a renamed source without its password", &renamed, ErrPasswordNeeded, "source renamed: the password is needed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := must[[]task.Task](t)(s.Tasks(t.Context()))
			id := tt.give.ID
			err := s.SaveTask(t.Context(), tt.give)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v; want %q", err, tt.text)
			}
			if tt.give.ID != id {
				t.Error("the task got an ID")
			}
			if diff := cmp.Diff(before, must[[]task.Task](t)(s.Tasks(t.Context()))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSaveTask_needsAKeyForPasswordsOnly(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), FileName), nil)
	if err := s.SaveTask(t.Context(), newTask("a")); !errors.Is(err, ErrNoKey) {
		t.Errorf("got %v, want ErrNoKey", err)
	}
	save(t, s, &task.Task{
		Name: "local", Sources: []task.Source{{Name: "a", Account: task.Account{Kind: task.KindMaildir, Dir: "/a"}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: "/b"},
	})
}

// TestStore_writesNoPasswordAndNoToken plants secrets and looks for them in all
// files, the write-ahead log included.
func TestStore_writesNoPasswordAndNoToken(t *testing.T) {
	s := openNew(t)
	canaries := []string{"canary-w-5f1c", "canary-h-77aa", "canary-a-0b0b", "canary-token-93", "canary-new-11"}
	tk := newTask("a")
	for i, at := range []*task.Password{&tk.Sources[0].Account.Password, &tk.Sources[1].Account.Password, &tk.Destination.Password} {
		*at = task.Password(canaries[i])
	}
	save(t, s, tk)
	tk.Destination.Password = task.Password(canaries[4])
	save(t, s, tk)
	if err := s.Sessions().Commit(canaries[3], []byte("data of a session"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	look := func() {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(s.Path()), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range canaries {
				if bytes.Contains(text, []byte(c)) {
					t.Errorf("%s holds %s", filepath.Base(file), c)
				}
			}
			for _, plain := range []string{"work.example.org", "data of a session"} {
				found[plain] = found[plain] || bytes.Contains(text, []byte(plain))
			}
		}
	}
	look()
	if _, err := s.DB().Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	look()
	if !found["work.example.org"] || !found["data of a session"] {
		t.Errorf("what is no secret was not found either (%v): the search proves nothing", found)
	}
}
