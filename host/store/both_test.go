package store

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/store/storetest"
)

// postgresEnv makes openNew of this test binary open PostgreSQL databases.
const postgresEnv = "STORE_TEST_POSTGRES"

// TestStore_onPostgreSQL runs the tests of this package once more, with a
// PostgreSQL database wherever one asks for a new store. Those that are about the
// database file stay away.
func TestStore_onPostgreSQL(t *testing.T) {
	t.Parallel()
	if os.Getenv(postgresEnv) != "" {
		t.Skip("this is the second round")
	}
	storetest.Postgres(t) // skips when there is none
	args := []string{"-test.run=^Test", "-test.skip=^(TestOpen_|TestStore_|TestLedger_keeps|TestLedger_names|TestPostgres_)", "-test.v"}
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
	if passed < 30 {
		t.Errorf("only %d tests passed on PostgreSQL:\n%s", passed, out)
	}
}

// openPostgres opens a store in a new database of PostgreSQL.
func openPostgres(t testing.TB, box Sealer) *Store {
	t.Helper()
	return openURL(t, storetest.Postgres(t), box)
}

func openURL(t testing.TB, url string, box Sealer) *Store {
	t.Helper()
	s, err := OpenPostgres(context.Background(), url, box)
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

// another opens the database of s once more, as another node.
func another(t testing.TB, s *Store) *Store {
	t.Helper()
	if s.pg {
		return openURL(t, s.path, s.box) // the private server wants no password
	}
	return openAt(t, s.path, s.box)
}
