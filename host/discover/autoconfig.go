package discover

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// maxPage bounds one page.
const maxPage = 64 << 10

// autoconfig asks the pages of the domain.
func (s *search) autoconfig(ctx context.Context) {
	client := s.client()
	defer client.CloseIdleConnections()
	for _, page := range []string{
		"https://autoconfig." + s.domain + "/mail/config-v1.1.xml?emailaddress=" + url.QueryEscape(s.address),
		"https://" + s.domain + "/.well-known/autoconfig/mail/config-v1.1.xml",
	} {
		shown, _, _ := strings.Cut(page, "?")
		text, err := getPage(ctx, client, page)
		if err != nil {
			if !errors.Is(err, errNoPage) {
				s.note("%s: %v", shown, pageFault(err))
			}
			continue
		}
		servers, err := parseAutoconfig(text)
		if err != nil {
			s.note("%s: %v", shown, err)
			continue
		}
		for _, server := range servers[:min(len(servers), maxAnswers)] {
			s.addAutoconfig(server, shown)
		}
		return
	}
}

var errNoPage = errors.New("there is no such page")

func getPage(ctx context.Context, client *http.Client, page string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "mailweir")
	answer, err := client.Do(r)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return nil, errNoPage
		}
		return nil, err
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone:
		return nil, errNoPage
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the answer is %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxPage+1))
	if err == nil && len(text) > maxPage {
		err = fmt.Errorf("it is larger than %d KiB", maxPage>>10)
	}
	return text, err
}

// pageFault leaves out the URL, which the sentence names already.
func pageFault(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return errors.New("no answer in time")
		}
		return u.Err
	}
	return err
}

// incoming is a server of an autoconfig page; see
// https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html
type incoming struct {
	Type           string   `xml:"type,attr"`
	Hostname       string   `xml:"hostname"`
	Port           string   `xml:"port"`
	SocketType     string   `xml:"socketType"`
	Username       string   `xml:"username"`
	Authentication []string `xml:"authentication"`
}

// parseAutoconfig reads the servers of a page that speak IMAP.
func parseAutoconfig(text []byte) ([]incoming, error) {
	var page struct {
		XMLName xml.Name   `xml:"clientConfig"`
		Servers []incoming `xml:"emailProvider>incomingServer"`
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	// Entities of the document's own are not expanded by this decoder, and other
	// character sets are refused.
	if err := d.Decode(&page); err != nil {
		return nil, errors.New("it is no autoconfig page")
	}
	return slices.DeleteFunc(page.Servers, func(s incoming) bool { return s.Type != "imap" }), nil
}

func (s *search) addAutoconfig(server incoming, page string) {
	a := task.Account{Kind: task.KindIMAP, Host: strings.ToLower(s.fill(server.Hostname)), User: s.fill(server.Username)}
	switch strings.ToUpper(strings.TrimSpace(server.SocketType)) {
	case "SSL":
		a.TLS = task.TLSImplicit
	case "STARTTLS":
		a.TLS = task.TLSStart
	default:
		s.note("%s names %.80q without TLS, which is left out", page, a.Host)
		return
	}
	port, err := strconv.Atoi(strings.TrimSpace(server.Port))
	if err != nil {
		s.note("%s names the port %.20q of %.80q, which is none", page, server.Port, a.Host)
		return
	}
	a.Port = port
	before := len(s.result.Candidates)
	s.add(a, ByAutoconfig, page, true)
	oauth := func(way string) bool { return strings.EqualFold(strings.TrimSpace(way), "OAuth2") }
	if len(s.result.Candidates) > before && len(server.Authentication) > 0 && !slices.ContainsFunc(server.Authentication, func(w string) bool { return !oauth(w) }) {
		s.result.Candidates[before].OAuth = true
	}
}

// fill puts the address into the variables of the format.
func (s *search) fill(text string) string {
	return strings.NewReplacer(
		"%EMAILADDRESS%", s.address, "%EMAILLOCALPART%", s.user, "%EMAILDOMAIN%", s.domain,
	).Replace(strings.TrimSpace(text))
}
