package store

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func addUser(t testing.TB, s *Store, name string, role access.Role, domains ...string) access.User {
	t.Helper()
	u := access.User{Name: name, Role: role, Domains: domains}
	if err := s.CreateUser(t.Context(), &u, "$hash of "+name); err != nil {
		t.Fatal(err)
	}
	return u
}

func login(t testing.TB, s *Store, u access.User) string {
	t.Helper()
	return must[access.Login](t)(s.StartLogin(t.Context(), access.Login{UserID: u.ID, Address: "192.0.2.1", Agent: "x"}, s.now().Add(time.Hour))).ID
}

func TestUsers_areStoredAsTheyAre(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.UnixMilli(1_700_000_000_000)
	setClock(s, &now)
	if must[bool](t)(s.HasUsers(t.Context())) {
		t.Error("a new store has users")
	}
	root := addUser(t, s, "root", access.RoleAdmin)
	op := addUser(t, s, "op@a.example", access.RoleOperator, "a.example", "b.example")
	tk := newTask("a")
	tk.Owner.ID = op.ID
	save(t, s, tk)
	if want := (task.Owner{ID: op.ID, Name: "op@a.example", Role: "operator"}); tk.Owner != want {
		t.Errorf("the saved task has the owner %+v", tk.Owner)
	}
	want := []access.User{
		{ID: op.ID, Name: "op@a.example", Role: access.RoleOperator, Domains: []string{"a.example", "b.example"}, Created: now, Tasks: 1},
		{ID: root.ID, Name: "root", Role: access.RoleAdmin, Created: now},
	}
	if diff := cmp.Diff(want, must[[]access.User](t)(s.Users(t.Context()))); diff != "" {
		t.Error(diff)
	}
	u, hash, err := s.UserByName(t.Context(), "root")
	if err != nil || hash != "$hash of root" || u.ID != root.ID {
		t.Errorf("%+v, %q, %v", u, hash, err)
	}
	if _, _, err := s.UserByName(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	twice := access.User{Name: "root", Role: access.RoleUser}
	if err := s.CreateUser(t.Context(), &twice, "x"); !errors.Is(err, ErrUserTaken) {
		t.Errorf("a second root: %v", err)
	}
}

func TestCreateFirstUser_letsOneOfManyBeTheFirst(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for i := range cap(results) {
		wg.Go(func() {
			u := access.User{Name: "root" + string(rune('a'+i)), Role: access.RoleAdmin}
			results <- s.CreateFirstUser(t.Context(), &u, "x")
		})
	}
	wg.Wait()
	close(results)
	first := 0
	for err := range results {
		switch {
		case err == nil:
			first++
		case !errors.Is(err, ErrNotFirst):
			t.Error(err)
		}
	}
	if users := must[[]access.User](t)(s.Users(t.Context())); first != 1 || len(users) != 1 {
		t.Errorf("%d are the first, %d users are there", first, len(users))
	}
}

func TestUsers_theLastAdminStays(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	root := addUser(t, s, "root", access.RoleAdmin)
	off := access.User{Name: "off", Role: access.RoleAdmin, Disabled: true}
	if err := s.CreateUser(t.Context(), &off, "x"); err != nil {
		t.Fatal(err)
	}
	ann := addUser(t, s, "ann", access.RoleUser)
	tries := map[string]func() error{
		"demoted":  func() error { u := root; u.Role = access.RoleUser; return s.ChangeUser(t.Context(), u) },
		"disabled": func() error { u := root; u.Disabled = true; return s.ChangeUser(t.Context(), u) },
		"removed":  func() error { return s.RemoveUser(t.Context(), root.ID, ann.ID) },
	}
	for name, try := range tries {
		if err := try(); !errors.Is(err, ErrLastAdmin) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u := must[access.User](t)(s.User(t.Context(), root.ID)); u.Role != access.RoleAdmin || u.Disabled {
		t.Errorf("%+v", u)
	}
	ann.Role = access.RoleAdmin
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"demoted", "disabled", "removed"} {
		if err := tries[name](); err != nil {
			t.Errorf("%s, with another admin: %v", name, err)
		}
	}
}

func TestUsers_refuseWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	addUser(t, s, "root", access.RoleAdmin)
	for _, u := range []access.User{
		{Name: "", Role: access.RoleUser},
		{Name: "Ann", Role: access.RoleUser},
		{Name: "ann", Role: "king"},
		{Name: "ann", Role: access.RoleOperator},
		{Name: "ann", Role: access.RoleUser, Domains: []string{"a.example"}},
		{Name: "ann", Role: access.RoleOperator, Domains: []string{"a b"}},
	} {
		if err := s.CreateUser(t.Context(), &u, "x"); err == nil || u.ID != "" {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if err := s.ChangeUser(t.Context(), access.User{ID: "nobody", Role: access.RoleUser}); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestRemoveUser_handsTheTasksOn(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	root := addUser(t, s, "root", access.RoleAdmin)
	ann := addUser(t, s, "ann", access.RoleUser)
	tk := newTask("a")
	tk.Owner.ID = ann.ID
	save(t, s, tk)
	login(t, s, ann)
	for _, heir := range []string{"", ann.ID} {
		if err := s.RemoveUser(t.Context(), ann.ID, heir); !errors.Is(err, ErrOwnsTasks) {
			t.Errorf("heir %q: %v", heir, err)
		}
	}
	if err := s.RemoveUser(t.Context(), ann.ID, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("heir who is not there: %v", err)
	}
	if err := s.RemoveUser(t.Context(), ann.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Owner.ID != root.ID || got.Owner.Role != "admin" {
		t.Errorf("owner %+v", got.Owner)
	}
	if got := must[[]task.Task](t)(s.Tasks(t.Context())); got[0].Owner.Name != "root" {
		t.Errorf("in the list: owner %+v", got[0].Owner)
	}
}

func TestSaveTask_keepsTheOwner(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	ann, bob := addUser(t, s, "ann", access.RoleUser), addUser(t, s, "bob", access.RoleUser)
	tk := newTask("a")
	tk.Owner.ID = ann.ID
	save(t, s, tk)
	tk.Owner = task.Owner{ID: bob.ID, Role: "admin"}
	save(t, s, tk)
	if tk.Owner.ID != ann.ID || tk.Owner.Role != "user" {
		t.Errorf("saving has changed the owner to %+v", tk.Owner)
	}
	if err := s.GiveTask(t.Context(), tk.ID, bob.ID); err != nil {
		t.Fatal(err)
	}
	if got := must[task.Task](t)(s.Credentials(t.Context(), tk.ID)); got.Owner.ID != bob.ID || got.Sources[0].Account.Password != "w-secret" {
		t.Errorf("%+v", got)
	}
	if err := s.GiveTask(t.Context(), tk.ID, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := s.GiveTask(t.Context(), "nothing", bob.ID); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	stray := newTask("b")
	stray.Owner.ID = "nobody"
	if err := s.SaveTask(t.Context(), stray); err == nil {
		t.Error("a task of nobody is stored")
	}
}

func TestLogins_endWithPasswordRoleAndTime(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.UnixMilli(1_700_000_000_000)
	setClock(s, &now)
	addUser(t, s, "root", access.RoleAdmin)
	ann := addUser(t, s, "ann", access.RoleUser)
	lives := func(id string, want bool) {
		t.Helper()
		u, err := s.LoginUser(t.Context(), id, true)
		if want && (err != nil || u.ID != ann.ID) || !want && !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v, %v; want it to live: %v", u, err, want)
		}
	}
	one, two := login(t, s, ann), login(t, s, ann)
	now = now.Add(2 * time.Minute)
	lives(two, true)
	if all := must[[]access.Login](t)(s.Logins(t.Context(), ann.ID)); len(all) != 2 || all[0].ID != two || !all[0].Seen.Equal(now) {
		t.Errorf("%+v", all)
	}
	if err := s.SetPassword(t.Context(), ann.ID, "new", two); err != nil {
		t.Fatal(err)
	}
	lives(one, false)
	lives(two, true)
	ann.Role = access.RoleReader
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	lives(two, false)
	three := login(t, s, ann)
	ann.Disabled = true
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	lives(three, false)
	if _, err := s.StartLogin(t.Context(), access.Login{UserID: ann.ID}, now.Add(time.Hour)); !errors.Is(err, ErrNotFound) {
		t.Errorf("a disabled user logs in: %v", err)
	}
	ann.Disabled = false
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	lives(three, false) // ended is ended
	four := login(t, s, ann)
	now = now.Add(time.Hour)
	lives(four, false)
	if err := s.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := s.DB().QueryRow("SELECT count(*) FROM login").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d logins are left, %v", n, err)
	}
}

func TestTokens_openUntilTheyExpireOrAreRevoked(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.UnixMilli(1_700_000_000_000)
	setClock(s, &now)
	addUser(t, s, "root", access.RoleAdmin)
	ann := addUser(t, s, "ann", access.RoleUser)
	tok := access.Token{UserID: ann.ID, Name: "backup", Scopes: []access.Scope{access.ScopeRead, access.ScopeRun}, Expires: now.Add(time.Hour)}
	if err := s.CreateToken(t.Context(), &tok, "s3cret"); err != nil {
		t.Fatal(err)
	}
	ever := access.Token{UserID: ann.ID, Name: "ever", Scopes: []access.Scope{access.ScopeRead}}
	if err := s.CreateToken(t.Context(), &ever, "for ever"); err != nil {
		t.Fatal(err)
	}
	got, u, err := s.TokenUser(t.Context(), "s3cret")
	if err != nil || u.ID != ann.ID || cmp.Diff(tok, got) != "" {
		t.Errorf("%+v, %+v, %v", got, u, err)
	}
	all := must[[]access.Token](t)(s.Tokens(t.Context(), ann.ID))
	if len(all) != 2 || !all[0].Used.Equal(now) && !all[1].Used.Equal(now) {
		t.Errorf("%+v", all)
	}
	opens := func(secret string, want bool) {
		t.Helper()
		if _, _, err := s.TokenUser(t.Context(), secret); (err == nil) != want || err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v; want it to open: %v", secret, err, want)
		}
	}
	opens("", false)
	opens("S3cret", false)
	ann.Disabled = true
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	opens("s3cret", false)
	ann.Disabled = false
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	opens("s3cret", false)
	opens("for ever", true)
	if err := s.RevokeToken(t.Context(), "another user", ever.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("another user revokes it: %v", err)
	}
	if err := s.RevokeToken(t.Context(), ann.ID, ever.ID); err != nil {
		t.Fatal(err)
	}
	opens("for ever", false)
	var dump []byte
	if err := s.DB().QueryRow("SELECT hash FROM token").Scan(&dump); err != nil || strings.Contains(string(dump), "s3cret") {
		t.Errorf("%q, %v", dump, err)
	}
}

func TestTOTP_codesAreGoodOnce(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	ann := addUser(t, s, "ann", access.RoleAdmin)
	if err := s.ConfirmTOTP(t.Context(), ann.ID, 5, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("without a key: %v", err)
	}
	if err := s.SetPendingTOTP(t.Context(), ann.ID, "KEY"); err != nil {
		t.Fatal(err)
	}
	key, pending, err := s.TOTPKeys(t.Context(), ann.ID)
	if key != "" || pending != "KEY" || err != nil {
		t.Errorf("%q, %q, %v", key, pending, err)
	}
	if u := must[access.User](t)(s.User(t.Context(), ann.ID)); u.TOTP {
		t.Error("a key counts before a code has confirmed it")
	}
	if err := s.ConfirmTOTP(t.Context(), ann.ID, 5, []string{"one", "two"}); err != nil {
		t.Fatal(err)
	}
	if u := must[access.User](t)(s.User(t.Context(), ann.ID)); !u.TOTP || u.Recovery != 2 {
		t.Errorf("%+v", u)
	}
	for _, tt := range []struct {
		step int64
		want bool
	}{{5, false}, {4, false}, {6, true}, {6, false}, {8, true}, {7, false}} {
		if got := must[bool](t)(s.UseStep(t.Context(), ann.ID, tt.step)); got != tt.want {
			t.Errorf("step %d: %v", tt.step, got)
		}
	}
	for _, want := range []bool{true, false} {
		if got := must[bool](t)(s.UseRecovery(t.Context(), ann.ID, "one")); got != want {
			t.Errorf("recovery code: %v, want %v", got, want)
		}
	}
	var sealed string
	if err := s.DB().QueryRow("SELECT totp FROM users").Scan(&sealed); err != nil || strings.Contains(sealed, "KEY") || sealed == "" {
		t.Errorf("stored as %q, %v", sealed, err)
	}
	if err := s.RemoveTOTP(t.Context(), ann.ID); err != nil {
		t.Fatal(err)
	}
	if u := must[access.User](t)(s.User(t.Context(), ann.ID)); u.TOTP || u.Recovery != 0 {
		t.Errorf("%+v", u)
	}
}

func TestAudit_isFilteredPagedAndNeverChanged(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.UnixMilli(1_700_000_000_000)
	setClock(s, &now)
	add := func(actor string, deed access.Deed, id, object string) {
		t.Helper()
		e := access.Event{ActorID: "id-" + actor, Actor: actor, Via: "login", Address: "192.0.2.1", Deed: deed, Kind: "task", ObjectID: id, Object: object}
		if err := s.AddEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		now = now.Add(24 * time.Hour)
	}
	add("ann", access.DeedTaskMade, "t1", "Anna 100%")
	add("bob", access.DeedTaskMade, "t2", "Bert 1000")
	add("ann", access.DeedRunStarted, "t1", "Anna 100%")
	objects := func(f access.Filter) (out string) {
		t.Helper()
		if f.Limit == 0 {
			f.Limit = 10
		}
		for _, e := range must[[]access.Event](t)(s.Events(t.Context(), f)) {
			out += e.Actor + " " + string(e.Deed) + " " + e.ObjectID + "; "
		}
		return out
	}
	for _, tt := range []struct {
		give access.Filter
		want string
	}{
		{access.Filter{}, "ann run started t1; bob task made t2; ann task made t1; "},
		{access.Filter{Actor: "ann"}, "ann run started t1; ann task made t1; "},
		{access.Filter{Deed: access.DeedTaskMade}, "bob task made t2; ann task made t1; "},
		{access.Filter{Kind: "task", ID: "t1"}, "ann run started t1; ann task made t1; "},
		{access.Filter{Object: "anna 100%"}, "ann run started t1; ann task made t1; "},
		{access.Filter{Object: "100%"}, "ann run started t1; ann task made t1; "},
		{access.Filter{Object: `\`}, ""},
		{access.Filter{Limit: 1}, "ann run started t1; "},
		{access.Filter{Before: 3}, "bob task made t2; ann task made t1; "},
		{access.Filter{Actor: "' OR 1=1 --"}, ""},
	} {
		if got := objects(tt.give); got != tt.want {
			t.Errorf("%+v: %s", tt.give, got)
		}
	}
	if _, err := s.DB().Exec("UPDATE audit SET actor = 'eve'"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("an event is changed: %v", err)
	}
	if keep := must[time.Duration](t)(s.Retention(t.Context())); keep != DefaultRetention {
		t.Errorf("kept for %s", keep)
	}
	if err := s.SetRetention(t.Context(), 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := objects(access.Filter{}); got != "ann run started t1; bob task made t2; " {
		t.Errorf("after two days: %s", got)
	}
}

func TestOpen_makesTheAdministratorOfEarlierVersionsAUser(t *testing.T) {
	t.Parallel()
	path := older(t, 3,
		`INSERT INTO admin (name, hash, updated_at) VALUES ('admin', '$argon2id$x', 1700000000000)`,
		`INSERT INTO session (token_hash, data, expires_at) VALUES (x'00', x'00', 9999999999999)`,
		`INSERT INTO task (id, name, destination, destination_password, every_ms, created_at, updated_at) VALUES
			('a', 'a', '{}', '', 0, 1700000000000, 1700000000000)`)
	s := openAt(t, path, nil)
	u, hash, err := s.UserByName(t.Context(), "admin")
	if err != nil || hash != "$argon2id$x" || u.Role != access.RoleAdmin || u.Tasks != 1 {
		t.Errorf("%+v, %q, %v", u, hash, err)
	}
	if got := must[task.Task](t)(s.Task(t.Context(), "a")); got.Owner != (task.Owner{ID: u.ID, Name: "admin", Role: "admin"}) {
		t.Errorf("owner %+v", got.Owner)
	}
	if _, found, err := s.Sessions().Find("x"); found || err != nil {
		t.Error(found, err)
	}
}
