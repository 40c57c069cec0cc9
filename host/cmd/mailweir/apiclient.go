package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	neturl "net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

const serverHelp = `The service is the one that runs on this machine, on the data directory of --data: whoever
can read that directory needs no token. Another one is named by --server or
MAILWEIR_SERVER, with a token (made on the page of one's account) in --token-file or
MAILWEIR_TOKEN. Tokens go over https only, or to this machine.`

// serverFlags say which service a verb speaks to.
type serverFlags struct {
	server, tokenFile, data string
	json                    bool
}

func (f *serverFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.server, "server", "", "`URL` of the service (default MAILWEIR_SERVER, or the one that runs on --data)")
	flags.StringVar(&f.tokenFile, "token-file", "", "`FILE` with a token (default MAILWEIR_TOKEN)")
	flags.StringVar(&f.data, "data", "", "`DIR` of the service on this machine (default $XDG_DATA_HOME/mailweir, or /var/lib/mailweir as root)")
}

func (f *serverFlags) addJSON(flags *pflag.FlagSet, what string) {
	flags.BoolVar(&f.json, "json", false, "print "+what+" as JSON, one object a line")
}

// client speaks to the API of one service.
type client struct {
	base, token string
	http        *http.Client
}

// answerTime bounds how long an answer that is no stream may take; a dry run lists
// accounts.
const answerTime = 150 * time.Second

// client finds the service and the token.
func (f *serverFlags) client(t *terminal) (*client, error) {
	c := &client{http: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: answerTime, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	server := cmp.Or(f.server, t.getenv("MAILWEIR_SERVER"))
	if server == "" {
		return c, f.local(t, c)
	}
	u, err := neturl.Parse(strings.TrimSuffix(server, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, usagef("--server: %q is not like https://mailweir.example", server)
	}
	if u.Scheme == "http" && !onThisMachine(u.Hostname()) {
		return nil, usagef("--server: a token goes over https only, or to this machine")
	}
	c.base = u.String()
	c.token = t.getenv("MAILWEIR_TOKEN")
	if f.tokenFile != "" {
		if c.token, err = readPassword(f.tokenFile); err != nil {
			return nil, err
		}
	}
	if c.token == "" {
		return nil, &ended{outcome: task.OutcomeNeedsUser, cause: "the service needs a token: --token-file FILE or MAILWEIR_TOKEN"}
	}
	return c, nil
}

// local finds the service that runs on the data directory.
func (f *serverFlags) local(t *terminal, c *client) error {
	if f.tokenFile != "" {
		return usagef("--token-file goes with --server")
	}
	dir := f.data
	if dir == "" {
		var err error
		if dir, err = app.DefaultDataDir(t.getenv, os.Geteuid()); err != nil {
			return err
		}
	}
	l, err := app.ReadLocal(dir)
	c.base, c.token = l.URL, l.Token
	return err
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// host is that of the service.
func (c *client) host() string {
	u, err := neturl.Parse(c.base)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// do makes a request for the API; out gets the answer, if it is not nil.
func (c *client) do(ctx context.Context, method, path string, in, out any, header ...string) error {
	resp, err := c.send(ctx, method, path, in, header...)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return &ended{outcome: task.OutcomeTemporary, cause: "the answer of the service can not be read: " + err.Error()}
	}
	return nil
}

// send returns an answer that is well; the caller closes its body.
func (c *client) send(ctx context.Context, method, path string, in any, header ...string) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+api.Prefix+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &ended{outcome: task.OutcomeStopped, cause: "stopped"}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return &ended{outcome: task.OutcomeTemporary, cause: fmt.Sprintf("the service at %s can not be reached: %v", c.base, err)}
}

// refusal is the problem of an answer, with the exit status that it stands for.
func refusal(resp *http.Response) error {
	var p api.Problem
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // what is there says enough
	if json.Unmarshal(text, &p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("the service answers %s; is it mailweir?", resp.Status)
	}
	outcome := task.OutcomeTemporary
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		outcome = task.OutcomeNeedsUser
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusMethodNotAllowed:
		outcome = task.OutcomeUsage
	}
	e := &ended{outcome: outcome, cause: plain(p.Detail)}
	if resp.StatusCode == http.StatusNotFound {
		e.err = errNotThere
	}
	return e
}

// errNotThere is in the chain of what the service has not, or does not show.
var errNotThere = errors.New("not there")

// stream calls event for each event of a stream, until it ends or event says so.
func (c *client) stream(ctx context.Context, path string, event func(name string, data []byte) (more bool, err error)) error {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	var name string
	var data []byte
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "event: "); ok {
			name = rest
		}
		if rest, ok := strings.CutPrefix(line, "data: "); ok {
			data = append(data, rest...)
		}
		if line != "" || name == "" {
			continue
		}
		if more, err := event(name, data); err != nil || !more {
			return err
		}
		name, data = "", nil
	}
	if err := lines.Err(); err != nil {
		return c.unreachable(ctx, err)
	}
	return io.ErrUnexpectedEOF // it ended before anybody said so
}

// find returns the task of a name or an ID.
func (c *client) find(ctx context.Context, name string) (api.Task, error) {
	var list struct{ Tasks []api.Task }
	for offset := 0; ; offset += len(list.Tasks) {
		list.Tasks = nil
		err := c.do(ctx, http.MethodGet, fmt.Sprintf("/tasks?limit=1000&offset=%d&q=%s", offset, neturl.QueryEscape(name)), nil, &list)
		if err != nil {
			return api.Task{}, err
		}
		for _, t := range list.Tasks {
			if t.Name == name {
				return t, nil
			}
		}
		if len(list.Tasks) < 1000 {
			break
		}
	}
	var t api.Task
	err := c.do(ctx, http.MethodGet, "/tasks/"+neturl.PathEscape(name), nil, &t)
	var e *ended
	if errors.As(err, &e) && e.outcome == task.OutcomeNeedsUser {
		err = &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("there is no task %q that may be seen", plain(name))}
	}
	return t, err
}

// latest returns the latest run of a task.
func (c *client) latest(ctx context.Context, name string) (api.Run, error) {
	t, err := c.find(ctx, name)
	if err == nil && t.Last == nil {
		err = &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("the task %s has not run yet", plain(t.Name))}
	}
	if err != nil {
		return api.Run{}, err
	}
	return *t.Last, nil
}
