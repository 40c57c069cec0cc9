// Package secret seals credentials so that a copy of the database gives none away.
//
// A sealed value is text:
//
//	v1:<key id>:<base64 of nonce, ciphertext and tag>
//
// sealed with AES-256-GCM under a random nonce. What a value belongs to - its
// table, column and row - is authenticated with it, so that a sealed value does
// not open when it was moved to another place. The key id is a digest of the key
// and tells a wrong key from a damaged value.
//
// The key is 32 random bytes and lives outside the database; see [Open].
package secret
