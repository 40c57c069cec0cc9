package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const passwordHelp = `Passwords are never given on the command line. In this order they come from
  --from-password-file F, --to-password-file F  (the first line of F),
  MAILWEIR_FROM_PASSWORD, MAILWEIR_TO_PASSWORD in the environment,
  a prompt, if there is a terminal.
With several sources, NAME=F names the source of a file, and
MAILWEIR_FROM_PASSWORD_NAME (upper case, other characters as "_") its variable.`

const urlHelp = `Accounts are written as URLs:
  imaps://USER@HOST[:993]   TLS
  imap://USER@HOST[:143]    STARTTLS, required; ?tls=none is clear text
  maildir:///DIR            a Maildir tree
USER is percent-encoded where needed (ann%40example.org). Keys behind "?":
  auth=plain|login          how to log in; default: the best that the server offers
  auth=xoauth2|oauthbearer  the password is an access token of OAuth 2.0; stored accounts renew theirs
  master=ADMIN  sep=*       log in as USER*ADMIN with ADMIN's password
  authzid=NAME              SASL authorization identity
  ca=FILE                   trust these authorities instead of the system's
  pin=sha256:HEX            trust this public key instead of any authority
  root=FOLDER               only this folder and those below it`

// accountFlags are the flags that name accounts.
type accountFlags struct {
	from, fromPassword []string
	to, toPassword     string
}

func (f *accountFlags) addFrom(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.from, "from", nil, "account to copy from, as `[NAME=]URL`; repeatable with names")
	flags.StringArrayVar(&f.fromPassword, "from-password-file", nil, "`[NAME=]FILE` with the source's password; repeatable")
}

func (f *accountFlags) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&f.to, "to", "", "account to copy to, as `URL`")
	flags.StringVar(&f.toPassword, "to-password-file", "", "`FILE` with the destination's password")
}

// both reads sources and destination, with their passwords.
func (f *accountFlags) both(ctx context.Context, t *terminal) ([]task.Source, task.Account, error) {
	if len(f.from) == 0 || f.to == "" {
		return nil, task.Account{}, usagef("--from and --to are both needed")
	}
	sources, err := f.sources()
	if err != nil {
		return nil, task.Account{}, err
	}
	destination, err := task.ParseAccount(f.to)
	if err != nil {
		return nil, task.Account{}, usagef("--to: %w", err)
	}
	// All that can be wrong with the command line comes before any question.
	check := task.Task{Name: "copy", Sources: sources, Destination: destination}
	if err := check.Validate(); err != nil {
		return nil, task.Account{}, usageError(err)
	}
	if err := f.sourcePasswords(ctx, t, sources); err != nil {
		return nil, task.Account{}, err
	}
	err = t.password(ctx, &destination, f.toPassword, "MAILWEIR_TO_PASSWORD")
	return sources, destination, err
}

// sources parses --from. A single source needs no name.
func (f *accountFlags) sources() ([]task.Source, error) {
	var out []task.Source
	for _, text := range f.from {
		name, url, named := cutName(text)
		switch {
		case !named && len(f.from) > 1:
			return nil, usagef("--from: with several sources each needs a name: --from NAME=%s", url)
		case !named:
			name = app.SoleSource
		default:
			if err := task.ValidSourceName(name); err != nil {
				return nil, usagef("--from: %w", err)
			}
		}
		account, err := task.ParseAccount(url)
		if err != nil {
			return nil, usagef("--from: %w", err)
		}
		out = append(out, task.Source{Name: name, Account: account})
	}
	return out, nil
}

// cutName splits NAME=URL. A "=" behind "://" belongs to the URL.
func cutName(text string) (name, rest string, named bool) {
	before, after, ok := strings.Cut(text, "=")
	if !ok || strings.Contains(before, ":") {
		return "", text, false
	}
	return before, after, true
}

func (f *accountFlags) sourcePasswords(ctx context.Context, t *terminal, sources []task.Source) error {
	files := map[string]string{}
	for _, text := range f.fromPassword {
		name, file, named := strings.Cut(text, "=")
		if !named || len(sources) == 1 && name != sources[0].Name {
			if len(sources) > 1 {
				return usagef("--from-password-file: with several sources it is NAME=FILE")
			}
			name, file = sources[0].Name, text
		}
		if _, twice := files[name]; twice {
			return usagef("--from-password-file: two files for the source %s", name)
		}
		if !slices.ContainsFunc(sources, func(s task.Source) bool { return s.Name == name }) {
			return usagef("--from-password-file: there is no source %s", name)
		}
		files[name] = file
	}
	for i := range sources {
		variables := []string{"MAILWEIR_FROM_PASSWORD_" + variableName(sources[i].Name)}
		if len(sources) == 1 {
			variables = append(variables, "MAILWEIR_FROM_PASSWORD")
		}
		if err := t.password(ctx, &sources[i].Account, files[sources[i].Name], variables...); err != nil {
			return err
		}
	}
	return nil
}

// variableName spells a source name as part of an environment variable.
func variableName(source string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(source))
}

// maxPassword is far beyond any password and keeps a wrong file out of memory.
const maxPassword = 64 << 10

// password finds the password of a.
func (t *terminal) password(ctx context.Context, a *task.Account, file string, variables ...string) error {
	if a.Kind == task.KindMaildir {
		if file != "" {
			return usagef("%s is a Maildir tree and takes no password", a)
		}
		return nil
	}
	if file != "" {
		password, err := readPassword(file)
		a.Password = task.Password(password)
		return err
	}
	for _, name := range variables {
		if v := t.getenv(name); v != "" {
			a.Password = task.Password(v)
			return nil
		}
	}
	in, ok := t.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return usagef("no password for %s; give a password file or set %s", a, variables[len(variables)-1])
	}
	fmt.Fprintf(t.err, "Password for %s at %s: ", a.LoginName(), a.Address())
	typed, err := askPassword(ctx, in)
	fmt.Fprintln(t.err)
	if err != nil {
		return err
	}
	a.Password = task.Password(typed)
	return nil
}

// askPassword reads a line without showing it. When ctx ends, the terminal is as
// it was before; the goroutine that still reads ends with the program.
func askPassword(ctx context.Context, in *os.File) ([]byte, error) {
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	type answer struct {
		typed []byte
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		typed, err := term.ReadPassword(int(in.Fd()))
		answers <- answer{typed, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("read the password: %w", a.err)
		}
		return a.typed, nil
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), before)
		return nil, ctx.Err()
	}
}

// readPassword returns the first line of a file.
func readPassword(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("password file %s: %v", file, pathReason(err))}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
	if err != nil {
		return "", &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("password file %s: %v", file, pathReason(err))}
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 || len(line) > maxPassword {
		return "", &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("password file %s: the first line is no password", file)}
	}
	return string(line), nil
}

// pathReason leaves out the path, which the sentence names already.
func pathReason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
