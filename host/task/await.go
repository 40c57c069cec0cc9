package task

import (
	"strings"
	"time"
)

// Await is what a run waits for that only a person can do. It goes on by itself
// once that is done: the task, or what it refers to, is changed, or somebody starts
// the task by hand.
type Await struct {
	Code   AwaitCode `json:"code"`
	Cause  string    `json:"cause"`  // one sentence: what is missing, or went wrong
	Remedy string    `json:"remedy"` // one sentence: what the person can do; "" is nothing more than the cause says
	// Until is when the run is tried again although nobody has done anything; zero is
	// never.
	Until time.Time `json:"until,omitzero"`
	// Outcome is what the run would have ended with.
	Outcome Outcome `json:"outcome"`
}

// AwaitCode is what kind of deed is awaited, for programs.
type AwaitCode string

// The codes.
const (
	AwaitLogin    AwaitCode = "login"    // a password that is missing, or that the server refuses
	AwaitApproval AwaitCode = "approval" // of what the run would do
	AwaitDecision AwaitCode = "decision" // a limit on deleting was reached
	AwaitSettings AwaitCode = "settings" // something about the task is not allowed or can not be
	AwaitServer   AwaitCode = "server"   // something about a mail server: its name, certificate or rights
)

// serverRetry is how long a run waits that a change at a mail server may have mended
// without a word to us: a name that is known again, a certificate that was renewed.
const serverRetry = 24 * time.Hour

// AwaitOf decides what a run waits for that would end with r at the moment now; nil
// is nothing, and the run ends. A person has to act, or each later run would fail
// in the same way - and, with a wrong password, might lock the account.
func (r *Report) AwaitOf(now time.Time) *Await {
	a := &Await{Cause: r.Cause, Outcome: r.Outcome}
	if trouble, ok := TroubleOf(r.Cause); ok {
		a.Remedy = trouble.Remedy
	}
	switch {
	case r.Outcome == OutcomeSafety:
		a.Code = AwaitDecision
	case r.Outcome == OutcomeUsage:
		a.Code = AwaitSettings
	case r.Outcome != OutcomeNeedsUser:
		// Among these a full destination: its user may make room at any time.
		return nil
	case strings.Contains(r.Cause, "login refused"):
		a.Code = AwaitLogin
	case strings.Contains(r.Cause, "plugin"):
		a.Code = AwaitSettings
	default:
		a.Code, a.Until = AwaitServer, now.Add(serverRetry)
	}
	return a
}
