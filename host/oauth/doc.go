// Package oauth gets access tokens of OAuth 2.0 from an authorization server: with a
// refresh token, with the credentials of the client, or by a device code that a person
// types elsewhere. It keeps nothing. Whatever a server says is foreign text, and no error
// holds a secret, even where the server repeats it.
package oauth
