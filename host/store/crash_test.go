package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
)

// childEnv makes the test binary a process that writes a ledger until it is killed.
const childEnv = "STORE_TEST_WRITE_LEDGER"

// writeForEver puts batch after batch and prints the number of each one that the
// ledger has confirmed.
func writeForEver(path string) {
	fail := func(err error) {
		fmt.Println("error", err)
		os.Exit(1)
	}
	ctx := context.Background()
	s, err := Open(ctx, path, nil)
	if err != nil {
		fail(err)
	}
	l := s.Ledger("x")
	pair, err := l.SavePair(ctx, copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"})
	if err != nil {
		fail(err)
	}
	known := 0
	if err := l.Entries(ctx, pair, func(copier.Entry) error { known++; return nil }); err != nil {
		fail(err)
	}
	for batch := known / batchSize; ; batch++ {
		if err := l.Put(ctx, pair, entries(1+batch*batchSize, batchSize)); err != nil {
			fail(err)
		}
		fmt.Println(batch)
	}
}

const batchSize = 20

func TestLedger_keepsWhatItConfirmedWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	confirmed := 0 // batches
	// A busy machine takes longer to come so far that there is something to keep.
	for round := 0; round < rounds || confirmed == 0 && round < 10*rounds; round++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		out := must[interface{ Read([]byte) (int, error) }](t)(stdout(cmd))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The kill falls anywhere: into opening, migrating, a transaction, a checkpoint.
		timer := time.AfterFunc(time.Duration(rand.IntN(300*(round+1)/rounds+20))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Errorf("the writer says %q", lines.Text())
				continue
			}
			confirmed = max(confirmed, n+1)
		}
		_ = cmd.Wait()
		timer.Stop()

		s, err := Open(t.Context(), path, nil)
		if err != nil {
			t.Fatalf("after kill %d: %v", round, err)
		}
		l := s.Ledger("x")
		pairs := must[[]copier.Pair](t)(l.Pairs(t.Context(), "work"))
		var got []copier.Entry
		if len(pairs) == 1 {
			got = readEntries(t, l, pairs[0].ID)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if len(got) < confirmed*batchSize {
			t.Fatalf("after kill %d: %d entries, but %d were confirmed", round, len(got), confirmed*batchSize)
		}
		if len(got)%batchSize != 0 {
			t.Fatalf("after kill %d: %d entries: half a batch", round, len(got))
		}
		for i, e := range got {
			if int(e.UID) != i+1 || e.Size != int64(e.UID)*1000 {
				t.Fatalf("after kill %d: entry %d is %+v", round, i, e)
			}
		}
	}
	t.Logf("%d batches confirmed over %d kills", confirmed, rounds)
	if confirmed == 0 {
		t.Error("no writer lived long enough to write anything; the test proved nothing")
	}
}

func stdout(cmd *exec.Cmd) (interface{ Read([]byte) (int, error) }, error) {
	cmd.Stderr = &strings.Builder{}
	return cmd.StdoutPipe()
}
