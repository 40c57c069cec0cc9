package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listUsers(c echo.Context) error {
	users, err := s.svc.Users(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.UsersPage(s.page(c), users))
}

func (s *Server) newUser(c echo.Context) error {
	return s.render(c, http.StatusOK, view.UserPage(s.page(c), view.UserForm{User: access.User{Role: access.RoleUser}}))
}

// typedUser is the form's role and domains. Domains that the role has no use for
// are left out, because without script the field is always there.
func typedUser(c echo.Context) (u access.User, typed string) {
	typed = c.FormValue("domains")
	u = access.User{Role: access.Role(c.FormValue("role"))}
	if u.Role == access.RoleOperator || u.Role == access.RoleReader {
		u.Domains = access.ParseDomains(typed)
	}
	return u, typed
}

func (s *Server) addUser(c echo.Context) error {
	f := view.UserForm{}
	f.User, f.Domains = typedUser(c)
	f.User.Name = c.FormValue("name")
	refuse := func(text ...string) error {
		f.Problems = text
		return s.render(c, http.StatusUnprocessableEntity, view.UserPage(s.page(c), f))
	}
	password := c.FormValue("password")
	if password != c.FormValue("again") {
		return refuse(view.Texts(c.Request().Context()).PasswordsDiffer)
	}
	u, err := s.svc.AddUser(c.Request().Context(), f.User, password)
	if errors.Is(err, ErrInvalid) {
		return refuse(problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("user made", "made", u.Name, "role", u.Role, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/users")
}

func (s *Server) showUser(c echo.Context) error {
	return s.renderUser(c, http.StatusOK, nil, "")
}

// renderUser shows a user as stored, or as typed is given.
func (s *Server) renderUser(c echo.Context, status int, typed *view.UserForm, notice string, faults ...string) error {
	ctx := c.Request().Context()
	u, err := s.svc.User(ctx, c.Param("user"))
	if err != nil {
		return err
	}
	all, err := s.svc.Users(ctx)
	if err != nil {
		return err
	}
	f := view.UserForm{
		User: u, Domains: strings.Join(u.Domains, " "), Self: u.ID == access.From(ctx).UserID,
		Heirs:    slices.DeleteFunc(all, func(o access.User) bool { return o.ID == u.ID || o.Role == access.RoleReader }),
		Problems: faults, Notice: notice,
	}
	if typed != nil {
		f.User.Role, f.User.Disabled, f.Domains = typed.User.Role, typed.User.Disabled, typed.Domains
	}
	return s.render(c, status, view.UserPage(s.page(c), f))
}

// otherUser is the ID of the user of the address, who must not be the actor: an
// admin shall not lock themself out by a slip.
func otherUser(c echo.Context) (string, error) {
	id := c.Param("user")
	if id == access.From(c.Request().Context()).UserID {
		return "", fmt.Errorf("%w: %s", ErrConflict, view.Texts(c.Request().Context()).UserSelf)
	}
	return id, nil
}

func (s *Server) changeUser(c echo.Context) error {
	id, err := otherUser(c)
	if err != nil {
		return err
	}
	f := view.UserForm{}
	f.User, f.Domains = typedUser(c)
	f.User.ID, f.User.Disabled = id, c.FormValue("enabled") == ""
	err = s.svc.ChangeUser(c.Request().Context(), f.User)
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict) {
		return s.renderUser(c, http.StatusUnprocessableEntity, &f, "", problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("user changed", "changed", id, "role", f.User.Role, "disabled", f.User.Disabled, "user", userOf(c))
	return s.renderUser(c, http.StatusOK, nil, view.Texts(c.Request().Context()).UserSaved)
}

func (s *Server) resetPassword(c echo.Context) error {
	id, err := otherUser(c)
	if err != nil {
		return err
	}
	password := c.FormValue("password")
	if password != c.FormValue("again") {
		return s.renderUser(c, http.StatusUnprocessableEntity, nil, "", view.Texts(c.Request().Context()).PasswordsDiffer)
	}
	err = s.svc.SetPassword(c.Request().Context(), id, password, "")
	if errors.Is(err, ErrInvalid) {
		return s.renderUser(c, http.StatusUnprocessableEntity, nil, "", problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("password set", "of", id, "user", userOf(c))
	return s.renderUser(c, http.StatusOK, nil, view.Texts(c.Request().Context()).UserPasswordSet)
}

func (s *Server) removeCodes(c echo.Context) error {
	id, err := otherUser(c)
	if err != nil {
		return err
	}
	if err := s.svc.RemoveKey(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("codes turned off", "of", id, "user", userOf(c))
	return s.renderUser(c, http.StatusOK, nil, view.Texts(c.Request().Context()).UserCodesRemoved)
}

func (s *Server) removeUser(c echo.Context) error {
	id, err := otherUser(c)
	if err != nil {
		return err
	}
	err = s.svc.RemoveUser(c.Request().Context(), id, c.FormValue("heir"))
	if errors.Is(err, ErrConflict) {
		return s.renderUser(c, http.StatusUnprocessableEntity, nil, "", problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("user removed", "removed", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/users")
}

func (s *Server) chooseOwner(c echo.Context) error { return s.renderOwner(c, http.StatusOK) }

func (s *Server) renderOwner(c echo.Context, status int, faults ...string) error {
	ctx := c.Request().Context()
	t, err := s.svc.Task(ctx, c.Param("task"))
	if err != nil {
		return err
	}
	users, err := s.svc.Users(ctx)
	if err != nil {
		return err
	}
	users = slices.DeleteFunc(users, func(u access.User) bool { return u.Role == access.RoleReader })
	return s.render(c, status, view.OwnerPage(s.page(c), t, users, faults))
}

func (s *Server) giveTask(c echo.Context) error {
	id := c.Param("task")
	err := s.svc.GiveTask(c.Request().Context(), id, c.FormValue("owner"))
	if errors.Is(err, ErrInvalid) {
		return s.renderOwner(c, http.StatusUnprocessableEntity, problems(err)...)
	}
	if errors.Is(err, ErrNotFound) {
		return s.renderOwner(c, http.StatusUnprocessableEntity, view.Texts(c.Request().Context()).OwnerMissing) // or 404, if it is the task
	}
	if err != nil {
		return err
	}
	s.log.Info("task given", "task", id, "to", c.FormValue("owner"), "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/tasks/"+id)
}
