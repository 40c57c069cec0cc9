package view

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func anyActive(rows []TaskRow) bool {
	return slices.ContainsFunc(rows, func(r TaskRow) bool { return Active(r.Last) })
}

// route says where mail comes from and where it goes, in a line.
func route(ctx context.Context, tk task.Task) string {
	var from string
	if len(tk.Sources) == 1 {
		from = accountName(tk.Sources[0].Account)
	} else {
		from = t(ctx).SourceCount(len(tk.Sources))
	}
	return Plain(from + " → " + accountName(tk.Destination))
}

// accountName is how people call an account.
func accountName(a task.Account) string {
	if a.Kind == task.KindMaildir {
		return a.Dir
	}
	user := a.User
	if a.Authzid != "" {
		user = a.Authzid
	}
	if strings.Contains(user, "@") {
		return user
	}
	return user + " · " + a.Host
}

// began is when a run started, or was queued if it has not.
func began(r task.Run) time.Time {
	if r.Started.IsZero() {
		return r.Queued
	}
	return r.Started
}

// took is how long a run has taken up to now.
func took(r task.Run, now time.Time) time.Duration {
	switch {
	case r.Started.IsZero():
		return 0
	case !r.Ended.IsZero():
		return r.Ended.Sub(r.Started)
	}
	return now.Sub(r.Started)
}

// result says what a run did, in a line.
func result(ctx context.Context, r task.Run) string {
	c, x := countsOf(r), t(ctx)
	parts := []string{t(ctx).Number(c.Copied) + " " + strings.ToLower(x.Copied)}
	if n := notCopied(c); n > 0 {
		parts = append(parts, t(ctx).Number(n)+" "+strings.ToLower(x.NotCopied))
	}
	if c.Copied == 0 && c.Present > 0 {
		parts = append(parts, t(ctx).Number(c.Present)+" "+strings.ToLower(x.Present))
	}
	return strings.Join(parts, ", ")
}

// tookText is took for a table.
func tookText(ctx context.Context, r task.Run, now time.Time) string {
	if r.Started.IsZero() {
		return noValue
	}
	return t(ctx).Duration(took(r, now))
}

// latest is the first of runs, which come newest first, or nil.
func latest(runs []task.Run) *task.Run {
	if len(runs) == 0 {
		return nil
	}
	return &runs[0]
}

// accountUser is whose account it is.
func accountUser(a task.Account) string {
	switch {
	case a.Kind == task.KindMaildir:
		return a.Dir
	case a.Authzid != "":
		return a.Authzid
	}
	return a.User
}
