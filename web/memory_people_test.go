package web_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// people keeps users in memory. Passwords are as they were typed, and the one-time
// code is always the one of code.
type people struct {
	code     string
	mu       sync.Mutex
	next     int
	users    []*person
	events   []access.Event
	days     int
	lookups  int // of logins that count as activity
	usedCode map[string]bool
}

type person struct {
	access.User
	password string
	pending  bool
	recovery []string
	logins   []access.Login
	tokens   []access.Token
	secrets  []string // of tokens, in the same order
}

// newPeople has one user, the admin.
func newPeople() *people {
	p := &people{code: "123456", days: 365, usedCode: map[string]bool{}}
	p.users = []*person{{User: access.User{ID: "u-admin", Name: adminName, Role: access.RoleAdmin, Created: time.Now()}, password: adminPassword}}
	return p
}

func (p *people) id(kind string) string { p.next++; return kind + strconv.Itoa(p.next) }

// find returns the person for whom match is true, or nil. The caller has the lock.
func (p *people) find(match func(*person) bool) *person {
	if i := slices.IndexFunc(p.users, match); i >= 0 {
		return p.users[i]
	}
	return nil
}

// with does something to a user under the lock.
func (p *people) with(id string, do func(*person) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.find(func(u *person) bool { return u.ID == id })
	if u == nil {
		return fmt.Errorf("user %s: %w", id, web.ErrNotFound)
	}
	return do(u)
}

func (p *people) HasUsers(context.Context) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.users) > 0, nil
}

func (p *people) MakeFirstUser(ctx context.Context, name, password string) (access.User, error) {
	if some, _ := p.HasUsers(ctx); some {
		return access.User{}, web.ErrConflict
	}
	return p.AddUser(ctx, access.User{Name: name, Role: access.RoleAdmin}, password)
}

func (p *people) AddUser(_ context.Context, u access.User, password string) (access.User, error) {
	u.Name = access.UserName(u.Name)
	for _, err := range []error{u.Validate(), access.ValidPassword(u.Name, password)} {
		if err != nil {
			return u, fmt.Errorf("%w: %w", web.ErrInvalid, err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.find(func(o *person) bool { return o.Name == u.Name }) != nil {
		return u, fmt.Errorf("%w: another user has this name", web.ErrInvalid)
	}
	u.ID, u.Created = p.id("u"), time.Now()
	p.users = append(p.users, &person{User: u, password: password})
	return u, nil
}

func (p *people) Login(_ context.Context, name, password string) (access.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.find(func(u *person) bool { return u.Name == access.UserName(name) })
	if u == nil || u.password != password || u.Disabled {
		return access.User{}, web.ErrRefused
	}
	return u.User, nil
}

func (p *people) CheckCode(_ context.Context, id, code string) (good bool, err error) {
	err = p.with(id, func(u *person) error {
		if i := slices.Index(u.recovery, code); i >= 0 {
			u.recovery = slices.Delete(u.recovery, i, i+1)
			good = true
			return nil
		}
		good = code == p.code && !p.usedCode[code]
		p.usedCode[code] = true
		return nil
	})
	return good, err
}

func (p *people) CheckPassword(_ context.Context, id, password string) (right bool, err error) {
	err = p.with(id, func(u *person) error { right = u.password == password; return nil })
	return right, err
}

func (p *people) StartLogin(_ context.Context, id, address, agent string, _ time.Time) (loginID string, err error) {
	err = p.with(id, func(u *person) error {
		u.LoggedIn = time.Now()
		loginID = p.id("l")
		u.logins = append(u.logins, access.Login{ID: loginID, UserID: id, Address: address, Agent: agent, Created: time.Now(), Seen: time.Now()})
		return nil
	})
	return loginID, err
}

func (p *people) LoginActor(_ context.Context, loginID string, seen bool) (access.Actor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seen {
		p.lookups++
	}
	for _, u := range p.users {
		if !u.Disabled && slices.ContainsFunc(u.logins, func(l access.Login) bool { return l.ID == loginID }) {
			a := u.User.Actor()
			a.LoginID = loginID
			return a, nil
		}
	}
	return access.Actor{}, web.ErrNotFound
}

func (p *people) TokenActor(_ context.Context, secret string) (access.Actor, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.users {
		if i := slices.Index(u.secrets, secret); i >= 0 && !u.Disabled {
			a := u.User.Actor()
			a.TokenID, a.Scopes = u.tokens[i].ID, u.tokens[i].Scopes
			return a, nil
		}
	}
	return access.Actor{}, web.ErrNotFound
}

func (p *people) EndLogin(_ context.Context, id, loginID string) error {
	return p.with(id, func(u *person) error {
		before := len(u.logins)
		u.logins = slices.DeleteFunc(u.logins, func(l access.Login) bool { return l.ID == loginID })
		if len(u.logins) == before {
			return web.ErrNotFound
		}
		return nil
	})
}

func (p *people) EndOtherLogins(_ context.Context, id, keep string) error {
	return p.with(id, func(u *person) error { u.keep(keep); return nil })
}

func (u *person) keep(loginID string) {
	u.logins = slices.DeleteFunc(u.logins, func(l access.Login) bool { return l.ID != loginID })
}

func (p *people) Logins(_ context.Context, id string) (all []access.Login, err error) {
	err = p.with(id, func(u *person) error { all = slices.Clone(u.logins); return nil })
	return all, err
}

func (p *people) Users(context.Context) ([]access.User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []access.User
	for _, u := range p.users {
		all = append(all, u.User)
	}
	slices.SortFunc(all, func(a, b access.User) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

func (p *people) User(_ context.Context, id string) (got access.User, err error) {
	err = p.with(id, func(u *person) error { got = u.User; return nil })
	return got, err
}

func (p *people) ChangeUser(_ context.Context, to access.User) error {
	return p.with(to.ID, func(u *person) error {
		to.Name = u.Name
		if err := to.Validate(); err != nil {
			return fmt.Errorf("%w: %w", web.ErrInvalid, err)
		}
		if to.Role != u.Role || to.Disabled {
			u.keep("")
		}
		u.Role, u.Domains, u.Disabled = to.Role, to.Domains, to.Disabled
		return nil
	})
}

func (p *people) SetPassword(_ context.Context, id, password, keep string) error {
	return p.with(id, func(u *person) error {
		if err := access.ValidPassword(u.Name, password); err != nil {
			return fmt.Errorf("%w: %w", web.ErrInvalid, err)
		}
		u.password = password
		u.keep(keep)
		return nil
	})
}

func (p *people) RemoveUser(_ context.Context, id, heir string) error {
	return p.with(id, func(u *person) error {
		if u.Tasks > 0 && heir == "" {
			return fmt.Errorf("%w: the user owns tasks", web.ErrConflict)
		}
		p.users = slices.DeleteFunc(p.users, func(o *person) bool { return o == u })
		return nil
	})
}

func (p *people) NewKey(_ context.Context, id string) error {
	return p.with(id, func(u *person) error { u.pending = true; return nil })
}

func (p *people) PendingKey(_ context.Context, id string) (key web.Key, err error) {
	err = p.with(id, func(u *person) error {
		if !u.pending {
			return web.ErrNotFound
		}
		key = web.Key{Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", QR: onePixel}
		return nil
	})
	return key, err
}

// onePixel is a PNG.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\b\x00\x00\x00\x00:~\x9bU\x00\x00\x00\nIDATx\x9cch\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82")

func (p *people) ConfirmKey(_ context.Context, id, code string) (recovery []string, err error) {
	err = p.with(id, func(u *person) error {
		if !u.pending {
			return web.ErrNotFound
		}
		if code == p.code {
			u.pending, u.TOTP, u.Recovery = false, true, 2
			u.recovery = []string{"aaaa-bbbb-cccc-dddd", "eeee-ffff-gggg-hhhh"}
			recovery = slices.Clone(u.recovery)
		}
		return nil
	})
	return recovery, err
}

func (p *people) RemoveKey(_ context.Context, id string) error {
	return p.with(id, func(u *person) error { u.TOTP, u.pending, u.recovery = false, false, nil; return nil })
}

func (p *people) Tokens(_ context.Context, id string) (all []access.Token, err error) {
	err = p.with(id, func(u *person) error { all = slices.Clone(u.tokens); return nil })
	return all, err
}

func (p *people) AddToken(_ context.Context, t access.Token) (secret string, err error) {
	if err := t.Validate(time.Now()); err != nil {
		return "", fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	err = p.with(t.UserID, func(u *person) error {
		t.ID, t.Created = p.id("k"), time.Now()
		secret = "mailweir_secret_" + t.ID
		u.tokens, u.secrets = append(u.tokens, t), append(u.secrets, secret)
		return nil
	})
	return secret, err
}

func (p *people) RevokeToken(_ context.Context, id, tokenID string) error {
	return p.with(id, func(u *person) error {
		i := slices.IndexFunc(u.tokens, func(t access.Token) bool { return t.ID == tokenID })
		if i < 0 {
			return web.ErrNotFound
		}
		u.tokens, u.secrets = slices.Delete(u.tokens, i, i+1), slices.Delete(u.secrets, i, i+1)
		return nil
	})
}

func (p *people) Events(_ context.Context, f access.Filter) ([]access.Event, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []access.Event
	for _, e := range slices.Backward(p.events) {
		fits := (f.Actor == "" || e.Actor == f.Actor) && (f.Deed == "" || e.Deed == f.Deed) && (f.Kind == "" || e.Kind == f.Kind) &&
			(f.ID == "" || e.ObjectID == f.ID) && strings.Contains(strings.ToLower(e.Object), strings.ToLower(f.Object)) &&
			(f.Before == 0 || e.ID < f.Before)
		if fits && len(out) < f.Limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (p *people) Note(ctx context.Context, e access.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e.ID, e.At = int64(len(p.events)+1), time.Now()
	p.events = append(p.events, e.By(access.From(ctx)))
}

func (p *people) Retention(context.Context) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.days) * 24 * time.Hour, nil
}

func (p *people) SetRetention(_ context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d < 24*time.Hour {
		return fmt.Errorf("%w: events are kept for 1 to 3650 days", web.ErrInvalid)
	}
	p.days = int(d / (24 * time.Hour))
	return nil
}

func (m *memory) GiveTask(ctx context.Context, id, userID string) error {
	u, err := m.User(ctx, userID)
	if err != nil {
		return err
	}
	return m.edit(id, func(t *task.Task) { t.Owner = task.Owner{ID: u.ID, Name: u.Name, Role: string(u.Role)} })
}
