package door

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

func TestHTTP_signsBodies(t *testing.T) {
	var body, signature string
	var length int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body, signature, length = string(text), r.Header.Get("X-Signature"), r.ContentLength
		if r.URL.Path == "/first" { // the body is sent again after a redirect
			w.Header().Set("Location", "/second")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	defer s.Close()
	at := "127.0.0.1:" + port(t, s.URL)
	const key = "s1gning-k3y"
	cfg := Config{
		Grants: grants(t, "http:"+at),
		Secrets: map[string]Secret{
			"sign":  {Value: task.Password(key), Hosts: []task.Endpoint{endpoint(t, at)}},
			"other": {Value: "0ther-k3y", Hosts: []task.Endpoint{endpoint(t, "elsewhere.example")}},
		},
	}
	mac := func(text string) string {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return "sha256=" + hex.EncodeToString(h.Sum(nil))
	}
	large := strings.Repeat("a line of mail\r\n", 10_000)
	request := func(kind, header string) []byte {
		return []byte(`{"method":"POST","url":"` + s.URL + `/first","body":"` + kind + `","headers":{"X-Signature":"` + header + `"}}`)
	}
	for _, tt := range []struct{ kind, want string }{{"written", "one two"}, {"written", ""}, {"message", large}, {"none", ""}} {
		v := visit(t, cfg, message(large))
		id, err := v.OpenHTTP(request(tt.kind, "sha256={{hmac-sha256:sign}}"))
		if err != nil {
			t.Fatal(err)
		}
		if tt.kind == "written" {
			for word := range strings.SplitAfterSeq(tt.want, " ") {
				if err := v.Write(id, []byte(word)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if status, err := v.Status(id); status != 200 || err != nil {
			t.Fatalf("status %d, %v", status, err)
		}
		if body != tt.want || signature != mac(tt.want) || length != int64(len(tt.want)) {
			t.Errorf("%s: %d bytes of %d, signature %q", tt.kind, len(body), length, signature)
		}
	}

	for header, want := range map[string]struct {
		code int32
		text string
	}{
		"{{hmac-sha256:nobody}}":                {abi.ReadNotPermitted, `there is no secret "nobody"`},
		"{{hmac-sha256:other}}":                 {abi.ReadNotPermitted, `the secret "other" is not bound to`},
		"{{secret:sign}}, {{hmac-sha256:sign}}": {abi.ReadBadArgument, "each takes a field of its own"},
	} {
		_, err := visit(t, cfg, message("")).OpenHTTP(request("written", header))
		wantFailure(t, err, want.code, want.text)
	}

	v := visit(t, cfg, message(large))
	id, err := v.OpenHTTP(request("written", "{{hmac-sha256:sign}}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(id, make([]byte, maxSigned)); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, v.Write(id, []byte{0}), abi.ReadBadArgument, "at most 1048576 bytes")
}
