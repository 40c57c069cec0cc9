package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// folder is one folder full of sample mail.
type folder struct {
	name     string
	use      imap.MailboxAttr
	messages []message
}

type message struct {
	flags []imap.Flag
	date  time.Time
	body  []byte
}

// letters describes the mail of a folder.
type letters struct {
	name     string
	use      imap.MailboxAttr
	count    int
	from     []string // who writes
	subjects []string
	lines    []string
	attach   int // every n-th message has a picture; 0 is none
}

const (
	anna  = "Anna Beispiel <anna@home.example>"
	annaW = "Anna Beispiel <anna@office.example>"
)

var (
	colleagues = []string{"Jörg Müller <joerg@office.example>", "Maja Lindqvist <maja@office.example>", "Tomasz Nowak <tomasz@office.example>"}
	friends    = []string{"Großmutter <oma@home.example>", "Kåre Nilsen <kare@fjord.example>", "さくら <sakura@hanami.example>", "Léa <lea@cafe.example>"}
)

func officeMail() []folder {
	return write(1, annaW, []letters{
		{
			"INBOX", "", 420, colleagues,
			[]string{"Coffee machine is back", "Lunch on Thursday?", "Protokoll vom Montag", "The river is high again"},
			[]string{"The weir was opened at seven, everything flows.", "Please have a look when you find a minute.", "See you at the lock house.", "Bring your own cup."},
			30,
		},
		{
			"Gesendet", imap.MailboxAttrSent, 260,
			[]string{annaW},
			[]string{"Re: Lunch on Thursday?", "Re: Protokoll vom Montag", "Plan for the new gate"},
			[]string{"Thank you, that suits me well.", "I have put the drawing below.", "Until tomorrow, Anna"},
			40,
		},
		{"Entwürfe", imap.MailboxAttrDrafts, 9, []string{annaW}, []string{"An idea about fish ladders"}, []string{"To be continued ..."}, 0},
		{
			"Projekte/Wehr", "", 330, colleagues,
			[]string{"Gate 3: measurements", "Gauge readings", "Fish counted this week"},
			[]string{"Level at noon: 2.31 m.", "17 salmon, 4 trout, 1 rubber boot.", "The hinge of gate 3 needs grease."},
			12,
		},
		{
			"Projekte/Brücke", "", 180, colleagues,
			[]string{"Painting the bridge", "Which blue?"},
			[]string{"I vote for the lighter one.", "The samples are on my desk."},
			9,
		},
		{
			"Rechnungen/2025", "", 140,
			[]string{"Kontor <kontor@office.example>"},
			[]string{"Rechnung", "Invoice for grease and rope"},
			[]string{"Please find our invoice enclosed.", "Zahlbar innerhalb von 30 Tagen."},
			4,
		},
		{
			"Rechnungen/2026", "", 90,
			[]string{"Kontor <kontor@office.example>"},
			[]string{"Rechnung", "Reminder, in a friendly voice"},
			[]string{"Please find our invoice enclosed."},
			4,
		},
	})
}

func homeMail() []folder {
	return write(2, anna, []letters{
		{
			"INBOX", "", 300, friends,
			[]string{"Sunday", "Photos from the garden", "Did you see the heron?", "Kaffee und Kuchen"},
			[]string{"The heron stood at the weir for an hour.", "There is cake left.", "Write soon!"},
			15,
		},
		{
			"Sent", imap.MailboxAttrSent, 210,
			[]string{anna},
			[]string{"Re: Sunday", "Re: Did you see the heron?", "Greetings from the river"},
			[]string{"I will bring the cake.", "Yes! It did not move at all.", "Love, Anna"},
			25,
		},
		{"Familie", "", 190, friends[:1], []string{"Rezept für Apfelkuchen", "Wie geht es dir?"}, []string{"Vier Äpfel, ein Ei, viel Butter.", "Zieh dich warm an."}, 8},
		{"Reisen/Norge 2025", "", 120, friends[1:2], []string{"Ferge til Bodø", "Hytte ved fjorden"}, []string{"Båten går klokka åtte.", "Husk regntøy."}, 6},
		{"Reisen/日本", "", 95, friends[2:3], []string{"花見", "京都の写真"}, []string{"桜がきれいです。", "また来てください。"}, 5},
		{"Café & Rezepte", "", 110, friends[3:], []string{"Crème brûlée", "Tarte aux pommes"}, []string{"Six jaunes d’œufs, un peu de patience.", "À bientôt !"}, 7},
		{"Papierkorb", imap.MailboxAttrTrash, 40, friends, []string{"You have won a river"}, []string{"No, really."}, 0},
	})
}

// write makes the same mail every time: seed decides.
func write(seed uint64, to string, list []letters) []folder {
	r := rand.New(rand.NewPCG(seed, 0))
	start := time.Date(2019, 3, 1, 8, 0, 0, 0, time.FixedZone("", 3600))
	var out []folder
	for _, l := range list {
		f := folder{name: l.name, use: l.use}
		for i := range l.count {
			date := start.Add(time.Duration(i) * time.Duration(2500*24/l.count) * time.Hour).Add(time.Duration(r.IntN(600)) * time.Minute)
			f.messages = append(f.messages, message{
				flags: flags(r, l.use), date: date,
				body: letter(r, l, to, date, fmt.Sprintf("%d.%d.%d@sample.example", seed, len(out), i), l.attach > 0 && i%l.attach == 0),
			})
		}
		out = append(out, f)
	}
	return out
}

func flags(r *rand.Rand, use imap.MailboxAttr) []imap.Flag {
	var out []imap.Flag
	if use == imap.MailboxAttrDrafts {
		return append(out, imap.FlagDraft, imap.FlagSeen)
	}
	if r.IntN(4) > 0 {
		out = append(out, imap.FlagSeen)
		if r.IntN(5) == 0 {
			out = append(out, imap.FlagAnswered)
		}
	}
	if r.IntN(12) == 0 {
		out = append(out, imap.FlagFlagged)
	}
	if r.IntN(15) == 0 {
		out = append(out, "$Forwarded")
	}
	return out
}

// letter spells one message (RFC 5322), with a picture's worth of noise when
// attach is set.
func letter(r *rand.Rand, l letters, to string, date time.Time, id string, attach bool) []byte {
	from := l.from[r.IntN(len(l.from))]
	if from == to {
		to = colleagues[r.IntN(len(colleagues))]
	}
	var b bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("From", address(from))
	field("To", address(to))
	field("Subject", mime.QEncoding.Encode("utf-8", l.subjects[r.IntN(len(l.subjects))]))
	field("Date", date.Format(time.RFC1123Z))
	field("Message-ID", "<"+id+">")
	field("MIME-Version", "1.0")

	var text strings.Builder
	for range 3 + r.IntN(12) {
		text.WriteString(l.lines[r.IntN(len(l.lines))] + "\r\n")
	}
	if !attach {
		field("Content-Type", "text/plain; charset=utf-8")
		field("Content-Transfer-Encoding", "8bit")
		b.WriteString("\r\n" + text.String())
		return b.Bytes()
	}
	const boundary = "=_weir_="
	field("Content-Type", `multipart/mixed; boundary="`+boundary+`"`)
	b.WriteString("\r\n--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	b.WriteString(text.String())
	b.WriteString("--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=picture.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	noise := make([]byte, 20_000+r.IntN(200_000))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	encoded := base64.StdEncoding.EncodeToString(noise)
	for len(encoded) > 0 {
		n := min(76, len(encoded))
		b.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}

// address encodes the name in front of the address, if it needs to be.
func address(a string) string {
	name, rest, _ := strings.Cut(a, " <")
	return mime.QEncoding.Encode("utf-8", name) + " <" + rest
}
