package door

import (
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// smtpRequest is the JSON of smtp_send.
type smtpRequest struct {
	Relay     string            `json:"relay"`
	From      string            `json:"from"`
	To        []string          `json:"to"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	Text      string            `json:"text"`
	TimeoutMS int64             `json:"timeout_ms"`
}

// maxRecipients is what every relay takes (RFC 5321 section 4.5.3.1.8).
const maxRecipients = 100

// Send sends a mail through a relay. nil means that the relay has taken it for all
// recipients.
func (v *Visit) Send(raw []byte) error {
	var r smtpRequest
	if err := decode(raw, &r); err != nil {
		return err
	}
	relay, secret, err := v.doors.relay(r.Relay)
	if err != nil {
		return err
	}
	if r.From != "" {
		if err := checkAddress(r.From); err != nil {
			return err
		}
	}
	if len(r.To) == 0 || len(r.To) > maxRecipients {
		return badf("mail goes to 1 to %d recipients, not %d", maxRecipients, len(r.To))
	}
	for _, to := range r.To {
		if err := checkAddress(to); err != nil {
			return err
		}
	}
	l, err := v.compose(r)
	if err != nil {
		return err
	}
	ctx, cancel, err := v.timeLimit(r.TimeoutMS)
	if err != nil {
		return err
	}
	defer cancel()
	if err := v.mayOpen(); err != nil {
		return err
	}
	if v.out -= l.bytes; v.out < 0 {
		v.out = 0
		return badf("more bytes are sent than a call may send")
	}
	if record := v.doors.cfg.Record; record != nil {
		record(abi.GrantSMTP, fmt.Sprintf("mail of %d bytes through %s to %s", l.bytes, r.Relay, strings.Join(r.To, ", ")))
		return nil
	}
	if err := relay.send(ctx, secret, l); err != nil {
		return v.smtpFailure(ctx, r.Relay, relay.User, secret, err)
	}
	return nil
}

// relay finds a relay that is granted, and its password.
func (d *Doors) relay(name string) (Relay, string, error) {
	granted := false
	for _, g := range d.cfg.Grants {
		granted = granted || g.Name == abi.GrantSMTP && g.Relay == name
	}
	r, there := d.cfg.Relays[name]
	switch {
	case !granted:
		return r, "", deniedf("the relay %q is not granted", name)
	case !there:
		return r, "", deniedf("there is no relay %q", name)
	case r.Secret == "":
		return r, r.Password.Reveal(), nil
	}
	s, ok := d.cfg.Secrets[r.Secret]
	if !ok {
		return r, "", deniedf("there is no secret %q, which the relay %s has for a password", r.Secret, name)
	}
	for _, e := range s.Hosts {
		if e.Host == r.Endpoint.Host && (e.Port == 0 || e.Port == r.Endpoint.Port) {
			return r, s.Value.Reveal(), nil
		}
	}
	return r, "", deniedf("the secret %q is not bound to %s, where the relay %s is", r.Secret, r.Endpoint, name)
}

// checkAddress takes what fits between the angle brackets of a command (RFC 5321
// section 4.1.2) and nothing that could end it.
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	ok := err == nil && parsed.Address == address && len(address) <= 254 &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>"`, r) })
	if !ok {
		return badf("%q is no mail address", address)
	}
	return nil
}

// compose makes the letter that was asked for.
func (v *Visit) compose(r smtpRequest) (letter, error) {
	l := letter{from: r.From, to: slices.Clone(r.To)}
	if r.Body == bodyText {
		text, err := composeText(r, v.message.OnceKey)
		if err != nil {
			return l, err
		}
		l.bytes, l.text = int64(len(text)), strings.NewReader(text)
		return l, nil
	}
	if r.Body != bodyMessage && r.Body != bodyAttached {
		return l, badf("the body %q is not one of %s, %s, %s", r.Body, bodyMessage, bodyAttached, bodyText)
	}
	if v.message.Body == nil {
		return l, deniedf("there is no message that may be sent: this takes a hook that has it, and the grant %s", abi.GrantBody)
	}
	fit, err := fitForSMTP(v.lease.reader(v.message.Size))
	if err != nil {
		return l, err
	}
	l.eight, l.bytes, l.text = fit.eight, v.message.Size, v.lease.reader(v.message.Size)
	if r.Body == bodyMessage {
		if fit.unfit != nil {
			return l, fit.unfit
		}
		if len(r.Headers) > 0 || r.Text != "" {
			return l, badf("the message is sent as it is: it takes neither headers nor text")
		}
		return l, nil
	}
	form := attachedAs(fit)
	if form == attachedBase64 {
		l.eight, l.bytes, l.text = false, base64Size(v.message.Size), &base64Lines{from: l.text}
	}
	before, after, err := composeAround(r, v.message.OnceKey, form)
	if err != nil {
		return l, err
	}
	l.bytes += int64(len(before) + len(after))
	l.text = io.MultiReader(strings.NewReader(before), l.text, strings.NewReader(after))
	return l, nil
}

// fitness is what SMTP makes of a message.
type fitness struct {
	eight bool  // it has bytes above 127
	long  bool  // a line is longer than RFC 5321 section 4.5.3.1.6 has it; relays break such lines
	unfit error // why it can not be carried unaltered at all
}

// fitForSMTP reads a message to its end, or to what is unfit. The error is that of the
// reader.
func fitForSMTP(text io.Reader) (f fitness, err error) {
	const rule = ", which SMTP can not carry unaltered (RFC 5321 section 2.3.8)"
	buf := make([]byte, 32<<10)
	last, line := byte(0), 0
	for {
		n, err := text.Read(buf)
		for _, b := range buf[:n] {
			switch {
			case b == 0:
				f.unfit = badf("the message holds a NUL" + rule)
			case b == '\n' && last != '\r':
				f.unfit = badf("the message holds a line that ends in LF alone" + rule)
			case last == '\r' && b != '\n':
				f.unfit = badf("the message holds a CR that ends no line" + rule)
			}
			if f.unfit != nil {
				return f, nil
			}
			f.eight = f.eight || b > 127
			if line++; b == '\n' {
				line = 0
			}
			f.long = f.long || line > maxLine+1 // which is a CR, if this is no longer line
			last = b
		}
		if err == io.EOF {
			if last == '\r' {
				f.unfit = badf("the message holds a CR that ends no line" + rule)
			}
			f.long = f.long || line > maxLine
			return f, nil
		}
		if err != nil {
			return f, failedf("read the message: %v", err)
		}
	}
}
