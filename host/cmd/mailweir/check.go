package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

// checkFlags are those of the verb check.
type checkFlags struct {
	accounts accountFlags
	timeout  time.Duration
	json     bool
	verbose  verbose

	address, file, ca string // with --address
}

func checkCommand(t *terminal) *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check --from URL | --to URL | --address ADDRESS",
		Short: "Logs in and shows what an account offers",
		Long: `Connects, logs in and shows the server, its capabilities, the folders with their
counts and uses, the quota, and what is known of the provider. Nothing is changed.

With --address the mail server of an address is looked for: in a table of providers, by
SRV records, autoconfig pages and mail exchangers, and by guessing. Its account is checked
if a password is given (--password-file, MAILWEIR_PASSWORD, or the prompt) and it is sure
that who runs the domain means this server; else the URLs are shown.

` + urlHelp + "\n\n" + passwordHelp + "\n\n" + exitHelp,
		Example: `  mailweir check --from imaps://ann@mail.example
  mailweir check --address ann@example.org
  mailweir check --to 'imap://ann@127.0.0.1:10143?tls=none' --to-password-file ann.password`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.check(cmd.Context(), t) },
	}
	flags := cmd.Flags()
	f.accounts.addFrom(flags)
	f.accounts.addTo(flags)
	flags.StringVar(&f.address, "address", "", "find the mail server of this `ADDRESS`")
	flags.StringVar(&f.file, "password-file", "", "with --address: `FILE` with the password")
	flags.StringVar(&f.ca, "ca", "", "with --address: `FILE` of the authorities to trust instead of the system's")
	flags.DurationVar(&f.timeout, "timeout", defaultTimeout, "longest wait for the server, such as 90s or 5m")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	f.verbose.add(flags)
	return cmd
}

func (f *checkFlags) check(ctx context.Context, t *terminal) error {
	if f.address != "" {
		return f.find(ctx, t)
	}
	account, err := f.account(ctx, t)
	if err != nil {
		return err
	}
	return f.checkAccount(ctx, t, account)
}

func (f *checkFlags) checkAccount(ctx context.Context, t *terminal, account task.Account) error {
	report, err := app.Check(ctx, account, app.ConnOptions{Timeout: f.timeout, Log: f.verbose.logger(t.err)})
	if err != nil {
		if hints := app.LoginHints(account, err); len(hints) > 1 { // the first one is everybody's
			for _, h := range hints[1:] {
				fmt.Fprintf(t.err, "note: %s\n", plain(strings.TrimSpace(h.Text+" "+h.Remedy)))
			}
		}
		return err
	}
	if f.json {
		return newJSONLines(t.out).check(report)
	}
	return printCheck(t.out, report)
}

// account reads the one account that the flags name.
func (f *checkFlags) account(ctx context.Context, t *terminal) (task.Account, error) {
	switch {
	case len(f.accounts.from) == 1 && f.accounts.to == "":
		sources, err := f.accounts.sources()
		if err != nil {
			return task.Account{}, err
		}
		err = f.accounts.sourcePasswords(ctx, t, sources)
		return sources[0].Account, err
	case len(f.accounts.from) == 0 && f.accounts.to != "":
		account, err := task.ParseAccount(f.accounts.to)
		if err != nil {
			return account, usagef("--to: %w", err)
		}
		err = t.password(ctx, &account, f.accounts.toPassword, "MAILWEIR_TO_PASSWORD")
		return account, err
	}
	return task.Account{}, usagef("give one account, with --from, --to or --address")
}

func printCheck(w io.Writer, r *app.CheckReport) error {
	fmt.Fprintf(w, "%s: logged in\n", plain(r.Account))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-13s %s\n", name, plain(value))
		}
	}
	line("server", r.Server)
	line("TLS", r.TLS)
	line("delimiter", r.Delimiter)
	line("namespace", r.Namespace)
	line("capabilities", strings.Join(r.Capabilities, " "))
	for _, q := range r.Quota {
		line("quota", fmt.Sprintf("%s %s: %s of %s used", q.Root, q.Resource, quotaSize(q.Resource, q.Used), quotaSize(q.Resource, q.Limit)))
	}
	printHints(w, r)
	fmt.Fprintln(w)
	t := newTable(w, "FOLDER", "MESSAGES", "USE", "SUBSCRIBED", "")
	t.row(t.heads...)
	for _, f := range r.Folders {
		subscribed, remark := "", plain(f.Fault)
		if f.Subscribed {
			subscribed = "yes"
		}
		if !f.Selectable && remark == "" {
			remark = "holds no messages"
		}
		t.row(plain(f.Name), number(f.Messages), plain(f.Use), subscribed, remark)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d folders, %s messages\n", len(r.Folders), number(r.Messages))
	return err
}

// quotaSize says a quota figure in words. RFC 9208 section 5.1: STORAGE counts
// units of 1024 bytes.
func quotaSize(resource string, n int64) string {
	if strings.EqualFold(resource, "STORAGE") {
		return size(n * 1024)
	}
	return number(n)
}
