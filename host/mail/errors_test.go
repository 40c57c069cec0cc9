package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestError_isOneSentenceForAPerson(t *testing.T) {
	tests := []struct {
		name string
		give Error
		want string
	}{
		{
			"everything",
			Error{Op: "log in as ann", Where: "host:993", Kind: ErrAuth, Code: "AUTHENTICATIONFAILED", Text: "no", Err: io.EOF},
			`host:993: log in as ann: login refused: EOF (the server says "[AUTHENTICATIONFAILED] no")`,
		},
		{"only a kind", Error{Kind: ErrQuota}, "destination is full"},
		{"nothing", Error{}, "trouble"},
		{"code without text", Error{Kind: ErrNoFolder, Code: "TRYCREATE"}, `no such folder (the server says "[TRYCREATE]")`},
		{"foreign text is quoted", Error{Kind: ErrRefused, Text: "bad\r\nthing\x1b"}, `refused by the server (the server says "bad\r\nthing\x1b")`},
	}
	for _, tt := range tests {
		if got := tt.give.Error(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestError_cutsLongTextOfAServer(t *testing.T) {
	e := Error{Kind: ErrRefused, Text: strings.Repeat("x", 10_000)}
	if n := len(e.Error()); n > 600 {
		t.Errorf("the message has %d bytes", n)
	}
}

func TestError_isItsKindAndItsCause(t *testing.T) {
	err := fmt.Errorf("copy: %w", &Error{Op: "x", Kind: ErrConnect, Err: context.Canceled})
	if !errors.Is(err, ErrConnect) || !errors.Is(err, context.Canceled) || errors.Is(err, ErrAuth) {
		t.Errorf("%v: want ErrConnect and Canceled and nothing else", err)
	}
}

func TestError_saysWhatToDoNext(t *testing.T) {
	tests := []struct {
		kind             error
		retryable, fatal bool
	}{
		{ErrAuth, false, true},
		{ErrHost, false, true},
		{ErrTLS, false, true},
		{ErrConnect, true, true},
		{ErrBusy, true, true},
		{ErrProtocol, false, false},
		{ErrNoFolder, false, false},
		{ErrBadName, false, false},
		{ErrDenied, false, false},
		{ErrQuota, false, false},
		{ErrTooBig, false, false},
		{ErrRefused, false, false},
		{ErrShortBody, false, false},
		{nil, false, false},
	}
	for _, tt := range tests {
		e := &Error{Kind: tt.kind}
		if e.Retryable() != tt.retryable || e.Fatal() != tt.fatal {
			t.Errorf("%v: retryable %v, fatal %v; want %v, %v", tt.kind, e.Retryable(), e.Fatal(), tt.retryable, tt.fatal)
		}
	}
}

func TestOutcomeUnknown_seesThroughWrapping(t *testing.T) {
	if !OutcomeUnknown(fmt.Errorf("append: %w", &Error{Kind: ErrConnect, Unknown: true})) {
		t.Error("want true for an unknown outcome")
	}
	if OutcomeUnknown(&Error{Kind: ErrConnect}) || OutcomeUnknown(nil) || OutcomeUnknown(io.EOF) {
		t.Error("want false where the outcome is known")
	}
}

func TestBatchError_namesTheFirstAndCountsTheRest(t *testing.T) {
	err := &BatchError{Errs: []error{nil, io.ErrUnexpectedEOF, nil, io.EOF}}
	if got, want := err.Error(), "2 of 4 messages not stored, the first: unexpected EOF"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if errors.Is(err, io.EOF) {
		t.Error("what happened to one message must not pass for what happened to the batch")
	}
	if got := (&BatchError{Errs: make([]error, 3)}).Error(); got == "" {
		t.Error("no message")
	}
}

func TestMessageErrors_givesTheFirstReason(t *testing.T) {
	err := &MessageErrors{Errs: map[UID]error{9: io.EOF, 4: ErrProtocol, 7: io.EOF}}
	for range 20 { // not by the chance of a map
		if got, want := err.Error(), "3 messages not readable, the first UID 4: answer not understood"; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}
