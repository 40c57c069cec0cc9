package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) newTask(c echo.Context) error {
	return s.showForm(c, http.StatusOK, view.NewTaskForm(), task.Task{})
}

func (s *Server) editTask(c echo.Context) error {
	t, err := s.svc.Task(c.Request().Context(), c.Param("task"))
	if err != nil {
		return err
	}
	return s.showForm(c, http.StatusOK, view.FormOf(t), t)
}

// saveTask does what the pressed button says: it changes the form and shows it
// again, or stores the task.
func (s *Server) saveTask(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	stored, err := s.storedTask(c)
	if err != nil {
		return err
	}
	typed := readForm(c.Request().PostForm, stored)
	typed.texts = view.Texts(c.Request().Context())
	if typed.change(c.FormValue("do")) {
		return s.showTyped(c, http.StatusOK, typed)
	}
	if !typed.check() {
		return s.showTyped(c, http.StatusUnprocessableEntity, typed)
	}
	saved, err := s.svc.SaveTask(c.Request().Context(), typed.task())
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict) {
		typed.refuse(err)
		return s.showTyped(c, http.StatusUnprocessableEntity, typed)
	}
	if errors.Is(err, ErrChanged) {
		// What was typed stays, and whoever saves it again knows what they do.
		typed.form.Problems, typed.form.Focus = []string{typed.says().FormChanged}, "problems"
		if typed.stored, err = s.storedTask(c); err != nil {
			return err
		}
		typed.form.Version = view.FormVersion(typed.stored)
		return s.showTyped(c, http.StatusPreconditionFailed, typed)
	}
	if err != nil {
		return err
	}
	s.log.Info("task saved", "task", saved.ID, "user", userOf(c))
	return seeOther(c, "/tasks/"+saved.ID)
}

// storedTask is the task that is edited, or an empty one for a new task.
func (s *Server) storedTask(c echo.Context) (task.Task, error) {
	id := c.Param("task")
	if id == "" {
		return task.Task{}, nil
	}
	return s.svc.Task(c.Request().Context(), id)
}

// showTyped shows what was typed again. The browser of a person without script
// has lost the passwords by then and is told so.
func (s *Server) showTyped(c echo.Context, status int, typed *typedTask) error {
	if !isFragment(c.Request()) {
		typed.askPasswordsAgain()
	}
	return s.showForm(c, status, typed.form, typed.stored)
}

// showForm shows a form; stored is the task that is edited, or the zero one.
func (s *Server) showForm(c echo.Context, status int, f view.TaskForm, stored task.Task) error {
	var err error
	if f.Plugins, err = s.svc.Plugins(c.Request().Context()); err != nil {
		return err
	}
	if err := s.preview(c.Request().Context(), &f, stored); err != nil {
		return err
	}
	return s.render(c, status, view.TaskFormPage(s.page(c), f))
}

// seeOther sends the browser to another page, also where a script has sent the
// form.
func seeOther(c echo.Context, path string) error {
	if isFragment(c.Request()) {
		c.Response().Header().Set("HX-Redirect", path)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, path)
}
