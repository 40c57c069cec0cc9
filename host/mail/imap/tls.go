package imap

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/mailweir/mailweir/host/mail"
)

// CertificateError is a server that is not who it should be, as far as can be
// told. It holds what a person needs to trust it all the same.
type CertificateError struct {
	Err error
	Pin [32]byte // SHA-256 of the SubjectPublicKeyInfo that the server showed
}

// Error says what is wrong and names the key that was shown.
func (e *CertificateError) Error() string {
	return fmt.Sprintf("%v (the server's key is pin=sha256:%x; "+
		"if that is the right one, give it as pin=, or the file of its authority as ca=)", e.Err, e.Pin)
}

// Unwrap returns what is wrong.
func (e *CertificateError) Unwrap() error { return e.Err }

// tlsConfig is who to trust. RFC 8314 section 4.1: TLS 1.2 at least.
func (c *Config) tlsConfig() *tls.Config {
	t := &tls.Config{ServerName: c.Host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
	if c.HasPin {
		t.InsecureSkipVerify = true // VerifyConnection decides instead
		t.VerifyConnection = func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return errors.New("the server shows no certificate")
			}
			if got := keyDigest(s.PeerCertificates[0]); got != c.Pin {
				return &CertificateError{fmt.Errorf("another key than the pinned sha256:%x", c.Pin), got}
			}
			return nil
		}
	}
	return t
}

func keyDigest(cert *x509.Certificate) [32]byte { return sha256.Sum256(cert.RawSubjectPublicKeyInfo) }

// handshake puts TLS on the connection and returns its version.
func (f *front) handshake(ctx context.Context) (version string, err error) {
	secured := tls.Client(f.nc, f.cfg.tlsConfig())
	if err := secured.HandshakeContext(ctx); err != nil {
		return "", describeTLS(err)
	}
	f.reset(secured)
	return tls.VersionName(secured.ConnectionState().Version), nil
}

// startTLS asks for TLS (RFC 9051 section 6.2.1). A server that has none, or that
// someone keeps from offering it, is an error: the password never goes in clear
// text because of it.
func (f *front) startTLS(ctx context.Context) (version string, err error) {
	if err := f.capability(); err != nil {
		return "", err
	}
	if !f.offers("STARTTLS") {
		return "", &mail.Error{Op: "start TLS", Kind: mail.ErrTLS, Err: errors.New("the server does not offer STARTTLS")}
	}
	answer, err := f.command("STARTTLS")
	if err != nil {
		return "", err
	}
	if answer.Type != "OK" {
		return "", &mail.Error{Op: "start TLS", Kind: mail.ErrTLS, Code: answer.Code, Text: answer.Text}
	}
	if f.buffered() > 0 {
		// Whoever sits on the line could have us take these for the server's
		// answers under TLS (CVE-2011-0411 and its kin).
		return "", &mail.Error{
			Op: "start TLS", Kind: mail.ErrTLS,
			Err: errors.New("clear text follows the server's answer to STARTTLS; someone may be tampering with the connection"),
		}
	}
	// RFC 9051 section 6.2.1: what was announced in clear text is forgotten; see reset.
	return f.handshake(ctx)
}

// describeTLS tells a certificate that is not trusted from a connection that ended.
func describeTLS(err error) error {
	e := &mail.Error{Op: "start TLS", Kind: mail.ErrTLS, Err: reason(err)}
	var untrusted *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	var network net.Error
	switch {
	case errors.As(err, &untrusted) && len(untrusted.UnverifiedCertificates) > 0:
		e.Err = &CertificateError{untrusted.Err, keyDigest(untrusted.UnverifiedCertificates[0])}
	case errors.As(err, &noTLS):
		e.Err = errors.New("the server does not answer in TLS; is this the port for it?")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.As(err, &network) && network.Timeout():
		e.Kind, e.Err = mail.ErrConnect, ended(e.Err)
	}
	return e
}
