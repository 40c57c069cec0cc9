//go:build !wasm

package sdktest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// World is what a plugin reaches outside of itself. What is nil is not granted.
var World Outside

// Outside is memory and servers.
type Outside struct {
	DryRun bool
	KV     map[string]string
	HTTP   func(HTTPRequest) (HTTPResponse, error)
	// TCP connects to an address.
	TCP  func(address string, tls bool) (io.ReadWriteCloser, error)
	SMTP func(Mail) error
}

// HTTPRequest is what a plugin asked a server.
type HTTPRequest struct {
	Method, URL string
	Header      map[string]string
	Body        string // what it wrote, or the message
}

// HTTPResponse is what the server answers.
type HTTPResponse struct {
	Status int
	Header map[string]string // names as the plugin spells them
	Body   string
}

// Mail is what a plugin sent.
type Mail struct {
	Relay, From string
	To          []string
	Headers     map[string]string
	Body, Text  string
	Message     string `json:"-"` // the message at hand, with body message or attached
}

// doors are what a hook has opened.
type doors struct {
	open []*doorEnd
	why  string
}

type doorEnd struct {
	request HTTPRequest
	answer  *HTTPResponse // once it was asked for
	body    io.Reader
	conn    io.ReadWriteCloser
	closed  bool
}

func (d *doors) closeAll() {
	for _, end := range d.open {
		if end.conn != nil && !end.closed {
			end.conn.Close()
		}
	}
}

func (d *doors) add(end *doorEnd) int32 {
	d.open = append(d.open, end)
	return int32(len(d.open) - 1)
}

func (d *doors) get(id int32) *doorEnd {
	if id < 0 || int(id) >= len(d.open) || d.open[id].closed {
		return nil
	}
	return d.open[id]
}

func (d *doors) failed(err error) int32 {
	d.why = err.Error()
	return abi.ReadFailed
}

func (d *doors) denied(what string) int32 {
	d.why = what + " is not granted"
	return abi.ReadNotPermitted
}

// bad refuses an argument, in words of its own: the host's say more.
func (d *doors) bad(why string) int32 {
	d.why = why
	return abi.ReadBadArgument
}

func (d *doors) noDoor(id int32) int32 { return d.bad("there is no door " + strconv.Itoa(int(id))) }

func (f *fake) HTTPOpen(request string) int32 {
	if World.HTTP == nil {
		return f.doors.denied("http")
	}
	var r struct {
		Method, URL string
		Headers     map[string]string
		Body        string
		TimeoutMS   int `json:"timeout_ms"`
	}
	if json.Unmarshal([]byte(request), &r) != nil || r.URL == "" {
		return f.doors.bad("the request is not understood")
	}
	end := &doorEnd{request: HTTPRequest{Method: r.Method, URL: r.URL, Header: r.Headers}}
	switch r.Body {
	case "none", "written":
	case "message":
		end.request.Body = f.message.Text
	default:
		return f.doors.bad("the request is not understood")
	}
	return f.doors.add(end)
}

func (f *fake) HTTPStatus(id int32) int32 {
	end := f.doors.get(id)
	if end == nil || end.conn != nil {
		return f.doors.noDoor(id)
	}
	if end.answer == nil {
		answer, err := World.HTTP(end.request)
		if err != nil {
			return f.doors.failed(err)
		}
		end.answer, end.body = &answer, strings.NewReader(answer.Body)
	}
	return int32(end.answer.Status)
}

func (f *fake) HTTPHeader(id int32, name string, dst []byte) int32 {
	end := f.doors.get(id)
	if end == nil || end.answer == nil {
		return f.doors.noDoor(id)
	}
	for have := range maps.Keys(end.answer.Header) {
		if strings.EqualFold(have, name) {
			return give(end.answer.Header[have], dst)
		}
	}
	return abi.ReadAbsent
}

func (f *fake) TCPOpen(request string) int32 {
	if World.TCP == nil {
		return f.doors.denied("tcp")
	}
	var r struct {
		Address   string
		TLS       bool
		TimeoutMS int `json:"timeout_ms"`
	}
	if json.Unmarshal([]byte(request), &r) != nil || r.Address == "" {
		return f.doors.bad("the request is not understood")
	}
	conn, err := World.TCP(r.Address, r.TLS)
	if err != nil {
		return f.doors.failed(err)
	}
	return f.doors.add(&doorEnd{conn: conn, body: conn})
}

func (f *fake) DoorWrite(id int32, data []byte) int32 {
	end := f.doors.get(id)
	switch {
	case end == nil || end.answer != nil:
		return f.doors.noDoor(id)
	case end.conn == nil:
		end.request.Body += string(data)
		return 0
	}
	if _, err := end.conn.Write(data); err != nil {
		return f.doors.failed(err)
	}
	return 0
}

func (f *fake) DoorRead(id int32, dst []byte) int32 {
	end := f.doors.get(id)
	if end == nil || end.body == nil {
		return f.doors.noDoor(id)
	}
	n, err := end.body.Read(dst)
	if err != nil && !errors.Is(err, io.EOF) {
		return f.doors.failed(err)
	}
	return int32(n)
}

func (f *fake) DoorClose(id int32) {
	end := f.doors.get(id)
	if end == nil {
		return
	}
	if end.closed = true; end.conn != nil {
		end.conn.Close()
	}
}

func (f *fake) DoorError(dst []byte) int32 {
	if f.doors.why == "" {
		return abi.ReadAbsent
	}
	return give(f.doors.why, dst)
}

func (f *fake) SMTPSend(request string) int32 {
	if World.SMTP == nil {
		return f.doors.denied("smtp")
	}
	var m Mail
	if json.Unmarshal([]byte(request), &m) != nil || m.Relay == "" || len(m.To) == 0 {
		return f.doors.bad("the request is not understood")
	}
	if m.Body == "message" || m.Body == "attached" {
		m.Message = f.message.Text
	}
	if err := World.SMTP(m); err != nil {
		return f.doors.failed(err)
	}
	return 0
}

func (f *fake) kv(key string) int32 {
	switch {
	case World.KV == nil:
		return f.doors.denied("kv")
	case key == "" || len(key) > abi.MaxKey:
		return f.doors.bad("a key has 1 to " + strconv.Itoa(abi.MaxKey) + " bytes")
	}
	return 0
}

func (f *fake) KVGet(key string, dst []byte) int32 {
	if code := f.kv(key); code != 0 {
		return code
	}
	value, ok := World.KV[key]
	if !ok {
		return abi.ReadAbsent
	}
	return give(value, dst)
}

func (f *fake) KVPut(key, value string) int32 {
	if code := f.kv(key); code != 0 {
		return code
	}
	if len(value) > abi.MaxValue {
		return f.doors.bad("a value of more than " + strconv.Itoa(abi.MaxValue) + " bytes")
	}
	if World.KV[key] = value; value == "" {
		delete(World.KV, key)
	}
	return 0
}

func (f *fake) KVAdd(key string, delta int64) int64 {
	if code := f.kv(key); code != 0 {
		return int64(code)
	}
	var n int64
	if have, ok := World.KV[key]; ok {
		var err error
		if n, err = strconv.ParseInt(have, 10, 64); err != nil {
			return int64(f.doors.bad("the value of the key " + strconv.Quote(key) + " is no number"))
		}
	}
	n = max(n+delta, 0)
	World.KV[key] = strconv.FormatInt(n, 10)
	return n
}

func (f *fake) KVCAS(key, old, value string) int32 {
	if code := f.kv(key); code != 0 {
		return code
	}
	if World.KV[key] != old {
		return 0
	}
	if code := f.KVPut(key, value); code != 0 {
		return code
	}
	return 1
}
