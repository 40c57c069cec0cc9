package door

import "io"

// dryDoor stands for what is not opened in a dry run: it takes everything and
// answers nothing.
type dryDoor struct {
	code int // of a request; 0 is a connection
}

func (*dryDoor) write([]byte) error       { return nil }
func (*dryDoor) read([]byte) (int, error) { return 0, io.EOF }
func (*dryDoor) close()                   {}

func (d *dryDoor) status() (int, error) {
	if d.code == 0 {
		return 0, badf("this door is no request")
	}
	return d.code, nil
}

func (*dryDoor) header(string) (string, bool, error) { return "", false, nil }
