// Command floor copies mail from one Dovecot to another as fast as the two can go:
// pipelined FETCH in, MULTIAPPEND out, byte by byte. It keeps no ledger, checks
// nothing, recovers from nothing and knows one kind of server. What it needs is
// what the servers need: the floor that any copier's time is compared with.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

func main() {
	r := relay{}
	flag.StringVar(&r.from.addr, "from", "", "`HOST:PORT` of the source")
	flag.StringVar(&r.to.addr, "to", "", "`HOST:PORT` of the destination")
	flag.StringVar(&r.from.user, "from-user", "", "`USER` at the source")
	flag.StringVar(&r.to.user, "to-user", "", "`USER` at the destination")
	flag.StringVar(&r.marks, "marks", "", "`FILE` with one line for each folder: where the first copy ended")
	flag.IntVar(&r.lanes, "lanes", 2, "pairs of connections for the first copy")
	pass := flag.String("pass", "first", "first, unchanged or changes")
	limit := flag.Duration("limit", 5*time.Minute, "give up after")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	var err error
	switch *pass {
	case "first":
		err = r.first(ctx)
	case "unchanged":
		err = r.unchanged(ctx)
	case "changes":
		err = r.changes(ctx)
	default:
		err = fmt.Errorf("no pass %q", *pass)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

// relay is one run of the program.
type relay struct {
	from, to account
	marks    string
	lanes    int
}

type account struct{ addr, user string }

// pair is a connection to each side.
type pair struct{ from, to *rawimap.Conn }

func (p pair) close() {
	_ = p.from.Close()
	_ = p.to.Close()
}

// dial opens n pairs, all at once.
func (r *relay) dial(ctx context.Context, n int) ([]pair, error) {
	pairs := make([]pair, n)
	err := together(2*n, func(i int) (err error) {
		if p := &pairs[i/2]; i%2 == 0 {
			p.from, err = rawimap.Dial(ctx, r.from.addr, r.from.user)
		} else {
			p.to, err = rawimap.Dial(ctx, r.to.addr, r.to.user)
		}
		return err
	})
	return pairs, err
}

// unchanged asks both sides for the state of all folders.
func (r *relay) unchanged(ctx context.Context) error {
	return together(2, func(i int) error {
		side := [2]account{r.from, r.to}[i]
		c, err := rawimap.Dial(ctx, side.addr, side.user)
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.List()
		return err
	})
}

// together calls do(0) to do(n-1) at the same time and returns the first error
// after all have ended.
func together(n int, do func(i int) error) error {
	results := make(chan error, n)
	for i := range n {
		go func() { results <- do(i) }()
	}
	var first error
	for range n {
		if err := <-results; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// writeMarks keeps where each folder of the source stands.
func (r *relay) writeMarks(folders []rawimap.Folder) error {
	var b strings.Builder
	for _, f := range folders {
		fmt.Fprintf(&b, "%d %s %s\n", f.UIDNext, f.ModSeq, f.Token)
	}
	return os.WriteFile(r.marks, []byte(b.String()), 0o600)
}

// readMarks returns what writeMarks kept, by the folder's token.
func (r *relay) readMarks() (map[string]rawimap.Folder, error) {
	text, err := os.ReadFile(r.marks)
	if err != nil {
		return nil, err
	}
	out := map[string]rawimap.Folder{}
	for line := range strings.Lines(string(text)) {
		var f rawimap.Folder
		if _, err := fmt.Sscanf(line, "%d %s", &f.UIDNext, &f.ModSeq); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", r.marks, line, err)
		}
		f.Token = strings.TrimSpace(strings.SplitN(line, " ", 3)[2])
		out[f.Token] = f
	}
	return out, nil
}

// largestFirst orders folders so that the lanes end at about the same time.
func largestFirst(folders []rawimap.Folder) []rawimap.Folder {
	folders = slices.Clone(folders)
	slices.SortStableFunc(folders, func(a, b rawimap.Folder) int { return cmp.Compare(b.Messages, a.Messages) })
	return folders
}
