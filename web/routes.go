package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// permission says who may use a route.
type permission int

const (
	// everyone needs no session; none is looked at.
	everyone permission = iota
	// visitor is anyone, logged in or not.
	visitor
	// administrator must be logged in.
	administrator
	// watcher must be logged in too, but what the browser asks by itself does not
	// count as activity: the session still ends when the person has been idle.
	watcher
)

// route is a line of the table of all that the server answers.
type route struct {
	method, path string
	permission   permission
	handler      echo.HandlerFunc
}

func (s *Server) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/static/:digest/:name", everyone, s.getStatic},

		{get, "/login", visitor, s.showLogin},
		{post, "/login", visitor, s.login},
		{post, "/logout", visitor, s.logout},
		{post, "/theme", visitor, s.setTheme},

		{get, "/", administrator, s.home},
		{get, "/tasks", administrator, s.listTasks},
		{get, "/tasks/events", watcher, s.watchTasks},
		{get, "/tasks/new", administrator, s.newTask},
		{post, "/tasks/new", administrator, s.saveTask},
		{get, "/tasks/:task", administrator, s.showTask},
		{get, "/tasks/:task/edit", administrator, s.editTask},
		{post, "/tasks/:task/edit", administrator, s.saveTask},
		{get, "/tasks/:task/delete", administrator, s.confirmDelete},
		{post, "/tasks/:task/delete", administrator, s.deleteTask},
		{post, "/tasks/:task/pause", administrator, s.pauseTask},
		{post, "/tasks/:task/resume", administrator, s.resumeTask},
		{post, "/tasks/:task/run", administrator, s.startRun},

		{get, "/runs/:run", administrator, s.showRun},
		{get, "/runs/:run/events", watcher, s.watchRun},
		{get, "/runs/:run/report.json", administrator, s.downloadReport},
		{post, "/runs/:run/stop", administrator, s.stopRun},
	}
}
