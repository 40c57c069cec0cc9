package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listAccounts(c echo.Context) error {
	all, err := s.svc.StoredAccounts(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.AccountsPage(s.page(c), all))
}

func (s *Server) newAccount(c echo.Context) error {
	return s.showAccountForm(c, http.StatusOK, view.NewStoredAccount())
}

func (s *Server) showStoredAccount(c echo.Context) error {
	stored, err := s.storedAccount(c)
	if err != nil {
		return err
	}
	f := view.StoredAccountOf(stored)
	if c.QueryParam("saved") != "" {
		f.Notice = view.Texts(c.Request().Context()).AccountSaved
	}
	if c.QueryParam("consent") != "" && stored.OAuth != nil && !stored.OAuth.Consent.Given.IsZero() {
		f.Notice = view.Texts(c.Request().Context()).ConsentSaved
	}
	if hasSession(c) {
		f.ConsentFault = s.sessions.PopString(c.Request().Context(), keyConsentFault)
	}
	return s.showAccountForm(c, http.StatusOK, f)
}

// storedAccount is the account of the address, or an empty one for a new account.
func (s *Server) storedAccount(c echo.Context) (task.StoredAccount, error) {
	id := c.Param("account")
	if id == "" {
		return task.StoredAccount{}, nil
	}
	return s.svc.StoredAccount(c.Request().Context(), id)
}

// showAccountForm fills in what the page shows beside the form.
func (s *Server) showAccountForm(c echo.Context, status int, f view.StoredAccount) error {
	ctx := c.Request().Context()
	f.Providers = s.svc.Providers(ctx)
	f.Redirect = s.consentRedirect(c.Request())
	if p, ok := s.svc.ProviderOf(ctx, f.Account.Host); ok {
		f.Provider = &p
	}
	if f.Provider == nil {
		for i, p := range f.Providers {
			if p.ID == f.Preset {
				f.Provider = &f.Providers[i]
			}
		}
	}
	if f.Stored.ID != "" {
		var err error
		if f.Uses, err = s.svc.AccountUses(ctx, f.Stored.ID); err != nil {
			return err
		}
	}
	return s.render(c, status, view.StoredAccountPage(s.page(c), f))
}

// saveAccount does what the pressed button says: it looks for a server, fills it in,
// tests what was typed, or stores it.
func (s *Server) saveAccount(c echo.Context) error {
	ctx := c.Request().Context()
	stored, err := s.storedAccount(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	typed := readAccountForm(c.Request().PostForm, stored, view.Texts(c.Request().Context()))
	f := &typed.form
	again := func(status int) error {
		f.Account.Retype = typed.password != "" && !isFragment(c.Request())
		f.OAuth.Secret = f.OAuth.Secret && typed.secret == ""
		return s.showAccountForm(c, status, *f)
	}
	what, argument, _ := strings.Cut(c.FormValue("do"), " ")
	switch what {
	case "find":
		found, err := s.svc.FindServer(ctx, f.Address)
		if err != nil {
			return err
		}
		f.Found = &found
		return again(http.StatusOK)
	case "use":
		if a, err := task.ParseAccount(argument); err == nil && a.Kind == task.KindIMAP {
			f.Take(a)
		}
		return again(http.StatusOK)
	case "preset":
		typed.fill(s.svc.Providers(ctx))
		return again(http.StatusOK)
	}
	if !typed.check(what == "test") {
		return again(http.StatusUnprocessableEntity)
	}
	if what == "test" && f.OAuth.ClientID != "" && stored.ID == "" {
		f.Problems = []string{view.Texts(ctx).OAuthStoreFirst}
		return again(http.StatusUnprocessableEntity)
	}
	if what == "test" {
		err = s.tryAccount(ctx, typed)
	} else {
		return s.storeAccount(c, typed, again)
	}
	if errors.Is(err, ErrInvalid) {
		f.Problems = problems(err)
		return again(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return again(http.StatusOK)
}

// tryAccount tests what was typed. If that is what is stored, what was found has been
// remembered.
func (s *Server) tryAccount(ctx context.Context, typed *typedAccount) error {
	test, err := s.svc.LookAtAccount(ctx, typed.form.Stored.ID, typed.account())
	if err != nil {
		return err
	}
	typed.form.Tried = &test
	if id := typed.form.Stored.ID; id != "" {
		typed.form.Stored, err = s.svc.StoredAccount(ctx, id)
	}
	return err
}

func (s *Server) storeAccount(c echo.Context, typed *typedAccount, again func(status int) error) error {
	a := typed.form.Stored
	a.Name, a.Account = strings.TrimSpace(typed.form.Name), typed.account()
	a.OAuth = typed.oauth()
	saved, err := s.svc.SaveStoredAccount(c.Request().Context(), a)
	if errors.Is(err, ErrInvalid) {
		typed.form.Problems = problems(err)
		return again(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	s.log.Info("account saved", "account", saved.ID, "user", userOf(c))
	return seeOther(c, "/accounts/"+saved.ID+"?saved=1")
}

// testAccount tests what is stored.
func (s *Server) testAccount(c echo.Context) error {
	ctx := c.Request().Context()
	stored, err := s.storedAccount(c)
	if err != nil {
		return err
	}
	test, err := s.svc.LookAtAccount(ctx, stored.ID, stored.Account)
	if err != nil {
		return err
	}
	if stored, err = s.storedAccount(c); err != nil {
		return err
	}
	f := view.StoredAccountOf(stored)
	f.Test = &test
	return s.showAccountForm(c, http.StatusOK, f)
}

func (s *Server) removeAccount(c echo.Context) error {
	stored, err := s.storedAccount(c)
	if err != nil {
		return err
	}
	err = s.svc.DeleteStoredAccount(c.Request().Context(), stored.ID)
	if errors.Is(err, ErrConflict) {
		f := view.StoredAccountOf(stored)
		f.Problems = []string{view.Texts(c.Request().Context()).AccountRemoveNot}
		return s.showAccountForm(c, http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	s.log.Info("account removed", "account", stored.ID, "user", userOf(c))
	return seeOther(c, "/accounts")
}

// typedAccount is the form of a stored account as it came from a browser. The password
// is kept beside what is shown again.
type typedAccount struct {
	form     view.StoredAccount
	password string
	secret   string         // of the client of OAuth
	refresh  string         // token
	texts    view.Catalogue // what its faults are said in
}

func readAccountForm(v url.Values, stored task.StoredAccount, texts view.Catalogue) *typedAccount {
	fields := &typedTask{passwords: map[string]string{}}
	typed := &typedAccount{texts: texts, form: view.StoredAccount{
		Stored: stored, Name: v.Get("name"), Address: strings.TrimSpace(v.Get("address")), Preset: v.Get("preset"),
		Account: fields.readAccount(v, view.AccountPrefix, stored.Account, stored.ID != ""),
	}}
	typed.password = fields.passwords[view.AccountPrefix]
	typed.readOAuth(v)
	return typed
}

// fill takes the server of the chosen provider.
func (typed *typedAccount) fill(all []Provider) {
	f := &typed.form
	for _, p := range all {
		if p.ID != f.Preset || p.Server.Host == "" {
			continue
		}
		f.Take(p.Server)
		if user, _, ok := strings.Cut(f.Address, "@"); ok && f.Account.User == "" {
			f.Account.User = f.Address
			if p.User == "user" {
				f.Account.User = user
			}
		}
	}
}

// check finds what is wrong with single fields. A test needs no name.
func (typed *typedAccount) check(test bool) bool {
	f, x := &typed.form, typed.texts
	// A client stands for the password; which secrets it misses is the service's to say.
	fields := &typedTask{passwords: map[string]string{view.AccountPrefix: cmp.Or(typed.password, f.OAuth.ClientID)}, texts: x}
	fields.form.Faults = map[string]string{}
	if strings.TrimSpace(f.Name) == "" && !test {
		fields.fault("name", x.FaultName)
	}
	fields.checkAccount(x, view.AccountPrefix, f.Account, f.Stored.Account, x.FaultPassword)
	if f.OAuth.ClientID != "" && typed.password != "" {
		fields.fault(view.FieldID(view.AccountPrefix, "password"), x.OAuthNoPassword)
	}
	f.Faults, f.Focus = fields.form.Faults, fields.form.Focus
	return len(f.Faults) == 0
}

// account is what was typed. The form has been checked.
func (typed *typedAccount) account() task.Account {
	a := account(typed.form.Account)
	if a.Kind == task.KindIMAP {
		a.Password = task.Password(typed.password)
	}
	return a
}
