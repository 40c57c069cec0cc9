package mailtest

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// answerPasswords is a saslauthd for the users on a unix socket: a client sends
// login name, password, service and realm, each as a string with its length in two
// bytes before it, and gets one such string that begins with OK or NO. It ends
// with the test.
func answerPasswords(t testing.TB, socket string, users map[string]string) error {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { answerPassword(conn, users) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return os.Chmod(socket, 0o666) // the server asks as a user of its own
}

func answerPassword(conn net.Conn, users map[string]string) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	var asked [4]string
	for i := range asked {
		var length uint16
		if binary.Read(conn, binary.BigEndian, &length) != nil {
			return
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(conn, text); err != nil {
			return
		}
		asked[i] = string(text)
	}
	answer := "NO"
	if password, ok := users[asked[0]]; ok && password == asked[1] {
		answer = "OK"
	}
	_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
}
