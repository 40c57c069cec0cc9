package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mailweir/mailweir/host/access"
)

func (a *API) peopleOperations() {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	conflict := []int{http.StatusConflict}
	add(a, about{id: "list-users", method: get, path: "/users", action: access.ManageUsers, tag: "users", summary: "Lists the users"}, a.listUsers)
	add(a, about{
		id: "make-user", method: post, path: "/users", action: access.ManageUsers, tag: "users", summary: "Makes a user", status: http.StatusCreated,
	}, a.makeUser)
	add(a, about{id: "show-user", method: get, path: "/users/{user}", action: access.ManageUsers, tag: "users", summary: "Shows a user"}, a.showUser)
	add(a, about{
		id: "change-user", method: put, path: "/users/{user}", action: access.ManageUsers, tag: "users",
		summary: "Changes a user's role, domains, or whether they can log in", errors: conflict,
	}, a.changeUser)
	add(a, about{
		id: "set-password", method: put, path: "/users/{user}/password", action: access.ManageUsers, tag: "users",
		summary: "Gives a user another password, and ends their sessions", status: http.StatusNoContent,
	}, a.setPassword)
	add(a, about{
		id: "remove-user", method: del, path: "/users/{user}", action: access.ManageUsers, tag: "users",
		summary: "Removes a user, whose tasks go to another one", errors: conflict,
	}, a.removeUser)
	add(a, about{
		id: "list-tokens", method: get, path: "/users/{user}/tokens", action: access.ManageUsers, tag: "users", summary: "Lists the tokens of a user",
	}, a.listTokensOf)
	add(a, about{
		id: "revoke-token", method: del, path: "/users/{user}/tokens/{token}", action: access.ManageUsers, tag: "users", summary: "Revokes a token of a user",
	}, a.revokeTokenOf)
	add(a, about{
		id: "list-own-tokens", method: get, path: "/account/tokens", action: access.OwnAccount, tag: "account", summary: "Lists one's own tokens",
		more: "With the session of a browser only.",
	}, a.listTokens)
	add(a, about{
		id: "make-own-token", method: post, path: "/account/tokens", action: access.OwnAccount, tag: "account", summary: "Makes a token",
		more: "With the session of a browser only. Its secret is never to be had again.", status: http.StatusCreated,
	}, a.makeToken)
	add(a, about{
		id: "revoke-own-token", method: del, path: "/account/tokens/{token}", action: access.OwnAccount, tag: "account", summary: "Revokes a token of one's own",
		more: "With the session of a browser only.",
	}, a.revokeToken)
	add(a, about{
		id: "list-events", method: get, path: "/audit", action: access.ReadAudit, tag: "audit", summary: "Reads the audit trail, newest first",
	}, a.listEvents)
}

// User is somebody who can log in.
type User struct {
	ID       string    `json:"id" readOnly:"true"`
	Name     string    `json:"name" maxLength:"128" doc:"To log in with; may be an address. It stays" example:"ann@example.org"`
	Role     string    `json:"role" enum:"read-only,user,operator,admin"`
	Domains  []string  `json:"domains,omitempty" doc:"Of an operator, or of a read-only user who sees only these"`
	Disabled bool      `json:"disabled,omitempty" doc:"Can not log in, and their tokens open nothing"`
	Password string    `json:"password,omitempty" writeOnly:"true" doc:"Of a new user"`
	Codes    bool      `json:"codes" readOnly:"true" doc:"A one-time code is asked for beside the password"`
	Tasks    int       `json:"tasks" readOnly:"true" doc:"That they own"`
	Created  time.Time `json:"created,omitzero" readOnly:"true"`
	LoggedIn time.Time `json:"logged_in,omitzero" readOnly:"true"`
}

func userOf(u access.User) User {
	return User{
		ID: u.ID, Name: u.Name, Role: string(u.Role), Domains: u.Domains, Disabled: u.Disabled, Codes: u.TOTP, Tasks: u.Tasks,
		Created: u.Created, LoggedIn: u.LoggedIn,
	}
}

type userList struct {
	Body struct {
		Users []User `json:"users" nullable:"false"`
	}
}

func (a *API) listUsers(ctx context.Context, _ *struct{}) (*userList, error) {
	list, err := a.svc.Users(ctx)
	if err != nil {
		return nil, err
	}
	out := &userList{}
	out.Body.Users = []User{}
	for _, u := range list {
		out.Body.Users = append(out.Body.Users, userOf(u))
	}
	return out, nil
}

type userOutput struct{ Body User }

func (a *API) makeUser(ctx context.Context, in *struct{ Body User }) (*userOutput, error) {
	u, err := a.svc.AddUser(ctx, access.User{Name: in.Body.Name, Role: access.Role(in.Body.Role), Domains: in.Body.Domains}, in.Body.Password)
	return &userOutput{userOf(u)}, err
}

// OfUser names a user in the path of a request.
type OfUser struct {
	User string `path:"user" doc:"ID of the user"`
}

func (a *API) showUser(ctx context.Context, in *OfUser) (*userOutput, error) {
	u, err := a.svc.User(ctx, in.User)
	return &userOutput{userOf(u)}, err
}

type changeUserInput struct {
	OfUser
	Body User
}

func (a *API) changeUser(ctx context.Context, in *changeUserInput) (*userOutput, error) {
	u, err := a.svc.User(ctx, in.User)
	if err != nil {
		return nil, err
	}
	if in.Body.Password != "" {
		return nil, NewProblem(http.StatusUnprocessableEntity, "password: it is changed by an operation of its own, set-password")
	}
	u.Role, u.Domains, u.Disabled = access.Role(in.Body.Role), in.Body.Domains, in.Body.Disabled
	if err := a.svc.ChangeUser(ctx, u); err != nil {
		return nil, err
	}
	return a.showUser(ctx, &in.OfUser)
}

type setPasswordInput struct {
	OfUser
	Body struct {
		Password string `json:"password" writeOnly:"true"`
	}
}

func (a *API) setPassword(ctx context.Context, in *setPasswordInput) (*struct{}, error) {
	return nil, a.svc.SetPassword(ctx, in.User, in.Body.Password, "")
}

type removeUserInput struct {
	OfUser
	Heir string `query:"heir" doc:"ID of the user who gets the tasks"`
}

func (a *API) removeUser(ctx context.Context, in *removeUserInput) (*struct{}, error) {
	return nil, a.svc.RemoveUser(ctx, in.User, in.Heir)
}

// Token lets a program act for a user.
type Token struct {
	ID      string    `json:"id" readOnly:"true"`
	Name    string    `json:"name" minLength:"1" maxLength:"100" doc:"What it is for"`
	Scopes  []string  `json:"scopes" enum:"read,run,write,admin" minItems:"1"`
	Expires time.Time `json:"expires,omitzero" doc:"None is never"`
	Secret  string    `json:"secret,omitempty" readOnly:"true" doc:"Only in the answer that makes the token"`
	Created time.Time `json:"created,omitzero" readOnly:"true"`
	Used    time.Time `json:"used,omitzero" readOnly:"true"`
}

type tokenList struct {
	Body struct {
		Tokens []Token `json:"tokens" nullable:"false"`
	}
}

func (a *API) tokens(ctx context.Context, userID string) (*tokenList, error) {
	list, err := a.svc.Tokens(ctx, userID)
	if err != nil {
		return nil, err
	}
	out := &tokenList{}
	out.Body.Tokens = []Token{}
	for _, t := range list {
		token := Token{ID: t.ID, Name: t.Name, Scopes: []string{}, Expires: t.Expires, Created: t.Created, Used: t.Used}
		for _, s := range t.Scopes {
			token.Scopes = append(token.Scopes, string(s))
		}
		out.Body.Tokens = append(out.Body.Tokens, token)
	}
	return out, nil
}

func (a *API) listTokensOf(ctx context.Context, in *OfUser) (*tokenList, error) {
	if _, err := a.svc.User(ctx, in.User); err != nil {
		return nil, err
	}
	return a.tokens(ctx, in.User)
}

// OfToken names a token in the path of a request.
type OfToken struct {
	Token string `path:"token" doc:"ID of the token"`
}

type tokenOfUser struct {
	OfUser
	OfToken
}

func (a *API) revokeTokenOf(ctx context.Context, in *tokenOfUser) (*struct{}, error) {
	return nil, a.svc.RevokeToken(ctx, in.User, in.Token)
}

func (a *API) listTokens(ctx context.Context, _ *struct{}) (*tokenList, error) {
	return a.tokens(ctx, access.From(ctx).UserID)
}

func (a *API) makeToken(ctx context.Context, in *struct{ Body Token }) (*struct{ Body Token }, error) {
	t := access.Token{UserID: access.From(ctx).UserID, Name: in.Body.Name, Expires: in.Body.Expires}
	for _, s := range in.Body.Scopes {
		t.Scopes = append(t.Scopes, access.Scope(s))
	}
	secret, err := a.svc.AddToken(ctx, t)
	return &struct{ Body Token }{Token{Name: t.Name, Scopes: in.Body.Scopes, Expires: t.Expires, Secret: secret}}, err
}

func (a *API) revokeToken(ctx context.Context, in *OfToken) (*struct{}, error) {
	return nil, a.svc.RevokeToken(ctx, access.From(ctx).UserID, in.Token)
}

// Event is a line of the audit trail.
type Event struct {
	ID       int64     `json:"id" doc:"Ascending"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor" doc:"Name of who did it; none is the service itself"`
	Via      string    `json:"via" doc:"login, token, command line or service"`
	Address  string    `json:"address,omitempty"`
	Deed     string    `json:"deed" example:"task changed"`
	Kind     string    `json:"kind" doc:"Of the object"`
	ObjectID string    `json:"object_id,omitempty"`
	Object   string    `json:"object,omitempty"`
	Detail   string    `json:"detail,omitempty"`
}

type eventsInput struct {
	Actor  string `query:"actor" doc:"Name of who did it"`
	Deed   string `query:"deed"`
	Kind   string `query:"kind" doc:"Of the object: task, user, token or service"`
	ID     string `query:"object" doc:"ID of the object"`
	Before int64  `query:"before" minimum:"0" doc:"Only events with a smaller ID"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type eventList struct {
	Body struct {
		Events []Event `json:"events" nullable:"false"`
	}
}

func (a *API) listEvents(ctx context.Context, in *eventsInput) (*eventList, error) {
	list, err := a.svc.Events(ctx, access.Filter{
		Actor: in.Actor, Deed: access.Deed(in.Deed), Kind: in.Kind, ID: in.ID, Before: in.Before, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &eventList{}
	out.Body.Events = []Event{}
	for _, e := range list {
		out.Body.Events = append(out.Body.Events, Event{e.ID, e.At, e.Actor, e.Via, e.Address, string(e.Deed), e.Kind, e.ObjectID, e.Object, e.Detail})
	}
	return out, nil
}
