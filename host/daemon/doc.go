// Package daemon starts private programs for tests, those that are no mail stores:
// rspamd and clamd from Debian's packages, each with its files in a temporary
// directory and on a free port of the loopback interface, and Chromium. They end with
// the test.
//
// Where a program is missing the test is skipped, or fails with CI=true, where
// nothing may be skipped.
package daemon
