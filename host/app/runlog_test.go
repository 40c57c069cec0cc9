package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestRunLogger_linesCanNotBeForged(t *testing.T) {
	var base bytes.Buffer
	var got []string
	log := runLogger(slog.New(slog.NewTextHandler(&base, nil)).With("run", "7"), func(l task.LogLine) {
		got = append(got, l.Level+": "+l.Text)
	})
	log.Debug("asked", "folder", "INBOX")
	log.Info("appended", "folder", "INBOX", "uid", 7, "size", int64(12))
	log.With("source", "a b").WithGroup("server").Warn("says", "text", "x\n2026 error: forged", "password", task.Password("hunter2"))
	log.Error("odd \x1b[31m message", slog.Group("at", "line", 3), "empty", "")
	want := []string{
		`info: appended folder=INBOX uid=7 size=12`,
		`warn: says source="a b" server.text="x\n2026 error: forged" server.password=[redacted]`,
		`error: "odd \x1b[31m message" at.line=3 empty=""`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := strings.Count(base.String(), "run=7"); n != 3 {
		t.Errorf("the service's own log has %d lines of this run, want 3:\n%s", n, base.String())
	}
}
