package app

import (
	"context"
	"log/slog"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// runLogger is a logger that writes to base as it is and, from level Info on,
// also one line of the run's log for each record.
func runLogger(base *slog.Logger, line func(task.LogLine)) *slog.Logger {
	return slog.New(&runHandler{base: base.Handler(), line: line})
}

// runHandler turns records into lines such as "appended folder=INBOX uid=7".
// Foreign text is quoted, so that it can not pass for another attribute or line.
type runHandler struct {
	base   slog.Handler
	line   func(task.LogLine)
	prefix string // attributes given beforehand, each with a leading blank
	group  string // prefix of keys
}

// Enabled implements slog.Handler.
func (h *runHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || h.base.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *runHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		var b strings.Builder
		b.WriteString(word(r.Message, true))
		b.WriteString(h.prefix)
		r.Attrs(func(a slog.Attr) bool {
			writeAttr(&b, h.group, a)
			return true
		})
		h.line(task.LogLine{At: r.Time, Level: levelWord(r.Level), Text: b.String()})
	}
	if !h.base.Enabled(ctx, r.Level) {
		return nil
	}
	return h.base.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *runHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(h.prefix)
	for _, a := range attrs {
		writeAttr(&b, h.group, a)
	}
	return &runHandler{base: h.base.WithAttrs(attrs), line: h.line, prefix: b.String(), group: h.group}
}

// WithGroup implements slog.Handler.
func (h *runHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &runHandler{base: h.base.WithGroup(name), line: h.line, prefix: h.prefix, group: h.group + name + "."}
}

func writeAttr(b *strings.Builder, group string, a slog.Attr) {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, sub := range v.Group() {
			writeAttr(b, group, sub)
		}
		return
	}
	b.WriteString(" " + word(group+a.Key, false) + "=" + word(v.String(), false))
}

// word quotes what would not be one word, or one line in a message, otherwise.
func word(s string, blanks bool) string {
	for _, r := range s {
		if !strconv.IsPrint(r) || r == '"' || !blanks && (r == ' ' || r == '=') {
			return strconv.Quote(s)
		}
	}
	if s == "" && !blanks {
		return `""`
	}
	return s
}

func levelWord(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "error"
	case l >= slog.LevelWarn:
		return "warn"
	}
	return "info"
}
