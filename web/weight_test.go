package web_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
)

// mostBytes is what the first look at a page may transfer.
const mostBytes = 60_000

// weight is what a browser that has nothing yet transfers for a page.
func (s *site) weight(path string) (bytesSent int, files []string) {
	s.t.Helper()
	a := s.page(path)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(a.text)) // a bytes.Buffer takes everything
	_ = w.Close()
	bytesSent = packed.Len()
	for _, n := range all(a.page, func(n *html.Node) bool { return n.Data == "script" || n.Data == "link" }) {
		address := attr(n, "src") + attr(n, "href")
		if address == "" {
			continue
		}
		got := s.request(http.MethodGet, address, nil, map[string]string{"Accept-Encoding": "gzip"})
		bytesSent += len(got.text)
		files = append(files, address[strings.LastIndexByte(address, '/')+1:])
	}
	return bytesSent, files
}

func TestPages_areLight(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	draft, link := s.draft(goodTable+wrongRow), ""
	if token, _, err := s.svc.MakeLink(t.Context(), id, task.LinkTime); err == nil {
		link = "/link/" + token
	}
	for _, path := range []string{"/batches", "/batches/new", draft + "?edit=0", link, "/tasks", "/tasks/" + id, "/tasks/" + id + "/edit", "/plugins", "/plugins/folder-rules", "/uploads/" + uploadedHex, "/tasks/" + id + "/hooks", "/users", "/audit"} {
		n, files := s.weight(path)
		if n > mostBytes {
			t.Errorf("%s transfers %d bytes, with %v", path, n, files)
		}
		if strings.Contains(strings.Join(files, " "), "codemirror") {
			t.Errorf("%s loads the editor", path)
		}
	}
}
