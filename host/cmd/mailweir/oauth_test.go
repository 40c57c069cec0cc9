package main

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/host/oauth/oauthtest"
)

// authorizationServer starts one, on which somebody consents at once, or refuses. Its
// endpoints are $NAME_TOKEN and $NAME_DEVICE; the client's secret is in the file
// "client-secret".
func authorizationServer(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "authserver NAME consents|refuses")
	s := oauthtest.Start(serversOf(ts).t)
	s.Do(func(s *oauthtest.Server) { s.Consented, s.Refused = args[1] == "consents", args[1] == "refuses" })
	ts.Setenv(args[0]+"_TOKEN", s.TokenURL())
	ts.Setenv(args[0]+"_DEVICE", s.DeviceURL())
}
