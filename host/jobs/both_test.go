package jobs

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
)

// postgresEnv makes openStore of this test binary open PostgreSQL databases.
const postgresEnv = "JOBS_TEST_POSTGRES"

// TestJobs_onPostgreSQL runs the tests of this package once more on PostgreSQL,
// but for those about a process that is the only one with its file.
func TestJobs_onPostgreSQL(t *testing.T) {
	if os.Getenv(postgresEnv) != "" {
		t.Skip("this is the second round")
	}
	storetest.Postgres(t) // skips when there is none
	args := []string{"-test.run=^Test", "-test.skip=^(TestHub_|TestStart_|TestJobs_|TestNodes_)", "-test.v"}
	if testing.Short() {
		args = append(args, "-test.short")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), postgresEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	passed := strings.Count(string(out), "\n--- PASS: ")
	t.Logf("%d tests passed on PostgreSQL", passed)
	if passed < 20 {
		t.Errorf("only %d tests passed on PostgreSQL:\n%s", passed, out)
	}
}

func openPostgres(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.OpenPostgres(context.Background(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
