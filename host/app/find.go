package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/mailweir/mailweir/host/discover"
	"github.com/mailweir/mailweir/host/mail"
)

// FindOptions say how a mail server is looked for.
type FindOptions struct {
	CAFile  string        // PEM file of the authorities to trust instead of the system's
	Timeout time.Duration // for each question; 0 is the default of package discover
	Reach   *Reach        // where it may be; nil is anywhere
}

// FindAccount looks for the account that an address means. No password takes part.
func FindAccount(ctx context.Context, address string, o FindOptions) (*discover.Result, error) {
	f := &discover.Finder{Timeout: o.Timeout}
	if o.Reach != nil {
		f.Dial = o.Reach.pages().dial
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, &mail.Error{Op: "read the file of authorities " + o.CAFile, Kind: mail.ErrTLS, Err: reason(err)}
		}
		f.RootCAs = x509.NewCertPool()
		if !f.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &mail.Error{Op: "read the file of authorities " + o.CAFile, Kind: mail.ErrTLS, Err: fmt.Errorf("there is no certificate in PEM format in it")}
		}
	}
	result, err := f.Find(ctx, address)
	if err != nil && ctx.Err() == nil {
		return nil, as(ErrUsage, err)
	}
	return result, err
}
