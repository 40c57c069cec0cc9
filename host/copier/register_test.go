package copier_test

import (
	"fmt"
	"strings"
	"sync"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// A register is what recipients remember of what they were told.
type register struct {
	mu    sync.Mutex
	told  map[string]int    // "recipient folder/uid" to how often
	keys  map[string]string // the same to the key; and each key to whom it belongs
	wrong []string
	fails func(recipient string, m *copier.Copied) (copier.DeliveryAnswer, error) // nil accepts all
}

func newRegister() *register { return &register{told: map[string]int{}, keys: map[string]string{}} }

// after is the hook. It takes down what it is told, unless it fails.
func (g *register) after(recipient string, m *copier.Copied) (copier.DeliveryAnswer, error) {
	if g.fails != nil {
		if answer, err := g.fails(recipient, m); err != nil || answer.Action != copier.ActionPass {
			return answer, err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	who := fmt.Sprintf("%s %s/%d", recipient, m.FolderName, m.UID)
	g.told[who]++
	for _, pair := range [][2]string{{who, m.Key}, {m.Key, who}} {
		if old, ok := g.keys[pair[0]]; ok && old != pair[1] {
			g.wrong = append(g.wrong, fmt.Sprintf("%s has the keys %s and %s", pair[0], old, pair[1]))
		}
		g.keys[pair[0]] = pair[1]
	}
	return copier.DeliveryAnswer{}, nil
}

func (g *register) count(recipient string) (messages, times int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for who, n := range g.told {
		if strings.HasPrefix(who, recipient+" ") {
			messages++
			times += n
		}
	}
	return messages, times
}

// listen gives the scene the recipients.
func (s *scene) listen(g *register, recipients ...copier.Recipient) {
	s.hooks = hooks{digest: "x", later: later{recipients: recipients, message: g.after}}
}

// wantsOutbox checks the counts of a report.
func (s *scene) wantsOutbox(r *task.Report, delivered, waiting, givenUp int64) {
	s.Helper()
	if want := (task.OutboxCounts{Delivered: delivered, Waiting: waiting, GivenUp: givenUp}); r.Outbox != want {
		s.Fatalf("outbox %+v, want %+v; %q (%s), notes %q", r.Outbox, want, r.Outcome, r.Cause, r.Notes)
	}
}
