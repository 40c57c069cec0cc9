package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/errcode"
)

// Media types.
const (
	ArtifactType = "application/vnd.mailweir.plugin.v1"
	ConfigType   = "application/vnd.mailweir.plugin.config.v1+json"
	LayerType    = "application/wasm"
)

// Scheme begins a reference where a file could be meant as well.
const Scheme = "oci://"

// Kinds of trouble.
var (
	// ErrReference marks a reference that makes no sense.
	ErrReference = errors.New("reference")
	// ErrUnreachable marks trouble that may have passed when it is tried again.
	ErrUnreachable = errors.New("registry can not be reached")
)

// Options say how a registry is spoken to.
type Options struct {
	// PlainHTTP speaks without TLS, to registries on this machine only.
	PlainHTTP bool
	// Username and Password are used when Username is not empty; else what Docker's
	// configuration has for the registry, if it has anything.
	Username, Password string
}

// kindError makes err match kind without saying so in words.
type kindError struct{ kind, err error }

func as(kind, err error) error            { return &kindError{kind, err} }
func (e *kindError) Error() string        { return e.err.Error() }
func (e *kindError) Unwrap() error        { return e.err }
func (e *kindError) Is(target error) bool { return target == e.kind }

// open returns the repository of a reference, and the tag or digest in it.
func open(ref string, o Options) (*remote.Repository, error) {
	parsed, err := registry.ParseReference(strings.TrimPrefix(ref, Scheme))
	if err != nil {
		return nil, as(ErrReference, fmt.Errorf("%q is no reference to a plugin in a registry; write HOST/NAME:TAG or HOST/NAME@sha256:HEX", ref))
	}
	if parsed.Reference == "" {
		return nil, as(ErrReference, fmt.Errorf("the reference %q names neither tag nor digest", ref))
	}
	local := isLoopback(parsed.Host())
	if o.PlainHTTP && !local {
		return nil, as(ErrReference, fmt.Errorf("the registry %s is not on this machine, and is spoken to with TLS only", parsed.Host()))
	}
	// What a Go program does by default, and no wait without end for an answer.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute
	// Each verb makes a few requests; nothing is to stay open behind it.
	transport.DisableKeepAlives = true
	client := &auth.Client{Client: &http.Client{Transport: transport}, Cache: auth.NewCache()}
	client.SetUserAgent("mailweir")
	if local {
		// Elsewhere the library lets no registry send a password to this machine.
		client.BlockedRealmPrefixes = []netip.Prefix{}
	}
	if client.Credential, err = credential(parsed.Host(), o); err != nil {
		return nil, err
	}
	return &remote.Repository{Client: client, Reference: parsed, PlainHTTP: o.PlainHTTP, MaxMetadataBytes: maxManifest, SkipReferrersGC: true}, nil
}

func credential(host string, o Options) (auth.CredentialFunc, error) {
	if o.Username != "" {
		return auth.StaticCredential(host, auth.Credential{Username: o.Username, Password: o.Password}), nil
	}
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("DOCKER_CONFIG") == "" {
		return nil, nil // there is no place where a configuration could be
	}
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("the configuration of Docker can not be used: %w", err)
	}
	return credentials.Credential(store), nil
}

// isLoopback reports whether a registry is on this machine.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

var errNothing = errors.New("the registry has no such plugin")

func errPassword(host string) error {
	return fmt.Errorf("the registry %s asks for another user name or password", host)
}

// explain says in one sentence's end what went wrong.
func explain(ctx context.Context, host string, err error) error {
	var answer *errcode.ErrorResponse
	var network *net.OpError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return as(ErrUnreachable, fmt.Errorf("the registry %s does not answer in time", host))
	case errors.Is(err, errdef.ErrNotFound):
		return errNothing
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return errPassword(host)
	case errors.As(err, &answer):
		switch code := answer.StatusCode; {
		case code == http.StatusNotFound:
			return errNothing
		case code == http.StatusUnauthorized, code == http.StatusForbidden:
			return errPassword(host)
		case code == http.StatusTooManyRequests, code >= 500:
			return as(ErrUnreachable, fmt.Errorf("the registry %s answers %d %s", host, code, http.StatusText(code)))
		default:
			return fmt.Errorf("the registry %s answers %d %s", host, code, http.StatusText(code))
		}
	case errors.As(err, &network):
		return as(ErrUnreachable, fmt.Errorf("the registry %s can not be reached: %w", host, network.Err))
	case errors.Is(err, io.EOF):
		return as(ErrUnreachable, fmt.Errorf("the registry %s hung up", host))
	}
	return err
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
