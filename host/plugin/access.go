package plugin

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Access is what a plugin may do beside answering, and what it needs for that. The
// zero value grants nothing.
type Access struct {
	Grants []task.Grant
	// Own says that whoever runs the plugin has written it, as they have a script: it
	// has config, body and log-content without being granted them.
	Own bool
	// DryRun has effects outside recorded in the log and not done.
	DryRun bool
	// Record, unless nil, is told what a dry run has not done. It is called from as
	// many goroutines as ask.
	Record func(door, what string)
	// Relays are the mail relays that there are, by name.
	Relays map[string]door.Relay
	// Secrets can be named in requests, by name.
	Secrets map[string]door.Secret
	// Memory is where the grant kv leads; nil is a new one that is gone with the chain.
	Memory Memory
}

// access is the Access of one binding, made ready.
type access struct {
	granted    map[string]bool // by the name of the grant
	doors      *door.Doors     // nil without an outward grant
	memory     Memory          // nil without the grant kv
	body       bool
	logContent bool

	dropped atomic.Int64 // lines of the log
	notice  sync.Once
}

// newAccess compares what the plugin asks for with what it is granted.
func newAccess(b Binding, log *slog.Logger) (*access, error) {
	m, in := b.Module, b.Access
	a := &access{granted: map[string]bool{}}
	outward := false
	for _, g := range in.Grants {
		a.granted[g.Name] = true
		outward = outward || isOutward(g.Name)
		if g.Name != abi.GrantSMTP {
			continue
		}
		if _, there := in.Relays[g.Relay]; !there {
			return nil, fmt.Errorf("the grant %s: there is no relay %s; the relays are: %s", g, g.Relay, cmp.Or(relayNames(in.Relays), "none"))
		}
	}
	own := in.Own || m.IsScript()
	if own || len(b.Config) > 0 {
		a.granted[abi.GrantConfig] = true
	}
	if own {
		a.granted[abi.GrantBody], a.granted[abi.GrantLogContent] = true, true
	}
	if err := a.missing(m); err != nil {
		return nil, err
	}
	// What a plugin without a way out reads stays here: it has asked by its needs.
	_, asksBody := m.manifest.Asked(abi.GrantBody)
	a.body = a.granted[abi.GrantBody] || !asksBody && !outward
	a.logContent = a.granted[abi.GrantLogContent]
	var record func(door, what string)
	if in.DryRun {
		record = func(door, what string) {
			log.Info("dry run: not done", "door", door, "what", what)
			if in.Record != nil {
				in.Record(door, what)
			}
		}
	}
	if outward {
		a.doors = door.New(door.Config{Grants: in.Grants, Relays: in.Relays, Secrets: in.Secrets, Record: record})
	}
	if a.granted[abi.GrantKV] {
		if a.memory = in.Memory; a.memory == nil {
			a.memory = NewMemory()
		}
		if in.DryRun {
			a.memory = &dryMemory{under: a.memory, over: map[string][]byte{}, record: record}
		}
	}
	return a, nil
}

func isOutward(grant string) bool {
	return slices.ContainsFunc(abi.GrantTable, func(g abi.GrantInfo) bool { return g.Name == grant && g.Outward })
}

func relayNames(relays map[string]door.Relay) string {
	var names []string
	for name := range relays {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// missing names the first grant without which the plugin does not start.
func (a *access) missing(m *Module) error {
	for _, ask := range m.manifest.Asks {
		if ask.Optional || a.granted[ask.Grant] {
			continue
		}
		id := m.manifest.ID
		how := fmt.Sprintf("--grant %s=%s", id, grantExample(ask))
		if ask.Grant == abi.GrantConfig {
			how = fmt.Sprintf("--plugin-config %s=FILE.json", id)
		}
		return fmt.Errorf("it asks for %s, which is not granted (%s); %s gives it, or the same among the grants of the task",
			ask.Grant, strings.TrimRight(strings.TrimSpace(ask.Reason), "."), how)
	}
	return nil
}

// grantExample is how the grant could be written.
func grantExample(ask abi.Ask) string {
	host := "HOST"
	if len(ask.Hosts) > 0 {
		host = ask.Hosts[0]
	}
	switch ask.Grant {
	case abi.GrantHTTP:
		if len(ask.Methods) > 0 {
			host += "/" + strings.Join(ask.Methods, ",")
		}
		return "http:" + host
	case abi.GrantTCP:
		if len(ask.Hosts) == 0 {
			host = "HOST:PORT"
		}
		return "tcp:" + host
	case abi.GrantSMTP:
		return "smtp:RELAY"
	}
	return ask.Grant
}

// close gives back what the doors keep.
func (a *access) close(log *slog.Logger) {
	if a == nil {
		return
	}
	if a.doors != nil {
		a.doors.Close()
	}
	if n := a.dropped.Load(); n > 0 {
		log.Info("lines of the plugin's log were dropped", "lines", n)
	}
}

// dropLine counts a line of the log that may hold what was read, and says so once.
func (c *call) dropLine() {
	a := c.bound.access
	a.dropped.Add(1)
	a.notice.Do(func() {
		c.bound.log.Warn("what the plugin logs in a call that has read a message is dropped; the grant log-content keeps it")
	})
}

// hidesLog reports whether lines of this call are dropped.
func (c *call) hidesLog() bool {
	return c.sawContent && c.bound.access != nil && !c.bound.access.logContent
}

// mayReadBody reports whether the plugin may see the whole of a message.
func (c *call) mayReadBody() bool {
	return c.bound.module.manifest.Needs == abi.NeedsBody && c.bound.access != nil && c.bound.access.body
}

// isGranted reports whether a function of a grant can do something in this call, and notes
// for door_error why not.
func (c *call) isGranted(grant string) bool {
	switch {
	case c.q == nil:
		c.doorError = "this is not possible while the plugin starts"
	case !c.bound.access.granted[grant]:
		c.doorError = fmt.Sprintf("%s is not granted", grant)
	default:
		return true
	}
	return false
}

// visit is this call's way to the outside.
func (c *call) visit(ctx context.Context) *door.Visit {
	if c.outside == nil {
		var run context.Context
		run, c.endOutside = context.WithDeadline(runOf(ctx), c.fuel.deadline())
		m := door.Message{OnceKey: c.q.occasion.key}
		if c.q.body != nil && c.mayReadBody() {
			m.Body, m.Size = c.q.body, c.q.message.Size
		}
		c.outside = c.bound.access.doors.Visit(run, m)
	}
	return c.outside
}

// leave closes what the call has opened. It is called when the guest has returned,
// however.
func (c *call) leave() {
	if c.outside != nil {
		c.outside.Close()
		c.endOutside()
		c.outside = nil
	}
}
