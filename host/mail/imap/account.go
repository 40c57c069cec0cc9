package imap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// Account is one mail account on an IMAP server. Its methods may be called from
// several goroutines. Every error is a *mail.Error, a *mail.BatchError or a
// *mail.MessageErrors, but for errors of callbacks, which come back as they are.
type Account struct {
	cfg     Config
	where   string
	log     *slog.Logger
	names   naming
	info    Info
	traffic Traffic
	gauge   gauge
	pool    *pool

	mu        sync.Mutex
	roundTrip time.Duration
	first     []wire.ListEntry  // see Config.ListAtOnce; until somebody asks
	known     map[string]string // Name to Raw of the last listing
	there     map[string]bool   // Raws that are known to exist
}

var (
	_ mail.Target      = (*Account)(nil)
	_ mail.FolderMaker = (*Account)(nil)
	_ mail.FlagScanner = (*Account)(nil)
	_ mail.Distant     = (*Account)(nil)
)

// Info is what is known of the server.
type Info struct {
	Capabilities []string // after the login, in upper case and alphabetical order
	Server       string   // name and version, as the server calls itself (RFC 2971); often empty; foreign text
	TLS          string   // "TLS 1.3" and the like, or "none"
	Namespace    string   // prefix of the account's own folders in the server's spelling: "", "INBOX."
	Delimiter    string   // between the levels of a folder in the server's spelling; "" if folders do not nest
}

// clientName is what servers are told that we are (RFC 2971).
const clientName = "mailweir"

// Open connects, verifies the server and logs in. It fails with a *mail.Error of
// the kind ErrHost, ErrConnect, ErrTLS, ErrAuth, ErrBusy or ErrProtocol. The
// password is sent once, and only if the server is the right one.
func Open(ctx context.Context, cfg Config) (*Account, error) {
	cfg.applyDefaults()
	a := &Account{cfg: cfg, where: cfg.where(), log: cfg.Log, there: make(map[string]bool), gauge: newGauge()}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	a.pool = newPool(cfg.MaxConns, a.connect)
	if err := a.start(ctx); err != nil {
		a.pool.close()
		return nil, err
	}
	return a, nil
}

// start makes the first connection and learns how names are spelled.
func (a *Account) start(ctx context.Context) error {
	var caps wire.Caps
	var survey wire.Survey
	var roundTrip time.Duration
	err := a.command(ctx, "open the account", func(s *session) (err error) {
		caps = s.Caps()
		defer func() { roundTrip = s.RoundTrip() }()
		if a.cfg.ListAtOnce {
			survey, err = s.Survey(ctx)
		} else {
			survey.Prefix, survey.Delim, survey.Others, err = s.Namespaces(ctx)
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.names, err = newNaming(survey.Prefix, survey.Delim, survey.Others, caps, a.cfg.Root); err != nil {
		return &mail.Error{Op: "open the root folder " + a.cfg.Root, Where: a.where, Kind: mail.ErrBadName, Err: err}
	}
	a.mu.Lock()
	a.info.Capabilities = caps.List()
	a.info.Namespace, a.info.Delimiter = survey.Prefix, strings.TrimRight(string(rune(survey.Delim)), "\x00")
	a.first, a.roundTrip = survey.Folders, roundTrip
	info := a.info
	a.mu.Unlock()
	a.log.Debug("account opened", "server", info.Server, "tls", info.TLS, "namespace", info.Namespace, "delimiter", info.Delimiter)
	return nil
}

// connect makes a connection for the pool.
func (a *Account) connect(ctx context.Context) (*session, error) {
	l, err := a.cfg.connectNow(ctx, &a.traffic)
	if err != nil {
		a.log.Debug("no connection", "error", err)
		return nil, err
	}
	a.mu.Lock()
	a.info.TLS = l.tls
	a.mu.Unlock()
	a.log.Debug("connected", "tls", l.tls)
	s := &session{Conn: wire.NewConn(l, l.capabilities(), a.cfg.Limits)}
	s.Introduce(clientName, func(product string) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.info.Server = product
	})
	return s, nil
}

// Info returns what is known of the server. It does no I/O.
func (a *Account) Info() Info {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.info
}

// RoundTrip follows [mail.Distant].
func (a *Account) RoundTrip() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.roundTrip
}

// Approach follows [mail.Distant].
func (a *Account) Approach(n int) { a.pool.ready(min(n, a.cfg.MaxConns)) }

// Traffic counts the bytes that all connections of the account have moved.
func (a *Account) Traffic() *Traffic { return &a.traffic }

// Close ends the account's connections and everything opened through it. It takes
// a few seconds at most, and always succeeds.
func (a *Account) Close() error {
	a.pool.close()
	return nil
}

// command runs one short command, which must do no harm when done twice.
func (a *Account) command(ctx context.Context, op string, fn func(*session) error) error {
	if err := a.pool.enter(ctx, a.pool.commands); err != nil {
		return a.failed(op, err)
	}
	defer leave(a.pool.commands)
	s, err := a.pool.begin(ctx, func(s *session) error {
		// Some servers are not sure about the state of the folder that is open.
		if s.selected {
			if err := s.Unselect(ctx); err != nil {
				return err
			}
			s.selected = false
		}
		return fn(s)
	})
	if err != nil {
		return a.failed(op, err)
	}
	a.pool.giveBack(s)
	return nil
}

// Examine opens f for reading only. It waits while Config.MaxConns folders are open.
func (a *Account) Examine(ctx context.Context, f mail.Folder) (mail.Reader, error) {
	return a.open(ctx, f, true)
}

// ScanFlags follows [mail.FlagScanner].
func (a *Account) ScanFlags(ctx context.Context, folders []mail.Folder, fn func(int, mail.Message), end func(int, mail.Status)) error {
	raws := make([]string, 0, len(folders))
	for _, f := range folders {
		raws = append(raws, f.Raw)
	}
	if err := a.pool.enter(ctx, a.pool.folders); err != nil {
		return a.failed("read the flags of folders", err)
	}
	defer leave(a.pool.folders)
	s, err := a.pool.begin(ctx, func(s *session) error {
		s.selected = true
		return s.ScanFlags(ctx, raws, fn, end)
	})
	if err != nil {
		return a.failed("read the flags of folders", err)
	}
	a.pool.giveBack(s)
	return nil
}

// Select opens f for reading and writing. It waits while Config.MaxConns folders
// are open. A folder that the server opens for reading only is an error.
func (a *Account) Select(ctx context.Context, f mail.Folder) (mail.Writer, error) {
	if err := a.writable(fmt.Sprintf("open folder %q for writing", f.Name)); err != nil {
		return nil, err
	}
	r, err := a.open(ctx, f, false)
	if err != nil {
		return nil, err
	}
	return &writer{reader: r}, nil
}

func (a *Account) open(ctx context.Context, f mail.Folder, readOnly bool) (*reader, error) {
	op := fmt.Sprintf("open folder %q", f.Name)
	if f.Fault != "" {
		return nil, &mail.Error{Op: op, Where: a.where, Kind: mail.ErrBadName, Err: errors.New(f.Fault)}
	}
	if err := a.pool.enter(ctx, a.pool.folders); err != nil {
		return nil, a.failed(op, err)
	}
	var selected wire.Selected
	s, err := a.pool.begin(ctx, func(s *session) (err error) {
		s.selected = true
		selected, err = s.Select(ctx, f.Raw, readOnly)
		if err == nil && selected.ReadOnly && !readOnly {
			err = &mail.Error{Op: op, Kind: mail.ErrDenied, Err: errors.New("the server opens it for reading only")}
		}
		return err
	})
	if err != nil {
		leave(a.pool.folders)
		if errors.Is(err, mail.ErrNoFolder) {
			a.mu.Lock()
			delete(a.there, f.Raw) // somebody removed it after it was listed; Create makes it anew
			a.mu.Unlock()
		}
		return nil, a.failed(op, err)
	}
	if selected.UIDNotSticky {
		a.log.Warn("the server does not keep the UIDs of the folder", "folder", f.Name)
	}
	return &reader{a: a, s: s, folder: f, selected: selected}, nil
}

// writable refuses to change an account that is only read.
func (a *Account) writable(op string) error {
	if !a.cfg.ReadOnly {
		return nil
	}
	return &mail.Error{Op: op, Where: a.where, Kind: mail.ErrDenied, Err: errors.New("the account is open for reading only")}
}

// Create makes f and the folders above it.
func (a *Account) Create(ctx context.Context, f mail.Folder) error {
	op := fmt.Sprintf("create folder %q", f.Name)
	if err := a.writable(op); err != nil {
		return err
	}
	for _, parent := range a.names.parents(f.Raw) {
		if err := a.create(ctx, op, parent, mail.UseNone); err != nil {
			return err
		}
	}
	return a.create(ctx, op, f.Raw, f.Use)
}

func (a *Account) create(ctx context.Context, op, raw string, use mail.Use) error {
	a.mu.Lock()
	there := a.there[raw]
	a.mu.Unlock()
	if there {
		return nil
	}
	if err := a.command(ctx, op, func(s *session) error { return s.Create(ctx, raw, use) }); err != nil {
		return err
	}
	a.mu.Lock()
	a.there[raw] = true
	a.mu.Unlock()
	return nil
}

// MakeFolders follows [mail.FolderMaker]. All commands are on the wire at once, on
// one connection: Dovecot 2.3.19 lets two that make folders wait for each other.
func (a *Account) MakeFolders(ctx context.Context, folders []mail.NewFolder) ([]bool, error) {
	const op = "create folders"
	if err := a.writable(op); err != nil {
		return nil, err
	}
	var steps []wire.FolderStep
	asked := make(map[string]int) // Raw to its creation in steps
	a.mu.Lock()
	create := func(raw string, use mail.Use) {
		if _, twice := asked[raw]; a.there[raw] || twice {
			return
		}
		asked[raw] = len(steps)
		steps = append(steps, wire.FolderStep{Raw: raw, Use: use})
	}
	subscription := make([]int, len(folders))
	for i, f := range folders {
		for _, parent := range a.names.parents(f.Raw) {
			create(parent, mail.UseNone)
		}
		create(f.Raw, f.Use)
		if subscription[i] = -1; f.Subscribe {
			subscription[i] = len(steps)
			steps = append(steps, wire.FolderStep{Raw: f.Raw, Subscribe: true})
		}
	}
	a.mu.Unlock()
	var ok []bool
	err := a.command(ctx, op, func(s *session) (err error) {
		ok, err = s.FolderSteps(ctx, steps)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for raw, i := range asked {
		if ok[i] {
			a.there[raw] = true
		}
	}
	done := make([]bool, len(folders))
	for i, f := range folders {
		done[i] = a.there[f.Raw] && (subscription[i] < 0 || ok[subscription[i]])
	}
	return done, nil
}

// Subscribe puts f on the account's list of subscriptions.
func (a *Account) Subscribe(ctx context.Context, f mail.Folder) error {
	op := fmt.Sprintf("subscribe to folder %q", f.Name)
	if err := a.writable(op); err != nil {
		return err
	}
	return a.command(ctx, op, func(s *session) error { return s.Subscribe(ctx, f.Raw) })
}
