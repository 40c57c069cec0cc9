package main

import (
	"context"
	"fmt"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

// find looks for the account of an address, and checks it if a password may be sent
// there.
func (f *checkFlags) find(ctx context.Context, t *terminal) error {
	if len(f.accounts.from)+len(f.accounts.fromPassword) > 0 || f.accounts.to+f.accounts.toPassword != "" {
		return usagef("--address names the account already; it goes without --from and --to")
	}
	result, err := app.FindAccount(ctx, f.address, app.FindOptions{CAFile: f.ca})
	if err != nil {
		return err
	}
	if f.json {
		if err := t.printJSON("found", result); err != nil {
			return err
		}
	} else {
		table := newTable(t.out, "ACCOUNT", "FOUND BY", "", "")
		if len(result.Candidates) > 0 {
			table.row(table.heads...)
		}
		for _, c := range result.Candidates {
			remark := ""
			switch {
			case c.OAuth:
				remark = "takes no password, only OAuth"
			case !c.Sure:
				remark = "only the name service says so"
			}
			table.row(plain(c.URL), string(c.Way), plain(c.Source), remark)
		}
		if err := table.w.Flush(); err != nil {
			return err
		}
		for _, n := range result.Notes {
			fmt.Fprintf(t.err, "note: %s\n", plain(n))
		}
	}
	if len(result.Candidates) == 0 {
		return &ended{outcome: task.OutcomeNeedsUser, cause: "no mail server was found for " + plain(result.Address) + "; give its account with --from URL"}
	}
	best := result.Candidates[0]
	switch {
	case best.OAuth:
		return &ended{outcome: task.OutcomeNeedsUser, cause: best.Account.Host + " takes no password, only OAuth: give an access token as the password, with auth=xoauth2 in the URL"}
	case !best.Sure:
		return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("only the name service says that %s is the server of %s; if it is, run mailweir check --from '%s'",
			best.Account.Host, plain(result.Address), best.URL)}
	case !t.hasPassword(f.file):
		return nil
	}
	account := best.Account
	account.CAFile = f.ca
	if err := t.password(ctx, &account, f.file, passwordVariable); err != nil {
		return err
	}
	if !f.json {
		fmt.Fprintln(t.out)
	}
	return f.checkAccount(ctx, t, account)
}
