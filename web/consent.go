package web

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// consentPath is where browsers come back to from an authorization server. Whoever
// registers a client there enters this address, so it stays as it is.
const consentPath = "/oauth/callback"

const (
	// keyConsents is the place in the session of those that somebody is asked for.
	keyConsents = "consents"
	// keyConsentFault is that of why one was not given, until the page has shown it.
	keyConsentFault = "consent-fault"
	// maxConsents bounds how many of one browser may be open: the oldest makes room.
	maxConsents = 5
)

// askedConsent is a request for consent, with who has begun it.
type askedConsent struct {
	ConsentRequest
	By string // ID of the user
}

// consentRedirect is where an authorization server sends the browser back to: to the
// address by which it came if that is on this machine (RFC 8252 section 7.3), else to the
// public one. It is "" if that has no TLS: the code of the answer would be readable on
// its way (RFC 9700 section 2.6).
func (s *Server) consentRedirect(r *http.Request) string {
	base := "http://" + r.Host
	switch {
	case s.opts.PublicURL != "" && (s.opts.Secure || !isLoopbackName(r.Host)):
		base = strings.TrimSuffix(s.opts.PublicURL, "/")
	case s.opts.Secure:
		base = "https://" + r.Host
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && !isLoopbackName(u.Host) {
		return ""
	}
	return base + consentPath
}

// askConsent sends somebody to the authorization server of an account, or shows the code
// that is typed there. A page of ours comes in between: it says who has to log in there,
// and a form may not lead to another site.
func (s *Server) askConsent(c echo.Context) error {
	ctx := c.Request().Context()
	stored, err := s.storedAccount(c)
	if err != nil {
		return err
	}
	ask := view.ConsentAsk{Account: stored}
	if c.FormValue("with") == "code" {
		asked, err := s.svc.AuthorizeAccount(ctx, stored.ID)
		if errors.Is(err, ErrInvalid) {
			return s.showNoConsent(c, stored, problems(err))
		}
		if err != nil {
			return err
		}
		ask.Page, ask.Code, ask.Expires = asked.Page, asked.Code, asked.Expires
	} else {
		redirect := s.consentRedirect(c.Request())
		if !hasSession(c) {
			return errForbidden // the answer would find nobody
		}
		if redirect == "" {
			return s.showNoConsent(c, stored, []string{view.Texts(ctx).ConsentNoAddress})
		}
		asked, err := s.svc.AskConsent(ctx, stored.ID, redirect)
		if errors.Is(err, ErrInvalid) {
			return s.showNoConsent(c, stored, problems(err))
		}
		if err == nil {
			err = s.keepConsent(c, askedConsent{asked, access.From(ctx).UserID})
		}
		if err != nil {
			return err
		}
		ask.Page = asked.Page
	}
	if u, err := url.Parse(ask.Page); err == nil {
		ask.Host = u.Host
	}
	s.log.Info("consent asked for", "account", stored.ID, "user", userOf(c))
	return s.render(c, http.StatusOK, view.ConsentPage(s.page(c), ask))
}

func (s *Server) showNoConsent(c echo.Context, stored task.StoredAccount, why []string) error {
	f := view.StoredAccountOf(stored)
	f.ConsentFault = strings.Join(why, "; ")
	return s.showAccountForm(c, http.StatusUnprocessableEntity, f)
}

// takeConsent takes what the browser brings back from an authorization server. Nothing
// happens unless this browser was sent there, for who is still logged in.
func (s *Server) takeConsent(c echo.Context) error {
	ctx := c.Request().Context()
	answer := c.QueryParams()
	var asked askedConsent
	ok := hasSession(c)
	if ok {
		asked, ok = s.popConsent(c, answer.Get("state"))
	}
	if !ok || asked.Redirect != s.consentRedirect(c.Request()) {
		s.log.Warn("an answer of an authorization server that nobody has asked for", "user", userOf(c), "address", c.RealIP())
		x := view.Texts(ctx)
		return s.render(c, http.StatusBadRequest, view.ErrorPage(s.page(c), http.StatusBadRequest, x.ConsentLost))
	}
	here := "/accounts/" + asked.AccountID
	err := s.svc.TakeConsent(ctx, asked.ConsentRequest, answer)
	switch {
	case errors.Is(err, ErrInvalid):
		s.sessions.Put(ctx, keyConsentFault, view.Sentence(err, ErrInvalid))
	case errors.Is(err, ErrChanged):
		s.sessions.Put(ctx, keyConsentFault, view.Texts(ctx).ConsentChanged)
	case err != nil:
		return err
	default:
		s.log.Info("consent given", "account", asked.AccountID, "user", userOf(c))
		// Somebody may have logged in there as another user than the account's.
		if _, err := s.svc.TestStoredAccount(ctx, asked.AccountID); err != nil {
			s.log.Warn("account not tested", "account", asked.AccountID, "error", err)
		}
		here += "?consent=given"
	}
	return c.Redirect(http.StatusSeeOther, here) // away from the address with the code
}

// hasSession reports whether a browser asks, and not a program with a token.
func hasSession(c echo.Context) bool { return access.From(c.Request().Context()).TokenID == "" }

// consents are those that the browser of the session is asked for.
func (s *Server) consents(c echo.Context) []askedConsent {
	var all []askedConsent
	if text := s.sessions.GetString(c.Request().Context(), keyConsents); text != "" {
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			s.log.Error("consents of a session not read", "error", err)
		}
	}
	return all
}

func (s *Server) putConsents(c echo.Context, all []askedConsent) error {
	text, err := json.Marshal(all)
	if err == nil {
		s.sessions.Put(c.Request().Context(), keyConsents, string(text))
	}
	return err
}

func (s *Server) keepConsent(c echo.Context, asked askedConsent) error {
	all := append(s.consents(c), asked)
	return s.putConsents(c, all[max(0, len(all)-maxConsents):])
}

// popConsent finds the request that an answer belongs to, which is used up by that.
func (s *Server) popConsent(c echo.Context, state string) (askedConsent, bool) {
	var found askedConsent
	ok := false
	var others []askedConsent
	user := access.From(c.Request().Context()).UserID
	for _, asked := range s.consents(c) {
		mine := subtle.ConstantTimeCompare([]byte(asked.State), []byte(state)) == 1
		if mine {
			found, ok = asked, asked.By == user && time.Now().Before(asked.Expires)
		}
		if !mine && time.Now().Before(asked.Expires) {
			others = append(others, asked)
		}
	}
	if found.State == "" {
		return found, false
	}
	if err := s.putConsents(c, others); err != nil {
		return found, false
	}
	return found, ok
}
