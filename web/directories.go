package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listDirectories(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.svc.Directories(ctx)
	if err != nil {
		return err
	}
	rules, err := s.svc.Rules(ctx)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.DirectoriesPage(s.page(c), all, rules))
}

func (s *Server) newDirectory(c echo.Context) error {
	return s.showDirectoryForm(c, http.StatusOK, view.Directory{Directory: task.Directory{Kind: task.DirectoryLDAP}})
}

// showDirectory shows a directory, and asks it when a search says so.
func (s *Server) showDirectory(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := s.svc.Directory(ctx, c.Param("directory"))
	if err != nil {
		return err
	}
	f := directoryForm(d)
	if c.QueryParam("saved") != "" {
		f.Notice = view.Texts(c.Request().Context()).DirectorySaved
	}
	if c.QueryParam("ask") != "" {
		f.Asked, f.Ask = true, view.DirectoryAsk{Text: c.QueryParam("q"), Group: c.QueryParam("in")}
		answer, err := s.svc.AskDirectory(ctx, d, f.Ask)
		if err != nil {
			return err
		}
		f.Answer = &answer
	}
	return s.showDirectoryForm(c, http.StatusOK, f)
}

func directoryForm(d task.Directory) view.Directory {
	return view.Directory{Directory: d, ID: d.ID, Name: d.Name, Users: view.UserLines(d.Users)}
}

// showDirectoryForm fills in what the page shows beside the form.
func (s *Server) showDirectoryForm(c echo.Context, status int, f view.Directory) error {
	if f.ID != "" {
		rules, err := s.svc.Rules(c.Request().Context())
		if err != nil {
			return err
		}
		for _, r := range rules {
			if r.Directory == f.ID {
				f.Rules = append(f.Rules, r)
			}
		}
	}
	return s.render(c, status, view.DirectoryPage(s.page(c), f))
}

// saveDirectory asks the directory that was typed, or stores it.
func (s *Server) saveDirectory(c echo.Context) error {
	ctx := c.Request().Context()
	var stored task.Directory
	if id := c.Param("directory"); id != "" {
		var err error
		if stored, err = s.svc.Directory(ctx, id); err != nil {
			return err
		}
	}
	if err := parseForm(c); err != nil {
		return err
	}
	f := readDirectoryForm(c.Request().PostForm, stored)
	password := c.Request().PostForm.Get("password")
	again := func(status int) error {
		f.Retype = password != "" && !isFragment(c.Request())
		return s.showDirectoryForm(c, status, f)
	}
	test := c.FormValue("do") == "test"
	if !checkDirectory(view.Texts(c.Request().Context()), &f, stored, password, test) {
		return again(http.StatusUnprocessableEntity)
	}
	d := f.Directory
	if d.Kind == task.DirectoryLDAP && d.BindDN != "" {
		d.Password = task.Password(password)
	}
	saved, err := d, error(nil)
	if test {
		if d.Name == "" {
			d.Name = view.Texts(c.Request().Context()).NewDirectory // a test needs no name
		}
		err = s.tryDirectory(ctx, &f, d)
	} else {
		saved, err = s.svc.SaveDirectory(ctx, d)
	}
	switch {
	case errors.Is(err, ErrInvalid):
		f.Problems = problems(err)
		return again(http.StatusUnprocessableEntity)
	case err != nil:
		return err
	case test:
		return again(http.StatusOK)
	}
	s.log.Info("directory saved", "directory", saved.ID, "user", userOf(c))
	return seeOther(c, "/directories/"+saved.ID+"?saved=1")
}

func (s *Server) tryDirectory(ctx context.Context, f *view.Directory, d task.Directory) error {
	answer, err := s.svc.AskDirectory(ctx, d, view.DirectoryAsk{})
	f.Answer = &answer
	if err != nil {
		f.Answer = nil
	}
	return err
}

// readDirectoryForm takes what was typed for one kind of directory; what was typed for
// another is left out.
func readDirectoryForm(v url.Values, stored task.Directory) view.Directory {
	get := func(field string) string { return strings.TrimSpace(v.Get(field)) }
	f := view.Directory{ID: stored.ID, Name: stored.Name, Users: v.Get("users")}
	f.Directory = task.Directory{ID: stored.ID, Name: get("name"), Kind: task.DirectoryKind(get("kind"))}
	switch d := &f.Directory; d.Kind {
	case task.DirectoryLDAP:
		d.URL, d.BindDN, d.Base, d.Filter = get("url"), get("bind"), get("base"), get("filter")
		d.Address, d.NameAt, d.GroupsAt, d.GroupBase, d.CAFile = get("address-at"), get("name-at"), get("groups-at"), get("group-base"), get("ca")
	case task.DirectoryCSV:
		d.File = get("file")
	}
	return f
}

// checkDirectory finds what is wrong with single fields. A test needs no name.
func checkDirectory(x view.Catalogue, f *view.Directory, stored task.Directory, password string, test bool) bool {
	var faults faults
	d := &f.Directory
	if d.Name == "" && !test {
		faults.add("name", x.FaultName)
	}
	switch d.Kind {
	case task.DirectoryLDAP:
		if u, err := url.Parse(d.URL); err != nil || u.Host == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
			faults.add("url", x.FaultURL)
		}
		if d.Base == "" {
			faults.add("base", x.FaultBase)
		}
		same := stored.ID != "" && stored.BindDN != "" && strings.EqualFold(d.URL, stored.URL) && d.BindDN == stored.BindDN && d.CAFile == stored.CAFile
		switch {
		case d.BindDN == "" || password != "" || same:
		case stored.BindDN == "":
			faults.add("password", x.FaultPassword)
		default:
			faults.add("password", x.FaultDirectoryPassword)
		}
	case task.DirectoryCSV:
		if !filepath.IsAbs(d.File) {
			faults.add("file", x.FaultFile)
		}
	case task.DirectoryStatic:
		var err error
		if d.Users, err = view.ParseUserLines(f.Users); err != nil {
			faults.add("users", err.Error())
		} else if len(d.Users) == 0 {
			faults.add("users", x.FaultUsers)
		}
	}
	f.Faults, f.Focus = faults.texts, faults.first
	return len(f.Faults) == 0
}

func (s *Server) removeDirectory(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := s.svc.Directory(ctx, c.Param("directory"))
	if err != nil {
		return err
	}
	err = s.svc.DeleteDirectory(ctx, d.ID)
	if errors.Is(err, ErrConflict) {
		f := directoryForm(d)
		f.Problems = []string{view.Texts(c.Request().Context()).DirectoryRemoveNot}
		return s.showDirectoryForm(c, http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	s.log.Info("directory removed", "directory", d.ID, "user", userOf(c))
	return seeOther(c, "/directories")
}
