package app

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap"
	"github.com/mailweir/mailweir/host/mail/maildir"
	"github.com/mailweir/mailweir/host/task"
)

// ConnOptions says how accounts are opened.
type ConnOptions struct {
	Timeout time.Duration // bounds every wait for a server; 0 is the default of package imap
	Log     *slog.Logger  // never nil
	Reach   *Reach        // where accounts may be; nil is anywhere
	Holds   func() error  // asked before each byte that is sent; nil is always
	Tokens  tokenFunc     // gets access tokens for stored accounts; nil: there are none
}

// OpenSource opens the account for reading; nothing in it can be changed. Errors are mail errors.
func OpenSource(ctx context.Context, a task.Account, o ConnOptions) (mail.Source, error) {
	return openSource(ctx, a, o, true)
}

// OpenSourceToMove opens the account for reading, and for deleting what was copied.
func OpenSourceToMove(ctx context.Context, a task.Account, o ConnOptions) (mail.Source, error) {
	return openSource(ctx, a, o, false)
}

func openSource(ctx context.Context, a task.Account, o ConnOptions, readOnly bool) (mail.Source, error) {
	if a.Kind != task.KindMaildir {
		account, err := openIMAP(ctx, a, o, imap.Config{ReadOnly: readOnly, RootExists: true})
		if err != nil {
			return nil, err // not the nil *imap.Account, which would be an account
		}
		return account, nil
	}
	tree, err := maildir.Open(afero.NewOsFs(), a.Dir)
	if err != nil {
		return nil, err
	}
	return tree, nil
}

// OpenTarget opens the account for reading and writing; a Maildir tree that is
// missing is made.
func OpenTarget(ctx context.Context, a task.Account, o ConnOptions) (mail.Target, error) {
	if a.Kind != task.KindMaildir {
		account, err := openIMAP(ctx, a, o, imap.Config{})
		if err != nil {
			return nil, err
		}
		return account, nil
	}
	tree, err := maildir.Create(afero.NewOsFs(), a.Dir)
	if err != nil {
		return nil, err
	}
	return tree, nil
}

// openTargetToLook is OpenTarget for who only looks: a Maildir tree that is missing is
// an empty one in memory.
func openTargetToLook(ctx context.Context, a task.Account, o ConnOptions) (mail.Target, error) {
	if a.Kind == task.KindMaildir {
		if _, err := os.Stat(a.Dir); errors.Is(err, fs.ErrNotExist) {
			return maildir.Create(afero.NewMemMapFs(), a.Dir)
		}
	}
	return OpenTarget(ctx, a, o)
}

// openIMAP opens the account for a use: of use, only ReadOnly and RootExists count.
func openIMAP(ctx context.Context, a task.Account, o ConnOptions, use imap.Config) (*imap.Account, error) {
	cfg, err := imapConfig(a, o)
	if err != nil {
		return nil, err
	}
	cfg.ReadOnly, cfg.RootExists = use.ReadOnly, use.RootExists
	cfg.ListAtOnce = true // an account is opened to be listed
	if a.OAuth() && a.Password == "" && a.ID != "" && o.Tokens != nil {
		cfg.Token = func(ctx context.Context, refused string) (string, error) {
			return o.Tokens(ctx, a.ID, refused, o.Reach)
		}
	}
	if o.Reach != nil {
		cfg.Dial = o.Reach.dial
	}
	if o.Holds != nil {
		dial := cfg.Dial
		if dial == nil {
			dial = (&net.Dialer{}).DialContext
		}
		cfg.Dial = guard(dial, o.Holds)
	}
	return imap.Open(ctx, cfg)
}

// imapConfig reads the files that the account names.
func imapConfig(a task.Account, o ConnOptions) (imap.Config, error) {
	cfg := imap.Config{
		Host: a.Host, Port: a.Port,
		LoginName: a.LoginName(), Authzid: a.Authzid,
		Password: a.Password.Reveal(), Mechanism: a.Auth,
		Root: a.Root, Timeout: o.Timeout, Log: o.Log.With("account", a.User+"@"+a.Address()),
	}
	switch a.TLS {
	case task.TLSImplicit:
		cfg.TLS = imap.TLSImplicit
	case task.TLSStart:
		cfg.TLS = imap.TLSStart
	case task.TLSNone:
		cfg.TLS = imap.TLSNone
	}
	if a.CAFile != "" {
		pem, err := os.ReadFile(a.CAFile)
		if err != nil {
			return cfg, &mail.Error{Op: "read the file of authorities " + a.CAFile, Where: a.Address(), Kind: mail.ErrTLS, Err: reason(err)}
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return cfg, &mail.Error{
				Op: "read the file of authorities " + a.CAFile, Where: a.Address(), Kind: mail.ErrTLS,
				Err: fmt.Errorf("there is no certificate in PEM format in it"),
			}
		}
	}
	if digest, ok := strings.CutPrefix(a.Pin, "sha256:"); ok {
		raw, err := hex.DecodeString(digest)
		if err != nil || len(raw) != len(cfg.Pin) {
			return cfg, &mail.Error{Op: "read the pin", Where: a.Address(), Kind: mail.ErrTLS, Err: fmt.Errorf("it is not 64 hexadecimal digits")}
		}
		copy(cfg.Pin[:], raw)
		cfg.HasPin = true
	}
	return cfg, nil
}
