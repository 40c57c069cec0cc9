package store

import (
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What callers tell apart.
var (
	ErrNotFound       = errors.New("not found")
	ErrActive         = errors.New("the task is queued or running already")
	ErrNameTaken      = errors.New("another task has this name")
	ErrChanged        = errors.New("somebody else has changed the task meanwhile")
	ErrWaits          = errors.New("the task waits for a password; make a link for whoever has it, or type it into the task")
	ErrPasswordNeeded = errors.New("the password is needed")
	ErrNotQueued      = errors.New("the run is not waiting in the queue") // of ClaimRun: somebody else has it, or it has ended
	ErrUserTaken      = errors.New("another user has this name")
	ErrNotFirst       = errors.New("there is a user already")
	ErrLastAdmin      = errors.New("without this user there would be no admin who can log in")
	ErrOwnsTasks      = errors.New("the user owns tasks; name a user who gets them")
	ErrNoKey          = errors.New("the store was opened without a key for credentials")
)

// What kind of trouble with the database file a [FileError] is.
var (
	ErrDamaged  = errors.New("the database file is damaged; it was left as it is: move it away, or put back a backup")
	ErrForeign  = errors.New("the file is no database of mailweir; it was left as it is")
	ErrNewer    = errors.New("the database was written by a newer version of mailweir; it was left as it is")
	ErrReadOnly = errors.New("the database can not be written to")
	ErrNoDir    = errors.New("the data directory can not be used")
	ErrFull     = errors.New("the disk with the database is full")
	ErrIO       = errors.New("the database file can not be read or written; the disk may be broken, or a quota used up")
	ErrBusy     = errors.New("another process keeps the database locked")
	ErrWrongKey = errors.New("the secret key does not fit this database; put back the key that it was made with")

	// Of PostgreSQL only.
	ErrURL           = errors.New("it is not like postgres://USER@HOST/DATABASE")
	ErrUnreachable   = errors.New("the database server can not be reached, or takes no connection now")
	ErrLogin         = errors.New("the database server refuses the login")
	ErrNoDatabase    = errors.New("there is no such database; make it with createdb")
	ErrRights        = errors.New("the user has not the rights that mailweir needs in the database; it should own it")
	ErrOldServer     = errors.New("the PostgreSQL server is too old")
	ErrForeignSchema = errors.New("the schema holds tables that are not those of mailweir; it was left as it is")
	ErrDamagedTables = errors.New("the database server finds its files damaged; look into its log")
)

// FileError is trouble with the database file, with its directory, or with a
// database of PostgreSQL as a whole.
type FileError struct {
	Path string // of the file, or the URL without a password
	Kind error  // one of ErrDamaged to ErrDamagedTables
	Err  error  // the cause, if any
}

// Error is one sentence: where, what, and the cause.
func (e *FileError) Error() string {
	text := e.Path + ": " + e.Kind.Error()
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return text
}

// Unwrap makes errors.Is see both the kind and the cause.
func (e *FileError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// wrap says in err what was tried, and turns what is said of the database as a whole into a
// [*FileError]. It returns nil for nil.
func (s *Store) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, s.fileError(err))
}

func (s *Store) fileError(err error) error {
	if s.pg {
		return pgFileError(s.path, err)
	}
	return fileError(s.path, err)
}

// fileError turns the result codes that are about the file as a whole into a
// *FileError, and returns every other error as it is.
func fileError(path string, err error) error {
	var already *FileError
	if errors.As(err, &already) {
		return err
	}
	var coded *sqlite.Error
	if !errors.As(err, &coded) {
		return err
	}
	kind := error(nil)
	code := coded.Code()
	if code != sqlite3.SQLITE_READONLY_DIRECTORY {
		code &= 0xff // the primary result code
	}
	switch code {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		kind = ErrDamaged
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		kind = ErrReadOnly
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY_DIRECTORY:
		kind = ErrNoDir
	case sqlite3.SQLITE_FULL:
		kind = ErrFull
	case sqlite3.SQLITE_IOERR:
		kind = ErrIO
	case sqlite3.SQLITE_BUSY:
		kind = ErrBusy
	default:
		return err
	}
	return &FileError{Path: path, Kind: kind, Err: err}
}

// cause is err without the path that a fs.PathError repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// taken reports whether err says that a value is there already that may be there
// once only.
func taken(err error) bool {
	var coded *sqlite.Error
	if errors.As(err, &coded) {
		return coded.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
	}
	return code(err) == "23505"
}
