package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// Quota is one limit of the account (RFC 9208).
type Quota struct {
	Root     string // the server's name for what shares the limit; often ""
	Resource string // "STORAGE" counts units of 1024 bytes, "MESSAGE" messages; there are others
	Used     int64
	Limit    int64
}

var _ mail.Sizer = (*Account)(nil)

// FolderSize implements [mail.Sizer] by STATUS=SIZE.
func (a *Account) FolderSize(ctx context.Context, f mail.Folder) (size int64, err error) {
	const capability = "STATUS=SIZE"
	if f.Fault != "" || !slices.ContainsFunc(a.Info().Capabilities, func(c string) bool { return strings.EqualFold(c, capability) }) {
		return 0, errors.ErrUnsupported
	}
	err = a.command(ctx, fmt.Sprintf("ask for the size of folder %q", f.Name), func(s *session) (err error) {
		size, err = s.Size(ctx, f.Raw)
		return err
	})
	return size, err
}

// Quota asks for the limits that INBOX counts towards. It returns nil when the
// server has no quotas, or none for this account.
func (a *Account) Quota(ctx context.Context) ([]Quota, error) {
	const op = "ask for the quota"
	if !slices.Contains(a.Info().Capabilities, "QUOTA") {
		return nil, nil
	}
	var limits []wire.Quota
	err := a.command(ctx, op, func(s *session) (err error) {
		limits, err = s.QuotaRoot(ctx, mail.Inbox)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []Quota
	for _, l := range limits {
		out = append(out, Quota(l))
	}
	slices.SortFunc(out, func(x, y Quota) int {
		return cmp.Or(strings.Compare(x.Root, y.Root), strings.Compare(x.Resource, y.Resource))
	})
	return out, nil
}
