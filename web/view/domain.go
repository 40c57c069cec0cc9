package view

import (
	"context"
	"strconv"

	"github.com/mailweir/mailweir/host/task"
)

// DomainForm is what the page of a local domain shows, or that of a new one. It holds
// no password.
type DomainForm struct {
	Domain   task.LocalDomain // as typed
	Port     string
	Stored   bool
	Retype   bool // the password that was typed is lost with the page
	Faults   map[string]string
	Focus    string
	Problems []string

	Mailbox string // that is tested
	Test    *AccountTest
	Uses    Uses
	Notice  string
}

// NewDomainForm is the empty form.
func NewDomainForm() DomainForm {
	return DomainForm{Domain: task.LocalDomain{Way: task.ByMaster, Server: task.Account{Kind: task.KindIMAP, TLS: task.TLSImplicit}}}
}

// DomainFormOf is the form of a stored local domain.
func DomainFormOf(d task.LocalDomain) DomainForm {
	return DomainForm{Domain: d, Port: strconv.Itoa(d.Server.Port), Stored: true}
}

func (f DomainForm) fields() TaskForm { return TaskForm{Faults: f.Faults, Focus: f.Focus} }

func (f DomainForm) action() string {
	if f.Stored {
		return "/domains/" + f.Domain.Domain
	}
	return "/domains/new"
}

// more reports whether a field is in use that is folded away.
func (f DomainForm) more() bool {
	s := f.Domain.Server
	return s.Sep+s.CAFile+s.Pin != ""
}

func (f DomainForm) passwordHint(ctx context.Context) string {
	return passwordHint(ctx, AccountForm{Stored: f.Stored, Retype: f.Retype})
}

func domainTitle(ctx context.Context, f DomainForm) string {
	if f.Stored {
		return Plain(f.Domain.Domain)
	}
	return t(ctx).NewDomain
}

func domainWay(ctx context.Context, w task.DomainWay) string {
	if w == task.ByAuthzid {
		return t(ctx).DomainAuthzid
	}
	return t(ctx).DomainMaster
}
