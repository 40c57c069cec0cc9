package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/mailweir/mailweir/host/task"
)

// progressBar shows a run on a terminal: a bar for the whole and one for the
// folder at hand. What is written to it appears above the bars.
type progressBar struct {
	w             io.Writer
	bars          *mpb.Progress
	whole, folder *mpb.Bar
	once          sync.Once

	mu   sync.Mutex
	last task.Progress
}

// refreshRate is often enough for the eye.
const refreshRate = 250 * time.Millisecond

func newProgressBar(w io.Writer, options ...mpb.ContainerOption) *progressBar {
	b := &progressBar{w: w}
	b.bars = mpb.New(append([]mpb.ContainerOption{
		mpb.WithOutput(w), mpb.WithRefreshRate(refreshRate), mpb.WithAutoRefresh(),
	}, options...)...)
	b.whole = b.bars.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(b.says(wholeBefore)), mpb.AppendDecorators(b.says(wholeAfter)))
	b.folder = b.bars.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(b.says(folderBefore)), mpb.AppendDecorators(b.says(folderAfter)))
	return b
}

// says decorates a bar with what text makes of the latest progress.
func (b *progressBar) says(text func(task.Progress) string) decor.Decorator {
	return decor.Any(func(decor.Statistics) string {
		b.mu.Lock()
		defer b.mu.Unlock()
		return text(b.last)
	}, decor.WCSyncSpaceR)
}

// show takes a snapshot of the run.
func (b *progressBar) show(p task.Progress) {
	b.mu.Lock()
	b.last = p
	b.mu.Unlock()
	setBar(b.whole, p.Counts)
	if f, ok := currentFolder(p); ok {
		setBar(b.folder, f.Counts)
	}
}

// setBar keeps the bar one short of complete, because a complete bar is over and
// folders may still grow.
func setBar(bar *mpb.Bar, c task.Counts) {
	bar.SetTotal(c.Source+1, false)
	bar.SetCurrent(min(c.Handled(), c.Source))
}

// Write puts text above the bars, or where they were.
func (b *progressBar) Write(p []byte) (int, error) {
	n, err := b.bars.Write(p)
	if errors.As(err, new(mpb.ErrDone[*mpb.Progress])) {
		return b.w.Write(p)
	}
	return n, err
}

// close takes the bars away. It may be called again.
func (b *progressBar) close() {
	b.once.Do(func() {
		b.whole.Abort(true)
		b.folder.Abort(true)
		b.bars.Wait()
	})
}

func currentFolder(p task.Progress) (task.FolderReport, bool) {
	for _, f := range p.Folders {
		if f.Folder == p.Folder {
			return f, true
		}
	}
	return task.FolderReport{}, false
}

func wholeBefore(p task.Progress) string {
	if p.Phase == "" {
		return string(task.PhaseConnect)
	}
	return fmt.Sprintf("%s %s/%s", p.Phase, number(p.Counts.Handled()), number(p.Counts.Source))
}

func wholeAfter(p task.Progress) string {
	text := fmt.Sprintf("%.0f messages/s  %s/s", p.MessagesPerSecond, size(int64(p.BytesPerSecond)))
	if p.Left > 0 {
		text += fmt.Sprintf("  %s left", p.Left.Round(time.Second))
	}
	return text
}

// folderWidth is as much of a folder's name as is shown.
const folderWidth = 30

func folderBefore(p task.Progress) string {
	name := []rune(plain(p.Folder))
	if len(name) > folderWidth {
		name = append(name[:folderWidth-1], '…')
	}
	return string(name)
}

func folderAfter(p task.Progress) string {
	f, ok := currentFolder(p)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s/%s", number(f.Handled()), number(f.Counts.Source))
}
