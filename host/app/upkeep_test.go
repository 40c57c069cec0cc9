package app

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

// kept makes a data directory with a task whose password is stored, and returns the
// task's ID.
func kept(t *testing.T, dir, database string, getenv func(string) string) (id string) {
	t.Helper()
	db := openKept(t, dir, database, getenv)
	defer db.Close()
	a, err := task.ParseAccount("imaps://ann@old.example")
	if err != nil {
		t.Fatal(err)
	}
	a.Password = "s3cret"
	tk := task.Task{Name: "a", Sources: []task.Source{{Name: "x", Account: a}}, Destination: task.Account{Kind: task.KindMaildir, Dir: "/mail"}}
	if err := db.SaveTask(t.Context(), &tk); err != nil {
		t.Fatal(err)
	}
	return tk.ID
}

func openKept(t *testing.T, dir, database string, getenv func(string) string) *store.Store {
	t.Helper()
	data, err := openDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Open(dir, getenv)
	if err != nil {
		t.Fatal(err)
	}
	db, err := data.openDatabase(t.Context(), database, box)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// opens checks that the stored password opens with the key that getenv names.
func opens(t *testing.T, dir, database, id string, getenv func(string) string) {
	t.Helper()
	db := openKept(t, dir, database, getenv)
	defer db.Close()
	tk, err := db.Credentials(t.Context(), id)
	if err != nil || tk.Sources[0].Account.Password != "s3cret" {
		t.Errorf("the password opens as %q, %v", tk.Sources[0].Account.Password.Reveal(), err)
	}
}

func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestRekey_putsANewKeyFileInThePlaceOfTheOldOne(t *testing.T) {
	dir := t.TempDir()
	id := kept(t, dir, "", noEnv)
	old, err := os.ReadFile(filepath.Join(dir, KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	sealed, installed, err := Rekey(t.Context(), KeepOptions{Data: dir, Getenv: noEnv})
	if err != nil || sealed != 1 || !installed {
		t.Fatalf("%d sealed, installed %v, %v", sealed, installed, err)
	}
	opens(t, dir, "", id, noEnv)
	if now, err := os.ReadFile(filepath.Join(dir, KeyFile)); err != nil || string(now) == string(old) {
		t.Errorf("the key is the old one, %v", err)
	}
}

func TestRekey_finishesWhatWasInterrupted(t *testing.T) {
	tests := []struct {
		name      string
		interrupt func(t *testing.T, dir string, next *secret.New)
		sealed    int
	}{
		{"before anything was sealed", func(*testing.T, string, *secret.New) {}, 1},
		{"before the new key took its place", func(t *testing.T, dir string, next *secret.New) {
			db := openKept(t, dir, "", noEnv)
			defer db.Close()
			if _, err := db.Rekey(t.Context(), next.Box); err != nil {
				t.Fatal(err)
			}
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			id := kept(t, dir, "", noEnv)
			next, err := secret.OpenNew(dir, noEnv)
			if err != nil {
				t.Fatal(err)
			}
			tt.interrupt(t, dir, next)
			sealed, installed, err := Rekey(t.Context(), KeepOptions{Data: dir, Getenv: noEnv})
			if err != nil || sealed != tt.sealed || !installed {
				t.Fatalf("%d sealed, installed %v, %v", sealed, installed, err)
			}
			opens(t, dir, "", id, noEnv)
		})
	}
}

func TestRekey_ofKeysInTheEnvironmentOnPostgreSQL(t *testing.T) {
	database, dir := storetest.Postgres(t), t.TempDir()
	old, next := strings.Repeat("01", 32), strings.Repeat("02", 32)
	id := kept(t, dir, database, variables(secret.EnvKey, old))
	o := KeepOptions{Data: dir, Database: database, Getenv: variables(secret.EnvKey, old, EnvNewKey, next)}
	for i, want := range []int{1, 0} { // the second time there is nothing to do
		sealed, installed, err := Rekey(t.Context(), o)
		if err != nil || sealed != want || installed {
			t.Fatalf("time %d: %d sealed, installed %v, %v", i+1, sealed, installed, err)
		}
	}
	opens(t, dir, database, id, variables(secret.EnvKey, next))
	if left, err := filepath.Glob(filepath.Join(dir, "secret*")); err != nil || len(left) > 0 {
		t.Errorf("a key was written to %v", left)
	}
}

func TestKeep_doesNothingWhileAServiceIsAtWork(t *testing.T) {
	database, dir := storetest.Postgres(t), t.TempDir()
	db := openKept(t, dir, database, noEnv)
	defer db.Close()
	if err := db.Beat(t.Context(), "other.example:1"); err != nil {
		t.Fatal(err)
	}
	lite := t.TempDir()
	kept(t, lite, "", noEnv)
	_, _, rekeyErr := Rekey(t.Context(), KeepOptions{Data: dir, Database: database, Getenv: noEnv})
	_, moveErr := MoveStore(t.Context(), KeepOptions{Data: lite, Getenv: noEnv}, database)
	for what, err := range map[string]error{"rekey": rekeyErr, "move": moveErr} {
		if !errors.Is(err, ErrInUse) || OutcomeOf(err) != task.OutcomeTemporary || !strings.Contains(err.Error(), "other.example:1") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestServe_severalOnOneDatabaseHaveOneAdministratorAndOneKey(t *testing.T) {
	database := storetest.Postgres(t)
	key := variables(secret.EnvKey, strings.Repeat("03", 32))
	first, stopFirst := startServiceOn(t, t.TempDir(), database, key)
	defer stopFirst()
	second, stopSecond := startServiceOn(t, t.TempDir(), database, key)
	defer stopSecond()
	if !strings.Contains(first, "Set-up code ") || !strings.Contains(second, "Set-up code ") {
		t.Errorf("without a user, the first one says\n%s\nthe second one\n%s", first, second)
	}
	db := openKept(t, t.TempDir(), database, key)
	defer db.Close()
	if err := db.CreateFirstUser(t.Context(), &access.User{Name: "ann", Role: access.RoleAdmin}, "hash"); err != nil {
		t.Fatal(err)
	}
	if err := db.CreateFirstUser(t.Context(), &access.User{Name: "eve", Role: access.RoleAdmin}, "hash"); err == nil {
		t.Error("there were two first users")
	}
	third, stopThird := startServiceOn(t, t.TempDir(), database, key)
	defer stopThird()
	if strings.Contains(third, "Set-up code ") {
		t.Errorf("with a user, the third one says\n%s", third)
	}
	other := t.TempDir()
	err := Serve(t.Context(), ServeOptions{Data: other, Database: database, Listen: "127.0.0.1:0", Getenv: noEnv, Out: io.Discard, Log: quiet})
	if !errors.Is(err, store.ErrWrongKey) || OutcomeOf(err) != task.OutcomeNeedsUser {
		t.Errorf("with a key of its own: %v", err)
	}
	err = Serve(t.Context(), ServeOptions{Data: other, Database: "mysql://x", Listen: "127.0.0.1:0", Getenv: noEnv, Out: io.Discard, Log: quiet})
	if !errors.Is(err, ErrUsage) {
		t.Errorf("another kind of database: %v", err)
	}
}

// TestVerbs_lookAfterADatabaseOfPostgreSQL: users, accounts and secrets are made where
// the service looks for them, and not in a file beside it.
func TestVerbs_lookAfterADatabaseOfPostgreSQL(t *testing.T) {
	o := KeepOptions{Data: t.TempDir(), Database: storetest.Postgres(t), Getenv: variables(secret.EnvKey, strings.Repeat("04", 32))}
	people, err := OpenPeople(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	root, err := people.Add(t.Context(), access.User{Name: "root", Role: access.RoleAdmin}, goodPassword)
	if err := errors.Join(err, people.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := OpenRegistry(t.Context(), RegistryOptions{KeepOptions: o, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	account := task.StoredAccount{Name: "archive", Account: remote("ann")}
	if err := errors.Join(r.SaveAccount(t.Context(), &account), r.Close()); err != nil {
		t.Fatal(err)
	}
	hooks := task.Secret{Name: "token", Hosts: []task.Endpoint{{Host: "hooks.example"}}, Value: "canary"}
	if err := SetSecret(t.Context(), o, hooks); err != nil {
		t.Fatal(err)
	}
	if secrets, err := Secrets(t.Context(), o); err != nil || len(secrets) != 1 {
		t.Errorf("%d secrets, %v", len(secrets), err)
	}
	if list, err := ListMemory(t.Context(), o); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if files, err := filepath.Glob(filepath.Join(o.Data, "*.db*")); err != nil || len(files) > 0 {
		t.Errorf("there is a database file as well: %v, %v", files, err)
	}
	db := openKept(t, o.Data, o.Database, o.Getenv)
	defer db.Close()
	if u, err := db.User(t.Context(), root.ID); err != nil || u.Name != "root" {
		t.Errorf("%+v, %v", u, err)
	}
	if a, err := db.AccountCredentials(t.Context(), "archive"); err != nil || a.Password.Reveal() != "p" {
		t.Errorf("%+v, %v", a, err)
	}
}
