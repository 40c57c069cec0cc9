package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"

	"github.com/mailweir/mailweir/sdk/abi"
)

var plain = Options{PlainHTTP: true}

// start serves a registry; damage, unless nil, sees each answer's request first and
// reports whether it has answered.
func start(t *testing.T, damage func(http.ResponseWriter, *http.Request) bool) (host string) {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if damage == nil || !damage(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// pluginFile is a module with a manifest, of size bytes at least.
func pluginFile(t *testing.T, size int) []byte {
	t.Helper()
	filler := append(abi.AppendBytes(nil, []byte("filler")), bytes.Repeat([]byte("x"), size)...)
	wasm, err := abi.WriteManifest(abi.AppendBytes(append([]byte("\x00asm\x01\x00\x00\x00"), 0), filler),
		[]byte(`{"id":"one","version":"1.2","abi":"1.0","description":"One.","hooks":["map_folder"],"license":"MIT","source":"https://example.org/one"}`))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func TestPull_returnsWhatWasPushed(t *testing.T) {
	host := start(t, nil)
	wasm := pluginFile(t, 100_000)
	pinned, err := Push(t.Context(), host+"/mail/one:1", wasm, plain)
	if err != nil {
		t.Fatal(err)
	}
	byTag, err := Pull(t.Context(), "oci://"+host+"/mail/one:1", 1<<20, plain)
	if err != nil || !bytes.Equal(byTag.Wasm, wasm) || byTag.Ref != pinned || byTag.Pinned {
		t.Errorf("by tag: %d bytes, %s, pinned %v, %v", len(byTag.Wasm), byTag.Ref, byTag.Pinned, err)
	}
	byDigest, err := Pull(t.Context(), pinned, 1<<20, plain)
	if err != nil || !bytes.Equal(byDigest.Wasm, wasm) || byDigest.Ref != pinned || !byDigest.Pinned {
		t.Errorf("by digest: %d bytes, %s, pinned %v, %v", len(byDigest.Wasm), byDigest.Ref, byDigest.Pinned, err)
	}
	again, err := Push(t.Context(), host+"/mail/one:2", wasm, plain)
	if err != nil || again != pinned {
		t.Errorf("pushed again it is %s, before it was %s, %v", again, pinned, err)
	}
	// The tag moves, the digest does not.
	if _, err := Push(t.Context(), host+"/mail/one:1", pluginFile(t, 5), plain); err != nil {
		t.Fatal(err)
	}
	if byDigest, err = Pull(t.Context(), pinned, 1<<20, plain); err != nil || !bytes.Equal(byDigest.Wasm, wasm) {
		t.Errorf("by digest, when the tag has moved: %d bytes, %v", len(byDigest.Wasm), err)
	}
}

// TestPull_believesNothing lets the registry send something else than it says.
func TestPull_believesNothing(t *testing.T) {
	wasm := pluginFile(t, 10_000)
	isBlob := func(r *http.Request, of []byte) bool {
		return strings.HasSuffix(r.URL.Path, content.NewDescriptorFromBytes("", of).Digest.String())
	}
	isManifest := func(r *http.Request) bool {
		return r.Method != http.MethodPut && strings.Contains(r.URL.Path, "/manifests/")
	}
	send := func(w http.ResponseWriter, mediaType string, body []byte) bool {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(body)
		return true
	}
	manifest := func(change func(*ocispec.Manifest)) func(http.ResponseWriter, *http.Request) bool {
		plugin, err := abi.ReadManifest(wasm)
		if err != nil {
			t.Fatal(err)
		}
		raw, _, err := artifact(plugin, wasm)
		var m ocispec.Manifest
		if err != nil || json.Unmarshal(raw, &m) != nil {
			t.Fatal(err)
		}
		change(&m)
		if raw, err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		return func(w http.ResponseWriter, r *http.Request) bool {
			return isManifest(r) && send(w, ocispec.MediaTypeImageManifest, raw)
		}
	}
	tests := []struct {
		name   string
		damage func(http.ResponseWriter, *http.Request) bool
		want   string
		kind   error
	}{
		{"another file", func(w http.ResponseWriter, r *http.Request) bool {
			return isBlob(r, wasm) && send(w, LayerType, bytes.Repeat([]byte("y"), len(wasm)))
		}, "what the registry sends is not what its manifest says", nil},
		{"a file that ends early", func(w http.ResponseWriter, r *http.Request) bool {
			if !isBlob(r, wasm) {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(wasm)))
			_, _ = w.Write(wasm[:100])
			return true
		}, "what the registry sends is not what its manifest says", nil},
		{"a file without end", func(w http.ResponseWriter, r *http.Request) bool {
			if !isBlob(r, wasm) {
				return false
			}
			for range 1000 {
				if _, err := w.Write(bytes.Repeat([]byte("z"), 1<<20)); err != nil {
					return true
				}
			}
			t.Error("a gigabyte was taken")
			return true
		}, "what the registry sends is not what its manifest says", nil},
		{"another manifest than the digest's", manifest(func(m *ocispec.Manifest) { m.Annotations["x"] = "y" }), "", nil},
		{"a large file", manifest(func(m *ocispec.Manifest) { m.Layers[0].Size = 1<<20 + 1 }), "the plugin is larger than 1048576 bytes", nil},
		{"a file of negative size", manifest(func(m *ocispec.Manifest) { m.Layers[0].Size = -1 }), "the plugin is larger than 1048576 bytes", nil},
		{"no file", manifest(func(m *ocispec.Manifest) { m.Layers = nil }), "a plugin has one layer of the type application/wasm", nil},
		{"a file of another type", manifest(func(m *ocispec.Manifest) { m.Layers[0].MediaType = "text/plain" }), "a plugin has one layer of the type application/wasm", nil},
		{"a digest that is none", manifest(func(m *ocispec.Manifest) { m.Layers[0].Digest = "sha256:../../x" }), "its manifest names a digest", nil},
		{"a container image", manifest(func(m *ocispec.Manifest) { m.ArtifactType, m.Config.MediaType = "", ocispec.MediaTypeImageConfig }), `it is no plugin, but a "application/vnd.oci.image.config.v1+json"`, nil},
		{"an index", func(w http.ResponseWriter, r *http.Request) bool {
			return isManifest(r) && send(w, ocispec.MediaTypeImageIndex, []byte("{}"))
		}, `it is no plugin, but a "application/vnd.oci.image.index.v1+json"`, nil},
		{"no JSON", func(w http.ResponseWriter, r *http.Request) bool {
			return isManifest(r) && send(w, ocispec.MediaTypeImageManifest, []byte("hello"))
		}, "its manifest can not be read", nil},
		{"a huge manifest", func(w http.ResponseWriter, r *http.Request) bool {
			if !isManifest(r) {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(maxManifest+1))
			w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
			return send(w, ocispec.MediaTypeImageManifest, bytes.Repeat([]byte(" "), maxManifest+1))
		}, "its manifest is larger than 1048576 bytes", nil},
		{"trouble", func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}, "answers 503 Service Unavailable", ErrUnreachable},
		{"a hang-up", func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, "hung up", ErrUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var damaged atomic.Bool
			host := start(t, func(w http.ResponseWriter, r *http.Request) bool { return damaged.Load() && tt.damage(w, r) })
			pinned, err := Push(t.Context(), host+"/one:1", wasm, plain)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Pull(t.Context(), host+"/one:1", 1<<20, plain); err != nil {
				t.Fatalf("before the damage: %v", err)
			}
			damaged.Store(true)
			ref := host + "/one:1"
			if tt.want == "" { // what a digest alone notices
				ref = pinned
			}
			got, err := Pull(t.Context(), ref, 1<<20, plain)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, %v; want an error with %q", got, err, tt.want)
			}
			if tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("the error is of another kind: %v", err)
			}
			damaged.Store(false)
			if _, err := Pull(t.Context(), pinned, 1<<20, plain); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestPull_waitsNoLongerThanItMay(t *testing.T) {
	release := make(chan struct{})
	host := start(t, func(http.ResponseWriter, *http.Request) bool {
		<-release
		return true
	})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Pull(ctx, host+"/one:1", 1<<20, plain)
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "does not answer in time") {
		t.Errorf("got %v", err)
	}
}

// TestOpen_sendsNoPasswordInTheClear: plain HTTP is for this machine alone.
func TestOpen_sendsNoPasswordInTheClear(t *testing.T) {
	for host, local := range map[string]bool{
		"127.0.0.1:5000": true, "localhost:5000": true, "localhost": true, "[::1]:5000": true,
		"127.1.2.3": true, "10.0.0.1:5000": false, "example.org": false, "localhost.example.org": false, "127.0.0.1.example.org": false,
	} {
		_, err := open(host+"/one:1", Options{PlainHTTP: true, Username: "ann", Password: "secret"})
		if (err == nil) != local {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func FuzzLayerOf(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"artifactType":"` + ArtifactType + `","layers":[{"mediaType":"application/wasm","digest":"sha256:00","size":5}]}`))
	f.Add([]byte(`{"config":{"mediaType":"` + ConfigType + `"},"layers":[{"mediaType":"application/wasm","digest":"sha256:` + strings.Repeat("0", 64) + `","size":9}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		layer, err := layerOf(raw, 1000)
		if err == nil && (layer.Size < 0 || layer.Size > 1000 || layer.Digest.Validate() != nil) {
			t.Fatalf("it goes on with %+v", layer)
		}
	})
}

func FuzzOpen(f *testing.F) {
	for _, ref := range []string{"", "a/b:c", "oci://127.0.0.1/x@sha256:00", "host:5000/a/b/c:tag", "h/../x:1"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		repo, err := open(ref, Options{Username: "x", Password: "y"})
		if err != nil {
			return
		}
		if repo.Reference.Reference == "" || repo.Reference.Repository == "" || strings.Contains(repo.Reference.Repository, "..") {
			t.Fatalf("%q becomes %+v", ref, repo.Reference)
		}
	})
}
