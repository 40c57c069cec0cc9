package app

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// localFile is where a service writes how programs on this machine reach it.
const localFile = "service.json"

// localToken is the token of the file localFile: it lives as long as the service does,
// in its memory and in that file, which only the owner of the data directory can read.
// Whoever reads that directory has the key and the database as well. "" opens nothing.
type localToken string

func (t localToken) is(secret string) bool {
	return t != "" && subtle.ConstantTimeCompare([]byte(t), []byte(secret)) == 1
}

// Local is how a program on this machine speaks to the service of a data directory.
type Local struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// announce writes the file for a service that listens on addr, with a new token. The
// caller calls remove when the service ends.
func (d dataDir) announce(addr net.Addr) (token localToken, remove func(), err error) {
	token = localToken(tokenPrefix + "local_" + strings.ToLower(rand.Text()+rand.Text()))
	text, err := json.Marshal(Local{URL: localURL(addr), Token: string(token)})
	if err != nil {
		return "", nil, err
	}
	path := filepath.Join(string(d), localFile)
	// A new file, whatever is there: its mode is ours from the first byte on, and the
	// name shows a whole file or none.
	tmp, err := os.CreateTemp(string(d), "."+localFile+"-*") // 0600
	if err == nil {
		_, err = tmp.Write(text)
		err = errors.Join(err, tmp.Close())
		if err == nil {
			err = os.Rename(tmp.Name(), path)
		}
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}
	if err != nil {
		return "", nil, fmt.Errorf("%w %s: %s can not be written: %w", ErrData, string(d), localFile, reason(err))
	}
	return token, func() { _ = os.Remove(path) }, nil
}

// localURL is where a service that listens on addr is, from this machine.
func localURL(addr net.Addr) string {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil || !ap.Addr().IsUnspecified() {
		return "http://" + addr.String()
	}
	host := "127.0.0.1"
	if ap.Addr().Is6() && !ap.Addr().Is4In6() {
		host = "[::1]"
	}
	return fmt.Sprintf("http://%s:%d", host, ap.Port())
}

// ReadLocal says how to reach the service that runs on a data directory.
func ReadLocal(dir string) (Local, error) {
	path := filepath.Join(dir, localFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Local{}, as(ErrRemote, fmt.Errorf("no mailweir service runs on the data directory %s", dir))
	case err != nil:
		return Local{}, as(ErrData, fmt.Errorf("%s can not be read: %w", path, reason(err)))
	}
	var l Local
	if err := json.Unmarshal(text, &l); err != nil || l.URL == "" || l.Token == "" {
		return Local{}, as(ErrData, fmt.Errorf("%s is damaged; it is written anew when the service starts", path))
	}
	return l, nil
}
