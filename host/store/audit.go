package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/access"
)

// DefaultRetention is how long events of the audit trail are kept unless another
// time is set.
const DefaultRetention = 365 * 24 * time.Hour

const retentionName = "audit_days"

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

type eventRow struct {
	ID       int64
	At       int64
	ActorID  string
	Actor    string
	Via      string
	Address  string
	Deed     access.Deed
	Kind     string
	ObjectID string
	Object   string
	Detail   string
}

// AddEvent appends to the audit trail, and sets At.
func (s *Store) AddEvent(ctx context.Context, e access.Event) error {
	_, err := s.write.NewRaw(`INSERT INTO audit (at, actor_id, actor, via, address, deed, kind, object_id, object, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		toMillis(s.now()), e.ActorID, e.Actor, e.Via, e.Address, e.Deed, e.Kind, e.ObjectID, e.Object, e.Detail).Exec(ctx)
	return s.wrap("write the audit trail", err)
}

// Events returns what the filter asks for, newest first.
func (s *Store) Events(ctx context.Context, f access.Filter) ([]access.Event, error) {
	q := s.read.NewSelect().TableExpr("audit").
		Column("id", "at", "actor_id", "actor", "via", "address", "deed", "kind", "object_id", "object", "detail").
		OrderExpr("id DESC").Limit(int64(f.Limit))
	for _, equal := range [][2]string{{"actor", f.Actor}, {"deed", string(f.Deed)}, {"kind", f.Kind}, {"object_id", f.ID}} {
		if equal[1] != "" {
			q = q.Where("? = ?", bun.Ident(equal[0]), equal[1])
		}
	}
	if f.Object != "" {
		q = q.Where(`lower(object) LIKE lower(?) ESCAPE '\'`, "%"+likeEscaper.Replace(f.Object)+"%")
	}
	if f.Before > 0 {
		q = q.Where("id < ?", f.Before)
	}
	var rows []eventRow
	err := q.Scan(ctx, &rows)
	out := make([]access.Event, len(rows))
	for i, r := range rows {
		out[i] = access.Event{
			ID: r.ID, At: toTime(r.At), ActorID: r.ActorID, Actor: r.Actor, Via: r.Via, Address: r.Address,
			Deed: r.Deed, Kind: r.Kind, ObjectID: r.ObjectID, Object: r.Object, Detail: r.Detail,
		}
	}
	return out, s.wrap("read the audit trail", err)
}

// Retention is how long events are kept.
func (s *Store) Retention(ctx context.Context) (time.Duration, error) {
	var days string
	err := notFound(s.read.NewRaw("SELECT value FROM setting WHERE name = ?", retentionName).Scan(ctx, &days))
	if errors.Is(err, ErrNotFound) {
		return DefaultRetention, nil
	}
	if err != nil {
		return 0, s.wrap("read the audit trail's retention", err)
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return 0, fmt.Errorf("setting %s: %q is no number of days", retentionName, days)
	}
	return time.Duration(n) * 24 * time.Hour, nil
}

// SetRetention sets how long events are kept, in whole days.
func (s *Store) SetRetention(ctx context.Context, d time.Duration) error {
	days := strconv.Itoa(int(d / (24 * time.Hour)))
	_, err := s.write.NewRaw("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		retentionName, days).Exec(ctx)
	return s.wrap("set the audit trail's retention", err)
}

// Clean removes what has had its time: logins, sessions and drafts that have expired, tasks
// that can not be restored any more, and events that are older than they are kept.
func (s *Store) Clean(ctx context.Context) error {
	keep, err := s.Retention(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	_, errLogins := s.write.NewRaw("DELETE FROM login WHERE expires_at <= ?", toMillis(now)).Exec(ctx)
	_, errEvents := s.write.NewRaw("DELETE FROM audit WHERE at < ?", toMillis(now.Add(-keep))).Exec(ctx)
	errOld := errors.Join(errLogins, errEvents, s.cleanNotices(ctx, now), s.cleanDrafts(ctx, now), s.purge(ctx, now))
	return errors.Join(s.wrap("remove old logins, events, notices, drafts and deleted tasks", errOld), s.Sessions().DeleteExpired(ctx))
}
