//go:build !wasm

package sdktest

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

type headerChange struct {
	op          int32
	name, value string
}

func (f *fake) HeaderPut(op int32, name, value string) int32 {
	if !f.mayChange("header_put") {
		return abi.ReadNotPermitted
	}
	if name == "" || strings.ContainsAny(name, ": \r\n") || strings.ContainsAny(value, "\r\n\x00") || op < abi.HeaderSet || op > abi.HeaderRemove {
		return abi.ReadBadArgument
	}
	f.put = append(f.put, headerChange{op, name, value})
	return 0
}

func (f *fake) OutWrite(data []byte) int32 {
	if !f.mayChange("out_write") {
		return abi.ReadNotPermitted
	}
	f.out = append(f.out, data...)
	return 0
}

// rewritten puts what the hook staged into the answer.
func (f *fake) rewritten() error {
	switch {
	case len(f.out) > 0 && len(f.put) > 0:
		return errors.New("it changed header fields and wrote a whole message as well")
	case len(f.out) > 0:
		f.answer.Message = string(f.out)
	case len(f.put) > 0:
		f.answer.Message = f.message.Text
		for _, c := range f.put {
			f.answer.Message = c.apply(f.answer.Message)
		}
	}
	return nil
}

// apply changes the header section of a message and leaves everything else.
func (c headerChange) apply(text string) string {
	m := Message{Text: text}
	header := m.header()
	end := "\n"
	if strings.Contains(header, "\r\n") {
		end = "\r\n"
	}
	field := c.name + ": " + mime.QEncoding.Encode("utf-8", c.value) + end
	var out strings.Builder
	if c.op == abi.HeaderAdd {
		out.WriteString(field)
	}
	mine, done := false, false
	for line := range strings.Lines(header) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, ok := strings.Cut(line, ":")
			mine = ok && c.op != abi.HeaderAdd && strings.EqualFold(strings.TrimSpace(name), c.name)
			if mine && c.op == abi.HeaderSet && !done {
				out.WriteString(field)
				done = true
			}
		}
		if !mine {
			out.WriteString(line)
		}
	}
	if c.op == abi.HeaderSet && !done {
		return field + text
	}
	return out.String() + text[len(header):]
}

// part is a MIME part as a plugin sees it.
type part struct {
	mediaType, charset, filename, disposition string
	depth                                     int64
	leaf                                      bool
	data                                      string
}

func (m Message) parts() []part {
	header := m.header()
	get := func(name string) string {
		for _, f := range m.fields() {
			if strings.EqualFold(f.name, name) {
				return strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "").Replace(f.body))
			}
		}
		return ""
	}
	return partsOf(get, strings.NewReader(m.Text[len(header):]), 0)
}

func partsOf(get func(string) string, body io.Reader, depth int64) []part {
	mediaType, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		mediaType, params = "text/plain", nil
	}
	disposition, more, _ := mime.ParseMediaType(get("Content-Disposition"))
	p := part{mediaType: mediaType, charset: params["charset"], filename: more["filename"], disposition: disposition, depth: depth}
	if p.filename == "" {
		p.filename = params["name"]
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		out := []part{p}
		for r := multipart.NewReader(body, params["boundary"]); ; {
			next, err := r.NextRawPart()
			if err != nil {
				return out
			}
			out = append(out, partsOf(next.Header.Get, next, depth+1)...)
		}
	}
	switch strings.ToLower(get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, _ := io.ReadAll(body) // of a broken part what there is
	p.leaf, p.data = true, string(data)
	return []part{p}
}

func (f *fake) part(i int32) (part, bool) {
	all := f.message.parts()
	if i < 0 || int(i) >= len(all) {
		return part{}, false
	}
	return all[i], true
}

func (f *fake) PartU64(i, id int32) int64 {
	if !f.seesBody() {
		return int64(abi.ReadNotPermitted)
	}
	p, ok := f.part(i)
	if !ok {
		return int64(abi.ReadAbsent)
	}
	switch id {
	case abi.PartSize:
		return int64(len(p.data))
	case abi.PartDepth:
		return p.depth
	case abi.PartLeaf:
		return number(p.leaf)
	}
	return int64(abi.ReadBadArgument)
}

func (f *fake) PartStr(i, id int32, dst []byte) int32 {
	if !f.seesBody() {
		return abi.ReadNotPermitted
	}
	p, ok := f.part(i)
	texts := map[int32]string{abi.PartType: p.mediaType, abi.PartCharset: p.charset, abi.PartFilename: p.filename, abi.PartDisposition: p.disposition}
	s, known := texts[id]
	switch {
	case !known:
		return abi.ReadBadArgument
	case !ok || s == "":
		return abi.ReadAbsent
	}
	return give(s, dst)
}
