package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/host/store/storetest"
)

func TestMain(m *testing.M) {
	os.Setenv(app.EnvPluginCache, plugintest.Cache())
	// With the race detector each of a thousand commands would wait a second before it ends.
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=10")
	}
	testscript.Main(storetest.M{M: m}, map[string]func(){"mailweir": main})
}

// TestScripts runs testdata/script: the command line, as a user meets it. The
// commands besides those of testscript are in the table below.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[serversKey{}] = &servers{t: env.T().(testing.TB), byName: map[string]server{}, filled: map[string]mailtest.Account{}}
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, "data"))
			// For what runs without a PATH.
			program, err := exec.LookPath("mailweir")
			if err != nil {
				return err
			}
			env.Setenv("MAILWEIR", program)
			// The Go tool, which builds plugins, has compiled its library before.
			cache := os.Getenv("GOCACHE")
			if dir, err := os.UserCacheDir(); err == nil && cache == "" {
				cache = filepath.Join(dir, "go-build")
			}
			env.Setenv("GOCACHE", cache)
			env.Setenv(app.EnvPluginCache, plugintest.Cache())
			env.Setenv("GOMODCACHE", filepath.Join(env.WorkDir, "modules")) // which is empty
			env.Setenv("GOPROXY", "off")
			env.Setenv("MAILWEIR_FROM_PASSWORD", "secret")
			env.Setenv("MAILWEIR_TO_PASSWORD", "secret")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":      exits,
			"memory":     memory,
			"dovecot":    dovecot,
			"postgres":   postgres,
			"deaf":       deaf,
			"closedport": closedPort,
			"fill":       fill,
			"append":     appendMail,
			"imap":       imapCommand,
			"holds":      holds,
			"same":       same,
			"hold-lock":  holdLock,
			"wasm":       buildWasm,
			"doorwasm":   buildDoor,
			"httpd":      httpd,
			"hookwasm":   buildHookWasm,
			"version":    version,
			"bodies":     bodies,
			"cyrus":      cyrus,
			"append-raw": appendRaw,
			"damage":     damage,
			"alter":      alter,
			"registry":   startRegistry,
			"website":    startWebsite,
			"shorten":    shorten,
			"slapd":      slapd,
			"authserver": authorizationServer,
			"appears":    appears,
			"expand":     expand,
		},
	})
}

// servers are the mail servers of one script.
type servers struct {
	t      testing.TB
	byName map[string]server
	filled map[string]mailtest.Account // by server
}

type serversKey struct{}

// server is one that a script can talk about by name.
type server interface {
	Addr() string
}

func serversOf(ts *testscript.TestScript) *servers { return ts.Value(serversKey{}).(*servers) }

// dial logs in to the named server as ann.
func dial(ts *testscript.TestScript, name string) *mailtest.Client {
	s := serversOf(ts)
	srv, ok := s.byName[name]
	if !ok {
		ts.Fatalf("there is no server %s", name)
	}
	return mailtest.DialPlain(s.t, srv.Addr(), "ann", "secret")
}

func (s *servers) add(ts *testscript.TestScript, name string, srv server) {
	s.byName[name] = srv
	_, port, err := net.SplitHostPort(srv.Addr())
	ts.Check(err)
	ts.Setenv(strings.ToUpper(name), "imap://ann@"+srv.Addr()+"?tls=none")
	ts.Setenv(strings.ToUpper(name)+"_PORT", port)
}

func want(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

// exits runs a command that ends with a certain status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "exits STATUS PROGRAM [ARG...]")
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != status {
		ts.Fatalf("exit status %d, want %d", got, status)
	}
}

// memory starts an IMAP server in this process; $NAME is its URL for ann, whose
// password is "secret".
func memory(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "memory NAME [nocreate]")
	s := serversOf(ts)
	s.add(ts, args[0], startMemory(s.t, len(args) > 1 && args[1] == "nocreate"))
}

// postgres makes an empty database; $NAME is its URL.
func postgres(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "postgres NAME")
	ts.Setenv(strings.ToUpper(args[0]), storetest.Postgres(serversOf(ts).t))
}

// dovecot starts a private Dovecot; $NAME is its URL for ann without TLS.
func dovecot(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "dovecot NAME [format=FORMAT] [separator=C] [prefix=P] [use=FOLDER:USE] [tls]")
	opts := mailtest.DovecotOptions{SpecialUse: map[string]string{}}
	for _, a := range args[1:] {
		key, value, _ := strings.Cut(a, "=")
		switch key {
		case "format":
			opts.Format = value
		case "separator":
			opts.Separator = value[0]
		case "prefix":
			opts.Prefix = value
		case "use":
			folder, use, _ := strings.Cut(value, ":")
			opts.SpecialUse[folder] = use
		case "tls":
			opts.TLS = true
		case "quota":
			opts.Extra = "mail_plugins = quota\nprotocol imap {\n mail_plugins = quota imap_quota\n}\nplugin {\n quota = count:User quota\n quota_vsizes = yes\n quota_rule = *:storage=" + value + "\n}\n"
		default:
			ts.Fatalf("unknown option %s", a)
		}
	}
	s := serversOf(ts)
	d := mailtest.StartDovecot(s.t, opts)
	s.add(ts, args[0], d)
	if opts.TLS {
		_, port, err := net.SplitHostPort(d.ImapsAddr())
		ts.Check(err)
		ts.Setenv(strings.ToUpper(args[0])+"_TLS_PORT", port)
		ts.Setenv(strings.ToUpper(args[0])+"_CA", d.CAFile())
	}
}

// deaf listens, accepts, and never says a word; $NAME_PORT is where.
func deaf(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "deaf NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	ts.Defer(func() { l.Close(); <-done })
	ts.Setenv(strings.ToUpper(args[0])+"_PORT", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

// closedPort sets $NAME_PORT to a port that nobody listens on.
func closedPort(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "closedport NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	port := l.Addr().(*net.TCPAddr).Port
	ts.Check(l.Close())
	ts.Setenv(strings.ToUpper(args[0])+"_PORT", strconv.Itoa(port))
}

// fill puts awkward mail into an account.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "fill SERVER MESSAGES FOLDERS")
	messages, err := strconv.Atoi(args[1])
	ts.Check(err)
	folders, err := strconv.Atoi(args[2])
	ts.Check(err)
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 7, Messages: messages, Folders: folders})
	c := dial(ts, args[0])
	defer c.Close()
	c.Fill(corpus)
	serversOf(ts).filled[args[0]] = corpus
}

// appendMail puts one message into a folder.
func appendMail(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "append SERVER FOLDER [SUBJECT [FLAGS]]")
	subject, flags := "hello", ""
	if len(args) > 2 {
		subject = args[2]
	}
	if len(args) > 3 {
		flags = args[3]
	}
	c := dial(ts, args[0])
	defer c.Close()
	if args[1] != "INBOX" {
		c.Create(args[1])
	}
	body := "From: ann@example.org\r\nSubject: " + subject + "\r\n\r\nA message about " + subject + ".\r\n"
	c.Append(args[1], flags, time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), []byte(body))
}

// imapCommand sends commands; what is printed is the server's answers.
func imapCommand(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "imap SERVER COMMAND...")
	c := dial(ts, args[0])
	defer c.Close()
	for _, command := range args[1:] {
		for _, line := range c.Cmd(command) {
			fmt.Fprintln(ts.Stdout(), line)
		}
	}
}

// holds checks how many messages a folder has; -1 says that it is not there.
func holds(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "holds SERVER FOLDER COUNT")
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	c := dial(ts, args[0])
	defer c.Close()
	all := c.DumpUTF8()
	mails, ok := all[args[1]]
	got := len(mails)
	if !ok {
		got = -1
	}
	if got != count {
		ts.Fatalf("%s holds %d messages, want %d; folders: %q", args[1], got, count, all.Folders())
	}
}

// same compares what was filled into one account with what another holds.
func same(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "same FILLED OTHER")
	c := dial(ts, args[1])
	defer c.Close()
	if diff := mailtest.Diff(serversOf(ts).filled[args[0]], c.DumpUTF8()); diff != "" {
		ts.Fatalf("%s", diff)
	}
}

// holdLock is another process that copies under a name, as far as anyone can see.
func holdLock(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "hold-lock FILE")
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o700))
	l := flock.New(file)
	ok, err := l.TryLock()
	ts.Check(err)
	if !ok {
		ts.Fatalf("%s is locked already", file)
	}
	ts.Defer(func() { _ = l.Unlock() })
}

// damage overwrites the beginning of a file.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "damage FILE")
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	// The 100 bytes behind the file's title: its page counts, schema and encoding.
	_, err = f.WriteAt([]byte(strings.Repeat("damaged! ", 1000)), 16)
	ts.Check(err)
}

// alter puts one text in the place of another one of the same length.
func alter(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "alter FILE TEXT OTHER")
	name, from, to := ts.MkAbs(args[0]), args[1], args[2]
	content, err := os.ReadFile(name)
	ts.Check(err)
	if len(from) != len(to) || !strings.Contains(string(content), from) {
		ts.Fatalf("%s holds no %q that can become %q", args[0], from, to)
	}
	ts.Check(os.WriteFile(name, []byte(strings.ReplaceAll(string(content), from, to)), 0o600))
}

// shorten cuts bytes off the end of a file.
func shorten(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "shorten FILE BYTES")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()-int64(n)))
}

// appears waits for a file that another process is about to make; the deadline of the
// test is the limit.
func appears(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "appears FILE")
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// expand puts the values of variables into a file.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "expand FILE")
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
