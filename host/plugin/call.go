package plugin

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/sdk/abi"
)

// call is the state of one question to one instance. It is made with the instance
// and begun anew with each question.
type call struct {
	bound *bound
	q     *question // nil while the instance starts

	staged  effects
	refused error  // the first effect that can not be
	failed  string // what fail said
	stderr  string // first line on standard error, which is where a run time says why it gives up

	hostCalls int // left
	logLines  int // left; one more is spent on saying that lines were dropped
	output    int // bytes of standard output and error left
	random    int // bytes of random numbers left

	fuel fuel

	sawContent bool // a header field, a part or a body was read
	outside    *door.Visit
	endOutside context.CancelFunc
	doorError  string // why the last function of doors or memory failed
	remembered int    // bytes that were put into memory

	scratch []byte // for header fields; lives as long as the instance
}

// maxOutput bounds what a guest may print during one call. It is far above a stack
// trace; whoever exceeds it is looping.
const maxOutput = 1 << 20

// maxRandom bounds the random bytes of one call. Run times take a few dozen.
const maxRandom = 1 << 20

func (c *call) begin(q *question) {
	opts := &c.bound.module.host.opts
	*c = call{bound: c.bound, q: q, hostCalls: opts.HostCalls, logLines: opts.LogLines, output: maxOutput, random: maxRandom, scratch: c.scratch}
	if cap(c.scratch) > 64<<10 {
		c.scratch = nil
	}
}

// forget lets go of the question that was answered, and of what was staged for it: an
// idle instance keeps nothing of a message alive.
func (c *call) forget() {
	c.q, c.staged, c.refused = nil, effects{}, nil
}

// failure is why the guest returned a negative number.
func (c *call) failure() string { return cmp.Or(c.failed, c.stderr, "it gave no reason") }

// log writes one line of the guest to the log of the run.
func (c *call) log(level slog.Level, text []byte) {
	if c.logLines < 0 {
		return
	}
	if c.hidesLog() {
		c.dropLine()
		return
	}
	if c.logLines--; c.logLines < 0 {
		c.bound.log.Warn("plugin logs too much; further lines of this call are dropped")
		return
	}
	c.bound.log.Log(context.Background(), level, tidyText(text, abi.MaxLogLine))
}

// random is the source of the guest's random numbers.
type random struct{ call *call }

// Read fills p, or ends the guest.
func (r random) Read(p []byte) (int, error) {
	if r.call.random -= len(p); r.call.random < 0 {
		panic(faultf("it took more than %d random bytes", maxRandom))
	}
	return rand.Read(p)
}

// output is a stream that the guest prints to. It becomes lines of the log.
type output struct {
	call  *call
	isErr bool
	line  []byte
}

// Write takes the whole of p, or ends the guest.
func (o *output) Write(p []byte) (int, error) {
	if o.call.output -= len(p); o.call.output < 0 {
		panic(faultf("it printed more than %d bytes", maxOutput))
	}
	for _, b := range p {
		if b != '\n' {
			o.line = append(o.line, b)
			continue
		}
		o.flush()
	}
	return len(p), nil
}

func (o *output) flush() {
	level := slog.LevelInfo
	if o.isErr {
		level = slog.LevelWarn
		if o.call.stderr == "" {
			o.call.stderr = strings.TrimPrefix(tidyText(o.line, abi.MaxNote), "panic: ")
		}
	}
	if len(o.line) > 0 {
		o.call.log(level, o.line)
	}
	o.line = o.line[:0]
}

// mustRead is a view of the guest's memory; it ends the guest when there is none.
func mustRead(m api.Module, ptr, n uint32) []byte {
	b, ok := m.Memory().Read(ptr, n)
	if !ok {
		panic(faultf("it passed a pointer outside its memory (%d bytes at %d)", n, ptr))
	}
	return b
}

// answer is the end of every read call: the value when there is room, its length
// in any case.
func answer[T string | []byte](m api.Module, value T, dst, room uint32) int32 {
	if uint64(len(value)) <= uint64(room) {
		copy(mustRead(m, dst, uint32(len(value))), value)
	}
	return int32(len(value))
}
