package kit

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// logLines is a log that keeps its lines. Nothing writes to it from two goroutines:
// one question is asked at a time.
type logLines struct {
	level slog.Level
	lines []string
}

var _ slog.Handler = (*logLines)(nil)

func (l *logLines) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

func (l *logLines) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	fmt.Fprintf(&line, "%s: %s", strings.ToLower(r.Level.String()), r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&line, " %s=%q", a.Key, a.Value.String())
		return true
	})
	l.lines = append(l.lines, line.String())
	return nil
}

// WithAttrs leaves out that all lines are of the one plugin.
func (l *logLines) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup changes nothing; plugins log no groups.
func (l *logLines) WithGroup(string) slog.Handler { return l }

// take hands the lines over, and begins anew.
func (l *logLines) take() []string {
	lines := l.lines
	l.lines = nil
	return lines
}
