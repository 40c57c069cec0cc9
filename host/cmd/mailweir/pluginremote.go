package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/registry"
)

const registryHelp = `REF is HOST/NAME:TAG or HOST/NAME@sha256:HEX, with or without oci:// in front. User
name and password come from --username and --password-file, else from Docker's
configuration. A registry on this machine may be spoken to without TLS (--plain-http).`

// remoteFlags say how a registry is spoken to.
type remoteFlags struct {
	options      registry.Options
	passwordFile string
}

func (f *remoteFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.options.PlainHTTP, "plain-http", false, "speak without TLS to a registry on this machine")
	flags.StringVar(&f.options.Username, "username", "", "`USER` at the registry (default: Docker's configuration)")
	flags.StringVar(&f.passwordFile, "password-file", "", "`FILE` whose first line is the password at the registry")
}

func (f *remoteFlags) read() (registry.Options, error) {
	o := f.options
	if (o.Username == "") != (f.passwordFile == "") {
		return o, usagef("--username and --password-file go together")
	}
	if f.passwordFile == "" {
		return o, nil
	}
	var err error
	o.Password, err = readPassword(f.passwordFile)
	return o, err
}

func pluginPush(t *terminal) *cobra.Command {
	f, r := &authorFlags{}, &remoteFlags{}
	var file string
	cmd := &cobra.Command{
		Use:   "push REF --file FILE.wasm",
		Short: "Stores a plugin in a registry (OCI)",
		Long: `Stores a plugin in a registry for container images, and prints the reference that
names it by its digest. The artifact has the type application/vnd.mailweir.plugin.v1
and one layer application/wasm, which is the file as it is.

` + registryHelp + "\n\n" + pluginExitHelp,
		Example: `  mailweir plugin push registry.example/mail/newsletters:1.0 --file newsletters.wasm`,
		Args:    oneArgument("REF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usagef("--file FILE.wasm is missing")
			}
			o, err := r.read()
			if err != nil {
				return err
			}
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				facts, pinned, err := a.Push(cmd.Context(), file, args[0], o)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.out, "%s %s is pushed\n  %s\n  file: %s\n", facts.ID, plain(facts.Version), plain(pinned), facts.Digest)
				return err
			})
		},
	}
	f.add(cmd.Flags())
	r.add(cmd.Flags())
	cmd.Flags().StringVar(&file, "file", "", "`FILE` of the plugin, or the name of an installed one")
	return cmd
}

func pluginPull(t *terminal) *cobra.Command {
	f, r := &authorFlags{}, &remoteFlags{}
	var file string
	var o app.FetchOptions
	cmd := &cobra.Command{
		Use:   "pull REF",
		Short: "Fetches a plugin out of a registry (OCI) into a file",
		Long: `Fetches a plugin out of a registry into a file, and prints the reference that names it
by its digest. Sizes and digests are checked; nothing is installed.

` + registryHelp + "\n\n" + pluginExitHelp,
		Example: `  mailweir plugin pull registry.example/mail/newsletters:1.0`,
		Args:    oneArgument("REF"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Registry, err = r.read(); err != nil {
				return err
			}
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				facts, pinned, err := a.Pull(cmd.Context(), args[0], file, o)
				if err != nil {
					return err
				}
				if err := printBuilt(t.out, facts); err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.out, "  %s\n  signature: %s\n", plain(pinned), plain(facts.Signature.String()))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	r.add(cmd.Flags())
	cmd.Flags().StringVarP(&file, "output", "o", "", "`FILE` to write (default ID.wasm)")
	cmd.Flags().StringVar(&o.SHA256, "sha256", "", "refuse another file than the one with the SHA-256 `HEX`")
	return cmd
}
