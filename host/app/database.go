package app

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mailweir/mailweir/host/store"
)

// EnvDatabase names the variable that may hold the URL of the database.
const EnvDatabase = "MAILWEIR_DATABASE"

// ValidDatabase is an error for what names no database of PostgreSQL.
func ValidDatabase(url string) error {
	if !store.IsPostgres(url) {
		return as(ErrUsage, fmt.Errorf("the URL of the database is not like postgres://USER@HOST/DATABASE"))
	}
	return nil
}

// openStore opens the database file of the data directory, one process at a time.
func (d dataDir) openStore(ctx context.Context, box store.Sealer) (*store.Store, error) {
	unlock, err := d.lockOpening(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return store.Open(ctx, filepath.Join(string(d), store.FileName), box)
}

// openDatabase opens the database at url, or that of the data directory when url is "".
func (d dataDir) openDatabase(ctx context.Context, url string, box store.Sealer) (*store.Store, error) {
	if url == "" {
		return d.openStore(ctx, box)
	}
	if err := ValidDatabase(url); err != nil {
		return nil, err
	}
	return store.OpenPostgres(ctx, url, box)
}

// Limits bound how many runs are at work at the same time, on all nodes together;
// nil leaves a limit as it is stored, 0 is none.
type Limits struct{ Runs, PerHost, PerAccount *int }

func (l Limits) store(ctx context.Context, db *store.Store) error {
	if l == (Limits{}) {
		return nil
	}
	now, err := db.Limits(ctx)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		to   *int
		from *int
	}{{&now.Runs, l.Runs}, {&now.PerHost, l.PerHost}, {&now.PerAccount, l.PerAccount}} {
		if part.from != nil {
			*part.to = *part.from
		}
	}
	return db.SetLimits(ctx, now)
}

// nodeName names this process to people.
func nodeName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s:%d", cmp.Or(host, "localhost"), os.Getpid())
}
