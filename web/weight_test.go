package web_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
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
	for _, n := range all(a.page, func(n *html.Node) bool { return n.Data == "script" || n.Data == "link" || draws(n) }) {
		address := attr(n, "src") + attr(n, "href") + attr(n, "data-plot")
		if address == "" {
			continue
		}
		got := s.request(http.MethodGet, address, nil, map[string]string{"Accept-Encoding": "gzip"})
		bytesSent += len(got.text)
		files = append(files, address[strings.LastIndexByte(address, '/')+1:])
	}
	return bytesSent, files
}

// draws reports whether the script of a run fetches at once what draws its graph.
func draws(n *html.Node) bool { return strings.Count(attr(n, "data-trail"), ";") > 1 }

func TestPages_areLight(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	draft, link := s.draft(goodTable+wrongRow), ""
	if token, _, err := s.svc.MakeLink(t.Context(), id, task.LinkTime); err == nil {
		link = "/link/" + token
	}
	ended := s.run(id)
	s.finish(ended)
	live := s.run(id)
	account := s.newAccount("x")
	if _, files := s.weight("/runs/" + ended); !slices.Contains(files, "uplot.min.js") {
		t.Errorf("the run that has ended draws no graph: %v", files)
	}
	for _, path := range []string{
		"/runs/" + ended, "/runs/" + live, "/tasks", "/tasks/" + id, "/tasks/" + id + "/edit", "/plugins", "/plugins/folder-rules", "/uploads/" + uploadedHex, "/tasks/" + id + "/hooks", "/users", "/audit",
		"/batches", "/batches/new", draft + "?edit=0", link,
		"/accounts", "/accounts/new", account, "/domains/new", "/directories/new", "/rules/new", "/channels/new", "/settings", "/about",
	} {
		n, files := s.weight(path)
		if n > mostBytes {
			t.Errorf("%s transfers %d bytes, with %v", path, n, files)
		}
		if strings.Contains(strings.Join(files, " "), "codemirror") {
			t.Errorf("%s loads the editor", path)
		}
	}
}
