package store

import (
	"context"

	"github.com/uptrace/bun"
)

// A sealedValue is one sealed column of one row.
type sealedValue struct{ id, where, value string }

// resealColumn seals the values of one column again; key is the column that
// identifies the row.
func resealColumn(ctx context.Context, tx bun.Tx, table, key, column string, values []sealedValue, reseal resealFunc) (n int, err error) {
	for _, v := range values {
		if v.value == "" {
			continue
		}
		sealed, err := reseal(v.where, v.value)
		if err != nil {
			return n, err
		}
		if _, err := tx.NewRaw("UPDATE ? SET ? = ? WHERE ? = ?", bun.Ident(table), bun.Ident(column), sealed, bun.Ident(key), v.id).Exec(ctx); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func resealAccounts(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (int, error) {
	var rows []accountRow
	if err := tx.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return 0, err
	}
	var values []sealedValue
	for _, r := range rows {
		a, err := r.account()
		if err != nil {
			return 0, err
		}
		values = append(values, sealedValue{r.ID, accountPlace(r.ID, a).where(), r.Password})
	}
	return resealColumn(ctx, tx, "account", "id", "password", values, reseal)
}

func resealDomains(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (int, error) {
	var rows []domainRow
	if err := tx.NewSelect().Model(&rows).Order("domain").Scan(ctx); err != nil {
		return 0, err
	}
	var values []sealedValue
	for _, r := range rows {
		d, err := r.domain()
		if err != nil {
			return 0, err
		}
		values = append(values, sealedValue{r.Domain, domainPlace(d).where(), r.Password})
	}
	return resealColumn(ctx, tx, "local_domain", "domain", "password", values, reseal)
}

func resealDirectories(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (int, error) {
	var rows []directoryRow
	if err := tx.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return 0, err
	}
	var values []sealedValue
	for _, r := range rows {
		d, err := r.directory()
		if err != nil {
			return 0, err
		}
		values = append(values, sealedValue{r.ID, directoryWhere(d), r.Password})
	}
	return resealColumn(ctx, tx, "directory", "id", "password", values, reseal)
}

func resealSecrets(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (int, error) {
	var rows []secretRow
	if err := tx.NewSelect().Model(&rows).Order("name").Scan(ctx); err != nil {
		return 0, err
	}
	var values []sealedValue
	for _, r := range rows {
		values = append(values, sealedValue{r.Name, r.place(), r.Value})
	}
	return resealColumn(ctx, tx, "plugin_secret", "name", "value", values, reseal)
}

func resealCodes(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (n int, err error) {
	for _, column := range []string{"totp", "totp_pending"} {
		var rows []struct{ ID, Value string }
		if err := tx.NewRaw("SELECT id, ? AS value FROM users ORDER BY id", bun.Ident(column)).Scan(ctx, &rows); err != nil {
			return n, err
		}
		var values []sealedValue
		for _, r := range rows {
			values = append(values, sealedValue{r.ID, totpPlace(r.ID), r.Value})
		}
		done, err := resealColumn(ctx, tx, "users", "id", column, values, reseal)
		if n += done; err != nil {
			return n, err
		}
	}
	return n, nil
}
