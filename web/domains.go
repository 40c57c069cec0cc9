package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listDomains(c echo.Context) error {
	all, err := s.svc.LocalDomains(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.DomainsPage(s.page(c), all))
}

func (s *Server) newDomain(c echo.Context) error {
	return s.showDomainForm(c, http.StatusOK, view.NewDomainForm())
}

func (s *Server) showDomain(c echo.Context) error {
	d, err := s.svc.LocalDomain(c.Request().Context(), c.Param("domain"))
	if err != nil {
		return err
	}
	f := view.DomainFormOf(d)
	if c.QueryParam("saved") != "" {
		f.Notice = view.Texts(c.Request().Context()).DomainSaved
	}
	return s.showDomainForm(c, http.StatusOK, f)
}

// showDomainForm fills in what the page shows beside the form.
func (s *Server) showDomainForm(c echo.Context, status int, f view.DomainForm) error {
	if f.Stored {
		var err error
		if f.Uses, err = s.svc.DomainUses(c.Request().Context(), f.Domain.Domain); err != nil {
			return err
		}
	}
	return s.render(c, status, view.DomainPage(s.page(c), f))
}

func (s *Server) saveDomain(c echo.Context) error {
	ctx := c.Request().Context()
	var stored task.LocalDomain
	if name := c.Param("domain"); name != "" {
		var err error
		if stored, err = s.svc.LocalDomain(ctx, name); err != nil {
			return err
		}
	}
	if err := parseForm(c); err != nil {
		return err
	}
	f := readDomainForm(c.Request().PostForm, stored)
	password := c.Request().PostForm.Get("password")
	again := func() error {
		f.Retype = password != "" && !isFragment(c.Request())
		return s.showDomainForm(c, http.StatusUnprocessableEntity, f)
	}
	if !checkDomain(view.Texts(c.Request().Context()), &f, stored, password) {
		return again()
	}
	d := f.Domain
	d.Server.Password = task.Password(password)
	err := s.svc.SaveLocalDomain(ctx, d, !f.Stored)
	if errors.Is(err, ErrInvalid) {
		f.Problems = problems(err)
		return again()
	}
	if err != nil {
		return err
	}
	s.log.Info("local domain saved", "domain", d.Domain, "user", userOf(c))
	return seeOther(c, "/domains/"+url.PathEscape(d.Domain)+"?saved=1")
}

// readDomainForm takes what was typed as it is, but for a port that is no number.
func readDomainForm(v url.Values, stored task.LocalDomain) view.DomainForm {
	get := func(field string) string { return strings.TrimSpace(v.Get(field)) }
	f := view.DomainForm{Stored: stored.Domain != "", Port: get("port")}
	f.Domain = task.LocalDomain{
		Domain: strings.ToLower(get("domain")), Way: task.DomainWay(get("way")), Admin: get("admin"), Short: v.Get("short") != "",
		Server: task.Account{
			Kind: task.KindIMAP, Host: get("host"), TLS: task.TLSMode(get("tls")),
			Sep: get("sep"), CAFile: get("ca"), Pin: strings.ToLower(get("pin")), Auth: stored.Server.Auth,
		},
	}
	if f.Stored {
		f.Domain.Domain = stored.Domain
	}
	usual := 143
	if f.Domain.Server.TLS == task.TLSImplicit {
		usual = 993
	}
	port, _ := strconv.Atoi(f.Port) // checkDomain says so
	f.Domain.Server.Port = cmp.Or(port, usual)
	return f
}

// checkDomain finds what is wrong with single fields.
func checkDomain(x view.Catalogue, f *view.DomainForm, stored task.LocalDomain, password string) bool {
	var faults faults
	if d := f.Domain.Domain; d == "" || strings.ContainsAny(d, " /@") {
		faults.add("domain", x.FaultDomain)
	}
	if f.Domain.Server.Host == "" {
		faults.add("host", x.FaultDomainHost)
	}
	if n, err := strconv.Atoi(f.Port); f.Port != "" && (err != nil || n < 1 || n > 65535) {
		faults.add("port", x.FaultPort)
	}
	if f.Domain.Admin == "" {
		faults.add("admin", x.FaultAdmin)
	}
	switch {
	case password != "":
	case !f.Stored:
		faults.add("password", x.FaultPassword)
	case !sameLogin(f.Domain.Server, stored.Server) || f.Domain.Server.Sep != stored.Server.Sep || f.Domain.Admin != stored.Admin || f.Domain.Way != stored.Way:
		faults.add("password", x.FaultPasswordMoved)
	}
	f.Faults, f.Focus = faults.texts, faults.first
	return len(f.Faults) == 0
}

// testMailbox opens a mailbox of a stored domain.
func (s *Server) testMailbox(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := s.svc.LocalDomain(ctx, c.Param("domain"))
	if err != nil {
		return err
	}
	f := view.DomainFormOf(d)
	f.Mailbox = strings.TrimSpace(c.FormValue("mailbox"))
	refuse := func(text string) error {
		f.Faults, f.Focus = map[string]string{"mailbox": text}, "mailbox"
		return s.showDomainForm(c, http.StatusUnprocessableEntity, f)
	}
	if task.DomainOf(f.Mailbox) != d.Domain {
		return refuse(view.Texts(c.Request().Context()).FaultMailbox(d.Domain))
	}
	test, err := s.svc.LookAtMailbox(ctx, f.Mailbox)
	if errors.Is(err, ErrInvalid) {
		return refuse(view.Sentence(err, ErrInvalid))
	}
	if err != nil {
		return err
	}
	f.Test = &test
	return s.showDomainForm(c, http.StatusOK, f)
}

func (s *Server) removeDomain(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := s.svc.LocalDomain(ctx, c.Param("domain"))
	if err != nil {
		return err
	}
	err = s.svc.DeleteLocalDomain(ctx, d.Domain)
	if errors.Is(err, ErrConflict) {
		f := view.DomainFormOf(d)
		f.Problems = []string{view.Texts(c.Request().Context()).DomainRemoveNot}
		return s.showDomainForm(c, http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	s.log.Info("local domain removed", "domain", d.Domain, "user", userOf(c))
	return seeOther(c, "/domains")
}
