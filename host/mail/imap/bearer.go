package imap

import (
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
)

// bearer is a SASL client that sends an access token of OAuth 2.0 as it is.
type bearer struct {
	mech, first string
	// dummy is what the server gets that answers with an error in JSON, so that it
	// ends the exchange with a tagged NO.
	dummy string
}

// Start implements sasl.Client.
func (b bearer) Start() (mech string, first []byte, err error) { return b.mech, []byte(b.first), nil }

// Next implements sasl.Client.
func (b bearer) Next([]byte) ([]byte, error) { return []byte(b.dummy), nil }

// newBearer returns the client of a mechanism for user, with the token. A token holds
// printable ASCII only (RFC 6750 section 2.1), so that it ends where we say.
func newBearer(mech, user, token, host string, port int) (sasl.Client, error) {
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return nil, fmt.Errorf("the access token holds what no token holds, at byte %d", i+1)
		}
	}
	if mech == mechXOAuth2 {
		// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol; Microsoft's is
		// the same.
		return bearer{mech: "XOAUTH2", first: "user=" + user + "\x01auth=Bearer " + token + "\x01\x01"}, nil
	}
	// RFC 7628 section 3.1, with the GS2 header of RFC 5801 section 4.
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user)
	return bearer{
		mech:  "OAUTHBEARER",
		first: fmt.Sprintf("n,a=%s,\x01host=%s\x01port=%d\x01auth=Bearer %s\x01\x01", name, host, port, token),
		dummy: "\x01",
	}, nil
}
