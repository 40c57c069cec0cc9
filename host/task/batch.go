package task

import "time"

// Batch is what was imported at once.
type Batch struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"` // of the file
	Totals  BatchTotals `json:"totals"`
	Created time.Time   `json:"created"`
	Owner   string      `json:"-"` // ID of the user who imported it; "" is the service itself
}

// BatchSums are how the tasks of a batch stand, and what all their runs have copied.
type BatchSums struct {
	Tasks    Sums
	Messages int64
	Bytes    int64
}

// BatchTotals count the rows of an import: Rows = Made + Changed + Same + Failed.
type BatchTotals struct {
	Rows    int `json:"rows"`
	Made    int `json:"made"`
	Changed int `json:"changed"`
	Same    int `json:"same"` // nothing to do
	Failed  int `json:"failed"`
}

// Effect is what storing a row came to, or would come to.
type Effect string

// The effects.
const (
	EffectMade    Effect = "made"
	EffectChanged Effect = "changed"
	EffectSame    Effect = "same"
	EffectFailed  Effect = "failed"
)

// Count counts a row.
func (t *BatchTotals) Count(e Effect) {
	t.Rows++
	switch e {
	case EffectMade:
		t.Made++
	case EffectChanged:
		t.Changed++
	case EffectSame:
		t.Same++
	default:
		t.Failed++
	}
}
