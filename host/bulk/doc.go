// Package bulk reads tasks from a table: one row is one source of a task. Rows with
// the same name and different source_names are one task with several sources.
//
// The columns, in any order:
//
//	name                  of the task; a task of that name is changed, another one is made
//	source, destination   an account; see below
//	source_server, ...    where the account is, if source is an address: HOST, or a URL without a user
//	source_user, ...      who logs in, unless it is the address itself
//	source_password, ...  empty keeps the one of a task that is there
//	source_root, ...      only this folder and those below it
//	source_name           which source of the task this is; "source" unless set
//	template              a task whose hooks and schedule are taken over
//	every                 an interval: 15m, 6h, 1d
//	cron, zone            a cron line, and its time zone
//	error                 is not read: it is what the file of failed rows has
//
// name, source and destination have to be there. An account is one of
//
//	imaps://ann@mail.example       a URL, as everywhere else
//	account:NAME                   a stored account
//	ann@example.org                an address: on the server beside it, in a local domain, or of a
//	                               provider that is in the table
//
// A cell that looks like a formula is text. Passwords are taken as they are, blanks
// included, and are in no error.
package bulk
