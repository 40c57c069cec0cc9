package wire

import (
	"context"
	"fmt"
	"math"

	"github.com/mailweir/mailweir/host/mail"
)

// StoreFlags adds and removes flags of messages in the selected folder with UID
// STORE (RFC 9051 section 6.4.6); all commands are on the wire at once.
// Messages that are gone are ignored. A refused change does not keep the others
// from being made; the first refusal is returned.
func (c *Conn) StoreFlags(ctx context.Context, changes []mail.FlagChange) error {
	op := fmt.Sprintf("set flags in folder %q", c.selected)
	type command struct {
		set  mail.UIDSet
		tail string
	}
	var commands []command
	for _, ch := range changes {
		for _, side := range []struct {
			verb  string
			flags []mail.Flag
		}{{" +FLAGS.SILENT ", ch.Add}, {" -FLAGS.SILENT ", ch.Remove}} {
			if len(side.flags) == 0 {
				continue
			}
			tail, err := appendFlags([]byte(side.verb), side.flags)
			if err != nil {
				return &mail.Error{Op: op, Kind: mail.ErrRefused, Err: err}
			}
			for _, set := range ch.UIDs.Split(math.MaxInt) {
				commands = append(commands, command{set, string(tail)})
			}
		}
	}
	if err := c.catchUp(ctx); err != nil {
		return describe(op, err)
	}
	const inFlight = 64
	var first error
	at := 0
	err := c.run(ctx, exchange{
		depth: inFlight,
		next: func(b []byte) ([]byte, int, bool) {
			if at == len(commands) {
				return b, 0, false
			}
			cmd := commands[at]
			at++
			b = append(append(b, "UID STORE "...), cmd.set.String()...)
			return append(b, cmd.tail...), at, true
		},
		done: func(_ int, answer StatusError) error {
			if err := refusal(answer); err != nil && first == nil && answer.Code != "EXPUNGEISSUED" {
				first = err
			}
			return nil
		},
	})
	if err == nil {
		err = first
	}
	return describe(op, err)
}
