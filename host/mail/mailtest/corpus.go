package mailtest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// CorpusOptions says how much mail [Corpus] makes.
type CorpusOptions struct {
	Seed        uint64
	Messages    int // number of messages in all; default 200
	Folders     int // number of folders, INBOX among them; default 30
	BigMessages int // how many of the messages are big; default 0
	BigSize     int // bytes of a big message; default 10 MiB
}

func (o *CorpusOptions) applyDefaults() {
	if o.Messages == 0 {
		o.Messages = 200
	}
	if o.Folders == 0 {
		o.Folders = 30
	}
	if o.BigSize == 0 {
		o.BigSize = 10 << 20
	}
}

// corpusFolders are the first folders of a corpus. A parent stands before its
// children. None has a "." in it, which Maildir++ can not hold.
var corpusFolders = []string{
	"INBOX",
	"Entwürfe",
	"Gesendete Elemente",
	"Archiv",
	"Archiv/2011",
	"Archiv/2011/März & April",
	"Archiv/2011/März & April/Größe über alles",
	"日本語",
	"日本語/受信箱 控え",
	"😀 Spaß",
	"😀 Spaß/👩‍👩‍👧 Familie",
	`Er sagte "ja"`,
	`Er sagte "ja"/back\slash`,
	"R&D",
	"R&D/Q&A - offen",
	"INBOX/Unterordner",
	"INBOX/Unterordner/täglich",
	"100% sicher",
	"with (brackets) {and} [more]",
	"a*b",
	"Leer",
}

// corpusKeywords stay below the 26 that a Maildir folder can hold.
var corpusKeywords = []string{"$Forwarded", "$MDNSent", "Junk", "NonJunk", "$label1", "Kunde-4711", "todo_later", "$Phishing"}

// Corpus makes an account of awkward mail: nested folders with UTF-8 names,
// messages without Message-ID, with the same Message-ID, byte for byte the same
// (in one folder and over folders, with equal and with different flags and
// dates), with 8-bit headers, very long lines, no body, nothing but a header;
// keywords; dates of 15 years in many zones. Names are UTF-8 with "/" between
// the levels. All lines end with CRLF and no byte is NUL. The same options give
// the same account.
func Corpus(opts CorpusOptions) Account {
	opts.applyDefaults()
	g := &generator{rnd: seeded(opts.Seed)}
	names := g.folders(opts.Folders)
	out := Account{}
	for _, name := range names {
		out[name] = nil
	}
	// The last folder stays empty when there is more than one.
	filled := names[:max(1, len(names)-1)]
	for i := range opts.Messages {
		// Every folder gets some, the first ones more.
		folder := filled[i%len(filled)]
		if i%3 == 0 {
			folder = filled[g.rnd.IntN(g.rnd.IntN(len(filled))+1)]
		}
		var m Mail
		if i < opts.BigMessages {
			m = g.mail(g.big(opts.BigSize))
		} else {
			m = g.next(i)
		}
		out[folder] = append(out[folder], m)
	}
	return out
}

// generator makes messages; all chance comes from rnd.
type generator struct {
	rnd    *rand.Rand
	serial int
	made   []Mail // small messages so far: what twins are made of
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6d61696c)) }

func (g *generator) folders(n int) []string {
	if n <= len(corpusFolders) {
		names := append([]string(nil), corpusFolders[:n]...)
		return names
	}
	names := append([]string(nil), corpusFolders...)
	for i := len(names); i < n; i++ {
		parent := names[1+g.rnd.IntN(len(names)-1)]
		name := fmt.Sprintf("Ordner %d ñ", i)
		if strings.Count(parent, "/") < 6 && len(parent) < 120 {
			name = parent + "/" + name
		}
		names = append(names, name)
	}
	return names
}

// next makes the i-th message; the shapes take turns.
func (g *generator) next(i int) Mail {
	switch i % 16 {
	case 3: // the same bytes, flags and date
		if len(g.made) > 0 {
			return g.made[g.rnd.IntN(len(g.made))]
		}
	case 4: // the same bytes only
		if len(g.made) > 0 {
			return g.mail(g.made[g.rnd.IntN(len(g.made))].Body)
		}
	}
	m := g.mail(g.body(i % 16))
	g.made = append(g.made, m)
	return m
}

func (g *generator) body(shape int) []byte {
	g.serial++
	subject, id := fmt.Sprintf("Nachricht %d", g.serial), fmt.Sprintf("<%d.%d@example.org>", g.serial, g.rnd.Uint32())
	text := g.lines(1 + g.rnd.IntN(40))
	switch shape {
	case 1, 11: // no Message-ID
		id = ""
	case 2, 12: // the same Message-ID, other bytes
		id = "<same@example.org>"
	case 5: // raw UTF-8 in the header
		subject = "Grüße aus München – 日本語 😀"
	case 6: // raw Latin-1 in the header and the body
		subject, text = "Gr\xfc\xdfe", "Sch\xf6ne Gr\xfc\xdfe\r\n"+text
	case 7: // one very long line
		text += strings.Repeat("0123456789abcdef", 640+g.rnd.IntN(2000)) + "\r\n"
	case 8: // a very long header line
		subject = strings.TrimSpace(strings.Repeat("sehr lang ", 1200))
	case 9: // empty body
		text = ""
	case 10: // nothing but a header, without the empty line after it
		return fmt.Appendf(nil, "From: a@example.org\r\nSubject: only a header %d\r\n", g.serial)
	case 13: // no line end at the end
		text += "the end"
	case 14: // lines that look like mbox, IMAP and SMTP
		text += "From ann Thu Jan  1 00:00:00 1970\r\n.\r\n)\r\n* BYE\r\nx1 LOGOUT\r\n{10}\r\n"
	case 15: // almost nothing: not even a header
		return fmt.Appendf(nil, "\r\n%d\r\n", g.serial)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\n")
	fmt.Fprintf(&b, "Date: %s\r\nSubject: %s\r\n", g.date().Format(time.RFC1123Z), subject)
	if id != "" {
		fmt.Fprintf(&b, "Message-ID: %s\r\n", id)
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	b.WriteString(text)
	return b.Bytes()
}

// big makes a message of exactly size bytes.
func (g *generator) big(size int) []byte {
	g.serial++
	var b bytes.Buffer
	b.Grow(size + 100)
	fmt.Fprintf(&b, "From: ann@example.org\r\nSubject: big %d\r\nMessage-ID: <big.%d@example.org>\r\n\r\n", g.serial, g.serial)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var line [78]byte
	for b.Len() < size {
		for i := 0; i < 76; i += 8 {
			for j, r := 0, g.rnd.Uint64(); j < 8 && i+j < 76; j, r = j+1, r>>6 {
				line[i+j] = alphabet[r&63]
			}
		}
		copy(line[76:], "\r\n")
		b.Write(line[:])
	}
	out := b.Bytes()[:size]
	copy(out[size-2:], "\r\n") // the cut may have split a line end
	if out[size-3] == '\r' {
		out[size-3] = '='
	}
	return out
}

var corpusWords = strings.Fields("der die das und oder aber Straße Übung schön 日本 mail weir copy λόγος кот naïve 😀 x=1 .. -- >From")

func (g *generator) lines(n int) string {
	var b strings.Builder
	for range n {
		for range g.rnd.IntN(12) {
			b.WriteString(corpusWords[g.rnd.IntN(len(corpusWords))])
			b.WriteByte(' ')
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// mail gives a body some flags and a date.
func (g *generator) mail(body []byte) Mail {
	m := Mail{Body: body, Date: g.date()}
	for _, f := range []string{`\Seen`, `\Answered`, `\Flagged`, `\Draft`, `\Deleted`} {
		if g.rnd.IntN(4) == 0 || (f == `\Seen` && g.rnd.IntN(2) == 0) {
			m.Flags = append(m.Flags, f)
		}
	}
	for _, k := range corpusKeywords {
		if g.rnd.IntN(8) == 0 {
			m.Flags = append(m.Flags, k)
		}
	}
	return m
}

// date picks a second of 15 years, in one of the world's stranger zones too.
func (g *generator) date() time.Time {
	minutes := []int{0, 60, 120, -300, -480, 330, 345, 765, -210, 840, -720}
	offset := minutes[g.rnd.IntN(len(minutes))]
	begin := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	at := begin.Add(time.Duration(g.rnd.Int64N(15*365*24*3600)) * time.Second)
	return at.In(time.FixedZone("", offset*60))
}
