package store

import (
	"cmp"
	"container/heap"
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// Positions returns where each queued run stands in the queue, by its ID. They are
// counted as [Store.ClaimNext] takes turns, and without limits: which run passes
// another one over because of these depends on what ends first.
func (s *Store) Positions(ctx context.Context) (map[string]task.Position, error) {
	var positions map[string]task.Position
	err := s.read.RunInTx(ctx, s.snapshot(), func(ctx context.Context, tx bun.Tx) (err error) {
		positions, err = readPositions(ctx, tx)
		return err
	})
	return positions, s.wrap("read the queue", err)
}

func readPositions(ctx context.Context, tx bun.Tx) (map[string]task.Position, error) {
	var queued []queuedRun
	err := tx.NewRaw(`SELECT r.id, r.task_id, coalesce(t.owner_id, '') AS owner, t.turn, r.waiting_at, r.queued_at
		FROM run AS r JOIN task AS t ON t.id = r.task_id WHERE r.state = ? AND r.state <> 'ended'`, task.StateQueued).Scan(ctx, &queued)
	if err != nil || len(queued) == 0 {
		return nil, err
	}
	var running []struct{ Owner, Turn string }
	err = tx.NewRaw(`SELECT coalesce(t.owner_id, '') AS owner, t.turn FROM run AS r JOIN task AS t ON t.id = r.task_id
		WHERE r.state = ? AND r.state <> 'ended'`, task.StateRunning).Scan(ctx, &running)
	if err != nil {
		return nil, err
	}
	turns := turnsOf(queued)
	for _, r := range running {
		turns.took(r.Owner, r.Turn)
	}
	limits, err := readLimits(ctx, tx)
	if err != nil {
		return nil, err
	}
	blocked, err := blockedTasks(ctx, tx, limits)
	if err != nil {
		return nil, err
	}
	positions := make(map[string]task.Position, len(queued))
	for before := range queued {
		r := turns.next()
		p := task.Position{Before: before, For: task.ObstacleWorker}
		if b, is := blocked[r.TaskID]; is {
			p.For, p.Where, p.Limit = b.For, b.Where, b.Limit
		} else if limits.Runs > 0 && len(running) >= limits.Runs {
			p.For, p.Limit = task.ObstacleRuns, limits.Runs
		}
		positions[r.ID] = p
	}
	return positions, nil
}

// blockedTasks are the tasks whose queued run uses a host or account at its limit.
func blockedTasks(ctx context.Context, tx bun.Tx, limits Limits) (map[string]task.Position, error) {
	full, err := fullPlaces(ctx, tx, limits)
	if err != nil || len(full) == 0 {
		return nil, err
	}
	var rows []placeRow
	err = tx.NewRaw(`SELECT p.task_id, p.kind, p.place FROM task_place AS p JOIN run AS r ON r.task_id = p.task_id
		WHERE r.state = ? AND r.state <> 'ended' AND p.kind || ' ' || p.place IN (?)`, task.StateQueued, bun.List(full)).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	blocked := make(map[string]task.Position, len(rows))
	for _, r := range rows {
		if r.Kind == placeAccount {
			blocked[r.TaskID] = task.Position{For: task.ObstacleAccount, Where: r.Place, Limit: limits.PerAccount}
		} else if _, is := blocked[r.TaskID]; !is {
			blocked[r.TaskID] = task.Position{For: task.ObstacleHost, Where: r.Place, Limit: limits.PerHost}
		}
	}
	return blocked, nil
}

type queuedRun struct {
	ID, TaskID, Owner, Turn string
	WaitingAt, QueuedAt     int64
}

// turns takes runs out of the queue in the order in which pick does, as if each began
// at once and none ended. Its heaps are mended late: what a run adds to its owner and
// its turn only ever moves others back.
type turns struct {
	lanes lazyHeap[*lane]
	owned map[string]int // runs at work, by owner
	busy  map[string]int // runs at work, by turn
}

// lane is the queue of one owner, or of one turn that nobody owns.
type lane struct {
	owner string
	turns lazyHeap[*turn]
}

// turn is those runs of a lane that share a turn, the one that has waited longest first.
type turn struct {
	name string
	runs lazyHeap[queuedRun]
}

// rank is what pick orders by.
type rank struct {
	load, busy          int
	waitingAt, queuedAt int64
	id                  string
}

func (p rank) compare(o rank) int {
	return cmp.Or(cmp.Compare(p.load, o.load), cmp.Compare(p.busy, o.busy), cmp.Compare(p.waitingAt, o.waitingAt),
		cmp.Compare(p.queuedAt, o.queuedAt), strings.Compare(p.id, o.id))
}

func turnsOf(queued []queuedRun) *turns {
	t := &turns{owned: map[string]int{}, busy: map[string]int{}}
	lanes := map[[2]string]*lane{}
	of := map[[2]string]*turn{}
	for _, r := range queued {
		key := [2]string{r.Owner, ""}
		if r.Owner == "" {
			key[1] = r.Turn
		}
		l := lanes[key]
		if l == nil {
			l = &lane{owner: r.Owner}
			l.turns.now = func(u *turn) rank {
				p := u.runs.top()
				p.busy = t.busy[u.name]
				return p
			}
			lanes[key] = l
			t.lanes.list = append(t.lanes.list, entry[*lane]{item: l})
		}
		u := of[[2]string{r.Owner, r.Turn}]
		if u == nil {
			u = &turn{name: r.Turn}
			u.runs.now = func(r queuedRun) rank { return rank{waitingAt: r.WaitingAt, queuedAt: r.QueuedAt, id: r.ID} }
			of[[2]string{r.Owner, r.Turn}] = u
			l.turns.list = append(l.turns.list, entry[*turn]{item: u})
		}
		u.runs.list = append(u.runs.list, entry[queuedRun]{item: r})
	}
	t.lanes.now = func(l *lane) rank {
		p := l.turns.top()
		p.load = p.busy
		if l.owner != "" {
			p.load = t.owned[l.owner]
		}
		return p
	}
	return t
}

// took counts a run at work.
func (t *turns) took(owner, turn string) {
	t.busy[turn]++
	if owner != "" {
		t.owned[owner]++
	}
}

// next takes the run whose turn it is. There has to be one.
func (t *turns) next() queuedRun {
	t.lanes.top()
	l := t.lanes.list[0].item
	l.turns.top()
	u := l.turns.list[0].item
	u.runs.top()
	r := u.runs.take()
	t.took(r.Owner, r.Turn)
	if u.runs.Len() == 0 {
		l.turns.take()
	}
	if l.turns.Len() == 0 {
		t.lanes.take()
	}
	return r
}

// lazyHeap is a heap whose ranks only ever grow, and which notices that when somebody
// asks for the first. Items are appended to list before the first is asked for.
type lazyHeap[T any] struct {
	list []entry[T]
	now  func(T) rank
	made bool
}

type entry[T any] struct {
	rank rank
	item T
}

// top is the rank of the first, which list begins with then.
func (h *lazyHeap[T]) top() rank {
	if !h.made {
		for i := range h.list {
			h.list[i].rank = h.now(h.list[i].item)
		}
		heap.Init(h)
		h.made = true
	}
	for {
		p := h.now(h.list[0].item)
		if p == h.list[0].rank {
			return p
		}
		h.list[0].rank = p
		heap.Fix(h, 0)
	}
}

// take removes the first.
func (h *lazyHeap[T]) take() T { return heap.Pop(h).(entry[T]).item }

func (h *lazyHeap[T]) Len() int           { return len(h.list) }
func (h *lazyHeap[T]) Less(i, j int) bool { return h.list[i].rank.compare(h.list[j].rank) < 0 }
func (h *lazyHeap[T]) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *lazyHeap[T]) Push(x any)         { h.list = append(h.list, x.(entry[T])) }
func (h *lazyHeap[T]) Pop() any {
	last := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return last
}
