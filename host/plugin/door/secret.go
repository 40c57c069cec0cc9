package door

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"

	"github.com/mailweir/mailweir/host/task"
)

// Secret is a value that the host fills in for a plugin, which never sees it.
type Secret struct {
	Value task.Password
	Hosts []task.Endpoint // where it may be sent: without a port only by https
}

// boundTo reports whether the secret may be sent to a URL's host.
func (s Secret) boundTo(scheme, host string, port int) bool {
	return slices.ContainsFunc(s.Hosts, func(e task.Endpoint) bool { return e.AllowsWeb(scheme, host, port) })
}

const (
	placeholderStart = "{{secret:"
	signatureStart   = "{{hmac-sha256:"
)

var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{\{(secret|hmac-sha256):([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\}\}`)
})

// filled is a request's secrets: in which fields they stand.
type filled struct {
	fields map[string][]Secret // by canonical name of the header field
	signed map[string]string   // fields that hold signatures of the body, with their placeholders
}

// fill puts secrets into the header of a request to where.
func (d *Doors) fill(header http.Header, where target) (filled, error) {
	f := filled{fields: map[string][]Secret{}, signed: map[string]string{}}
	for name, values := range header {
		for i, value := range values {
			if !strings.Contains(value, placeholderStart) && !strings.Contains(value, signatureStart) {
				continue
			}
			if strings.Contains(value, placeholderStart) && strings.Contains(value, signatureStart) {
				return f, badf("the field %s holds a secret and a signature; each takes a field of its own", name)
			}
			var wrong error
			values[i] = placeholder().ReplaceAllStringFunc(value, func(match string) string {
				found := placeholder().FindStringSubmatch(match)
				secret, signs := found[2], found[1] != "secret"
				s, ok := d.cfg.Secrets[secret]
				switch {
				case !ok:
					wrong = deniedf("there is no secret %q", secret)
				case !s.boundTo(where.scheme, where.host, where.port):
					wrong = deniedf("the secret %q is not bound to %s", secret, where)
				}
				f.fields[name] = append(f.fields[name], s)
				if signs {
					f.signed[name] = ""
					return match // until the body is known
				}
				return s.Value.Reveal()
			})
			if wrong != nil {
				return f, wrong
			}
			if !httpguts.ValidHeaderFieldValue(values[i]) {
				return f, badf("the secret in the field %s does not fit into a header field", name)
			}
			if _, signs := f.signed[name]; signs {
				f.signed[name] = values[i]
			}
		}
	}
	return f, nil
}

// signs reports whether the body has to be known before the header leaves.
func (f filled) signs() bool { return len(f.signed) > 0 }

// sign puts the signatures of a body into the header: HMAC (RFC 2104) with SHA-256, in
// hexadecimal digits.
func (d *Doors) sign(f filled, header http.Header, body io.Reader) error {
	macs := map[string]hash.Hash{} // by the name of the secret
	var all []io.Writer
	for _, value := range f.signed {
		for _, found := range placeholder().FindAllStringSubmatch(value, -1) {
			if name := found[2]; macs[name] == nil {
				macs[name] = hmac.New(sha256.New, []byte(d.cfg.Secrets[name].Value.Reveal()))
				all = append(all, macs[name])
			}
		}
	}
	if _, err := io.Copy(io.MultiWriter(all...), body); err != nil {
		return failedf("read the body: %v", err)
	}
	for field, value := range f.signed {
		header.Set(field, placeholder().ReplaceAllStringFunc(value, func(match string) string {
			return hex.EncodeToString(macs[placeholder().FindStringSubmatch(match)[2]].Sum(nil))
		}))
	}
	return nil
}

// leave takes fields with secrets out of the header of a redirected request, unless
// all of them are bound to where it goes.
func (f filled) leave(header http.Header, where target) {
	for name, secrets := range f.fields {
		if slices.ContainsFunc(secrets, func(s Secret) bool { return !s.boundTo(where.scheme, where.host, where.port) }) {
			header.Del(name)
		}
	}
}

// minMasked is the length from which on a secret is looked for in answers: shorter
// ones turn up by chance.
const minMasked = 6

// values are the secrets that an answer must not hold.
func (f filled) values() []string {
	seen := map[string]bool{}
	for _, secrets := range f.fields {
		for _, s := range secrets {
			if v := s.Value.Reveal(); len(v) >= minMasked {
				seen[v] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// holds reports whether text holds one of the secrets.
func (f filled) holds(text string) bool {
	return slices.ContainsFunc(f.values(), func(v string) bool { return strings.Contains(text, v) })
}

// withheld leaves out what somebody else said, if it holds one of the secrets, as it is
// or in Base64.
func withheld(said string, secrets []string) string {
	for _, s := range secrets {
		for _, spelling := range []string{s, base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))} {
			if s != "" && strings.Contains(said, spelling) {
				return "what it said holds a secret and is left out"
			}
		}
	}
	return said
}

// masked reads an answer and breaks off before a secret. So many bytes are held back
// that none of a secret is handed on before the whole of it is known not to be there.
type masked struct {
	from   io.Reader
	values []string
	keep   int // bytes held back
	have   []byte
	err    error
}

func newMasked(from io.Reader, values []string) io.Reader {
	if len(values) == 0 {
		return from
	}
	m := &masked{from: from, values: values}
	for _, v := range values {
		m.keep = max(m.keep, len(v)-1)
	}
	return m
}

// Read implements io.Reader.
func (m *masked) Read(p []byte) (int, error) {
	for m.err == nil && len(m.have) <= m.keep {
		chunk := make([]byte, max(len(p), 512))
		n, err := m.from.Read(chunk)
		m.have = append(m.have, chunk[:n]...)
		m.err = err
		for _, v := range m.values {
			if bytes.Contains(m.have, []byte(v)) {
				m.have, m.err = nil, failedf("the answer holds a secret and is not handed on")
			}
		}
	}
	free := len(m.have)
	if m.err == nil {
		free -= m.keep
	}
	n := copy(p, m.have[:free])
	m.have = m.have[n:]
	if n == 0 && m.err != nil {
		return 0, m.err
	}
	return n, nil
}
