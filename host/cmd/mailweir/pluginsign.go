package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func pluginKeygen(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "keygen NAME",
		Short: "Makes a key to sign plugins with",
		Long: `Makes an Ed25519 key: NAME.key is the private half, which only you can read and
nobody else should have, and NAME.pub is the public one, which you give to those who
install your plugins. Both are PEM, PKCS #8 and SubjectPublicKeyInfo, as OpenSSL reads
and writes them. Files that are there already are not overwritten.

` + pluginExitHelp,
		Example: `  mailweir plugin keygen ann`,
		Args:    oneArgument("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := app.NewKey(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "key %s\n  private: %s.key (keep it secret)\n  public:  %s.pub\n", id, plain(args[0]), plain(args[0]))
			return err
		},
	}
}

func pluginSign(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var key, file string
	cmd := &cobra.Command{
		Use:   "sign FILE.wasm --key NAME.key",
		Short: "Signs a plugin, so that others can tell who made it",
		Long: `Puts a signature at the end of a plugin's file, a custom section "mailweir.signature"
with the public key and the Ed25519 signature of all bytes before it. A signature that
is there already is replaced. The signed file has another digest than before.

` + pluginExitHelp,
		Example: `  mailweir plugin sign newsletters.wasm --key ann.key`,
		Args:    oneArgument("FILE.wasm"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if key == "" {
				return usagef("--key NAME.key is missing; mailweir plugin keygen makes one")
			}
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				facts, err := a.Sign(cmd.Context(), args[0], key, file)
				if err != nil {
					return err
				}
				if err := printBuilt(t.out, facts); err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.out, "  signature: %s\n", plain(facts.Signature.String()))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&key, "key", "", "`FILE` with the private key")
	cmd.Flags().StringVarP(&file, "output", "o", "", "`FILE` to write (default: in place)")
	return cmd
}
