package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"
)

// startRegistry starts an OCI registry in this process; $NAME is its address. With
// a user and a password it asks for them.
func startRegistry(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "registry NAME [USER PASSWORD]")
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if len(args) > 2 {
		open := handler
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user != args[1] || password != args[2] {
				w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			open.ServeHTTP(w, r)
		})
	}
	srv := httptest.NewServer(handler)
	ts.Defer(srv.Close)
	ts.Setenv(strings.ToUpper(args[0]), srv.Listener.Addr().String())
}

// startWebsite serves a folder by https, at localhost; $NAME is its URL, and the
// program trusts its certificate. Below /away everything leads to plain http.
func startWebsite(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "website NAME FOLDER")
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(ts.MkAbs(args[1]))))
	mux.Handle("/away/", http.RedirectHandler("http://localhost/", http.StatusFound))
	srv := httptest.NewUnstartedServer(mux)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	ts.Defer(srv.Close)
	ca := ts.MkAbs(args[0] + ".pem")
	ts.Check(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	ts.Setenv("SSL_CERT_FILE", ca)
	ts.Setenv(strings.ToUpper(args[0]), srv.URL)
}
