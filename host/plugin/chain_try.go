package plugin

import (
	"context"
	"fmt"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/sdk/abi"
)

// TryReport puts a hook about a run ([Chain.BeforeTask], [Chain.AfterFolder],
// [Chain.AfterTask]) to the plugins with a document as they read it, for who tries a
// plugin out and has no run. Of what it is asked about, source, folder and target
// can be read in after_folder.
func (c *Chain) TryReport(ctx context.Context, hook, source, folder, target string, report []byte) (copier.RunVerdict, error) {
	q := &question{hook: hook, occasion: occasion{report: report}}
	switch hook {
	case abi.HookBeforeTask, abi.HookAfterTask:
	case abi.HookAfterFolder:
		q.source, q.folder, q.target = source, mail.Folder{Name: folder}, target
	default:
		return copier.RunVerdict{}, fmt.Errorf("%s is not asked about a run", hook)
	}
	return c.askRun(ctx, q)
}
