package mailtest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Listed is one folder of a listing.
type Listed struct {
	Raw   string // the server's spelling
	Name  string // UTF-8 with "/" between the levels
	Attrs []string
}

// List returns all folders of the account, in the server's order.
func (c *Client) List() []Listed {
	c.t.Helper()
	return c.list(`LIST "" "*"`)
}

// Subscribed returns the subscribed folders in ascending order, as UTF-8 with "/"
// between the levels.
func (c *Client) Subscribed() []string {
	c.t.Helper()
	var names []string
	for _, f := range c.list(`LSUB "" "*"`) {
		if !f.has(`\Noselect`) { // RFC 3501 section 6.3.9: only a parent of a subscribed folder
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

func (f Listed) has(attr string) bool {
	return slices.ContainsFunc(f.Attrs, func(a string) bool { return strings.EqualFold(a, attr) })
}

func (c *Client) list(command string) []Listed {
	c.t.Helper()
	c.namespace() // needed to decode names, and not to be asked amid the listing
	var out []Listed
	c.run(command, func(r response) {
		if !strings.HasPrefix(r.text, "* LIST ") && !strings.HasPrefix(r.text, "* LSUB ") {
			return
		}
		v, err := r.values(2)
		if err != nil || len(v) < 3 {
			c.t.Fatalf("list: %q: %v", r.text, err)
		}
		f := Listed{Raw: string(v[2].text)}
		for _, a := range v[0].list {
			f.Attrs = append(f.Attrs, string(a.text))
		}
		f.Name = c.decode(f.Raw, string(v[1].text))
		out = append(out, f)
	})
	return out
}

// namespace asks once for the separator and the prefix of the user's own folders.
func (c *Client) namespace() (separator, prefix string) {
	c.t.Helper()
	if c.delim != "" {
		return c.delim, c.pfx
	}
	command, skip := `LIST "" ""`, 3
	if c.has("NAMESPACE") {
		command, skip = "NAMESPACE", 2
	}
	c.run(command, func(r response) {
		v, err := r.values(skip)
		if err != nil {
			c.t.Fatalf("%s: %q: %v", command, r.text, err)
		}
		switch {
		case strings.HasPrefix(r.text, "* NAMESPACE ") && len(v) > 0 && len(v[0].list) > 0 && len(v[0].list[0].list) > 1:
			c.pfx, c.delim = string(v[0].list[0].list[0].text), string(v[0].list[0].list[1].text)
		case strings.HasPrefix(r.text, "* LIST ") && len(v) > 0:
			c.delim = string(v[0].text)
		}
	})
	if len(c.delim) != 1 {
		c.t.Fatalf("%s: separator %q", command, c.delim)
	}
	return c.delim, c.pfx
}

// Raw returns the server's spelling of a UTF-8 name with "/" between the levels,
// ready for [Client.Quote].
func (c *Client) Raw(name string) string {
	c.t.Helper()
	if name == "INBOX" {
		return name
	}
	delim, prefix := c.namespace()
	return prefix + encodeName(strings.ReplaceAll(name, "/", delim))
}

// decode is the reverse of Raw.
func (c *Client) decode(raw, delim string) string {
	c.t.Helper()
	if strings.EqualFold(raw, "INBOX") {
		return "INBOX"
	}
	_, prefix := c.namespace()
	name, err := decodeName(strings.TrimPrefix(raw, prefix))
	if err != nil {
		c.t.Fatalf("folder %q: %v", raw, err)
	}
	return strings.ReplaceAll(name, delim, "/")
}

// Dump reads the whole account: every folder that can hold messages, by the
// server's spelling of its name. It changes nothing, not even \Seen.
func (c *Client) Dump() Account {
	c.t.Helper()
	return c.dump(func(f Listed) string { return f.Raw })
}

// DumpUTF8 is Dump with names in UTF-8 with "/" between the levels, so that
// accounts of servers with different separators and prefixes can be compared.
func (c *Client) DumpUTF8() Account {
	c.t.Helper()
	return c.dump(func(f Listed) string { return f.Name })
}

func (c *Client) dump(key func(Listed) string) Account {
	c.t.Helper()
	out := Account{}
	for _, f := range c.List() {
		if f.has(`\Noselect`) || f.has(`\NonExistent`) {
			continue
		}
		if _, twice := out[key(f)]; twice {
			c.t.Fatalf("folder %q is listed twice", key(f))
		}
		out[key(f)] = c.messages(f.Raw)
	}
	return out
}

// messages reads one folder.
func (c *Client) messages(raw string) []Mail {
	c.t.Helper()
	var mails []Mail
	if slices.Contains(c.Cmd("EXAMINE "+c.Quote(raw)), "* 0 EXISTS") {
		return mails
	}
	c.run("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])", func(r response) {
		if !strings.Contains(r.text, " FETCH (") {
			return
		}
		v, err := r.values(3)
		if err != nil || len(v) != 1 {
			c.t.Fatalf("fetch: %.300q: %v", r.text, err)
		}
		mails = append(mails, c.mail(v[0].list))
	})
	slices.SortFunc(mails, func(a, b Mail) int { return cmp.Compare(a.UID, b.UID) })
	return mails
}

// mail reads the items of one FETCH answer.
func (c *Client) mail(items []value) Mail {
	c.t.Helper()
	var m Mail
	seen := 0
	for i := 0; i+1 < len(items); i += 2 {
		v := items[i+1]
		var err error
		switch strings.ToUpper(string(items[i].text)) {
		case "UID":
			var uid uint64
			uid, err = strconv.ParseUint(string(v.text), 10, 32)
			m.UID = uint32(uid)
		case "FLAGS":
			for _, f := range v.list {
				if !strings.EqualFold(string(f.text), `\Recent`) {
					m.Flags = append(m.Flags, string(f.text))
				}
			}
			slices.Sort(m.Flags)
		case "INTERNALDATE":
			m.Date, err = time.Parse("_2-Jan-2006 15:04:05 -0700", string(v.text))
		case "BODY[]":
			m.Body = v.text
		default:
			continue
		}
		if err != nil {
			c.t.Fatalf("fetch: %s %q: %v", items[i].text, v.text, err)
		}
		seen++
	}
	if seen != 4 {
		c.t.Fatalf("fetch: %d of 4 items for UID %d", seen, m.UID)
	}
	return m
}

// Create makes a folder, given in UTF-8 with "/" between the levels, and the
// folders above it. Those that exist already are left as they are.
func (c *Client) Create(name string) {
	c.t.Helper()
	for end := 1; end <= len(name); end++ {
		if end < len(name) && name[end] != '/' {
			continue
		}
		if level := name[:end]; level != "INBOX" {
			line := "CREATE " + c.Quote(c.Raw(level))
			_, status := c.Try(line)
			if !strings.HasPrefix(status, "OK") && !strings.Contains(status, "ALREADYEXISTS") && !c.holds(level) {
				c.t.Fatalf("%s: %s", line, status)
			}
		}
	}
}

// holds reports whether a folder is there that can hold messages. Cyrus 3.6.1 and
// Courier 5.0.13 refuse to make one that is there without saying why.
func (c *Client) holds(name string) bool {
	c.t.Helper()
	return slices.ContainsFunc(c.List(), func(f Listed) bool { return f.Name == name && !f.has(`\Noselect`) })
}

// Append puts one message into a folder, given in UTF-8 with "/" between the
// levels. flags are separated by spaces; a zero date leaves it to the server.
func (c *Client) Append(folder, flags string, date time.Time, body []byte) {
	c.t.Helper()
	c.append(folder, []Mail{{Flags: strings.Fields(flags), Date: date, Body: body}})
}

// Fill makes the folders of a, named in UTF-8 with "/" between the levels, and
// appends all its messages in their order, as many at once as the server takes.
func (c *Client) Fill(a Account) {
	c.t.Helper()
	const batchMessages, batchBytes = 200, 8 << 20
	atOnce := batchMessages
	if !c.has("MULTIAPPEND") {
		atOnce = 1
	}
	for _, folder := range a.Folders() {
		c.Create(folder)
		mails := a[folder]
		for len(mails) > 0 {
			n, bytes := 0, 0
			for n < len(mails) && n < atOnce && (n == 0 || bytes+len(mails[n].Body) <= batchBytes) {
				bytes += len(mails[n].Body)
				n++
			}
			c.append(folder, mails[:n])
			mails = mails[n:]
		}
	}
}

// append sends one APPEND (RFC 9051 section 6.3.12), with several messages as RFC
// 3502 spells it.
func (c *Client) append(folder string, mails []Mail) {
	c.t.Helper()
	c.tag++
	tag := "x" + strconv.Itoa(c.tag)
	line := "APPEND " + c.Quote(c.Raw(folder))
	c.write(tag + " " + line)
	for _, m := range mails {
		c.write(" (" + strings.Join(m.Flags, " ") + ")")
		if !m.Date.IsZero() {
			c.write(` "` + m.Date.Format("02-Jan-2006 15:04:05 -0700") + `"`)
		}
		if c.has("LITERAL+") {
			c.write(" {" + strconv.Itoa(len(m.Body)) + "+}\r\n")
		} else {
			c.write(" {" + strconv.Itoa(len(m.Body)) + "}\r\n")
			c.flush()
			if r := c.response(); !strings.HasPrefix(r.text, "+") {
				c.t.Fatalf("%s: %s", line, r.text)
			}
		}
		_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
		if _, err := c.w.Write(m.Body); err != nil {
			c.t.Fatalf("%s: %v", line, err)
		}
	}
	c.write("\r\n")
	c.flush()
	c.finish(tag, line, func(response) {})
}

// FlagUnion returns the flags that any message of a has, in ascending order.
func (a Account) FlagUnion() []string {
	all := map[string]bool{}
	for _, mails := range a {
		for _, m := range mails {
			for _, f := range m.Flags {
				all[f] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}
