// Package access holds the nouns of who works with the service - [User], [Token],
// [Login], [Event] - and decides, in [Allowed], what each of them may do. It does
// no I/O: whoever asks brings the [Actor] and the [Object].
//
// rules.go is the whole of the decision, as a table of actions by roles. An Actor
// comes from a login in the browser or from a token, and travels in the context of
// a request ([With], [From]), so that all that is done in its name can be written
// into the audit trail.
package access
