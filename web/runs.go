package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// logEnd asks for the end of a log.
const logEnd = -1

// shownLog is how many lines at the end of its log the page of a run starts with.
const shownLog = 200

func (s *Server) showRun(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.svc.Run(ctx, c.Param("run"))
	if err != nil {
		return err
	}
	lines, err := s.svc.Log(ctx, run.ID, logEnd, shownLog)
	if err != nil {
		return err
	}
	pace, err := s.svc.Pace(ctx, run.ID)
	if err != nil {
		return err
	}
	options, err := s.svc.RunOptions(ctx, run.ID)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.RunPage(s.page(c), run, lines, pace, options))
}

func (s *Server) stopRun(c echo.Context) error {
	id := c.Param("run")
	if err := s.svc.StopRun(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("run asked to stop", "run", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/runs/"+id)
}

func (s *Server) downloadReport(c echo.Context) error {
	run, err := s.svc.Run(c.Request().Context(), c.Param("run"))
	if err != nil {
		return err
	}
	if run.Report == nil {
		return fmt.Errorf("report of run %s: %w", run.ID, ErrNotFound)
	}
	text, err := json.MarshalIndent(run.Report, "", "  ")
	if err != nil {
		return fmt.Errorf("report of run %s: %w", run.ID, err)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+reportName(run, "json")+`"`)
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, append(text, '\n'))
}

// reportName is a file name that needs no quoting on any system.
func reportName(run task.Run, kind string) string {
	return strings.Trim("mailweir-"+safeName(run.TaskName), "-") + "-" + run.Ended.UTC().Format("20060102T150405Z") + "." + kind
}

// safeName is a name as part of one of a file.
func safeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
	if safe = strings.Trim(safe, "-"); len(safe) > 60 {
		safe = safe[:60]
	}
	return safe
}

// frameGap is the shortest time between two frames of one stream: a person sees no
// more, and a slow browser costs no more.
const frameGap = 300 * time.Millisecond

// clockGap is the time after which a run is shown again although nothing of it has
// changed but the time it takes and its log.
const clockGap = time.Second

// watchRun pushes how a run goes until it has ended, and then what came of it.
func (s *Server) watchRun(c echo.Context) error {
	return s.stream(c, func(ctx context.Context, out *stream) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		states, err := s.svc.Watch(ctx, c.Param("run"))
		if err != nil {
			return err
		}
		return s.pushRun(ctx, out, c.Param("run"), states)
	})
}

func (s *Server) pushRun(ctx context.Context, out *stream, id string, states <-chan task.Run) error {
	clock := time.NewTicker(clockGap)
	defer clock.Stop()
	run, err := s.svc.Run(ctx, id)
	if err != nil {
		return err
	}
	shown := &runView{svc: s.svc}
	for {
		frame, err := shown.frame(ctx, run)
		if err != nil {
			return err
		}
		if err := out.push(ctx, frame...); err != nil {
			return err
		}
		if !active(run) {
			return out.event(endEvent)
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

// nextState waits for a state of the run or the clock. open is false when there
// will be no more states, ok when the stream has to end.
func nextState(ctx context.Context, out *stream, states <-chan task.Run, clock <-chan time.Time, run task.Run) (next task.Run, open, ok bool) {
	select {
	case next, open = <-states:
		return next, open, true
	case <-clock:
		return run, true, out.alive(ctx)
	case <-out.closing:
		return run, true, false
	case <-ctx.Done():
		return run, true, false
	}
}

func active(run task.Run) bool { return view.Active(&run) }

// endEvent tells the page that the stream ended on purpose.
const endEvent = view.EventEnd

// runView remembers what of a run one browser shows.
type runView struct {
	svc     Service
	begun   bool
	folders int
	lastLog int64
}

// frame is all that may have changed. The first is complete, so that it mends
// whatever the page has missed.
func (v *runView) frame(ctx context.Context, run task.Run) ([]fragment, error) {
	st := view.StatusOf(ctx, &run)
	all := []fragment{
		{title: view.RunTitle(ctx, run)},
		{target: "#favicon", body: view.Favicon(st.Tone)},
		{target: "#run-head", body: view.RunHead(run)},
		{target: "#run-announce", body: view.RunAnnounce(run)},
		{target: "#run-totals", body: view.RunTotals(run)},
		{target: "#run-rate", body: view.RunRate(run)},
		{target: "#run-report", body: view.RunReport(run)},
	}
	all = append(all, v.folderFragments(run)...)
	lines, err := v.logFragment(ctx, run)
	if err != nil {
		return nil, err
	}
	v.begun = true
	return append(all, lines...), nil
}

// folderFragments is the table as a whole when its lines are others, and its lines
// otherwise: a large account has thousands of folders, of which few change.
func (v *runView) folderFragments(run task.Run) []fragment {
	n := len(view.FoldersOf(run))
	if !v.begun || n != v.folders || !active(run) {
		v.folders = n
		return []fragment{{target: "#run-folders", body: view.RunFolders(run)}}
	}
	if n == 0 {
		return nil
	}
	var all []fragment
	for i := range min(n, view.MaxFolders) {
		all = append(all, fragment{target: lineTarget("#folder-", i), body: view.FolderLine(i, run)})
	}
	return append(all, fragment{target: "#folder-sums", body: view.FolderSums(run)})
}

// logFragment is what has been logged since. Where that is more than a page shows,
// and at both ends of the stream, it is the end of the log instead.
func (v *runView) logFragment(ctx context.Context, run task.Run) ([]fragment, error) {
	swap := "beforeend"
	lines, err := v.svc.Log(ctx, run.ID, v.lastLog, shownLog)
	if !v.begun || !active(run) || len(lines) == shownLog {
		swap = "innerHTML"
		lines, err = v.svc.Log(ctx, run.ID, logEnd, shownLog)
	}
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	v.lastLog = lines[len(lines)-1].Seq
	return []fragment{{target: "#log", swap: swap, body: view.LogLines(lines)}}, nil
}
