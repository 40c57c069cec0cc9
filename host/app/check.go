package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap"
	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/task"
)

// CheckReport is what an account tells about itself.
type CheckReport struct {
	Account      string        `json:"url"`
	Server       string        `json:"server,omitempty"` // name and version, if it says so
	TLS          string        `json:"tls,omitempty"`
	Capabilities []string      `json:"capabilities,omitempty"`
	Delimiter    string        `json:"delimiter,omitempty"` // between the levels of folder names
	Namespace    string        `json:"namespace,omitempty"` // prefix of the user's own folders
	Folders      []CheckFolder `json:"folders"`
	Messages     int64         `json:"messages"`
	Quota        []CheckQuota  `json:"quota,omitempty"`
	// Provider is the provider whose server it is, or else the software that it says
	// that it is; nil is none that is known.
	Provider *provider.Provider `json:"provider,omitempty"`
	Warnings []provider.Hint    `json:"warnings,omitempty"` // what may go wrong with copies, and what to do about it
}

// CheckFolder is one folder of an account.
type CheckFolder struct {
	Name       string `json:"name"`
	Raw        string `json:"raw"` // the server's spelling
	Use        string `json:"use,omitempty"`
	Messages   int64  `json:"messages"` // -1: the listing does not tell
	Subscribed bool   `json:"subscribed"`
	Selectable bool   `json:"selectable"`
	Fault      string `json:"fault,omitempty"` // why it can not be used
}

// CheckQuota is one limit of an account.
type CheckQuota struct {
	Root     string `json:"root"`
	Resource string `json:"resource"` // STORAGE is in units of 1024 bytes (RFC 9208)
	Used     int64  `json:"used"`
	Limit    int64  `json:"limit"`
}

// Check logs in to an account, looks around and changes nothing. Errors are mail
// errors.
func Check(ctx context.Context, a task.Account, o ConnOptions) (*CheckReport, error) {
	source, err := OpenSource(ctx, a, o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	folders, err := source.Folders(ctx)
	if err != nil {
		return nil, err
	}
	r, err := reportOn(ctx, a, source, folders)
	if err != nil {
		return nil, err
	}
	r.Warnings = warnings(a, r)
	return r, nil
}

// reportOn says what is known of an open account, but for warnings.
func reportOn(ctx context.Context, a task.Account, source mail.Source, folders []mail.Folder) (*CheckReport, error) {
	r := &CheckReport{Account: a.String()}
	folders = slices.Clone(folders)
	slices.SortFunc(folders, func(x, y mail.Folder) int { return cmp.Compare(x.Name, y.Name) })
	for _, f := range folders {
		c := CheckFolder{
			Name: f.Name, Raw: f.Raw, Use: string(f.Use), Messages: -1,
			Subscribed: f.Subscribed, Selectable: f.Selectable, Fault: f.Fault,
		}
		if f.Status != nil {
			c.Messages = int64(f.Status.Messages)
			r.Messages += c.Messages
		}
		r.Folders = append(r.Folders, c)
	}
	account, ok := source.(*imap.Account)
	if !ok {
		return r, nil
	}
	info := account.Info()
	r.Server, r.TLS, r.Capabilities = info.Server, info.TLS, info.Capabilities
	r.Delimiter, r.Namespace = info.Delimiter, info.Namespace
	quota, err := account.Quota(ctx)
	if err != nil {
		return nil, err
	}
	for _, q := range quota {
		r.Quota = append(r.Quota, CheckQuota{Root: q.Root, Resource: q.Resource, Used: q.Used, Limit: q.Limit})
	}
	r.Provider = providerOf(a, r.Server)
	return r, nil
}
