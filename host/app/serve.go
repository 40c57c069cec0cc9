package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"time"
	_ "time/tzdata" // schedules name time zones, and small systems have none

	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/web"
)

// DefaultListen is the address of the pages unless another one is named.
const DefaultListen = "127.0.0.1:8420"

// ServeOptions say how the service runs.
type ServeOptions struct {
	Data string // data directory; with Demo it is a temporary one and Data is ""
	// Database is the URL of a database of PostgreSQL, which several services may
	// share; "" is the file in the data directory.
	Database string
	Workers  int    // runs at the same time in this process; 0 is the default of package jobs
	Limits   Limits // for all services on the database
	Listen   string // host:port; port 0 is any free one; "" is DefaultListen
	// Secure says that browsers come by TLS, through a proxy in front.
	Secure bool
	// PublicURL is where people reach the pages; "" is not known.
	PublicURL string
	Demo      bool
	Reach     *Reach              // where accounts of all tasks may be; nil is anywhere
	Also      []netip.Prefix      // networks beside public ones that tasks of users who are no admins may reach
	Relays    map[string]Relay    // for mail of plugins and notices, by name
	MailFrom  string              // address that notices come from; "" is found by the relay's login, or this machine's name
	Getenv    func(string) string // where the secret key may come from
	Out       io.Writer           // for the person who started it: address, password
	Log       *slog.Logger
}

// shutdownTime bounds how long a run that is asked to stop may take, so that a
// service manager need not kill it.
const shutdownTime = 25 * time.Second

// Serve runs the service until ctx ends, and then stops in this order: streams,
// requests, runs (which go on at the next start), database.
func Serve(ctx context.Context, o ServeOptions) (err error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Demo {
		dir, err := os.MkdirTemp("", "mailweir-demo-*")
		if err != nil {
			return as(ErrData, fmt.Errorf("the demo's directory can not be made: %w", reason(err)))
		}
		defer os.RemoveAll(dir)
		o.Data = dir
	}
	data, err := openDataDir(o.Data)
	if err != nil {
		return err
	}
	unlock, err := data.lockService()
	if err != nil {
		return err
	}
	defer unlock()
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return as(ErrListen, fmt.Errorf("can not listen on %s: %w", o.Listen, reason(err)))
	}
	defer listener.Close()

	box, err := secret.Open(string(data), o.Getenv)
	if err != nil {
		return as(ErrData, err)
	}
	db, err := data.openDatabase(ctx, o.Database, box)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	welcome := greeting{data: string(data), demo: o.Demo}
	if welcome.setupCode, err = firstSetup(ctx, db, o.Demo); err != nil {
		return err
	}
	shelf := newShelf(data)
	defer func() { err = errors.Join(err, shelf.Close(context.WithoutCancel(ctx))) }()
	consents := newConsents(db, o.Log)
	defer consents.close()
	work := &executor{
		store: db, shelf: shelf, data: data, conn: ConnOptions{Log: o.Log, Reach: o.Reach, Tokens: consents.token}, bound: Reach{Also: o.Also}, relays: o.Relays,
	}
	counters := newMetrics(db, o.Log)
	work.seen = counters
	queue, err := jobs.New(jobs.Config{
		Store: db, Execute: work.execute, Workers: o.Workers, Name: nodeName(), Log: o.Log, StopTimeout: shutdownTime,
	})
	if err != nil {
		return err
	}
	work.holds = queue.Holds
	if err := o.Limits.store(ctx, db); err != nil {
		return err
	}
	if err := queue.Start(ctx); err != nil {
		return err
	}
	defer keepRules(ctx, db, o.Log)()
	token, unannounce, err := data.announce(listener.Addr())
	if err != nil {
		return errors.Join(err, queue.Stop(context.WithoutCancel(ctx)))
	}
	defer unannounce()
	tell := &teller{store: db, relays: o.Relays, bound: Reach{Also: o.Also}, from: o.MailFrom, log: o.Log}
	svc := &service{
		store: db, jobs: queue, shelf: shelf, log: o.Log, relays: o.Relays, work: work, plans: make(chan struct{}, maxPlans), local: token, teller: tell,
		conn: work.conn, bound: work.bound, options: o, drafts: make(chan struct{}, 1), consents: consents,
	}
	defer inBackground(ctx, tell.run)()
	defer inBackground(ctx, svc.keepDrafts)()
	if o.Demo {
		if welcome.password, err = makeDemoAdmin(ctx, svc); err != nil {
			return errors.Join(err, queue.Stop(context.WithoutCancel(ctx)))
		}
	}
	pages := web.New(svc, web.Options{
		Sessions: db.Sessions(), Secure: o.Secure, Log: o.Log, Demo: o.Demo, Version: Version(), SetupCode: welcome.setupCode,
		PublicURL: o.PublicURL, Metrics: counters.handler(),
	})
	server := httpServer(counters.timed(pages.Handler()), defaultPatience, o.Log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	address := "http://" + listener.Addr().String() + "/"
	welcome.address = address
	if o.Demo {
		var accounts *demo.Servers
		if accounts, err = startDemo(ctx, svc, &welcome); err == nil {
			defer func() { err = errors.Join(err, accounts.Close()) }()
		}
	}
	if err == nil {
		welcome.print(o.Out)
		o.Log.Info("serving", "address", address, "data", string(data), "database", db.Path())
		select {
		case err = <-served:
			err = fmt.Errorf("serve %s: %w", address, err)
		case <-ctx.Done():
		}
	}
	o.Log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return errors.Join(err, pages.Shutdown(stopping), shutdown(stopping, server), queue.Stop(stopping))
}

// patience is how long clients are waited for. No one who is slow holds a connection for
// ever.
type patience struct{ header, request, idle time.Duration }

// defaultPatience leaves time for uploads.
var defaultPatience = patience{header: 10 * time.Second, request: time.Minute, idle: 2 * time.Minute}

// httpServer answers by handler. It has no WriteTimeout, because streams last as long as a
// run; each of their frames has a deadline of its own.
func httpServer(handler http.Handler, p patience, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: p.header, ReadTimeout: p.request, IdleTimeout: p.idle, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// inBackground begins work that goes on beside the service; end ends it and waits.
func inBackground(ctx context.Context, work func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); work(ctx) }()
	return func() { cancel(); <-done }
}

// shutdown lets requests finish and cuts off those that do not.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// firstSetup returns the code with which somebody elsewhere than on this machine
// may make the first user, or "" when there is one, or will be (demo).
func firstSetup(ctx context.Context, db *store.Store, demo bool) (string, error) {
	there, err := db.HasUsers(ctx)
	if err != nil || there || demo {
		return "", err
	}
	code := rand.Text()[:20] // 100 bits
	return code[:5] + "-" + code[5:10] + "-" + code[10:15] + "-" + code[15:], nil
}

// Version is the version of the program as the build knows it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}
