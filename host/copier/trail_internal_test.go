package copier

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestTrail_coversTheWholeRunInFewPoints(t *testing.T) {
	var tr trail
	began := time.Unix(1_000_000, 0)
	var got []task.Point
	const hours = 20
	for i := range hours * 3600 * 4 {
		got = tr.add(task.Progress{Phase: task.PhaseTransfer, At: began.Add(time.Duration(i) * 250 * time.Millisecond), MessagesPerSecond: float64(i)})
	}
	if len(got) > maxTrail || len(got) < maxTrail/2 {
		t.Fatalf("%d points", len(got))
	}
	if got[0].At != began.UnixMilli() {
		t.Error("the beginning is lost")
	}
	gap := got[1].At - got[0].At
	for i := 1; i < len(got); i++ {
		if got[i].At-got[i-1].At != gap {
			t.Fatalf("point %d is %d ms after the one before, the first ones are %d apart", i, got[i].At-got[i-1].At, gap)
		}
	}
	if end := began.Add(hours * time.Hour).UnixMilli(); end-got[len(got)-1].At > 2*gap {
		t.Error("the end is lost")
	}
}

func TestTrail_leavesAloneWhatItHasHandedOver(t *testing.T) {
	var tr trail
	at := time.Unix(1_000_000, 0)
	first := tr.add(task.Progress{Phase: task.PhaseTransfer, At: at, MessagesPerSecond: 1})
	for i := range 3 * maxTrail {
		tr.add(task.Progress{Phase: task.PhaseTransfer, At: at.Add(time.Duration(i+1) * time.Minute)})
	}
	if len(first) != 1 || first[0].Messages != 1 {
		t.Errorf("%+v", first)
	}
	if n := len(tr.add(task.Progress{Phase: task.PhasePlan, At: at.Add(time.Hour * 1000)})); n != len(tr.points) {
		t.Error("planning has a rate")
	}
}
