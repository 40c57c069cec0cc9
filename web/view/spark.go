package view

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/mailweir/mailweir/host/task"
)

// The field of a sparkline: a place for each of the runs that lists have.
const (
	sparkRuns  = 12
	sparkStep  = 7
	sparkWidth = 5
	sparkHigh  = 20
)

// bar is a run in a sparkline. Its height tells how much was copied, by powers of ten.
type bar struct {
	x, y, height, tone, words string
}

// bars are the runs that have ended, the oldest first.
func bars(ctx context.Context, recent []task.Run) []bar {
	var ended []*task.Run
	for i := range recent {
		if recent[i].State == task.StateEnded {
			ended = append(ended, &recent[i])
		}
	}
	ended = first(ended, sparkRuns)
	slices.Reverse(ended)
	all := make([]bar, len(ended))
	for i, r := range ended {
		st := StatusOf(ctx, r)
		high := min(sparkHigh, 3+int(3.5*math.Log10(float64(countsOf(*r).Copied)+1)))
		all[i] = bar{
			x: strconv.Itoa(i * sparkStep), y: strconv.Itoa(sparkHigh - high), height: strconv.Itoa(high),
			tone: "tone-" + string(st.Tone), words: t(ctx).SparkBar(st.Word, countsOf(*r).Copied),
		}
	}
	return all
}
