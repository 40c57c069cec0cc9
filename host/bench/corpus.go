package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

// corpus is an account full of mail, always the same for the same corpus.
type corpus struct {
	Name     string
	Messages int
	Bytes    int64 // of all messages together
	Folders  int   // INBOX among them
	Even     bool  // all messages have the same size
	Changes  int   // how many messages are added, and how many flags changed; 0 is no such pass
	Repeat   bool  // a pass without changes is measured
	FarFirst bool  // the first copy is measured over the long way too
}

// corpora are the accounts of the goals; quick ones take seconds and have no goals.
var (
	corpora = []corpus{
		{Name: "M", Messages: 10_000, Bytes: 239e6, Folders: 30, Changes: 100, Repeat: true, FarFirst: true},
		{Name: "S", Messages: 1_000, Bytes: 72e6, Folders: 10, Changes: 100, Repeat: true, FarFirst: true},
		{Name: "L100k", Messages: 100_000, Bytes: 100_000 << 10, Folders: 10, Even: true, Repeat: true},
		{Name: "BIG", Messages: 1, Bytes: 101e6, Folders: 1, Even: true},
	}
	quickCorpora = []corpus{
		{Name: "M", Messages: 600, Bytes: 14e6, Folders: 12, Changes: 20, Repeat: true, FarFirst: true},
		{Name: "S", Messages: 60, Bytes: 4e6, Folders: 4, Changes: 20, Repeat: true, FarFirst: true},
		{Name: "L100k", Messages: 3_000, Bytes: 3_000 << 10, Folders: 10, Even: true, Repeat: true},
		{Name: "BIG", Messages: 1, Bytes: 20e6, Folders: 1, Even: true},
	}
)

// user names an account with this corpus. Dovecot makes user names lower case.
func (c *corpus) user(words ...string) string {
	return strings.ToLower(strings.Join(append([]string{c.Name}, words...), "-"))
}

// folders names the folders in modified UTF-7, parents before their children. All
// stay below the names that every contestant can handle: the benchmark is about
// speed, and the tests elsewhere are about names.
func (c *corpus) folders() []string {
	out := []string{"INBOX"}
	for i := 1; i < c.Folders; i++ {
		switch parent := out[i/2]; {
		case i%5 == 0:
			out = append(out, fmt.Sprintf("Entw&APw-rfe %02d", i))
		case i > 4 && parent != "INBOX" && strings.Count(parent, "/") < 2:
			out = append(out, fmt.Sprintf("%s/Projekt %02d", parent, i))
		default:
			out = append(out, fmt.Sprintf("Archiv-%02d", i))
		}
	}
	return out
}

// fill puts the corpus into an empty account.
func (c *corpus) fill(ctx context.Context, addr, user string) error {
	conn, err := rawimap.Dial(ctx, addr, user)
	if err != nil {
		return err
	}
	defer conn.Close()
	answers := conn.Answers()
	if err := c.send(conn); err != nil {
		_ = conn.Close()
		if refused := <-answers; refused != nil {
			err = refused
		}
		return fmt.Errorf("fill %s: %w", user, err)
	}
	return <-answers
}

func (c *corpus) send(conn *rawimap.Conn) error {
	w := newWriter(c.Name)
	sizes := c.sizes(w.rnd)
	folders := c.folders()
	for i, folder := range folders {
		name := `"` + folder + `"`
		if i > 0 {
			conn.Send("CREATE " + name)
		}
		if i%4 != 3 {
			conn.Send("SUBSCRIBE " + name)
		}
		out := rawimap.Appender{C: conn, Folder: name}
		// Each folder gets an equal share.
		for _, size := range sizes[i*len(sizes)/len(folders) : (i+1)*len(sizes)/len(folders)] {
			if err := w.message(&out, size); err != nil {
				return err
			}
		}
		out.End()
		if err := conn.Flush(); err != nil {
			return err
		}
	}
	return conn.Finish()
}

// smallest is the size of a header with a line of text.
const smallest = 700

// sizes spreads the bytes over the messages: as in real accounts most are small
// and few make up most of the bytes.
func (c *corpus) sizes(rnd *rand.Rand) []int64 {
	weights := make([]float64, c.Messages)
	sum := 0.0
	for i := range weights {
		weights[i] = 1
		if !c.Even {
			weights[i] = math.Exp(1.4 * rnd.NormFloat64())
		}
		sum += weights[i]
	}
	out := make([]int64, c.Messages)
	spread := float64(c.Bytes - smallest*int64(c.Messages))
	left := c.Bytes
	for i := range out {
		out[i] = smallest + int64(spread*weights[i]/sum)
		left -= out[i]
	}
	out[len(out)-1] += left
	return out
}

// writer makes messages. All chance comes from rnd.
type writer struct {
	rnd    *rand.Rand
	serial int
	prefix string
	text   []byte // lines of textLine bytes
}

const (
	textLine  = 78
	textLines = 16 << 10
)

func newWriter(name string) *writer {
	w := &writer{rnd: rand.New(rand.NewPCG(uint64(len(name)), uint64(name[0]))), prefix: strings.ToLower(name)}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	w.text = make([]byte, textLine*textLines)
	for i := range w.text {
		w.text[i] = alphabet[w.rnd.IntN(len(alphabet))]
		switch i % textLine {
		case textLine - 2:
			w.text[i] = '\r'
		case textLine - 1:
			w.text[i] = '\n'
		}
	}
	return w
}

// message appends one message of exactly size bytes.
func (w *writer) message(to *rawimap.Appender, size int64) error {
	w.serial++
	date := time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(w.rnd.Int64N(15*365*24*3600)) * time.Second)
	date = date.In(time.FixedZone("", []int{0, 3600, 7200, -18000, 19800}[w.rnd.IntN(5)]))
	header := fmt.Sprintf("Return-Path: <list%d@example.org>\r\n"+
		"Received: from mx.example.org (mx.example.org [192.0.2.%d])\r\n\tby mail.example.net with ESMTPS id %08x\r\n\tfor <ann@example.net>; %s\r\n"+
		"Date: %s\r\nFrom: \"Person %d\" <person%d@example.org>\r\nTo: <ann@example.net>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= number %d\r\n"+
		"Message-ID: <%s.%d.%08x@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n",
		w.rnd.IntN(40), w.rnd.IntN(256), w.rnd.Uint32(), date.Format(time.RFC1123Z),
		date.Format(time.RFC1123Z), w.serial%97, w.serial%97, w.serial, w.prefix, w.serial, w.rnd.Uint32())
	left := size - int64(len(header)) - int64(len("\r\n"))
	if left < 0 {
		return fmt.Errorf("a message of %d bytes is too small for its header of %d", size, len(header))
	}
	to.Message(w.flags(), date.Format(rawimap.DateLayout), size)
	out := to.C.W
	_, _ = out.WriteString(header) // errors stay with the writer and come with Flush
	end := ""
	if left%textLine == textLine-1 { // a line end must not be cut in two
		left, end = left-1, "="
	}
	for at := textLine * w.rnd.IntN(textLines); left > 0; at = 0 {
		part := w.text[at:]
		part = part[:min(left, int64(len(part)))]
		_, _ = out.Write(part)
		left -= int64(len(part))
	}
	_, err := out.WriteString(end + "\r\n")
	return err
}

// flags are those of an ordinary account. No message has both \Answered and
// \Flagged: the ones that get them later really change. None is \Deleted: some
// copiers leave such messages behind on purpose.
func (w *writer) flags() string {
	all := []string{`\Seen`, `\Seen`, `\Seen \Answered`, `\Seen`, ``, `\Flagged`, `\Seen $Forwarded`, `\Seen NonJunk`}
	return all[w.rnd.IntN(len(all))]
}

// change adds messages and changes flags in every third folder.
func (c *corpus) change(ctx context.Context, addr, user string) error {
	conn, err := rawimap.Dial(ctx, addr, user)
	if err != nil {
		return err
	}
	defer conn.Close()
	var folders []string
	for i, folder := range c.folders() {
		if i%3 == 0 {
			folders = append(folders, `"`+folder+`"`)
		}
	}
	w := newWriter(c.Name + "+")
	size := c.Bytes / int64(c.Messages)
	for i, folder := range folders {
		if err := conn.Do("SELECT "+folder, nil); err != nil {
			return err
		}
		share := (i+1)*c.Changes/len(folders) - i*c.Changes/len(folders)
		for k := range share {
			// Every second message is left alone, so that no range covers them.
			if err := conn.Do(fmt.Sprintf(`UID STORE %d FLAGS.SILENT (\Answered \Flagged)`, 2*k+1), nil); err != nil {
				return err
			}
		}
		out := rawimap.Appender{C: conn, Folder: folder}
		for range share {
			if err := w.message(&out, size); err != nil {
				return err
			}
		}
		out.End()
		// A command that Wait knows the tag of ends the exchange.
		if err := conn.Do("NOOP", nil); err != nil {
			return err
		}
	}
	return nil
}
