package door

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// webDoor is one request and its answer.
type webDoor struct {
	doors   *Doors
	req     *http.Request
	ctx     context.Context //nolint:containedctx // of the request, as net/http has it
	cancel  context.CancelFunc
	client  *http.Client
	secrets filled

	written bool // the plugin writes the body
	ended   bool // and has written all of it
	reader  *io.PipeReader
	writer  *io.PipeWriter
	kept    []byte // a written body that is signed when it has ended

	started bool
	done    chan struct{} // closed when resp and err are set
	resp    *http.Response
	err     error
	body    io.Reader
}

// start sends the request.
func (d *webDoor) start() {
	if d.started {
		return
	}
	d.started = true
	go func() {
		defer close(d.done)
		d.resp, d.err = d.client.Do(d.req)
		if d.reader != nil {
			// Nobody takes the rest of the body.
			_ = d.reader.CloseWithError(errNotTaken)
		}
	}()
}

var errNotTaken = errors.New("the server has answered")

// write hands over a part of the body. A server may answer before it has read
// everything; what it does not want is dropped then.
func (d *webDoor) write(p []byte) error {
	if !d.written || d.ended {
		return badf("the body of this request is not written, or has ended")
	}
	if d.writer == nil {
		if len(d.kept)+len(p) > maxSigned {
			return badf("a written body that is signed has at most %d bytes", maxSigned)
		}
		d.kept = append(d.kept, p...)
		return nil
	}
	d.start()
	if _, err := d.writer.Write(p); err != nil {
		<-d.done
		return d.failure()
	}
	return nil
}

// maxSigned bounds what is kept of a body until it is signed.
const maxSigned = 1 << 20

// sign ends a body that was kept.
func (d *webDoor) sign() error {
	if n := d.req.ContentLength; n >= 0 && n != int64(len(d.kept)) {
		return badf("the body has %d bytes and its Content-Length says %d", len(d.kept), n)
	}
	d.req.ContentLength = int64(len(d.kept))
	d.req.GetBody = func() (io.ReadCloser, error) {
		if len(d.kept) == 0 {
			return http.NoBody, nil // any other body of length 0 has an unknown one
		}
		return io.NopCloser(bytes.NewReader(d.kept)), nil
	}
	d.req.Body, _ = d.req.GetBody()
	return d.doors.sign(d.secrets, d.req.Header, bytes.NewReader(d.kept))
}

// status ends the body and waits for the answer.
func (d *webDoor) status() (int, error) {
	if d.writer != nil {
		_ = d.writer.Close()
	} else if d.written && !d.ended {
		if err := d.sign(); err != nil {
			return 0, err
		}
	}
	d.ended = true
	d.start()
	<-d.done
	if err := d.failure(); err != nil {
		return 0, err
	}
	if d.body == nil {
		d.body = newMasked(d.resp.Body, d.secrets.values())
	}
	return d.resp.StatusCode, nil
}

// failure is why there is no answer; the request has ended.
func (d *webDoor) failure() error {
	if d.err == nil {
		return nil
	}
	return d.describe(d.err)
}

// describe leaves out the URL, which the plugin knows.
func (d *webDoor) describe(err error) error {
	var own *Failure
	if errors.As(err, &own) {
		return own
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if d.ctx.Err() != nil {
		return failedf("%s did not answer in time", d.req.URL.Host)
	}
	return failedf("%s: %s", d.req.URL.Host, withheld(err.Error(), d.secrets.values()))
}

// header is the first field with this name.
func (d *webDoor) header(name string) (string, bool, error) {
	if d.body == nil {
		return "", false, badf("there is no answer yet; http_status waits for it")
	}
	values := d.resp.Header.Values(name)
	if len(values) == 0 {
		return "", false, nil
	}
	if d.secrets.holds(values[0]) {
		return "", false, failedf("the answer holds a secret and is not handed on")
	}
	return values[0], true, nil
}

func (d *webDoor) read(p []byte) (int, error) {
	if d.body == nil {
		return 0, badf("there is no answer yet; http_status waits for it")
	}
	n, err := d.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = d.describe(err)
	}
	return n, err
}

func (d *webDoor) close() {
	d.cancel()
	if d.writer != nil {
		_ = d.writer.CloseWithError(errLeaseEnded)
	}
	if !d.started {
		return
	}
	<-d.done
	if d.err == nil {
		_ = d.resp.Body.Close()
	}
}

// web finds the door of a request.
func (v *Visit) web(id int32) (statusDoor, error) {
	switch o := v.open[id].(type) {
	case nil:
		return nil, badf("there is no door %d", id)
	case statusDoor:
		return o, nil
	}
	return nil, badf("door %d is no request", id)
}

// statusDoor is a request, or what stands for one.
type statusDoor interface {
	status() (int, error)
	header(name string) (string, bool, error)
}

// Status ends a request's body and waits for the status code of the answer.
func (v *Visit) Status(id int32) (int, error) {
	d, err := v.web(id)
	if err != nil {
		return 0, err
	}
	return d.status()
}

// Header is the first field of the answer with this name; ok is false when there is
// none.
func (v *Visit) Header(id int32, name string) (value string, ok bool, err error) {
	d, err := v.web(id)
	if err != nil {
		return "", false, err
	}
	return d.header(name)
}
