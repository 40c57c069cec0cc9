package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/app/registry"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/sdk/abi"
)

// FetchOptions say how a plugin is fetched.
type FetchOptions struct {
	// SHA256 is what the file has to be, in hexadecimal, "sha256:" in front or not;
	// "" is anything. A download by https needs it.
	SHA256   string
	Registry registry.Options
	// Client downloads by https; nil is the usual one.
	Client *http.Client
}

// fetchTime bounds how long a download may take.
const fetchTime = 5 * time.Minute

// fetched is a plugin's file and where it came from.
type fetched struct {
	wasm []byte
	// pinned names it by its digest, for one out of a registry.
	pinned string
	// movable says that the same name may stand for another file tomorrow, and that
	// nothing was said of which one is meant.
	movable bool
}

// fetch reads a file, or what an oci:// or https:// URL names.
func (a *Author) fetch(ctx context.Context, from string, o FetchOptions) (fetched, error) {
	sum, err := parseSHA256(o.SHA256)
	if err != nil {
		return fetched{}, err
	}
	var got fetched
	scheme, _, isURL := strings.Cut(from, "://")
	switch {
	case strings.HasPrefix(from, registry.Scheme):
		got, err = pull(ctx, from, o.Registry)
	case isURL && scheme == "https":
		if sum == "" {
			return fetched{}, as(ErrUsage, fmt.Errorf("say with --sha256 which file is expected at %s", from))
		}
		got.wasm, err = download(ctx, from, o.Client)
	case isURL:
		return fetched{}, as(ErrUsage, fmt.Errorf("plugins come from files, oci:// and https://, not from %s://", scheme))
	default:
		got.wasm, err = a.read(from)
	}
	if err != nil {
		return fetched{}, err
	}
	if sum == "" {
		return got, nil
	}
	if digest := plugin.Digest(got.wasm); digest != sum {
		return fetched{}, as(ErrPlugin, fmt.Errorf("plugin %s is not the file that was asked for: it is %s, wanted %s", from, digest, sum))
	}
	got.movable = false
	return got, nil
}

var hexDigest = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{64}$`) })

// parseSHA256 returns the digest as plugin.Digest spells it.
func parseSHA256(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	digits := strings.ToLower(strings.TrimPrefix(text, "sha256:"))
	if !hexDigest().MatchString(digits) {
		return "", as(ErrUsage, fmt.Errorf("%q is no SHA-256; it has 64 hexadecimal digits", text))
	}
	return "sha256:" + digits, nil
}

func pull(ctx context.Context, ref string, o registry.Options) (fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	got, err := registry.Pull(ctx, ref, plugin.MaxModule, o)
	if err != nil {
		return fetched{}, registryErr(ctx, "pull", ref, err)
	}
	return fetched{wasm: got.Wasm, pinned: got.Ref, movable: !got.Pinned}, nil
}

// registryErr says what the registry refused.
func registryErr(ctx context.Context, verb, ref string, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, registry.ErrReference):
		return as(ErrUsage, err)
	}
	kind := ErrPlugin
	if errors.Is(err, registry.ErrUnreachable) {
		kind = ErrRemote
	}
	return as(kind, fmt.Errorf("%s %s: %w", verb, ref, err))
}

// download fetches a file by https. What it is, is for the caller to check.
func download(ctx context.Context, from string, client *http.Client) ([]byte, error) {
	u, err := url.Parse(from)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, as(ErrUsage, fmt.Errorf("%q is no URL of a file; write https://HOST/FILE.wasm", from))
	}
	if client == nil {
		client = &http.Client{}
	}
	own := *client
	own.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		switch {
		case to.URL.Scheme != "https":
			return fmt.Errorf("it leads to %s, which is not https", to.URL.Redacted())
		case len(via) >= 5:
			return errors.New("it leads on and on")
		}
		return nil
	}
	timed, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(timed, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, as(ErrUsage, err)
	}
	req.Header.Set("User-Agent", "mailweir")
	resp, err := own.Do(req)
	if err != nil {
		return nil, downloadErr(ctx, from, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		kind := ErrPlugin
		if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
			kind = ErrRemote
		}
		return nil, as(kind, fmt.Errorf("download %s: the server answers %d %s", from, resp.StatusCode, http.StatusText(resp.StatusCode)))
	case resp.ContentLength > plugin.MaxModule:
		return nil, fmt.Errorf("%w %s %w", ErrPlugin, from, plugin.ErrTooLarge)
	}
	wasm, err := readAtMost(resp.Body, plugin.MaxModule)
	if errors.Is(err, plugin.ErrTooLarge) {
		return nil, fmt.Errorf("%w %s %w", ErrPlugin, from, err)
	}
	if err != nil {
		return nil, downloadErr(ctx, from, err)
	}
	return wasm, nil
}

func downloadErr(ctx context.Context, from string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var of *url.Error // whose text names the URL once more
	if errors.As(err, &of) {
		err = of.Err
	}
	kind := ErrPlugin
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) {
		kind = ErrRemote
	}
	return as(kind, fmt.Errorf("download %s: %w", from, err))
}

// Push stores a plugin's file in a registry, and returns the reference that names
// it by its digest. Nothing is pushed that the host would refuse.
func (a *Author) Push(ctx context.Context, file, ref string, o registry.Options) (facts *kit.Facts, pinned string, err error) {
	if isScript(file) {
		return nil, "", as(ErrUsage, fmt.Errorf("%s is a script; a registry is for plugins", file))
	}
	wasm, err := a.read(file)
	if err != nil {
		return nil, "", err
	}
	l, err := a.compile(ctx, file, wasm)
	if err != nil {
		return nil, "", err
	}
	defer l.close(ctx)
	if facts, err = a.facts(ctx, l, wasm); err != nil {
		return nil, "", err
	}
	timed, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	pinned, err = registry.Push(timed, ref, wasm, o)
	if err != nil {
		return nil, "", registryErr(ctx, "push", ref, err)
	}
	return facts, pinned, nil
}

// Pull fetches a plugin out of a registry into a file; "" is ID.wasm in the current
// folder. It returns the reference that names it by its digest. A file that is there
// and another one stays as it is. Nothing is written that the host would refuse.
func (a *Author) Pull(ctx context.Context, ref, file string, o FetchOptions) (facts *kit.Facts, pinned string, err error) {
	if !strings.HasPrefix(ref, registry.Scheme) {
		ref = registry.Scheme + ref
	}
	got, err := a.fetch(ctx, ref, o)
	if err != nil {
		return nil, "", err
	}
	manifest, err := abi.ReadManifest(got.wasm)
	if err != nil {
		return nil, "", fmt.Errorf("%w %s %w", ErrPlugin, ref, err)
	}
	if file == "" {
		file = manifest.ID + ".wasm"
	}
	l, err := a.compile(ctx, file, got.wasm)
	if err != nil {
		return nil, "", err
	}
	defer l.close(ctx)
	if _, err := os.Lstat(file); err == nil {
		there, err := readPlugin(file)
		if err != nil || plugin.Digest(there) != l.module.Digest() {
			return nil, "", as(ErrPlugin, fmt.Errorf("there is another file %s already; -o names another one", file))
		}
	}
	facts, err = a.write(ctx, l, got.wasm)
	return facts, got.pinned, err
}
