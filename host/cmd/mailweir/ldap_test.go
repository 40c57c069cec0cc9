package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// slapd starts a private LDAP server with the entries of a file; $NAME is its URL,
// $NAME_CA the file of its authority.
func slapd(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "slapd NAME FILE.ldif")
	s := mailtest.StartSlapd(serversOf(ts).t, mailtest.SlapdOptions{LDIF: ts.ReadFile(args[1]), TLS: true})
	ts.Setenv(strings.ToUpper(args[0]), s.URL())
	ts.Setenv(strings.ToUpper(args[0])+"_CA", s.CAFile())
}
