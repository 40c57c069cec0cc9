package view

import (
	"context"
	"math"
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

// bars are the runs that have ended, the oldest first, at the right of the field.
func bars(ctx context.Context, recent []task.Run) []bar {
	var all []bar
	place := sparkRuns
	for i := range recent {
		r := &recent[i]
		if r.State != task.StateEnded || place == 0 {
			continue
		}
		place--
		st := StatusOf(ctx, r)
		high := 3 + int(3.5*math.Log10(float64(countsOf(*r).Copied)+1))
		high = min(high, sparkHigh)
		all = append(all, bar{
			x: strconv.Itoa(place * sparkStep), y: strconv.Itoa(sparkHigh - high), height: strconv.Itoa(high),
			tone: "tone-" + string(st.Tone), words: t(ctx).SparkBar(st.Word, countsOf(*r).Copied),
		})
	}
	return all
}
