package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// rulesEvery is how often the service asks directories whether somebody is new, or
// has left.
const rulesEvery = 15 * time.Minute

// applyRule asks for all users first: an answer that breaks off pauses nobody.
func applyRule(ctx context.Context, db *store.Store, rule task.Rule, many bool) (task.RuleResult, error) {
	d, err := db.Directory(ctx, rule.Directory)
	if err != nil {
		return task.RuleResult{}, err
	}
	var addresses []string
	err = DirectoryUsers(ctx, d, rule.Group, func(u task.DirectoryUser) error {
		addresses = append(addresses, u.Address)
		return nil
	}, nil)
	if err != nil {
		return task.RuleResult{}, err
	}
	return db.ApplyRule(ctx, rule.ID, addresses, many)
}

// keepRules applies all rules now and then, until ctx ends or the caller stops it.
func keepRules(ctx context.Context, db *store.Store, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		next := time.NewTimer(time.Second) // the start of the service comes first
		defer next.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-next.C:
			}
			applyRules(ctx, db, log)
			next.Reset(rulesEvery)
		}
	})
	return func() { cancel(); done.Wait() }
}

func applyRules(ctx context.Context, db *store.Store, log *slog.Logger) {
	rules, err := db.Rules(ctx)
	if err != nil && ctx.Err() == nil {
		log.Error("rules", "error", err)
	}
	for _, rule := range rules {
		result, err := applyRule(ctx, db, rule, false)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("rule", "name", rule.Name, "error", err)
		case result != task.RuleResult{Users: result.Users}:
			log.Info("rule", "name", rule.Name, "users", result.Users, "made", result.Made, "changed", result.Changed, "paused", result.Paused, "resumed", result.Resumed)
		}
	}
}
