package copier

import (
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// maxTrail bounds the points of a trail: more than a graph can show of a screen's
// width, and few enough to be kept with each run.
const maxTrail = 240

// A trail is how fast a run has gone. Its points are evenly far apart; when there are
// too many, every second one goes.
type trail struct {
	points []task.Point
	gap    time.Duration // between two points; 0 is a second
}

// add notes how fast the run goes and returns all points, which nobody changes.
func (t *trail) add(p task.Progress) []task.Point {
	if t.gap == 0 {
		t.gap = time.Second
	}
	last := len(t.points) - 1
	if p.Phase != task.PhaseTransfer || last >= 0 && p.At.UnixMilli()-t.points[last].At < t.gap.Milliseconds() {
		return slices.Clip(t.points)
	}
	if len(t.points) == maxTrail {
		half := make([]task.Point, 0, maxTrail)
		for i := 0; i < maxTrail; i += 2 {
			half = append(half, t.points[i])
		}
		t.points, t.gap = half, 2*t.gap
	}
	t.points = append(t.points, task.Point{At: p.At.UnixMilli(), Messages: p.MessagesPerSecond, Bytes: p.BytesPerSecond})
	return slices.Clip(t.points)
}
