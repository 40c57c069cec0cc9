package door

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

func TestVisit_limitsWhatIsSentAndComesBack(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/header" {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		for range 100 {
			if _, err := w.Write(make([]byte, 100)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	cfg := Config{Grants: grants(t, "http:127.0.0.1:"+port(t, s.URL)), Limits: Limits{Doors: 5, AtATime: 2, In: 10_000, Out: 10}}
	v := visit(t, cfg, Message{})
	id, _, err := get(v, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readAll(v, id); len(got) != 10_000 || err != nil { // as much as may be
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	v.CloseDoor(id)
	id, _, err = get(v, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, err = readAll(v, id)
	wantFailure(t, err, abi.ReadFailed, "longer than the 10000 bytes of a call")
	two, err := v.OpenHTTP([]byte(`{"method":"POST","url":"` + s.URL + `","body":"written"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(two, make([]byte, 10)); err != nil {
		t.Error(err)
	}
	wantFailure(t, v.Write(two, []byte{0}), abi.ReadBadArgument, "more bytes are sent than a call may send")
	_, _, err = get(v, s.URL)
	wantFailure(t, err, abi.ReadBadArgument, "more than 2 doors are open at a time")
	v.CloseDoor(two)
	three, _, err := get(v, s.URL+"/header")
	wantFailure(t, err, abi.ReadFailed, "header")
	v.CloseDoor(three)
	for id := range v.open {
		v.CloseDoor(id)
	}
	if _, _, err := get(v, s.URL); err != nil {
		t.Error(err)
	}
	_, _, err = get(v, s.URL)
	wantFailure(t, err, abi.ReadBadArgument, "more than 5 doors in one call")
}

func TestVisit_endsWithItsTimeAndItsCaller(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
		}
		<-release
	}))
	defer s.Close()
	defer close(release)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cfg := Config{Grants: grants(t, "http:127.0.0.1:"+port(t, s.URL), "tcp:"+silent.Addr().String())}

	began := time.Now()
	v := visit(t, cfg, message("x"))
	for _, request := range []string{
		`{"method":"GET","url":"` + s.URL + `","timeout_ms":50}`,
		`{"method":"POST","url":"` + s.URL + `","body":"message","timeout_ms":50}`,
	} {
		id, err := v.OpenHTTP([]byte(request))
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Status(id)
		wantFailure(t, err, abi.ReadFailed, "did not answer in time")
		v.CloseDoor(id)
	}
	id, err := v.OpenHTTP([]byte(`{"method":"GET","url":"` + s.URL + `/body","timeout_ms":100}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Status(id); err != nil {
		t.Fatal(err)
	}
	_, err = v.Read(id, make([]byte, 10))
	wantFailure(t, err, abi.ReadFailed, "did not answer in time")
	id, err = v.OpenTCP([]byte(`{"address":"` + silent.Addr().String() + `","timeout_ms":50}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Read(id, make([]byte, 10))
	wantFailure(t, err, abi.ReadFailed, "did not answer in time")

	// A server that does not read.
	cfg.Limits = Limits{Doors: 16, AtATime: 16, In: 1, Out: 1 << 30}
	deaf := visit(t, cfg, Message{})
	id, err = deaf.OpenHTTP([]byte(`{"method":"POST","url":"` + s.URL + `","body":"written","timeout_ms":100}`))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = deaf.Write(id, make([]byte, 1<<20))
	}
	wantFailure(t, err, abi.ReadFailed, "did not answer in time")

	// The run that the call belongs to is stopped.
	ctx, cancel := context.WithCancel(t.Context())
	stopped := doors(t, cfg).Visit(ctx, Message{})
	defer stopped.Close()
	id, err = stopped.OpenHTTP([]byte(`{"method":"GET","url":"` + s.URL + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := stopped.Status(id); err == nil {
		t.Error("there was an answer")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

// TestVisit_readsNoMessageThatIsGone because net/http reads on for a while.
func TestVisit_readsNoMessageThatIsGone(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge) // without reading the body
	}))
	defer s.Close()
	big := message(strings.Repeat("x", 8<<20))
	v := doors(t, Config{Grants: grants(t, "http:127.0.0.1:"+port(t, s.URL))}).Visit(t.Context(), big)
	id, err := v.OpenHTTP([]byte(`{"method":"POST","url":"` + s.URL + `","body":"message"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Status(id); err != nil {
		t.Logf("the answer did not arrive: %v", err) // the connection may be reset first
	}
	v.Close()
	if _, err := v.lease.ReadAt(make([]byte, 1), 0); !errors.Is(err, errLeaseEnded) {
		t.Errorf("the message can be read after the call: %v", err)
	}
}
