package door

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Limits bound what one visit may use.
type Limits struct {
	Doors   int   // opened in all; mails sent count
	AtATime int   // open at the same time
	In      int64 // bytes that come back over all doors
	Out     int64 // bytes that are written, besides twice the size of the message
}

// DefaultLimits are those of the contract, see package abi.
var DefaultLimits = Limits{Doors: 16, AtATime: 4, In: 1 << 20, Out: 1 << 20}

// maxAnswerHeader bounds the header section of an HTTP answer.
const maxAnswerHeader = 64 << 10

// Config says what may be opened.
type Config struct {
	Grants  []task.Grant
	Relays  map[string]Relay  // by name; those that are not granted count as not there
	Secrets map[string]Secret // by name
	Limits  Limits            // the zero value is DefaultLimits
	// Record, unless nil, makes this a dry run: it is told what would have been done,
	// and nothing is.
	Record func(door, what string)
	// Lookup finds the addresses of a name; nil asks the system.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Roots are the authorities that are trusted; nil are the system's.
	Roots *x509.CertPool
}

// Doors are what one plugin may open. They are safe for concurrent use. The zero
// value is not usable; [New] makes them.
type Doors struct {
	cfg       Config
	transport *http.Transport
}

// New makes Doors. The caller closes them when no visit is under way.
func New(cfg Config) *Doors {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits
	}
	if cfg.Lookup == nil {
		cfg.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	d := &Doors{cfg: cfg}
	d.transport = &http.Transport{
		Proxy:                  nil, // the environment's proxy would connect to where it likes
		DialContext:            d.dialWeb,
		TLSClientConfig:        d.tlsConfig(""),
		TLSHandshakeTimeout:    10 * time.Second,
		DisableCompression:     true, // what comes is counted as it comes
		MaxResponseHeaderBytes: maxAnswerHeader,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      false,
	}
	return d
}

// Close gives idle connections back.
func (d *Doors) Close() { d.transport.CloseIdleConnections() }

func (d *Doors) tlsConfig(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: d.cfg.Roots, MinVersion: tls.VersionTLS12}
}

// Failure is why a function of a door answered with a read code.
type Failure struct {
	Code   int32 // one of abi's read codes
	Reason string
}

// Error is the reason.
func (f *Failure) Error() string { return f.Reason }

func deniedf(format string, a ...any) error {
	return &Failure{abi.ReadNotPermitted, fmt.Sprintf(format, a...)}
}

func badf(format string, a ...any) error {
	return &Failure{abi.ReadBadArgument, fmt.Sprintf(format, a...)}
}

func failedf(format string, a ...any) error {
	return &Failure{abi.ReadFailed, fmt.Sprintf(format, a...)}
}

// FailureOf is err as a Failure: one that came from the outside is ReadFailed.
func FailureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{abi.ReadFailed, err.Error()}
}

// Message is the message that a hook is asked about.
type Message struct {
	Body io.ReaderAt // nil when there is none that the plugin may send
	Size int64
	// OnceKey, unless "", is the same text whenever the hook is asked about this
	// message again, and for no other.
	OnceKey string
}

// Visit is one call of a hook. Its methods are called one at a time.
type Visit struct {
	doors   *Doors
	ctx     context.Context //nolint:containedctx // a visit is one call, and ends with it
	cancel  context.CancelFunc
	message Message
	lease   lease
	open    map[int32]opened
	count   int
	in, out int64 // left
}

// opened is a door that is open.
type opened interface {
	read(p []byte) (int, error) // io.EOF at the end
	write(p []byte) error
	close()
}

// Visit begins a call. What it opens lives until ctx ends or Close.
func (d *Doors) Visit(ctx context.Context, m Message) *Visit {
	v := &Visit{doors: d, message: m, open: map[int32]opened{}, in: d.cfg.Limits.In, out: d.cfg.Limits.Out}
	v.ctx, v.cancel = context.WithCancel(ctx)
	if m.Body != nil {
		v.out += 2 * m.Size
	}
	v.lease.body = m.Body
	return v
}

// Close closes all doors and waits until nothing reads the message any more.
func (v *Visit) Close() {
	v.cancel()
	for id := range v.open {
		v.CloseDoor(id)
	}
	v.lease.end()
}

// mayOpen counts a door that is about to be opened.
func (v *Visit) mayOpen() error {
	limits := v.doors.cfg.Limits
	switch {
	case len(v.open) >= limits.AtATime:
		return badf("more than %d doors are open at a time", limits.AtATime)
	case v.count >= limits.Doors:
		return badf("more than %d doors in one call", limits.Doors)
	}
	v.count++
	return nil
}

// add gives an open door its number.
func (v *Visit) add(o opened) int32 {
	id := int32(v.count)
	v.open[id] = o
	return id
}

// Write sends bytes through a door.
func (v *Visit) Write(id int32, p []byte) error {
	o, ok := v.open[id]
	if !ok {
		return badf("there is no door %d", id)
	}
	if v.out -= int64(len(p)); v.out < 0 {
		v.out = 0
		return badf("more bytes are sent than a call may send")
	}
	return o.write(p)
}

// Read waits for bytes from a door; 0 is its end.
func (v *Visit) Read(id int32, p []byte) (int, error) {
	o, ok := v.open[id]
	if !ok {
		return 0, badf("there is no door %d", id)
	}
	if len(p) == 0 {
		return 0, nil
	}
	// One byte more tells an answer that ends in time from one that goes on.
	n, err := o.read(p[:min(int64(len(p)), v.in+1)])
	if v.in -= int64(n); v.in < 0 {
		v.in = 0
		return 0, failedf("what came back is longer than the %d bytes of a call", v.doors.cfg.Limits.In)
	}
	if n > 0 || errors.Is(err, io.EOF) {
		return n, nil
	}
	return n, err
}

// CloseDoor closes a door; one that is not there is closed already.
func (v *Visit) CloseDoor(id int32) {
	if o, ok := v.open[id]; ok {
		delete(v.open, id)
		o.close()
	}
}

// timeLimit is the context of one door; 0 ms is as long as the visit.
func (v *Visit) timeLimit(ms int64) (context.Context, context.CancelFunc, error) {
	if ms < 0 || ms > int64(time.Hour/time.Millisecond) {
		return nil, nil, badf("timeout_ms %d is no time to wait", ms)
	}
	if ms == 0 {
		ctx, cancel := context.WithCancel(v.ctx)
		return ctx, cancel, nil
	}
	ctx, cancel := context.WithTimeout(v.ctx, time.Duration(ms)*time.Millisecond)
	return ctx, cancel, nil
}

// decode reads the JSON of a request strictly.
func decode(raw []byte, into any) error {
	if len(raw) > abi.MaxRequest {
		return badf("a request of more than %d bytes", abi.MaxRequest)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badf("the request is not understood: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badf("the request is not understood: something follows the JSON object")
	}
	return nil
}
