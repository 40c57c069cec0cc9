package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

// changes carries what is new since the first copy: messages beyond the mark, and
// flags by CONDSTORE (RFC 7162 section 3.1.4.1). A message has the same UID on
// both sides, because the first copy filled empty folders in order.
func (r *relay) changes(ctx context.Context) error {
	marks, err := r.readMarks()
	if err != nil {
		return err
	}
	pairs, err := r.dial(ctx, 1)
	if err != nil {
		return err
	}
	p := pairs[0]
	defer p.close()
	folders, err := p.from.List()
	if err != nil {
		return err
	}
	answers := p.to.Answers()
	var work []asked
	for _, f := range folders {
		mark, known := marks[f.Token]
		if !known {
			return fmt.Errorf("folder %s is new: that is no case of the benchmark", f.Token)
		}
		if f.ModSeq == mark.ModSeq && f.UIDNext == mark.UIDNext {
			continue
		}
		work = append(work, asked{f, askSince(p.from, f, mark)})
	}
	if err := p.from.Flush(); err != nil {
		return err
	}
	for _, w := range work {
		p.to.Send("SELECT " + w.Token)
		if err := relayMessages(p, w.Token, w.tag); err != nil {
			return fmt.Errorf("folder %s: %w", w.Token, err)
		}
	}
	if err := p.to.Finish(); err != nil {
		return err
	}
	if err := <-answers; err != nil {
		return err
	}
	return r.writeMarks(folders)
}

// askSince sends the commands for one folder and returns the tag of the last.
func askSince(from *rawimap.Conn, f, mark rawimap.Folder) (tag string) {
	tag = from.Send("EXAMINE " + f.Token)
	if mark.UIDNext > 1 {
		tag = from.Send("UID FETCH 1:" + strconv.Itoa(mark.UIDNext-1) + " (UID FLAGS) (CHANGEDSINCE " + mark.ModSeq + ")")
	}
	if f.UIDNext > mark.UIDNext {
		tag = from.Send("UID FETCH " + strconv.Itoa(mark.UIDNext) + ":* (UID FLAGS INTERNALDATE BODY.PEEK[])")
	}
	return tag
}
