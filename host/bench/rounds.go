package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// options say what is measured.
type options struct {
	corpora  []corpus
	networks map[string][]network // by the name of the corpus
	tools    []string
	rounds   int
	limit    time.Duration // for one run of one contestant
	delay    time.Duration // one way
	noModSeq bool          // servers without CONDSTORE
	log      io.Writer
}

// bench is two servers, and everything that is measured on them.
type bench struct {
	options
	programs            programs
	scratch             string // for ledgers and other memories of the contestants
	source, destination *server
	contestants         []contestant
	results             results
}

// sample is one run.
type sample struct {
	Corpus  string  `json:"corpus"`
	Pass    pass    `json:"pass"`
	Network network `json:"network"`
	Tool    string  `json:"tool"`
	Round   int     `json:"round"`
	cost
	Arrived string `json:"arrived,omitempty"` // "exact", or what differs
	Error   string `json:"error,omitempty"`
	Wrong   bool   `json:"wrong,omitempty"` // the contestant promises exact, and it is not
}

// run measures everything. Contestants that fail are in the results; the error is
// about the benchmark itself, and the results are then what there was until it.
func run(ctx context.Context, t testing.TB, o options, p programs, scratch string) (*results, error) {
	b := &bench{options: o, programs: p, scratch: scratch}
	var err error
	if b.source, err = startServer(t, o); err != nil {
		return nil, err
	}
	if b.destination, err = startServer(t, o); err != nil {
		return nil, err
	}
	b.results.Missing = map[string]string{}
	for _, c := range contestants(p) {
		if !slices.Contains(o.tools, c.name) {
			continue
		}
		b.results.Tools = append(b.results.Tools, c.name)
		if err := c.find(); err != nil {
			b.results.Missing[c.name] = err.Error()
			continue
		}
		b.contestants = append(b.contestants, c)
	}
	for _, c := range o.corpora {
		if err := b.corpus(ctx, &c); err != nil {
			return &b.results, fmt.Errorf("corpus %s: %w", c.Name, err)
		}
	}
	return &b.results, nil
}

// corpus measures all rounds with one corpus. The rounds of all contestants are
// interleaved, so that a slow moment of the machine hits all of them.
func (b *bench) corpus(ctx context.Context, c *corpus) error {
	template := c.user("template")
	fmt.Fprintf(b.log, "%s: %d messages, %d MB, %d folders\n", c.Name, c.Messages, c.Bytes/1e6, c.Folders)
	if err := c.fill(ctx, b.source.Addr(lan), template); err != nil {
		return err
	}
	defer b.source.remove(template)
	want, err := readContent(ctx, b.source.Addr(lan), template)
	if err != nil {
		return err
	}
	for round := 1; round <= b.rounds; round++ {
		for _, n := range b.networks[c.Name] {
			if err := b.cycle(ctx, c, want, n, round); err != nil {
				return err
			}
		}
	}
	return nil
}

// runner is one contestant in one cycle.
type runner struct {
	contestant
	leg
	lost bool // a pass has failed: the next ones would say nothing
}

// cycle measures all passes over one network, each contestant with an account of
// its own at the destination and all with the same source.
func (b *bench) cycle(ctx context.Context, c *corpus, want *content, n network, round int) error {
	source := c.user(string(n), strconv.Itoa(round))
	if err := b.source.clone(ctx, c.user("template"), source); err != nil {
		return err
	}
	defer b.source.remove(source)
	dir, err := os.MkdirTemp(b.scratch, "state")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	// The accounts at the destination do not exist before the first login: doveadm
	// can not replace an INBOX.
	var field []*runner
	for i := range b.contestants {
		// Another one begins each time.
		k := b.contestants[(i+round)%len(b.contestants)]
		r := &runner{contestant: k, leg: leg{
			fromUser: source, toUser: source + "-" + k.name, toServer: b.destination, state: filepath.Join(dir, k.name),
		}}
		if err := os.Mkdir(r.state, 0o700); err != nil {
			return err
		}
		defer b.destination.remove(r.toUser)
		field = append(field, r)
	}
	passes := []pass{first}
	if c.Repeat {
		passes = append(passes, unchanged)
	}
	if c.Changes > 0 {
		passes = append(passes, changes)
	}
	for _, p := range passes {
		if p == changes {
			if err := c.change(ctx, b.source.Addr(lan), source); err != nil {
				return fmt.Errorf("change the source: %w", err)
			}
			if want, err = readContent(ctx, b.source.Addr(lan), source); err != nil {
				return err
			}
		}
		over, counts := n, true
		if n == wan && p == first && !c.FarFirst {
			over, counts = lan, false // only a beginning for the other passes
		}
		for _, r := range field {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !r.lost {
				b.pass(ctx, c, want, r, p, over, round, counts)
			}
		}
	}
	return nil
}

// warmUp makes both servers ready for one more run.
func (b *bench) warmUp(ctx context.Context) error {
	if err := b.source.warmUp(ctx); err != nil {
		return err
	}
	if err := b.destination.warmUp(ctx); err != nil {
		return err
	}
	time.Sleep(settle)
	return nil
}

// pass runs one contestant once and looks at what has arrived.
func (b *bench) pass(ctx context.Context, c *corpus, want *content, r *runner, p pass, n network, round int, counts bool) {
	r.leg.pass, r.from, r.to = p, b.source.Addr(n), b.destination.Addr(n)
	s := sample{Corpus: c.Name, Pass: p, Network: n, Tool: r.name, Round: round}
	err := func() error {
		argv, env, err := r.command(r.leg)
		if err != nil {
			return err
		}
		if err := b.warmUp(ctx); err != nil {
			return err
		}
		if s.cost, err = b.measure(ctx, argv, env); err != nil {
			return err
		}
		got, err := readContent(ctx, b.destination.Addr(lan), r.toUser)
		if err != nil {
			return err
		}
		s.Arrived = arrived(want, got)
		s.Wrong = r.exact && s.Arrived != exact
		return nil
	}()
	if ctx.Err() != nil {
		return // it was not the contestant's fault
	}
	if err != nil {
		s.Error, r.lost = err.Error(), true
	}
	fmt.Fprintf(b.log, "  round %d  %-9s %s  %-7s  %7.3f s  %6.2f CPU s (%.2f + %.2f)  %5.1f MB  %s%s\n",
		round, p, n, r.name, s.Wall, s.CPU, s.cost.Tool, s.Servers, s.PeakMB, s.Arrived, s.Error)
	if counts || s.Error != "" || s.Wrong {
		b.results.Samples = append(b.results.Samples, s)
	}
}
