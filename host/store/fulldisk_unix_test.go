//go:build unix

package store

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
)

// limitEnv bounds the size of the files that such a process may write, which looks
// like a disk that is full.
const limitEnv = "STORE_TEST_LIMIT"

func init() {
	limit, err := strconv.ParseUint(os.Getenv(limitEnv), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // writing fails with EFBIG then
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		panic(err)
	}
}

func TestLedger_keepsWhatItConfirmedWhenTheDiskIsFull(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	confirmed := 0
	for _, limit := range []int{1_000_000, 1_500_000, 3_000_000} { // there is room again, and it is used up again
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path, limitEnv+"="+strconv.Itoa(limit))
		out, err := cmd.Output()
		if err == nil {
			t.Fatal("the writer ended without an error")
		}
		said := strings.Split(strings.TrimSpace(string(out)), "\n")
		for _, line := range said[:len(said)-1] {
			n, err := strconv.Atoi(line)
			if err != nil {
				t.Fatalf("the writer says %q", line)
			}
			confirmed = max(confirmed, n+1)
		}
		if last := said[len(said)-1]; !strings.HasPrefix(last, "error") || !strings.Contains(last, path) {
			t.Errorf("the last words are %q", last)
		}
		s, err := Open(t.Context(), path, nil)
		if err != nil {
			t.Fatalf("after a limit of %d bytes: %v", limit, err)
		}
		l := s.Ledger("x")
		n := 0
		for _, pair := range must[[]copier.Pair](t)(l.Pairs(t.Context(), "work")) {
			n += len(readEntries(t, l, pair.ID))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if n < confirmed*batchSize || n%batchSize != 0 {
			t.Errorf("after a limit of %d bytes: %d entries, and %d were confirmed", limit, n, confirmed*batchSize)
		}
	}
	if confirmed < 100 {
		t.Errorf("%d batches confirmed; the limits are too low to prove anything", confirmed)
	}
}
