package web

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// Nouns of what tasks come from, as pages show them.
type (
	AccountTest     = view.AccountTest
	Candidate       = view.Candidate
	DirectoryAnswer = view.DirectoryAnswer
	DirectoryAsk    = view.DirectoryAsk
	Found           = view.Found
	Hint            = view.Hint
	Provider        = view.Provider
	RuleEffect      = view.RuleEffect
	RuleLine        = view.RuleLine
	RulePreview     = view.RulePreview
	Use             = view.Use
	Uses            = view.Uses
)

// How much of a long answer pages show.
const (
	ShownUses  = view.ShownUses
	ShownUsers = view.ShownUsers
	ShownLines = view.ShownLines
)

// What a rule means for a user.
const (
	RuleMakes   = view.RuleMakes
	RuleKeeps   = view.RuleKeeps
	RuleResumes = view.RuleResumes
	RulePauses  = view.RulePauses
	RuleRefuses = view.RuleRefuses
)

// Registry is the part of Service about what tasks come from: stored accounts (those
// methods that programs use, too, are in package api), local domains, directories and
// rules. Nothing that it returns has a password.
type Registry interface {
	// LookAtAccount logs in to an account as it was typed, looks around and changes
	// nothing there. An account without a password gets that of the stored account id,
	// if it is the same server and user; else it is ErrInvalid. What was found is
	// remembered if a is what is stored.
	LookAtAccount(ctx context.Context, id string, a task.Account) (AccountTest, error)
	// AccountUses returns what needs a stored account.
	AccountUses(ctx context.Context, id string) (Uses, error)
	// FindServer looks for the server of an address. No password takes part.
	FindServer(ctx context.Context, address string) (Found, error)
	// Providers returns the table of mail providers and mail servers.
	Providers(ctx context.Context) []Provider
	// ProviderOf finds the provider that a server belongs to.
	ProviderOf(ctx context.Context, host string) (Provider, bool)

	// LocalDomains returns the local domains by name.
	LocalDomains(ctx context.Context) ([]task.LocalDomain, error)
	// LocalDomain returns one.
	LocalDomain(ctx context.Context, domain string) (task.LocalDomain, error)
	// SaveLocalDomain makes a local domain if made, or else changes it. An empty
	// password keeps the stored one, as long as it goes to the same server and user.
	SaveLocalDomain(ctx context.Context, d task.LocalDomain, made bool) error
	// DeleteLocalDomain removes one that nothing needs; else it is a conflict.
	DeleteLocalDomain(ctx context.Context, domain string) error
	// DomainUses returns what needs a local domain.
	DomainUses(ctx context.Context, domain string) (Uses, error)
	// LookAtMailbox opens the mailbox of an address in a local domain and looks around.
	// An address of another domain is ErrInvalid.
	LookAtMailbox(ctx context.Context, address string) (AccountTest, error)

	// Directories returns the directories by name.
	Directories(ctx context.Context) ([]task.Directory, error)
	// Directory returns the directory of an ID or a name.
	Directory(ctx context.Context, idOrName string) (task.Directory, error)
	// SaveDirectory makes a directory, or changes the one with its ID. An empty password
	// keeps the stored one, as long as it goes to the same server for the same bind DN.
	SaveDirectory(ctx context.Context, d task.Directory) (task.Directory, error)
	// DeleteDirectory removes one that no rule asks; else it is a conflict.
	DeleteDirectory(ctx context.Context, id string) error
	// AskDirectory asks a directory as it was typed, on the terms of LookAtAccount. That
	// it can not be asked is said in the answer.
	AskDirectory(ctx context.Context, d task.Directory, ask DirectoryAsk) (DirectoryAnswer, error)

	// Rules returns the rules by name.
	Rules(ctx context.Context) ([]task.Rule, error)
	// Rule returns the rule of an ID or a name.
	Rule(ctx context.Context, idOrName string) (task.Rule, error)
	// SaveRule makes a rule, or changes the one with its ID. Its tasks follow when it is
	// applied.
	SaveRule(ctx context.Context, r task.Rule) (task.Rule, error)
	// DeleteRule removes a rule; its tasks stay.
	DeleteRule(ctx context.Context, id string) error
	// PreviewRule says who would get a task by a rule as it was typed, and changes
	// nothing.
	PreviewRule(ctx context.Context, r task.Rule) (RulePreview, error)
	// ApplyRule does it. many allows that most of the users have left; without it that is
	// a conflict.
	ApplyRule(ctx context.Context, id string, many bool) (task.RuleResult, error)
}
