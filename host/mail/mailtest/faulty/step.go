package faulty

import (
	"fmt"
	"time"
)

// Side is an end of the conversation.
type Side string

// The sides.
const (
	Client Side = "client"
	Server Side = "server"
)

// Kind says what part of the conversation a step is.
type Kind string

// The kinds of steps.
const (
	Greeting  Kind = "greeting"  // the server's first line
	Command   Kind = "command"   // a line with a tag
	Continued Kind = "continued" // a line without one: behind a literal, or an answer to a "+"
	Literal   Kind = "literal"   // a piece of a literal
	Untagged  Kind = "untagged"  // a line of the server that is no tagged answer, or the rest of one behind a literal
	Goahead   Kind = "goahead"   // the server's "+"
	Tagged    Kind = "tagged"    // the server's answer to a command
)

// Step is one step of the conversation.
type Step struct {
	N       int // counted from 1 over all connections
	Conn    int // counted from 1
	From    Side
	Kind    Kind
	Command string // in upper case: of what the client says, and what a tagged answer is about; "UID FETCH"
	Text    string // the beginning of the line; of a literal, which piece it is
}

// String describes a step in one line.
func (s Step) String() string {
	return fmt.Sprintf("step %d, connection %d: %s %s: %s", s.N, s.Conn, s.From, s.Kind, s.Text)
}

// Action is how a step goes wrong.
type Action uint8

// The actions. One that ends the connection ends it for both sides; the server
// still gets to see everything that was passed on to it before.
const (
	Pass        Action = iota // nothing goes wrong
	CutBefore                 // the connection ends instead of the step
	CutWithin                 // half of the step's bytes are passed on, then the connection ends
	CutAfter                  // the step is passed on, then the connection ends
	ResetBefore               // like CutBefore, by TCP reset
	ResetAfter                // like CutAfter, by TCP reset
	Stall                     // neither this step nor anything behind it arrives, in both directions; the connection stays
	Delay                     // the step arrives later
	Corrupt                   // a byte in the middle of the step becomes 0xFF
	Swallow                   // the step does not arrive; everything behind it does
	Replace                   // of a tagged answer: another text behind the tag
	Pretend                   // of a command: it does not reach the server, and is answered OK, or Text
)

// Fault is what the proxy does with a step. The zero value passes it on.
type Fault struct {
	Do  Action
	For time.Duration // of Delay
	// Text is what Replace, and Pretend, put behind the tag, for example "NO [SERVERBUG] oops".
	Text string
	// Then is called, if set, when the step has been passed on, or held back, and
	// before the connection ends. The whole conversation waits for it.
	Then func()
}
