package app

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestReach_isPublicMailServersAndWhatIsNamed(t *testing.T) {
	r := &Reach{Also: []netip.Prefix{netip.MustParsePrefix("10.7.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}}
	for address, want := range map[string]bool{
		"93.184.216.34:993": true, "8.8.8.8:143": true, "[2606:2800:220:1:248:1893:25c8:1946]:993": true,
		"127.0.0.1:993": false, "10.1.2.3:993": false, "172.16.0.1:143": false, "192.168.1.1:993": false, "169.254.169.254:143": false,
		"0.0.0.0:993": false, "100.64.0.1:993": false, "192.0.2.1:993": false, "224.0.0.1:993": false, "255.255.255.255:993": false,
		"[::1]:993": false, "[::]:993": false, "[fe80::1%eth0]:993": false, "[fc00::1]:993": false, "[ff02::1]:993": false,
		"[::ffff:127.0.0.1]:993": false, "[::ffff:10.0.0.1]:993": false, "[64:ff9b::7f00:1]:993": false, "[2002:7f00:1::]:993": false,
		"10.7.1.2:10143": true, "[::ffff:10.7.1.2]:143": true, "10.8.1.2:143": false, "[fd00:1::5%eth0]:993": true, "[fd00:2::5]:993": false,
		"93.184.216.34:25": false, "93.184.216.34:22": false, "93.184.216.34:80": false, "93.184.216.34:6379": false,
	} {
		if err := r.allows(netip.MustParseAddrPort(address)); (err == nil) != want {
			t.Errorf("%s: %v, want it to be allowed: %v", address, err, want)
		}
	}
}

func TestOpenSource_reachesOnlyPublicServersWhereThatIsAsked(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	connected := make(chan struct{}, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connected <- struct{}{}
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost"} { // also where a name leads there
		a, err := task.ParseAccount("imap://ann@" + host + ":" + port + "?tls=none")
		if err != nil {
			t.Fatal(err)
		}
		a.Password = "x"
		_, err = OpenSource(t.Context(), a, ConnOptions{Log: quiet, Reach: &Reach{}})
		if !errors.Is(err, mail.ErrDenied) || OutcomeOf(err) != task.OutcomeNeedsUser || !strings.Contains(err.Error(), host+":"+port) || !strings.Contains(err.Error(), "public") {
			t.Errorf("%s: %v", host, err)
		}
	}
	select {
	case <-connected:
		t.Error("it has connected")
	default:
	}
	a, _ := task.ParseAccount("imap://ann@127.0.0.1:" + port + "?tls=none")
	a.Password = "x"
	_, err = OpenSource(t.Context(), a, ConnOptions{Log: quiet, Reach: &Reach{Also: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	if errors.Is(err, mail.ErrDenied) {
		t.Error(err)
	}
	<-connected
}
