package main

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const grantHelp = `A plugin asks in its manifest for what it wants beside answering; "mailweir plugin
inspect" shows that. Nothing of it is given unless --grant says so, for the plugin with
that ID, or the script in a file of that name:
  http:HOST                 https requests to that host; http:HOST:PORT is http or
                            https at that port; http:HOST/GET,POST only such requests
  tcp:HOST:PORT             connections to that port
  smtp:RELAY                mail through a relay that --smtp-relay names
  kv                        remembering values from run to run, under --name
  body                      reading whole messages, for a plugin that asks for it
  log-content               logging in calls that have read a message
A host is a name or an address. A name leads to public addresses only; ?private behind
it (http:scan.lan:8080?private) allows others. A script reads and logs messages without
being granted that. With --dry-run nothing leaves: the plan lists what would.
--secret NAME@HOST=FILE has the first line of FILE stand for {{secret:NAME}} in a header
field of a request to HOST; no plugin sees it. "mailweir secret" keeps secrets.`

const relayHelp = `Relays take mail of plugins that have the grant smtp:NAME: --smtp-relay NAME=URL.
  smtps://[USER@]HOST[:465] is TLS, smtp://[USER@]HOST[:587] requires STARTTLS
  ?tls=none is clear text, ?ca=FILE trusts these authorities
  ?secret=SECRET takes the password from a stored secret that is bound to the host
Else it comes from --smtp-relay-password-file NAME=FILE, or from
MAILWEIR_SMTP_PASSWORD_NAME (upper case, other characters as "_").`

// relayFlags name relays.
type relayFlags struct {
	relays, passwords []string
}

func (f *relayFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.relays, "smtp-relay", nil, "`NAME=URL` of a relay for mail of plugins; repeatable")
	flags.StringArrayVar(&f.passwords, "smtp-relay-password-file", nil, "`NAME=FILE` with a relay's password; repeatable")
}

// read reads the relays and their passwords.
func (f *relayFlags) read(t *terminal) (map[string]app.Relay, error) {
	files := map[string]string{}
	for _, text := range f.passwords {
		name, file, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usagef("--smtp-relay-password-file: write NAME=FILE, not %q", text)
		}
		files[name] = file
	}
	relays := map[string]app.Relay{}
	for _, text := range f.relays {
		name, url, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usagef("--smtp-relay: write NAME=URL, not %q", text)
		}
		if err := task.ValidRelayName(name); err != nil {
			return nil, usagef("--smtp-relay: %w", err)
		}
		if _, twice := relays[name]; twice {
			return nil, usagef("--smtp-relay: two relays are called %s", name)
		}
		r, err := app.ParseRelay(url)
		if err != nil {
			return nil, usagef("--smtp-relay %s: %w", name, err)
		}
		if err := t.relayPassword(name, &r, files[name]); err != nil {
			return nil, err
		}
		delete(files, name)
		relays[name] = r
	}
	for name := range files {
		return nil, usagef("--smtp-relay-password-file: there is no relay %s", name)
	}
	return relays, nil
}

// relayPassword finds the password of a relay that has a user.
func (t *terminal) relayPassword(name string, r *app.Relay, file string) error {
	variable := "MAILWEIR_SMTP_PASSWORD_" + variableName(name)
	switch {
	case r.User == "" && file != "":
		return usagef("--smtp-relay-password-file: the relay %s has no user", name)
	case r.User == "" || r.Secret != "":
		return nil
	case file != "":
		password, err := readPassword(file)
		r.Password = task.Password(password)
		return err
	case t.getenv(variable) != "":
		r.Password = task.Password(t.getenv(variable))
		return nil
	}
	return usagef("no password for the relay %s; give --smtp-relay-password-file %s=FILE, set %s, or name a stored secret in its URL", name, name, variable)
}

// grantFlags say what plugins may do.
type grantFlags struct {
	grants, secrets []string
	relays          relayFlags
}

func (f *grantFlags) add(flags *pflag.FlagSet, form string) {
	flags.StringArrayVar(&f.grants, "grant", nil, "`"+form+"` that is granted to a plugin; repeatable")
	flags.StringArrayVar(&f.secrets, "secret", nil, "`NAME@HOST[:PORT]=FILE` with a secret for requests to that host; repeatable")
	f.relays.add(flags)
}

// into reads the flags into the options of a copy.
func (f *grantFlags) into(t *terminal, o *app.CopyOptions) error {
	o.Getenv = t.getenv
	o.Grants = map[string][]task.Grant{}
	for _, text := range f.grants {
		id, grant, ok := strings.Cut(text, "=")
		if !ok {
			return usagef("--grant: write PLUGIN=GRANT, not %q", text)
		}
		g, err := task.ParseGrant(grant)
		if err != nil {
			return usagef("--grant %s: %w", id, err)
		}
		o.Grants[id] = append(o.Grants[id], g)
	}
	var err error
	if o.Secrets, err = f.readSecrets(); err != nil {
		return err
	}
	o.Relays, err = f.relays.read(t)
	return err
}

// readSecrets reads --secret; a name that is there twice has both hosts, if the value
// is the same.
func (f *grantFlags) readSecrets() ([]task.Secret, error) {
	var out []task.Secret
	for _, text := range f.secrets {
		where, file, ok := strings.Cut(text, "=")
		name, host, bound := strings.Cut(where, "@")
		if !ok || !bound {
			return nil, usagef("--secret: write NAME@HOST=FILE, not %q", text)
		}
		s, err := secretFor(name, []string{host}, file)
		if err != nil {
			return nil, err
		}
		known := false
		for i := range out {
			if out[i].Name != name {
				continue
			}
			if out[i].Value != s.Value {
				return nil, usagef("--secret: there are two values of %s", name)
			}
			out[i].Hosts, known = append(out[i].Hosts, s.Hosts...), true
		}
		if !known {
			out = append(out, s)
		}
	}
	return out, nil
}

// secretFor reads a secret's value from the first line of a file.
func secretFor(name string, hosts []string, file string) (task.Secret, error) {
	s := task.Secret{Name: name}
	for _, text := range hosts {
		e, err := task.ParseEndpoint(text)
		if err != nil {
			return s, usagef("the secret %s: %w", name, err)
		}
		s.Hosts = append(s.Hosts, e)
	}
	value, err := readPassword(file)
	if err != nil {
		return s, err
	}
	s.Value = task.Password(value)
	if err := s.Validate(); err != nil {
		return s, usageError(err)
	}
	return s, nil
}
