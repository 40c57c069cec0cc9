// Package signature says who made a plugin's file: it signs one, and reads and
// checks the signature in one.
//
// A signature is the last section of the file, a custom section with the name
// [Section]. Its body is
//
//	1 byte    1, the version of this layout
//	32 bytes  the public key (Ed25519, RFC 8032)
//	64 bytes  the signature of all bytes of the file before the section
//
// The key travels along so that a damaged file can be told from one whose maker is
// not known. It proves nothing by itself: whether the maker is trusted is decided
// by comparing it with the keys of a [Trust].
//
// Keys are kept in the formats that OpenSSL writes and reads: PEM with PKCS #8
// ("PRIVATE KEY") and SubjectPublicKeyInfo ("PUBLIC KEY"). The short name of a key
// is [ID].
//
// What a plugin is, is the SHA-256 of its file as it is, see plugin.Digest: signing
// a file makes another one of it.
package signature
