package wire

import "context"

// Survey is what an account tells when it is opened.
type Survey struct {
	Prefix string   // see Namespaces
	Delim  byte     // see Namespaces
	Others []string // see Namespaces
	// Folders is what List tells, with status. It is nil where that would take more
	// than one command; List tells it then.
	Folders []ListEntry
}

// Survey asks for the namespaces and, where one command tells them with their
// status (LIST-EXTENDED and LIST-STATUS), for the folders, in one round trip.
func (c *Conn) Survey(ctx context.Context) (s Survey, err error) {
	oneCommand := c.caps.Has("NAMESPACE") && c.caps.Has("LIST-EXTENDED") && c.caps.Has("LIST-STATUS")
	if !oneCommand {
		s.Prefix, s.Delim, s.Others, err = c.Namespaces(ctx)
		return s, err
	}
	const op = "open the account"
	l := c.newListing()
	var classes [][]namespace
	commands := []string{"NAMESPACE", c.listCommand(true)}
	sent, listed := 0, false
	err = c.run(ctx, exchange{
		depth: len(commands),
		next: func(b []byte) ([]byte, int, bool) {
			if sent == len(commands) {
				return b, 0, false
			}
			sent++
			return append(b, commands[sent-1]...), sent - 1, true
		},
		untagged: func(r response) (bool, error) {
			if equalFold(r.name, "NAMESPACE") {
				got, err := c.namespaces()
				if err == nil {
					classes = got
				}
				return true, c.tolerate(err)
			}
			return l.untagged(r)
		},
		done: func(id int, answer StatusError) error {
			listed = listed || id == 1 && answer.Type == "OK"
			return nil // what is refused is asked for in another way
		},
	})
	if err != nil {
		return s, describe(op, err)
	}
	if listed {
		l.finish()
		if err := l.ask(ctx); err != nil {
			return s, describe(op, err)
		}
		s.Folders = l.entries
	}
	var ok bool
	if s.Prefix, s.Delim, s.Others, ok = own(classes); !ok {
		s.Prefix, s.Delim, s.Others, err = c.Namespaces(ctx)
	}
	return s, err
}
