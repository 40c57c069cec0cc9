// Package storetest gives tests a private PostgreSQL: a server of its own for
// each test binary, in a temporary directory and on a free port of the loopback
// interface, with a schema of its own for each test.
//
// It is started by the first test that asks for a database and stopped by [M],
// which stands around testing.M in TestMain.
package storetest
