package web_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/view"
)

// sources is what tasks come from, and what is in force. Of accounts, those in extras.
type sources struct {
	rightPassword string // of every account; "" is any

	guard       sync.Mutex
	number      int
	passwords   map[string]task.Password // by ID, or by name of the domain
	domains     []task.LocalDomain
	directories []task.Directory
	rules       []task.Rule
	uses        web.Uses // of every account and domain
	limits      web.Limits
	relays      []string
	unlikely    bool // applying a rule is refused, as most users have left
}

func newSources() *sources {
	return &sources{passwords: map[string]task.Password{}, relays: []string{"archive", "office"}}
}

func (m *memory) LookAtAccount(ctx context.Context, id string, a task.Account) (web.AccountTest, error) {
	if err := a.Validate(); err != nil {
		return web.AccountTest{}, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	asTyped := a.Password != ""
	if !asTyped {
		stored, err := m.StoredAccount(ctx, id)
		if err != nil || stored.Account.Host != a.Host || stored.Account.User != a.User {
			return web.AccountTest{}, fmt.Errorf("%w: %w", web.ErrInvalid, errors.New("the password is needed"))
		}
		m.guard.Lock()
		a.Password = m.passwords[id]
		m.guard.Unlock()
	}
	test := m.look(a)
	if !asTyped {
		m.extras.mu.Lock()
		defer m.extras.mu.Unlock()
		for i := range m.accounts {
			if m.accounts[i].ID == id {
				m.accounts[i].Snapshot = test.Snapshot
			}
		}
	}
	return test, nil
}

func (s *sources) look(a task.Account) web.AccountTest {
	test := web.AccountTest{OK: true, Sentence: "logged in; 2 folders, 1,201 messages", Snapshot: task.Snapshot{
		At: time.Now(), Server: "Dovecot", TLS: "TLS 1.3", Folders: 2, Messages: 1201, QuotaUsed: 700 << 20, QuotaLimit: 1 << 30,
		Capabilities: []string{"IMAP4rev1", "UIDPLUS", "CONDSTORE", "SPECIAL-USE", "QUOTA", "APPENDLIMIT=52428800"},
	}}
	if s.rightPassword != "" && a.Password != task.Password(s.rightPassword) {
		text := a.Host + ": log in as " + a.User + ": login refused: Authentication failed"
		return web.AccountTest{
			Sentence: text, Hints: []web.Hint{{Text: text, Remedy: "check the user name and the password; some providers want a password made for programs"}},
			Snapshot: task.Snapshot{At: time.Now(), Fault: text},
		}
	}
	return test
}

func (s *sources) AccountUses(context.Context, string) (web.Uses, error) { return s.uses, nil }

func (s *sources) FindServer(_ context.Context, address string) (web.Found, error) {
	user, domain, ok := strings.Cut(address, "@")
	if !ok {
		return web.Found{Address: address, Fault: fmt.Sprintf("%q is no address", address)}, nil
	}
	found := web.Found{Address: address, Notes: []string{"https://autoconfig." + domain + ": not found"}}
	if domain == "nowhere.example" {
		return found, nil
	}
	for _, host := range []string{"imap." + domain, "mx.elsewhere.example"} {
		found.Candidates = append(found.Candidates, web.Candidate{
			Account: task.Account{Kind: task.KindIMAP, Host: host, Port: 993, TLS: task.TLSImplicit, User: user + "@" + domain},
			Way:     "SRV record", Source: "_imaps._tcp." + domain, Sure: host == "imap."+domain,
		})
	}
	return found, nil
}

func (s *sources) Providers(context.Context) []web.Provider {
	server, _ := task.ParseServer("imaps://imap.gmail.com")
	return []web.Provider{
		{
			ID: "gmail", Name: "Gmail", Server: server, User: "address", AppPassword: true, OAuth: true, Connections: 15, DownloadPerDay: 2500 << 20, UploadPerDay: 500 << 20,
			Hints: []web.Hint{{Text: "The password of the account itself is refused.", Remedy: "Make a password for programs at myaccount.google.com/apppasswords."}},
		},
		{ID: "dovecot", Name: "Dovecot", User: "as set up", Password: true},
	}
}

func (s *sources) ProviderOf(ctx context.Context, host string) (web.Provider, bool) {
	p := s.Providers(ctx)[0]
	return p, p.Server.Host == host
}

func (s *sources) LocalDomains(context.Context) ([]task.LocalDomain, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	return slices.Clone(s.domains), nil
}

func (s *sources) LocalDomain(ctx context.Context, domain string) (task.LocalDomain, error) {
	all, _ := s.LocalDomains(ctx)
	for _, d := range all {
		if d.Domain == domain {
			return d, nil
		}
	}
	return task.LocalDomain{}, web.ErrNotFound
}

func (s *sources) SaveLocalDomain(ctx context.Context, d task.LocalDomain, made bool) error {
	if _, err := s.LocalDomain(ctx, d.Domain); made && err == nil {
		return fmt.Errorf("%w: %s is a local domain already", web.ErrInvalid, d.Domain)
	}
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	s.guard.Lock()
	defer s.guard.Unlock()
	if d.Server.Password != "" {
		s.passwords[d.Domain] = d.Server.Password
	}
	d.Server.Password = ""
	s.domains = slices.DeleteFunc(s.domains, func(o task.LocalDomain) bool { return o.Domain == d.Domain })
	s.domains = append(s.domains, d)
	return nil
}

func (s *sources) DeleteLocalDomain(_ context.Context, domain string) error {
	if !s.uses.None() {
		return fmt.Errorf("%w: in use", web.ErrConflict)
	}
	s.guard.Lock()
	defer s.guard.Unlock()
	s.domains = slices.DeleteFunc(s.domains, func(d task.LocalDomain) bool { return d.Domain == domain })
	return nil
}

func (s *sources) DomainUses(context.Context, string) (web.Uses, error) { return s.uses, nil }

func (s *sources) LookAtMailbox(ctx context.Context, address string) (web.AccountTest, error) {
	d, err := s.LocalDomain(ctx, task.DomainOf(address))
	if err != nil {
		return web.AccountTest{}, fmt.Errorf("%w: no address in a local domain", web.ErrInvalid)
	}
	a, err := d.Account(address)
	if err != nil {
		return web.AccountTest{}, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	a.Password = s.passwords[d.Domain]
	return s.look(a), nil
}

func (s *sources) Directories(context.Context) ([]task.Directory, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	return slices.Clone(s.directories), nil
}

func (s *sources) Directory(ctx context.Context, id string) (task.Directory, error) {
	all, _ := s.Directories(ctx)
	for _, d := range all {
		if d.ID == id || d.Name == id {
			return d, nil
		}
	}
	return task.Directory{}, web.ErrNotFound
}

func (s *sources) SaveDirectory(_ context.Context, d task.Directory) (task.Directory, error) {
	if err := d.Validate(); err != nil {
		return d, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	s.guard.Lock()
	defer s.guard.Unlock()
	s.number++
	d.ID = cmp.Or(d.ID, fmt.Sprintf("d%d", s.number))
	if d.Password != "" {
		s.passwords[d.ID] = d.Password
	}
	d.Password = ""
	s.directories = slices.DeleteFunc(s.directories, func(o task.Directory) bool { return o.ID == d.ID })
	s.directories = append(s.directories, d)
	return d, nil
}

func (s *sources) DeleteDirectory(_ context.Context, id string) error {
	s.guard.Lock()
	defer s.guard.Unlock()
	if slices.ContainsFunc(s.rules, func(r task.Rule) bool { return r.Directory == id }) {
		return fmt.Errorf("%w: in use", web.ErrConflict)
	}
	s.directories = slices.DeleteFunc(s.directories, func(d task.Directory) bool { return d.ID == id })
	return nil
}

// AskDirectory knows the users of a list, and 212 of every other directory. A server
// that is called down does not answer.
func (s *sources) AskDirectory(_ context.Context, d task.Directory, ask web.DirectoryAsk) (web.DirectoryAnswer, error) {
	if strings.Contains(d.URL, "down") {
		return web.DirectoryAnswer{Fault: d.URL + ": no connection: connection refused; check host and port, and whether the server is up"}, nil
	}
	var out web.DirectoryAnswer
	for _, u := range usersOf(d) {
		in := ask.Group == "" || slices.Contains(u.Groups, ask.Group)
		if !in || !strings.Contains(strings.ToLower(u.Address+" "+u.Name), strings.ToLower(ask.Text)) {
			continue
		}
		if out.Total++; len(out.Users) < view.ShownUsers {
			out.Users = append(out.Users, u)
		}
	}
	out.Groups = []string{"staff", "movers"}
	if d.Kind == task.DirectoryLDAP {
		out.Without, out.Skipped = 7, []string{"cn=printer,dc=new,dc=example: \"\" is no address of a mailbox"}
	}
	return out, nil
}

func usersOf(d task.Directory) []task.DirectoryUser {
	if d.Kind == task.DirectoryStatic {
		return d.Users
	}
	all := []task.DirectoryUser{
		{Address: "ann@new.example", Name: "Ann Miller", Groups: []string{"movers", "staff"}},
		{Address: "bob@new.example", Name: "Bob \u202eremmahC", Groups: []string{"staff"}},
	}
	for i := range 210 {
		all = append(all, task.DirectoryUser{Address: fmt.Sprintf("user%03d@new.example", i), Name: fmt.Sprintf("User %d", i), Groups: []string{"staff"}})
	}
	return all
}

func (s *sources) Rules(context.Context) ([]task.Rule, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	return slices.Clone(s.rules), nil
}

func (s *sources) Rule(ctx context.Context, id string) (task.Rule, error) {
	all, _ := s.Rules(ctx)
	for _, r := range all {
		if r.ID == id || r.Name == id {
			return r, nil
		}
	}
	return task.Rule{}, web.ErrNotFound
}

func (s *sources) SaveRule(_ context.Context, r task.Rule) (task.Rule, error) {
	if err := r.Validate(); err != nil {
		return r, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	s.guard.Lock()
	defer s.guard.Unlock()
	s.number++
	r.ID = cmp.Or(r.ID, fmt.Sprintf("r%d", s.number))
	s.rules = slices.DeleteFunc(s.rules, func(o task.Rule) bool { return o.ID == r.ID })
	s.rules = append(s.rules, r)
	return r, nil
}

func (s *sources) DeleteRule(_ context.Context, id string) error {
	s.guard.Lock()
	defer s.guard.Unlock()
	s.rules = slices.DeleteFunc(s.rules, func(r task.Rule) bool { return r.ID == id })
	return nil
}

func (s *sources) PreviewRule(ctx context.Context, r task.Rule) (web.RulePreview, error) {
	if err := r.Validate(); err != nil {
		return web.RulePreview{}, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	d, err := s.Directory(ctx, r.Directory)
	if err != nil {
		return web.RulePreview{}, err
	}
	p := web.RulePreview{Count: map[view.RuleEffect]int{view.RulePauses: 1}, Lines: []web.RuleLine{{Address: "gone@new.example", Effect: view.RulePauses, TaskID: "t1"}}}
	for i, u := range usersOf(d) {
		if r.Group != "" && !slices.Contains(u.Groups, r.Group) {
			continue
		}
		t, err := r.Task(u.Address)
		if err != nil {
			return p, err
		}
		l := web.RuleLine{Address: u.Address, Name: u.Name, Effect: view.RuleMakes, From: t.Sources[0].Account.Local, To: t.Destination.Local}
		if i == 0 {
			l.Effect, l.TaskID = view.RuleKeeps, "t1"
		}
		p.Count[l.Effect]++
		if len(p.Lines) < view.ShownLines {
			p.Lines = append(p.Lines, l)
		} else {
			p.More++
		}
	}
	return p, nil
}

func (s *sources) ApplyRule(ctx context.Context, id string, many bool) (task.RuleResult, error) {
	r, err := s.Rule(ctx, id)
	if err != nil {
		return task.RuleResult{}, err
	}
	if s.unlikely && !many {
		return task.RuleResult{}, fmt.Errorf("%w: 40 of 50 users are gone: nothing was paused, because this is hardly what is meant", web.ErrConflict)
	}
	r.Applied, r.Result = time.Now(), task.RuleResult{Users: 212, Made: 211, Paused: 1}
	_, err = s.SaveRule(ctx, r)
	return r.Result, err
}

func (s *sources) Settings(context.Context) (web.Settings, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	out := web.Settings{
		Limits: s.limits, Node: "mail1:4711", Workers: 8, WorkersGiven: true, Also: []string{"10.1.0.0/16"}, Relays: s.relays,
		Data: "/var/lib/mailweir", Database: "/var/lib/mailweir/mailweir.db", Retention: 365 * 24 * time.Hour, RulesEvery: 15 * time.Minute,
	}
	out.Fixed.PerHost = true
	return out, nil
}

func (s *sources) SetLimits(_ context.Context, l web.Limits) error {
	s.guard.Lock()
	defer s.guard.Unlock()
	s.limits = l
	return nil
}

func (s *sources) RelayNames(context.Context) []string { return s.relays }

func (m *memory) SaveStoredAccount(ctx context.Context, a task.StoredAccount) (task.StoredAccount, error) {
	password := a.Account.Password
	saved, err := m.extras.SaveStoredAccount(ctx, a)
	if err == nil && password != "" {
		m.guard.Lock()
		m.passwords[saved.ID] = password
		m.guard.Unlock()
	}
	return saved, err
}

func (m *memory) DeleteStoredAccount(ctx context.Context, id string) error {
	if !m.uses.None() {
		return fmt.Errorf("%w: in use", web.ErrConflict)
	}
	return m.extras.DeleteStoredAccount(ctx, id)
}
