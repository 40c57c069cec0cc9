package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
	"github.com/mailweir/mailweir/web/view"
)

// newAPI makes the JSON API, whose errors are words from the same place as those of
// the pages.
func (s *Server) newAPI() *api.API {
	return api.New(s.svc, api.Options{Version: s.opts.Version, PublicURL: s.opts.PublicURL, Problem: func(ctx context.Context, err error) (int, string) {
		f := failureOf(view.In(view.English), err)
		if f.ours && ctx.Err() == nil {
			s.log.Error("request failed", "error", err)
		}
		return f.status, f.sentence()
	}})
}

// apiRoutes are the lines of the table that the operations of the API are.
func (s *Server) apiRoutes() []route {
	all := []route{{http.MethodGet, api.DescriptionPath, everyone, s.describeAPI}}
	streams := map[string]echo.HandlerFunc{
		api.Prefix + "/tasks/events":      s.streamTasks,
		api.Prefix + "/runs/{run}/events": s.streamRun,
	}
	path := strings.NewReplacer("{", ":", "}", "")
	for _, o := range s.api.Operations() {
		r := route{o.Method, path.Replace(o.Path), to(o.Action), echo.WrapHandler(s.api)}
		if o.Stream {
			r.permission, r.handler = watching(o.Action), streams[o.Path]
		}
		all = append(all, r)
	}
	return all
}

func (s *Server) describeAPI(c echo.Context) error {
	text, err := s.api.Description()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/openapi+json", text)
}

// forAPI reports whether a request is for the API, whose answers are JSON.
func forAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// forProgram reports whether no person sees the answer.
func forProgram(r *http.Request) bool { return forAPI(r) || r.URL.Path == "/metrics" }

// sentence says in one sentence what the failure is.
func (f failure) sentence() string {
	switch {
	case f.text != "":
		return f.text
	case f.status == http.StatusNotFound:
		return "there is nothing of that name, or it may not be seen"
	case f.ours:
		return "a fault in mailweir; its log says more"
	}
	return strings.ToLower(http.StatusText(f.status))
}

// sendProblem answers a request for the API with what a handler or the guard returned.
func (s *Server) sendProblem(c echo.Context, err error) {
	h := c.Response().Header()
	switch {
	case errors.Is(err, errLoginNeeded):
		h.Set("WWW-Authenticate", "Bearer")
		api.WriteProblem(c.Response(), http.StatusUnauthorized, "this needs a token (Authorization: Bearer mailweir_...) or the session of a browser")
		return
	case errors.Is(err, errTokenRefused):
		h.Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 section 3.1
		api.WriteProblem(c.Response(), http.StatusUnauthorized, "the token is not known, has been revoked, or has expired")
		return
	}
	f := failureOf(view.In(view.English), err)
	if f.ours {
		s.log.Error("request failed", "method", c.Request().Method, "path", c.Path(), "error", err)
	}
	if errors.Is(err, errForbidden) && access.From(c.Request().Context()).TokenID != "" {
		f.text = "the token's scopes, or the role of its user, do not allow it"
	}
	api.WriteProblem(c.Response(), f.status, f.sentence())
}

// message sends an event with a value in JSON.
func (out *stream) message(event string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("event %s: %w", event, err)
	}
	out.frames++
	return out.write("id: " + strconv.Itoa(out.frames) + "\nevent: " + event + "\n" + dataLines(string(text)) + "\n")
}

// streamTasks sends the tasks that the actor may see, and again each one that has
// changed.
func (s *Server) streamTasks(c echo.Context) error {
	return s.stream(c, func(ctx context.Context, out *stream) error {
		tick := time.NewTicker(listGap)
		defer tick.Stop()
		for sent := (sentTasks{marks: map[string]string{}, texts: map[string]string{}}); ; {
			if err := s.sendChanged(ctx, out, sent); err != nil {
				return err
			}
			if out.frames == 0 { // so that a client knows that it is connected
				if err := out.message("none", struct{}{}); err != nil {
					return err
				}
			}
			if !out.wait(ctx, tick.C) {
				return nil
			}
		}
	})
}

// sentTasks is what one client knows, by ID of the task.
type sentTasks struct{ marks, texts map[string]string }

// readAtOnce is how many tasks are read at a time for a client that gets all of them.
const readAtOnce = 500

// sendChanged sends what differs from what was sent.
func (s *Server) sendChanged(ctx context.Context, out *stream, sent sentTasks) error {
	marks, err := s.svc.TaskMarks(ctx)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(marks))
	var changed []string
	for _, m := range marks {
		there[m.ID] = true
		if sent.marks[m.ID] != m.Text {
			changed = append(changed, m.ID)
		}
	}
	for ids := range slices.Chunk(changed, readAtOnce) {
		rows, _, err := s.findTasks(ctx, task.Query{IDs: ids, OnlyLast: true, Uncounted: true})
		if err != nil {
			return err
		}
		if err := sendTasks(out, rows, sent.texts); err != nil {
			return err
		}
	}
	for _, m := range marks {
		sent.marks[m.ID] = m.Text
	}
	for id := range sent.marks {
		if there[id] {
			continue
		}
		delete(sent.marks, id)
		if _, known := sent.texts[id]; !known {
			continue // it went before it could be read
		}
		delete(sent.texts, id)
		if err := out.message("gone", map[string]string{"id": id}); err != nil {
			return err
		}
	}
	return nil
}

// sendTasks sends those that differ from what was sent. Positions in the queue are left
// out: with each run that begins, those of all others change.
func sendTasks(out *stream, rows []view.TaskRow, sent map[string]string) error {
	for _, r := range rows {
		t := api.TaskOf(r.Task, r.Last)
		if t.Last != nil {
			t.Last.Position = nil
		}
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if sent[t.ID] == string(text) {
			continue
		}
		sent[t.ID] = string(text)
		if err := out.message("task", t); err != nil {
			return err
		}
	}
	return nil
}

// streamRun sends how a run goes and what it logs, until it has ended.
func (s *Server) streamRun(c echo.Context) error {
	return s.stream(c, func(ctx context.Context, out *stream) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		id := c.Param("run")
		states, err := s.svc.Watch(ctx, id)
		if err != nil {
			return err
		}
		return s.sendRun(ctx, out, id, states)
	})
}

func (s *Server) sendRun(ctx context.Context, out *stream, id string, states <-chan task.Run) error {
	clock := time.NewTicker(clockGap)
	defer clock.Stop()
	run, err := s.svc.Run(ctx, id)
	if err != nil {
		return err
	}
	shown, lastLog := "", int64(logEnd)
	for {
		text, err := json.Marshal(api.RunOf(run))
		if err != nil {
			return err
		}
		if string(text) != shown {
			shown = string(text)
			if err := out.message("run", api.RunOf(run)); err != nil {
				return err
			}
		}
		if lastLog, err = s.sendLog(ctx, out, id, lastLog); err != nil {
			return err
		}
		if !active(run) {
			return out.message("end", struct{}{})
		}
		if !out.pause(ctx, frameGap) {
			return nil
		}
		next, open, ok := nextState(ctx, out, states, clock.C, run)
		if !ok {
			return nil
		}
		if !open {
			// The channel closes after the end; what it was is asked for once more.
			if next, err = s.svc.Run(ctx, id); err != nil || active(next) {
				return err
			}
		}
		if next.State == task.StateQueued { // its position changes without its doing
			if next, err = s.svc.Run(ctx, id); err != nil {
				return err
			}
		}
		run = next
	}
}

// sendLog sends the lines after last, all of them, and returns the number of the
// latest.
func (s *Server) sendLog(ctx context.Context, out *stream, id string, last int64) (int64, error) {
	for {
		lines, err := s.svc.Log(ctx, id, last, shownLog)
		if err != nil {
			return last, err
		}
		for _, l := range lines {
			if err := out.message("log", api.LogLineOf(l)); err != nil {
				return last, err
			}
			last = l.Seq
		}
		if len(lines) < shownLog {
			return max(last, 0), nil
		}
	}
}
