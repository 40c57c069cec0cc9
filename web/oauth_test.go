package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web"
)

func TestAPI_accountsWithOAuthShowNoSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t, web.Options{})
	token := s.token(s.addUser("root", access.RoleAdmin), access.Scopes()...)
	type account struct {
		ID    string
		OAuth *struct {
			Grant, Warning string
			ClientID       string `json:"client_id"`
		}
	}
	var made account
	a := s.call(http.MethodPost, "/api/v1/accounts", `{"name": "ann", "url": "imaps://ann@mail.example?auth=xoauth2", "oauth": {
		"token_url": "https://login.example/token", "device_url": "https://login.example/device", "client_id": "us",
		"client_secret": "canary-secret", "refresh_token": "canary-refresh"}}`, token)
	a.as(t, http.StatusCreated, &made)
	if made.OAuth == nil || made.OAuth.Grant != "refresh_token" || made.OAuth.ClientID != "us" || strings.Contains(a.text, "canary") {
		t.Fatalf("%s", a.text)
	}
	at := "/api/v1/accounts/" + made.ID
	// A change that does not speak of OAuth leaves it alone, and a password replaces it.
	var changed account
	a = s.call(http.MethodPut, at, `{"name": "ann b", "url": "imaps://ann@mail.example?auth=xoauth2"}`, token)
	if a.as(t, http.StatusOK, &changed); changed.OAuth == nil || changed.OAuth.ClientID != "us" || strings.Contains(a.text, "canary") {
		t.Errorf("%s", a.text)
	}
	var asked struct {
		Code, Page string
		Expires    time.Time
	}
	s.call(http.MethodPost, at+"/authorize", nil, token).as(t, http.StatusOK, &asked)
	if asked.Code == "" || asked.Page == "" || asked.Expires.Before(time.Now()) {
		t.Errorf("%+v", asked)
	}
	s.call(http.MethodPost, "/api/v1/accounts/nobody/authorize", nil, token).problem(t, http.StatusNotFound)
	for _, bad := range []string{`"grant": "password"`, `"token_url": "http://login.example/"`, `"scope": "ä"`} {
		body := `{"name": "x", "url": "imaps://ann@mail.example?auth=xoauth2", "oauth": {"client_id": "us", ` + bad + `}}`
		s.call(http.MethodPost, "/api/v1/accounts", body, token).problem(t, http.StatusUnprocessableEntity)
	}
	var plain account
	s.call(http.MethodPut, at, `{"name": "ann", "url": "imaps://ann@mail.example?auth=xoauth2", "password": "a token"}`, token).as(t, http.StatusOK, &plain)
	if plain.OAuth != nil {
		t.Errorf("a password beside OAuth: %+v", plain.OAuth)
	}
}
