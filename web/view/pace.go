package view

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// paces are the steps of the slider, in bytes a second; the last is no limit.
var paces = []int64{20_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 0}

// messagePaces are what can be chosen as messages a second, besides what is in force.
var messagePaces = []int64{0, 1, 2, 5, 10, 20, 50, 100, 200, 500}

// messageChoices are these, and the one in force.
func messageChoices(now int64) []int64 {
	if slices.Contains(messagePaces, now) {
		return messagePaces
	}
	all := append([]int64{now}, messagePaces...)
	slices.Sort(all)
	return all
}

// messagesWords says messages a second.
func messagesWords(ctx context.Context, n int64) string {
	if n <= 0 {
		return t(ctx).PaceNone
	}
	return t(ctx).Number(n) + " " + t(ctx).MessagesPerSecond
}

// PaceOf is the pace of a step, or false if there is no such step.
func PaceOf(step int) (int64, bool) {
	if step < 0 || step >= len(paces) {
		return 0, false
	}
	return paces[step], true
}

// PaceStep is the step of a pace, or the next one below it.
func PaceStep(pace int64) int {
	if pace <= 0 {
		return len(paces) - 1
	}
	at := 0
	for i, p := range paces {
		if p > 0 && p <= pace {
			at = i
		}
	}
	return at
}

func paceWords(ctx context.Context, pace int64) string {
	if pace <= 0 {
		return t(ctx).PaceNone
	}
	return t(ctx).PaceOf(t(ctx).Bytes(pace))
}

func paceWordsAll(ctx context.Context) []string {
	all := make([]string, len(paces))
	for i, p := range paces {
		all[i] = paceWords(ctx, p)
	}
	return all
}

// trailOf is how fast a run has gone, from its report once there is one.
func trailOf(r task.Run) []task.Point {
	if r.Report != nil {
		return r.Report.Trail
	}
	return r.Progress.Trail
}

// trailText is the trail as the graph reads it.
func trailText(r task.Run) string {
	var b strings.Builder
	for _, p := range trailOf(r) {
		fmt.Fprintf(&b, "%d,%.1f,%.0f;", p.At, p.Messages, p.Bytes)
	}
	return b.String()
}

// hasGraph reports whether the page of a run has a graph: while it lasts, and
// afterwards if there is something to see.
func hasGraph(r task.Run) bool { return Active(&r) || len(trailOf(r)) > 1 }
