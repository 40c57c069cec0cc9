package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

const (
	// keepAlive is how long a stream is silent at most, so that proxies keep it.
	keepAlive = 15 * time.Second
	// frameDeadline is how long a browser may take to accept a frame.
	frameDeadline = 10 * time.Second
)

// fragment is a part of a page that may have changed.
type fragment struct {
	target string // CSS selector
	swap   string // how it is put there; "" morphs the target into it
	body   templ.Component
	title  string // the page's title instead of a target
	text   string // what body has been drawn to; "" has not been
}

// stream is one browser's connection on which fragments are pushed. It knows what
// it has sent, so that only what has changed goes over the wire.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	closing <-chan struct{} // closed when the server shuts down
	valid   func() bool     // whether the person may still see it
	sent    map[string]string
	frames  int
	last    time.Time // of the last write
	checked time.Time
}

// stream answers with a stream that follow writes. It ends when follow returns,
// the browser goes, the session ends or the server shuts down.
func (s *Server) stream(c echo.Context, follow func(ctx context.Context, out *stream) error) error {
	return s.streamWhile(c, func() bool { return s.stillAllowed(c) == nil }, follow)
}

// streamWhile is stream for as long as valid, which is asked now and then.
func (s *Server) streamWhile(c echo.Context, valid func() bool, follow func(ctx context.Context, out *stream) error) error {
	if !s.enterStream() {
		return c.NoContent(http.StatusServiceUnavailable)
	}
	defer s.streams.Done()

	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold frames back
	out := &stream{
		w:       c.Response(),
		control: http.NewResponseController(c.Response()),
		closing: s.closing,
		valid:   valid,
		sent:    map[string]string{},
		checked: time.Now(),
	}
	// The server's deadline for reading a request would end a stream that lasts.
	if err := out.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	err := follow(c.Request().Context(), out)
	if out.frames == 0 {
		return err // nothing was sent yet: this becomes a status
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.Debug("stream broke off", "path", c.Request().URL.Path, "error", err)
	}
	return nil
}

// enterStream counts a stream in, unless the server is shutting down.
func (s *Server) enterStream() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closing:
		return false
	default:
		s.streams.Add(1)
		return true
	}
}

// push sends those fragments that differ from what was sent for their targets, in
// one frame. What is put beside the target's content is always sent.
func (out *stream) push(ctx context.Context, all ...fragment) error {
	var data bytes.Buffer
	for _, f := range all {
		text, err := f.html(ctx)
		if err != nil {
			return err
		}
		if f.swap == "" {
			if out.sent[f.target] == text {
				continue
			}
			out.sent[f.target] = text
		}
		data.WriteString(text)
	}
	if data.Len() == 0 {
		return nil
	}
	out.frames++
	return out.write("id: " + strconv.Itoa(out.frames) + "\n" + dataLines(data.String()) + "\n")
}

// event sends a named event, which does not change the page by itself.
func (out *stream) event(name string) error {
	return out.write("event: " + name + "\ndata: \n\n")
}

func (f fragment) html(ctx context.Context) (string, error) {
	if f.text != "" {
		return f.text, nil
	}
	var b bytes.Buffer
	body := view.Title(f.title)
	if f.title == "" {
		swap := f.swap
		if swap == "" {
			swap = "outerMorph"
		}
		body = view.Partial(f.target, swap, f.body)
	}
	if err := body.Render(ctx, &b); err != nil {
		return "", fmt.Errorf("render %s: %w", f.target, err)
	}
	return b.String(), nil
}

// lineBreaks are all that end a line of an event stream (WHATWG HTML section
// 9.2.6), so that no text can start a field of its own.
var lineBreaks = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

func dataLines(text string) string { return "data: " + lineBreaks.Replace(text) + "\n" }

// write sends text at once, within the deadline.
func (out *stream) write(text string) error {
	out.last = time.Now()
	// Some writers know no deadlines, such as those of tests.
	if err := out.control.SetWriteDeadline(out.last.Add(frameDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := out.w.Write([]byte(text)); err != nil {
		return err
	}
	return out.control.Flush()
}

// alive does what a quiet stream needs now and then: it reports false when the
// session has ended, and writes a comment after a long silence.
func (out *stream) alive(ctx context.Context) bool {
	now := time.Now()
	if now.Sub(out.checked) >= keepAlive {
		out.checked = now
		if !out.valid() {
			return false
		}
	}
	if now.Sub(out.last) >= keepAlive {
		return out.write(": still here\n\n") == nil
	}
	return ctx.Err() == nil
}

// wait waits for the tick. It reports false when the stream has to end.
func (out *stream) wait(ctx context.Context, tick <-chan time.Time) bool {
	select {
	case <-tick:
		return out.alive(ctx)
	case <-out.closing:
		return false
	case <-ctx.Done():
		return false
	}
}

// pause waits for d. It reports false when the stream has to end.
func (out *stream) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	return out.wait(ctx, timer.C)
}

// lineTarget selects the i-th line of a table.
func lineTarget(prefix string, i int) string { return prefix + strconv.Itoa(i) }
