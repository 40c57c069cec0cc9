package daemon

import (
	"encoding/hex"
	"net"
	"os/exec"
	"testing"
	"time"
)

// Virus is a text that the private clamd takes for a virus. It does no harm.
const Virus = "mailweir test virus, harmless"

// VirusName is what the private clamd calls it.
const VirusName = "MailweirTest.Virus.UNOFFICIAL"

// Clamd starts a private clamd with one signature, that of [Virus], and returns its
// address, host:port.
func Clamd(t testing.TB) string {
	t.Helper()
	program := Find(t, "clamd", "clamav-daemon")
	dir, addr := Dir(t), FreeAddr(t)
	host, port, _ := net.SplitHostPort(addr)
	write(t, dir, "test.ndb", "MailweirTest.Virus:0:*:%s\n", hex.EncodeToString([]byte(Virus)))
	conf := write(t, dir, "clamd.conf", `
Foreground yes
TCPSocket %s
TCPAddr %s
DatabaseDirectory %s
TemporaryDirectory %[3]s
StreamMaxLength 50M
`, port, host, dir)
	Start(t, exec.Command(program, "-c", conf), func() bool {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return false
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = conn.Write([]byte("zPING\x00"))
		answer := make([]byte, 5)
		_, err = conn.Read(answer)
		return err == nil && string(answer) == "PONG\x00"
	})
	return addr
}
