package plugin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Binding gives a plugin its configuration.
type Binding struct {
	Module *Module
	Config []byte // a JSON object, handed to the plugin as it is; empty is the plugin's default
	// Watch, unless nil, is told what each question took, failed ones included. It
	// is called from as many goroutines as ask.
	Watch func(Spent)
	// Access is what the plugin may do beside answering.
	Access Access
	// OnError is what becomes of a question that the plugin fails to answer.
	OnError task.OnError
	// Merges is what becomes of a folder that the plugin puts where another one goes.
	Merges task.Merges
	// Unbroken asks on however often the plugin fails, for who tries it out.
	Unbroken bool
	// Run says in which run the plugin is asked.
	Run RunInfo
}

// Chain asks plugins in order. It is safe for concurrent use.
type Chain struct {
	bound  []*bound
	digest string
	closed sync.Once
}

var (
	_ copier.Hooks        = (*Chain)(nil)
	_ copier.HeaderNeeder = (*Chain)(nil)
)

// bound is one plugin of a chain with its configuration and instances.
type bound struct {
	module *Module
	config settings
	pool   *pool
	log    *slog.Logger
	watch  func(Spent) // may be nil
	policy policy
	merges task.Merges
	access *access
	info   RunInfo
	asked  int64 // the hooks that are asked, as bits like those of abi.PropHooks; of the first instance
}

// Chain starts one instance of each plugin, and returns what asks them in order.
// A plugin that does not start, or refuses its configuration, is an error that
// begins with "plugin NAME". What plugins log goes to log. The caller closes the
// chain; the modules may be closed before.
func (h *Host) Chain(ctx context.Context, bindings []Binding, log *slog.Logger) (*Chain, error) {
	c := &Chain{}
	for _, binding := range bindings {
		m := binding.Module
		b := &bound{
			module: m, log: log.With("plugin", m.name), watch: binding.Watch, info: binding.Run,
			policy: policy{onError: binding.OnError, unbroken: binding.Unbroken}, merges: binding.Merges,
		}
		var err error
		if b.config, err = parseSettings(binding.Config); err == nil {
			err = m.schema.check(b.config)
		}
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("%s: %w", m, err)
		}
		if b.access, err = newAccess(binding, b.log); err != nil {
			c.Close()
			return nil, fmt.Errorf("%s: %w", m, err)
		}
		h.retain(m.code)
		b.pool = newPool(h.opts.Instances, b.start)
		c.bound = append(c.bound, b)
	}
	if err := c.start(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// start starts the first instance of each plugin, all at once. The error is that of the
// first plugin that has one.
func (c *Chain) start(ctx context.Context) error {
	errs := make([]error, len(c.bound))
	var wg sync.WaitGroup
	for i, b := range c.bound {
		wg.Go(func() {
			began := time.Now()
			inst, err := b.start(ctx)
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", b.module, err)
				return
			}
			b.asked = inst.asked
			b.pool.add(inst, time.Since(began))
		})
	}
	wg.Wait()
	digest, decides := sha256.New(), false
	for i, b := range c.bound {
		if errs[i] != nil {
			return errs[i]
		}
		if b.decides() {
			decides = true
			// The code is a part of what is asked: on another engine the same script may
			// answer otherwise.
			fmt.Fprintf(digest, "%s %s %d\n%s", b.module.digest, b.module.code.digest, len(b.config.whole), b.config.whole)
		}
	}
	if decides {
		c.digest = "sha256:" + hex.EncodeToString(digest.Sum(nil))
	}
	return nil
}

// Close waits for the questions under way and ends all instances.
func (c *Chain) Close() {
	c.closed.Do(func() {
		for _, b := range c.bound {
			b.pool.close()
			b.access.close(b.log)
			b.module.host.release(context.Background(), b.module.code)
		}
	})
}

// Digest identifies the plugins that decide about folders or messages, their order
// and their configurations; it is "" when none does.
func (c *Chain) Digest() string { return c.digest }

// Asks reports whether a plugin implements the hook.
func (c *Chain) Asks(kind copier.HookKind) bool {
	for _, b := range c.bound {
		if b.asks(string(kind)) {
			return true
		}
	}
	return false
}

// NeedsHeader reports whether a plugin that implements the hook may read header fields.
func (c *Chain) NeedsHeader(kind copier.HookKind) bool {
	for _, b := range c.bound {
		if b.asks(string(kind)) && b.module.seesHeaders() {
			return true
		}
	}
	return false
}

// MapFolder asks where a folder goes.
func (c *Chain) MapFolder(ctx context.Context, fq copier.FolderQuestion) (copier.FolderAnswer, error) {
	q := &question{hook: abi.HookMapFolder, source: fq.Source, folder: fq.Folder, target: fq.Proposed}
	d, err := c.ask(ctx, q)
	if err != nil {
		return copier.FolderAnswer{}, err
	}
	answer := copier.FolderAnswer{By: d.by, Note: d.note}
	switch d.result {
	case abi.ResultSkip:
		answer.Exclude = true
	case abi.ResultDefer:
		answer.Defer = true
	default:
		if q.target != fq.Proposed {
			answer.Target = q.target
			if d.moved != nil && d.moved.merges == task.MergesRefuse {
				answer.Unshared = d.moved.module.String()
			}
		}
	}
	return answer, nil
}

// FilterEnvelope asks about a message by its envelope and header section.
func (c *Chain) FilterEnvelope(ctx context.Context, m *copier.Candidate) (copier.Verdict, error) {
	return c.filter(ctx, filterEnvelope, m)
}

// FilterMessage asks about a message that is here as a whole.
func (c *Chain) FilterMessage(ctx context.Context, m *copier.Candidate) (copier.Verdict, error) {
	if m.Body == nil {
		return copier.Verdict{}, errors.New(abi.HookFilterMessage + ": there is no message to look at")
	}
	return c.filter(ctx, filterMessage, m)
}

func (c *Chain) filter(ctx context.Context, hook *contract, m *copier.Candidate) (copier.Verdict, error) {
	q := about(hook, m)
	flags := q.flags
	d, err := c.ask(ctx, q)
	if err != nil {
		return copier.Verdict{}, err
	}
	defer q.done()
	v := copier.Verdict{By: d.by, Note: d.note}
	switch d.result {
	case abi.ResultSkip:
		v.Action = copier.ActionSkip
		return v, nil
	case abi.ResultDefer:
		v.Action = copier.ActionDefer
		return v, nil
	}
	if q.target != m.Target {
		v.Target = q.target
	}
	if !mail.SameFlags(q.flags, flags) {
		v.Flags = append([]mail.Flag{}, q.flags...) // never nil: an empty set clears
	}
	if q.date != m.Message.InternalDate && !sameDate(q.date, m.Message.InternalDate) {
		v.Date = q.date
	}
	return v, nil
}

// decision is what came of a walk through the chain; effects are in the question.
type decision struct {
	result int32
	by     string // name of the last plugin that had an opinion
	note   string
	moved  *bound // the last plugin that named another target; nil if none did
}

// ask puts q to each plugin that implements its hook, until one ends the walk.
func (c *Chain) ask(ctx context.Context, q *question) (decision, error) {
	var d decision
	if q.contract == nil {
		q.contract = contracts[q.hook]
	}
	for _, b := range c.bound {
		if b.asked&q.contract.bit() == 0 {
			continue
		}
		if err := b.policy.stopped(); err != nil {
			return decision{}, err
		}
		result, staged, failed := b.ask(ctx, q)
		if err := b.judge(ctx, q, failed); err != nil {
			return decision{}, err
		}
		if failed != nil {
			continue // it is ignored, whatever was returned
		}
		if result > abi.ResultAccept {
			return decision{result: result, by: b.module.name, note: staged.note}, nil
		}
		target := q.target
		changed := q.apply(staged)
		if q.target != target {
			d.moved = b
		}
		if changed || result == abi.ResultAccept {
			d.by = b.module.name
		}
		d.note = cmp.Or(staged.note, d.note)
		if result == abi.ResultAccept {
			d.result = result
			break
		}
	}
	return d, nil
}

// ask puts q to one plugin. When the instance is lost, a fresh one is asked once
// more, unless it has reached a limit of what it may compute: that would happen
// again, and cost as much.
func (b *bound) ask(ctx context.Context, q *question) (int32, effects, error) {
	if q.contract == nil {
		q.contract = contracts[q.hook]
	}
	inst, err := b.pool.take(ctx)
	if err != nil {
		return 0, effects{}, err
	}
	defer func() { b.pool.put(inst) }()
	result, err := b.run(ctx, inst, q)
	if err != nil {
		inst.close()
		inst = nil
		var own *fault
		if ctx.Err() != nil || errors.As(err, &own) && own.final {
			return 0, effects{}, err
		}
		b.log.Warn("plugin failed; asking a fresh instance", "hook", q.hook, "folder", q.folder.Name, "error", err)
		if inst, err = b.start(ctx); err != nil {
			return 0, effects{}, err
		}
		if result, err = b.run(ctx, inst, q); err != nil {
			inst.close()
			inst = nil
			return 0, effects{}, err
		}
	}
	staged, err := inst.call.verdict(result)
	inst.giveStackBack(q.contract)
	inst.call.forget()
	if err != nil {
		return 0, effects{}, err // where that is ignored, nothing of the answer counts
	}
	return result, staged, nil
}

func (b *bound) run(ctx context.Context, inst *instance, q *question) (int32, error) {
	inst.call.begin(q)
	if b.watch == nil {
		return inst.run(ctx, inst.hooks[q.contract.index], b.callLimits(q))
	}
	began := time.Now()
	result, err := inst.run(ctx, inst.hooks[q.contract.index], b.callLimits(q))
	b.watch(inst.spent(q.hook, time.Since(began)))
	return result, err
}

// verdict turns what a hook returned into effects that count, or an error.
func (c *call) verdict(result int32) (effects, error) {
	switch {
	case result < 0:
		return effects{}, errors.New(c.failure())
	case c.refused != nil:
		return effects{}, c.refused
	case !slices.Contains(c.q.contract.Results, result):
		if word := results[result]; word != "" {
			return effects{}, fmt.Errorf("it returned %d (%s), which has no meaning in this hook", result, word)
		}
		return effects{}, fmt.Errorf("it returned %d, which has no meaning", result)
	}
	if err := c.staged.compose(c.q); err != nil {
		return effects{}, err
	}
	return c.staged, nil
}

// asks reports whether the plugin is asked for a hook.
func (b *bound) asks(hook string) bool {
	i := slices.Index(abi.Hooks, hook)
	return i >= 0 && b.asked&(1<<i) != 0
}

// hookBits is abi.PropHooks.
func (b *bound) hookBits() int64 {
	var bits int64
	for i, hook := range abi.Hooks {
		if b.module.manifest.Implements(hook) {
			bits |= 1 << i
		}
	}
	return bits
}
