package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func (a *API) accountOperations() {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	add(a, about{id: "list-accounts", method: get, path: "/accounts", action: access.Administer, tag: "accounts", summary: "Lists the stored accounts"}, a.listAccounts)
	add(a, about{
		id: "make-account", method: post, path: "/accounts", action: access.Administer, tag: "accounts", summary: "Stores an account",
		status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, a.makeAccount)
	add(a, about{
		id: "show-account", method: get, path: "/accounts/{account}", action: access.Administer, tag: "accounts",
		summary: "Shows a stored account, by its ID or name",
	}, a.showAccount)
	add(a, about{
		id: "change-account", method: put, path: "/accounts/{account}", action: access.Administer, tag: "accounts",
		summary: "Changes a stored account, and so all its tasks",
	}, a.changeAccount)
	add(a, about{
		id: "delete-account", method: del, path: "/accounts/{account}", action: access.Administer, tag: "accounts",
		summary: "Removes a stored account that no task needs", errors: []int{http.StatusConflict},
	}, a.deleteAccount)
	add(a, about{
		id: "test-account", method: post, path: "/accounts/{account}/test", action: access.Administer, tag: "accounts",
		summary: "Logs in, looks around, and says in words how that went",
	}, a.testAccount)
	add(a, about{
		id: "authorize-account", method: post, path: "/accounts/{account}/authorize", action: access.Administer, tag: "accounts",
		summary: "Asks for the consent of an account's OAuth by a device code",
		errors:  []int{http.StatusConflict},
	}, a.authorizeAccount)
}

// StoredAccount is an account that tasks refer to.
type StoredAccount struct {
	ID       string        `json:"id" readOnly:"true"`
	Name     string        `json:"name" maxLength:"200" doc:"For people; unique" example:"archive"`
	URL      string        `json:"url" maxLength:"4096" example:"imaps://archive@mail.example"`
	Password string        `json:"password,omitempty" maxLength:"4096" writeOnly:"true" doc:"Never shown. An empty one keeps the stored one, as long as server and user stay the same"`
	OAuth    *OAuth        `json:"oauth,omitempty" doc:"How access tokens are got, instead of a password; needs auth=xoauth2 or auth=oauthbearer in the URL. Without it what is stored stays, unless a password is given"`
	Tasks    int           `json:"tasks" readOnly:"true" doc:"How many refer to it"`
	Snapshot task.Snapshot `json:"snapshot,omitzero" readOnly:"true" doc:"What was there when it was tested last"`
}

// AccountTest says in words whether an account can be used.
type AccountTest struct {
	OK       bool      `json:"ok"`
	Sentence string    `json:"sentence" doc:"What was found, or what is wrong"`
	Remedies []string  `json:"remedies,omitempty" doc:"What to do about it, if it is not ok"`
	At       time.Time `json:"at"`
}

func storedAccountOf(s task.StoredAccount) StoredAccount {
	return StoredAccount{ID: s.ID, Name: s.Name, URL: s.Account.String(), OAuth: oauthOf(s.OAuth), Tasks: s.Tasks, Snapshot: s.Snapshot}
}

type accountList struct {
	Body struct {
		Accounts []StoredAccount `json:"accounts" nullable:"false"`
	}
}

func (a *API) listAccounts(ctx context.Context, _ *struct{}) (*accountList, error) {
	list, err := a.svc.StoredAccounts(ctx)
	if err != nil {
		return nil, err
	}
	out := &accountList{}
	out.Body.Accounts = []StoredAccount{}
	for _, s := range list {
		out.Body.Accounts = append(out.Body.Accounts, storedAccountOf(s))
	}
	return out, nil
}

// OfAccount names a stored account in the path of a request.
type OfAccount struct {
	Account string `path:"account" doc:"ID or name of the account"`
}

type accountOutput struct{ Body StoredAccount }

func (a *API) saveAccount(ctx context.Context, before task.StoredAccount, in StoredAccount) (*accountOutput, error) {
	account, err := task.ParseAccount(in.URL)
	if err != nil {
		return nil, invalid(err)
	}
	account.Password = task.Password(in.Password)
	before.Name, before.Account = in.Name, account
	switch {
	case in.OAuth != nil:
		before.OAuth = in.OAuth.settings()
	case in.Password != "":
		before.OAuth = nil
	}
	stored, err := a.svc.SaveStoredAccount(ctx, before)
	return &accountOutput{storedAccountOf(stored)}, err
}

func (a *API) makeAccount(ctx context.Context, in *struct{ Body StoredAccount }) (*accountOutput, error) {
	return a.saveAccount(ctx, task.StoredAccount{}, in.Body)
}

func (a *API) showAccount(ctx context.Context, in *OfAccount) (*accountOutput, error) {
	s, err := a.svc.StoredAccount(ctx, in.Account)
	return &accountOutput{storedAccountOf(s)}, err
}

type changeAccountInput struct {
	OfAccount
	Body StoredAccount
}

func (a *API) changeAccount(ctx context.Context, in *changeAccountInput) (*accountOutput, error) {
	before, err := a.svc.StoredAccount(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return a.saveAccount(ctx, before, in.Body)
}

func (a *API) deleteAccount(ctx context.Context, in *OfAccount) (*struct{}, error) {
	s, err := a.svc.StoredAccount(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	return nil, a.svc.DeleteStoredAccount(ctx, s.ID)
}

func (a *API) testAccount(ctx context.Context, in *OfAccount) (*struct{ Body AccountTest }, error) {
	s, err := a.svc.StoredAccount(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	test, err := a.svc.TestStoredAccount(ctx, s.ID)
	return &struct{ Body AccountTest }{test}, err
}
