package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

const oauthHelp = `With --client-id the account has no password: access tokens are got and renewed with
OAuth 2.0. Its URL needs auth=xoauth2 or auth=oauthbearer. For servers of Gmail and
Microsoft the endpoints and the scope are known; others need --token-url. The client is
one that you have registered there. Consent is given on the page of the account, with
account authorize, or by a refresh token that another program got; with
--grant client_credentials nobody is asked. The secrets come from files, or from MAILWEIR_CLIENT_SECRET and MAILWEIR_REFRESH_TOKEN.`

// oauthFlags say how access tokens are got.
type oauthFlags struct {
	grant, tokenURL, deviceURL, authURL, clientID, scope string
	secretFile, refreshFile                              string
}

func (f *oauthFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.clientID, "client-id", "", "OAuth: `ID` of the client")
	flags.StringVar(&f.secretFile, "client-secret-file", "", "OAuth: `FILE` with the client's secret, if it has one")
	flags.StringVar(&f.refreshFile, "refresh-token-file", "", "OAuth: `FILE` with a refresh token")
	flags.StringVar(&f.grant, "grant", "", "OAuth: refresh_token (default) or client_credentials")
	flags.StringVar(&f.tokenURL, "token-url", "", "OAuth: token endpoint, as `URL`")
	flags.StringVar(&f.deviceURL, "device-url", "", "OAuth: device authorization endpoint, as `URL`")
	flags.StringVar(&f.authURL, "auth-url", "", "OAuth: authorization endpoint, for consent on the page of the account, as `URL`")
	flags.StringVar(&f.scope, "scope", "", "OAuth: `SCOPES`, separated by spaces")
}

// given reports whether any of the flags is.
func (f *oauthFlags) given() bool { return *f != oauthFlags{} }

// settings changes what was there before, nil for nothing, by the flags.
func (f *oauthFlags) settings(t *terminal, before *task.OAuth) (*task.OAuth, error) {
	o := task.OAuth{Grant: task.GrantRefreshToken}
	if before != nil {
		o = *before
	}
	o.Grant = task.OAuthGrant(cmp.Or(f.grant, string(o.Grant)))
	o.TokenURL, o.DeviceURL = cmp.Or(f.tokenURL, o.TokenURL), cmp.Or(f.deviceURL, o.DeviceURL)
	o.AuthURL = cmp.Or(f.authURL, o.AuthURL)
	o.ClientID, o.Scope = cmp.Or(f.clientID, o.ClientID), cmp.Or(f.scope, o.Scope)
	if o.ClientID == "" {
		return nil, usagef("OAuth needs --client-id")
	}
	for _, s := range []struct {
		to             *task.Password
		file, variable string
	}{
		{&o.ClientSecret, f.secretFile, "MAILWEIR_CLIENT_SECRET"},
		{&o.RefreshToken, f.refreshFile, "MAILWEIR_REFRESH_TOKEN"},
	} {
		text := t.getenv(s.variable)
		if s.file != "" {
			var err error
			if text, err = readPassword(s.file); err != nil {
				return nil, err
			}
		}
		*s.to = task.Password(text)
	}
	return &o, nil
}

func accountAuthorize(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "authorize NAME", Short: "Asks for the consent of an account with OAuth",
		Long: `Prints a code and the address of a page, and waits until somebody has typed the code
there and consented, until they refuse, or until the code expires, after half an hour at
most. Runs that wait for the consent then go on by themselves.

` + exitHelp,
		Example: `  mailweir account authorize archive`, Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				err := r.Authorize(cmd.Context(), args[0], func(a api.Authorization) error {
					if f.json {
						return t.printJSON("authorization", a)
					}
					_, err := fmt.Fprintf(t.out, "Open %s\nand type   %s\nwithin %v.\n", plain(a.Page), plain(a.Code), time.Until(a.Expires).Round(time.Minute))
					return err
				})
				if err != nil || f.json {
					return err
				}
				_, err = fmt.Fprintf(t.out, "%s has consent\n", plain(args[0]))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "with the code, before it waits")
	return cmd
}

// printOAuth prints how the access tokens of an account are got.
func (t *terminal) printOAuth(o *task.OAuth, line func(name, value string)) {
	if o == nil {
		return
	}
	line("OAuth", string(o.Grant)+" at "+o.TokenURL)
	line("client", o.ClientID)
	line("scope", o.Scope)
	line("consent", at(o.Consent.Given))
	line("renewed", at(o.Consent.Renewed))
	if !o.Consent.Expires.IsZero() {
		line("ends", at(o.Consent.Expires))
	}
	line("warning", o.Consent.Warning(time.Now()))
}
