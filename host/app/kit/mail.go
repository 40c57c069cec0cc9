package kit

import (
	"bytes"
	"net/mail"
	"os"
	"time"
)

// eml is a message from a file.
type eml struct {
	text   []byte    // as a server would deliver it
	header []byte    // with the empty line
	sent   time.Time // from its Date field; zero when there is none that can be read
}

// readEML reads a message. Line ends of an editor (LF) become those of mail (CRLF,
// RFC 5322 section 2.3), as they do when mailweir reads a Maildir, unless the bytes
// are taken as they are.
func readEML(file string, raw bool) (*eml, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fileErr("the message", file, err)
	}
	if !raw {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	m := &eml{text: text, header: headerOf(text)}
	if parsed, err := mail.ReadMessage(bytes.NewReader(m.header)); err == nil {
		m.sent, _ = parsed.Header.Date() // a message without one is a message too
	}
	return m, nil
}

// headerOf is the header section with the empty line, which is added to a message
// that ends before.
func headerOf(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("\r\n")) {
		return text[:2]
	}
	if i := bytes.Index(text, []byte("\r\n\r\n")); i >= 0 {
		return text[:i+4]
	}
	header := bytes.Clone(text)
	if len(header) > 0 && !bytes.HasSuffix(header, []byte("\r\n")) {
		header = append(header, "\r\n"...)
	}
	return append(header, "\r\n"...)
}
