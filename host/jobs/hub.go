package jobs

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/task"
)

// hub hands the state of runs to those who watch them. Each watcher has room for
// one value, the latest. The zero hub works.
type hub struct {
	mu     sync.Mutex
	subs   map[string]map[*subscription]struct{} // by ID of the run
	closed bool
}

type subscription struct {
	runID string
	ch    chan task.Run
	sent  bool        // a value was sent
	done  bool        // ch is closed
	stop  func() bool // gives up waiting for the end of the context
}

// subscribe makes a subscription that ends with ctx.
func (h *hub) subscribe(ctx context.Context, runID string) *subscription {
	sub := &subscription{runID: runID, ch: make(chan task.Run, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	sub.stop = context.AfterFunc(ctx, func() { h.drop(sub) })
	if h.closed {
		h.end(sub)
		return sub
	}
	if h.subs == nil {
		h.subs = make(map[string]map[*subscription]struct{})
	}
	if h.subs[runID] == nil {
		h.subs[runID] = make(map[*subscription]struct{})
	}
	h.subs[runID][sub] = struct{}{}
	return sub
}

// first sends the state that was read after subscribing, unless a newer one came
// in the meantime. Nothing is newer than the end.
func (h *hub) first(sub *subscription, run task.Run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !sub.sent || run.State == task.StateEnded {
		h.send(sub, run)
	}
}

// publish sends run to all who watch it. After an ended run their channels close.
func (h *hub) publish(run task.Run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for sub := range h.subs[run.ID] {
		h.send(sub, run)
	}
}

// watched are the IDs of the runs that somebody watches.
func (h *hub) watched() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.subs))
}

// drop ends a subscription.
func (h *hub) drop(sub *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(sub)
}

// closeAll ends all subscriptions, and those to come.
func (h *hub) closeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, subs := range h.subs {
		for sub := range subs {
			h.end(sub)
		}
	}
}

// send replaces the value that was not fetched yet. The caller holds h.mu, so
// that nobody else sends and there is room.
func (h *hub) send(sub *subscription, run task.Run) {
	if sub.done {
		return
	}
	select {
	case <-sub.ch:
	default:
	}
	sub.ch <- run
	sub.sent = true
	if run.State == task.StateEnded {
		h.end(sub)
	}
}

// end closes the channel; a value in it can still be fetched. The caller holds h.mu.
func (h *hub) end(sub *subscription) {
	if sub.done {
		return
	}
	sub.done = true
	close(sub.ch)
	sub.stop()
	delete(h.subs[sub.runID], sub)
	if len(h.subs[sub.runID]) == 0 {
		delete(h.subs, sub.runID)
	}
}
