package daemon_test

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/daemon"
)

func TestRspamd_tellsSpamFromHam(t *testing.T) {
	url := daemon.Rspamd(t)
	for text, want := range map[string]string{
		"Subject: hello\r\n\r\nHello.\r\n":                          "no action",
		daemon.SpamHeader + ": yes\r\nSubject: buy\r\n\r\nBuy.\r\n": "add header",
	} {
		resp, err := http.Post(url+"/checkv2", "message/rfc822", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Action string }
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err != nil || answer.Action != want {
			t.Errorf("%q: got %q, %v, want %q", text, answer.Action, err, want)
		}
	}
}

func TestClamd_findsItsOneVirus(t *testing.T) {
	conn, err := net.Dial("tcp", daemon.Clamd(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := "Subject: x\r\n\r\n" + daemon.Virus + "\r\n"
	request := append([]byte("zINSTREAM\x00"), binary.BigEndian.AppendUint32(nil, uint32(len(text)))...)
	request = append(append(request, text...), 0, 0, 0, 0)
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || string(answer) != "stream: "+daemon.VirusName+" FOUND\x00" {
		t.Errorf("got %q, %v", answer, err)
	}
}
