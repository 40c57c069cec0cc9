package plugin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Recipients are the plugins that implement after_message. One that is bound several
// times is a recipient each time.
func (c *Chain) Recipients() []copier.Recipient {
	var out []copier.Recipient
	for id, b := range c.recipients() {
		r := copier.Recipient{ID: id, Digest: b.digest()}
		switch b.module.manifest.Needs {
		case abi.NeedsHeaders:
			r.Needs = copier.NeedsHeader
		case abi.NeedsBody:
			r.Needs = copier.NeedsBody
		}
		out = append(out, r)
	}
	return out
}

// recipients yields the plugins that implement after_message with their identities,
// which depend on neither their files' contents nor their configurations.
func (c *Chain) recipients() func(yield func(string, *bound) bool) {
	return func(yield func(string, *bound) bool) {
		seen := make(map[string]int)
		for _, b := range c.bound {
			if !b.asks(abi.HookAfterMessage) {
				continue
			}
			id := b.module.manifest.ID
			if b.module.script != nil {
				id = filepath.Base(b.module.name)
			}
			if seen[id]++; seen[id] > 1 {
				id = fmt.Sprintf("%s#%d", id, seen[id])
			}
			if !yield(id, b) {
				return
			}
		}
	}
}

// digest identifies the plugin with its configuration.
func (b *bound) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s", b.module.digest, b.config.whole))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// AfterMessage tells one plugin of a copied message.
func (c *Chain) AfterMessage(ctx context.Context, recipient string, m *copier.Copied) (copier.DeliveryAnswer, error) {
	for id, b := range c.recipients() {
		if id != recipient {
			continue
		}
		q := &question{
			hook: abi.HookAfterMessage, source: m.Source, target: m.Target,
			folder: mail.Folder{
				Name: m.FolderName, Raw: m.Folder, Use: m.FolderUse, Selectable: true,
				Status: &mail.Status{UIDValidity: m.UIDValidity},
			},
			message: &m.Message, flags: mail.CleanFlags(m.Message.Flags), date: m.Message.InternalDate,
			header: newHeader(m.Message.Header), body: m.Body,
			occasion: occasion{
				attempt: int64(m.Attempts), key: m.Key,
				targetUID: m.TargetUID, targetValidity: m.TargetValidity, targetSize: m.Stored,
			},
		}
		if err := b.policy.stopped(); err != nil {
			return copier.DeliveryAnswer{}, err
		}
		result, staged, err := b.ask(ctx, q)
		if err = b.judge(ctx, q, err); err != nil {
			return copier.DeliveryAnswer{}, err
		}
		answer := copier.DeliveryAnswer{After: staged.retryAfter, Note: staged.note}
		switch result {
		case abi.ResultSkip:
			answer.Action = copier.ActionSkip
		case abi.ResultDefer:
			answer.Action = copier.ActionDefer
		}
		return answer, nil
	}
	return copier.DeliveryAnswer{}, fmt.Errorf("no plugin %s is told of messages", recipient)
}

// BeforeTask asks whether a run may copy what it has planned.
func (c *Chain) BeforeTask(ctx context.Context, p *copier.Plan) (copier.RunVerdict, error) {
	report, err := json.Marshal(planDocument(p))
	if err != nil {
		return copier.RunVerdict{}, err
	}
	return c.askRun(ctx, &question{hook: abi.HookBeforeTask, occasion: occasion{report: report}})
}

// OnError asks about what is about to be reported as failed.
func (c *Chain) OnError(ctx context.Context, t *copier.Trouble) (copier.RunVerdict, error) {
	q := &question{
		hook: abi.HookOnError, source: t.Source, folder: t.Folder, target: t.Target, header: newHeader(nil),
		occasion: occasion{attempt: int64(t.Attempts), stage: t.Stage, trouble: t.Err, kind: t.Kind},
	}
	if t.UID != 0 {
		q.message = &mail.Message{UID: t.UID, Size: t.Size, Flags: t.Flags}
		q.flags = mail.CleanFlags(t.Flags)
	}
	return c.askRun(ctx, q)
}

// askRun asks one plugin after the other until one decides. One that has stopped the
// run is passed over: the run ends for it already.
func (c *Chain) askRun(ctx context.Context, q *question) (copier.RunVerdict, error) {
	actions := map[int32]copier.RunAction{abi.ResultSkip: copier.RunSkip, abi.ResultDefer: copier.RunDefer, abi.ResultStop: copier.RunStop}
	var v copier.RunVerdict
	for _, b := range c.bound {
		if !b.asks(q.hook) || b.policy.stopped() != nil {
			continue
		}
		result, staged, err := b.ask(ctx, q)
		if err = b.judge(ctx, q, err); err != nil {
			return copier.RunVerdict{}, err
		}
		if action, decided := actions[result]; decided {
			return copier.RunVerdict{Action: action, By: b.module.name, Note: staged.note}, nil
		}
		if staged.note != "" || result == abi.ResultAccept {
			v.By = b.module.name
		}
		v.Note = cmp.Or(staged.note, v.Note)
		if result == abi.ResultAccept {
			break
		}
	}
	return v, nil
}

// AfterFolder tells what came of a folder.
func (c *Chain) AfterFolder(ctx context.Context, f task.FolderReport) error {
	report, err := json.Marshal(f.Line())
	if err != nil {
		return err
	}
	return c.tell(ctx, &question{
		hook: abi.HookAfterFolder, source: f.Source, folder: mail.Folder{Name: f.Folder}, target: f.Target,
		occasion: occasion{report: report},
	})
}

// AfterTask tells what came of a run.
func (c *Chain) AfterTask(ctx context.Context, r *task.Report) error {
	report, err := json.Marshal(reportDocument(r))
	if err != nil {
		return err
	}
	return c.tell(ctx, &question{hook: abi.HookAfterTask, occasion: occasion{report: report}})
}

// tell asks one plugin after the other, also when one fails. The error names all
// that did, in one line.
func (c *Chain) tell(ctx context.Context, q *question) error {
	var failed []string
	stop := false
	for _, b := range c.bound {
		if !b.asks(q.hook) || b.policy.stopped() != nil {
			continue
		}
		result, staged, err := b.ask(ctx, q)
		if err = b.judge(ctx, q, err); err != nil {
			failed = append(failed, err.Error())
			stop = stop || errors.Is(err, copier.ErrStop)
			continue
		}
		if staged.note != "" {
			b.log.Info(staged.note, "hook", q.hook)
		}
		if result == abi.ResultAccept {
			break
		}
	}
	if len(failed) == 0 {
		return nil
	}
	err := errors.New(strings.Join(failed, "; "))
	if stop {
		return &stopError{err}
	}
	return err
}

// planDocument is what report_read gives in before_task.
func planDocument(p *copier.Plan) any {
	pairs := make([]copier.PairLine, 0, len(p.Pairs))
	for _, pair := range p.Pairs {
		pairs = append(pairs, pair.Line())
	}
	return struct {
		Type  string            `json:"type"`
		Pairs []copier.PairLine `json:"pairs"`
		Notes []string          `json:"notes,omitempty"`
	}{"plan", pairs, p.Notes}
}

// reportDocument is what report_read gives in after_task: the line "report" of
// --json, with the lines "folder" and "listed" in two lists.
func reportDocument(r *task.Report) any {
	folders := make([]task.FolderLine, 0, len(r.Folders))
	for _, f := range r.Folders {
		folders = append(folders, f.Line())
	}
	listed := make([]task.ListedLine, 0, len(r.Listed))
	for _, l := range r.Listed {
		listed = append(listed, l.Line())
	}
	return struct {
		task.ReportLine
		FolderList []task.FolderLine `json:"folder_list"`
		Listed     []task.ListedLine `json:"listed"`
	}{r.Line(), folders, listed}
}

// decides reports whether what becomes of folders and messages depends on the
// plugin. One that is only told of things can come, go and change without anything
// being reconsidered.
func (b *bound) decides() bool {
	for _, hook := range abi.Hooks {
		switch hook {
		case abi.HookAfterMessage, abi.HookBeforeTask, abi.HookAfterFolder, abi.HookAfterTask:
		default:
			if b.asks(hook) {
				return true
			}
		}
	}
	return false
}
