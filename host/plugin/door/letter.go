package door

import (
	"bytes"
	"context"
	"errors"
)

// Send hands a mail of the service itself to the relay, for all recipients or for none.
// The text has CR LF line ends; addresses are such as net/mail takes. Errors do not
// repeat the password.
func (r Relay) Send(ctx context.Context, password, from string, to []string, text []byte) error {
	eight := bytes.IndexFunc(text, func(c rune) bool { return c > 0x7f }) >= 0
	err := r.send(ctx, password, letter{from: from, to: to, bytes: int64(len(text)), eight: eight, text: bytes.NewReader(text)})
	if err == nil || password == "" {
		return err
	}
	said := withheld(err.Error(), []string{password, "\x00" + r.User + "\x00" + password})
	if said == err.Error() {
		return err
	}
	return errors.New(said)
}
