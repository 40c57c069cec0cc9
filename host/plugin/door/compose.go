package door

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// mailFields are header fields that the host writes.
var mailFields = []string{"Date", "Message-Id", "Mime-Version", "Auto-Submitted", "Bcc", "Received", "Return-Path"}

// addressFields hold addresses, whose names alone may be encoded.
var addressFields = []string{"From", "Sender", "Reply-To", "To", "Cc"}

// maxLine is the longest line of a header (RFC 5322 section 2.1.1).
const maxLine = 998

// composeHeader is the header section of a new mail, without what says what follows.
func composeHeader(r smtpRequest, onceKey string) (string, error) {
	fields := map[string]string{"From": r.From, "To": strings.Join(r.To, ",\r\n ")}
	for name, value := range r.Headers {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !fieldName(name):
			return "", badf("%q is no name of a header field", name)
		case slices.Contains(mailFields, canonical) || strings.HasPrefix(canonical, "Content-"):
			return "", badf("the header field %s is the host's to set", name)
		case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
			return "", badf("the header field %s holds a control character, or is not UTF-8", name)
		}
		encoded, err := encodeField(canonical, value)
		if err != nil {
			return "", err
		}
		if len(canonical)+len(": ")+len(encoded) > maxLine && !strings.Contains(encoded, "\r\n") {
			return "", badf("the header field %s is longer than a line can be", name)
		}
		fields[canonical] = encoded
	}
	if fields["From"] == "" {
		return "", badf("a mail with the null sender needs a From in its headers")
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, fields[name])
	}
	fmt.Fprintf(&b, "Date: %s\r\n", time.Now().Format(time.RFC1123Z))
	fmt.Fprintf(&b, "Message-ID: <%s@%s>\r\n", messageID(onceKey, r), domainOf(r.From))
	// RFC 3834 section 5: nobody's absence is announced to a program.
	b.WriteString("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n")
	return b.String(), nil
}

// fieldName takes what RFC 5322 section 3.6.8 does.
func fieldName(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' })
}

// encodeField encodes what is not ASCII (RFC 2047), one encoded word a line.
func encodeField(name, value string) (string, error) {
	if slices.Contains(addressFields, name) {
		list, err := mail.ParseAddressList(value)
		if err != nil {
			return "", badf("the header field %s is no list of mail addresses", name)
		}
		var out []string
		for _, a := range list {
			out = append(out, a.String())
		}
		value = strings.Join(out, ",\r\n ")
		if strings.ContainsFunc(value, func(r rune) bool { return r >= 0x7f }) {
			return "", badf("the header field %s holds an address that is not ASCII", name)
		}
		return value, nil
	}
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", value), "?= =?", "?=\r\n =?"), nil
}

// messageID is the same for the same mail when the hook is asked again, so that who
// gets it twice can tell.
func messageID(onceKey string, r smtpRequest) string {
	if onceKey == "" {
		return strings.ToLower(rand.Text())
	}
	sum := sha256.Sum256([]byte(strings.Join(append([]string{onceKey, r.Relay, r.From, r.Body}, r.To...), "\x00")))
	return hex.EncodeToString(sum[:16])
}

func domainOf(address string) string {
	if _, domain, ok := strings.Cut(address, "@"); ok && !strings.ContainsAny(domain, "[]") {
		return domain
	}
	return "mailweir.invalid"
}

// textPart is a text with the fields that say how it is written.
func textPart(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", badf("the text is not UTF-8")
	}
	var b strings.Builder
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(text, "\r\n", "\n"))) // to memory
	_ = w.Close()
	b.WriteString("\r\n")
	return b.String(), nil
}

// composeText is a whole mail with a text.
func composeText(r smtpRequest, onceKey string) (string, error) {
	header, err := composeHeader(r, onceKey)
	if err != nil {
		return "", err
	}
	part, err := textPart(r.Text)
	return header + part, err
}

// attachment says how a message is attached.
type attachment struct{ mediaType, encoding string }

// RFC 2046 section 5.2.1 allows message/rfc822 no encoding that is one. So what has to be
// encoded is attached as a file.
var (
	attached7bit   = attachment{"message/rfc822", "7bit"}
	attached8bit   = attachment{"message/rfc822", "8bit"}
	attachedBase64 = attachment{"application/octet-stream", "base64"}
)

// attachedAs finds the form in which a message arrives unaltered.
func attachedAs(f fitness) attachment {
	switch {
	case f.unfit != nil || f.long:
		return attachedBase64
	case f.eight:
		return attached8bit
	}
	return attached7bit
}

// composeAround is what stands before and after an attached message.
func composeAround(r smtpRequest, onceKey string, form attachment) (before, after string, err error) {
	header, err := composeHeader(r, onceKey)
	if err != nil {
		return "", "", err
	}
	part, err := textPart(r.Text)
	if err != nil {
		return "", "", err
	}
	boundary := rand.Text() // 128 bits that no message holds by chance
	whole := form.encoding  // of the whole, of which Base64 is none
	if form == attachedBase64 {
		whole = "7bit"
	}
	before = header + "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n" +
		"Content-Transfer-Encoding: " + whole + "\r\n\r\n" +
		"--" + boundary + "\r\n" + part +
		"--" + boundary + "\r\n" +
		"Content-Type: " + form.mediaType + "\r\nContent-Transfer-Encoding: " + form.encoding + "\r\n" +
		"Content-Disposition: attachment; filename=message.eml\r\n\r\n"
	return before, "\r\n--" + boundary + "--\r\n", nil
}
