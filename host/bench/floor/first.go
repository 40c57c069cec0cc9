package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

// first copies everything into an empty account.
func (r *relay) first(ctx context.Context) error {
	pairs, err := r.dial(ctx, r.lanes)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		defer p.close()
	}
	folders, err := pairs[0].from.List()
	if err != nil {
		return err
	}
	if err := r.writeMarks(folders); err != nil {
		return err
	}
	queue := queue{folders: largestFirst(folders)}
	made := make(chan error, 1)
	go func() { made <- makeFolders(pairs[0].to, folders); close(made) }()
	return together(len(pairs), func(i int) error { return lane(pairs[i], &queue, made) })
}

// makeFolders makes all folders over one connection: two connections would wait
// for each other's lock files, which Dovecot 2.3 does in steps of about 150 ms.
func makeFolders(to *rawimap.Conn, folders []rawimap.Folder) error {
	var tag string
	for _, f := range folders {
		if f.Token != "INBOX" {
			tag = to.Send("CREATE " + f.Token)
		}
		if f.Subscribed {
			tag = to.Send("SUBSCRIBE " + f.Token)
		}
	}
	if err := to.Flush(); err != nil || tag == "" {
		return err
	}
	return to.Wait(tag, nil)
}

// queue hands each folder to one lane.
type queue struct {
	folders []rawimap.Folder
	taken   atomic.Int64
}

func (q *queue) next() (rawimap.Folder, bool) {
	i := int(q.taken.Add(1)) - 1
	if i >= len(q.folders) {
		return rawimap.Folder{}, false
	}
	return q.folders[i], true
}

// asked is a folder whose messages are on their way.
type asked struct {
	rawimap.Folder
	tag string // of its last command
}

// lane copies folder after folder. The next one is asked for before the one
// before it has arrived, so that the source never waits. The first one is asked
// for while the folders are being made.
func lane(p pair, q *queue, made <-chan error) error {
	current, more, err := ask(p.from, q)
	if err != nil {
		return err
	}
	if err := <-made; err != nil {
		return err
	}
	answers := p.to.Answers()
	if err := relayFolders(p, q, current, more); err != nil {
		_ = p.to.Close()
		if refused := <-answers; refused != nil {
			return fmt.Errorf("%w (destination: %w)", err, refused)
		}
		return err
	}
	if err := p.to.Finish(); err != nil {
		return err
	}
	return <-answers
}

// ask asks for all messages of the next folder.
func ask(from *rawimap.Conn, q *queue) (a asked, more bool, err error) {
	f, ok := q.next()
	if !ok {
		return asked{}, false, nil
	}
	tag := from.Send("EXAMINE " + f.Token)
	if f.Messages > 0 {
		tag = from.Send("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")
	}
	return asked{f, tag}, true, from.Flush()
}

func relayFolders(p pair, q *queue, current asked, more bool) error {
	for more {
		next, another, err := ask(p.from, q)
		if err != nil {
			return err
		}
		if err := relayMessages(p, current.Token, current.tag); err != nil {
			return fmt.Errorf("folder %s: %w", current.Token, err)
		}
		current, more = next, another
	}
	return nil
}

// relayMessages carries everything that the source sends before its answer to tag.
// Flags without a body are set at the destination under the same UID.
func relayMessages(p pair, folder, tag string) error {
	out := rawimap.Appender{C: p.to, Folder: folder}
	for {
		line, literal, err := p.from.Line()
		if err != nil {
			return err
		}
		m, isFetch := rawimap.ParseFetch(line)
		switch {
		case isFetch && literal >= 0:
			if m.Date == "" {
				return fmt.Errorf("the date does not stand before the body: %.200q", line)
			}
			out.Message(m.Flags, m.Date, literal)
			if err := rawimap.Copy(p.to, p.from, literal); err != nil {
				return err
			}
			end, _, err := p.from.Line()
			if err != nil {
				return err
			}
			if string(end) != ")" {
				return fmt.Errorf("items after a body: %.200q", end)
			}
		case isFetch && m.UID != "":
			p.to.Send("UID STORE " + m.UID + " FLAGS.SILENT (" + m.Flags + ")")
		default:
			done, err := rawimap.Answer(line, tag)
			if err != nil {
				return err
			}
			if done {
				out.End()
				return p.to.Flush()
			}
		}
	}
}
