package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/bench/rawimap"
)

// content is what an account holds, small enough to keep.
type content struct {
	Mail       map[mailKey]int // how many times each message is there
	Subscribed []string
}

// mailKey is everything about a message that must arrive.
type mailKey struct {
	Folder   string
	Sum      [sha256.Size]byte // of all bytes
	Plain    [sha256.Size]byte // the same without the header that mbsync adds
	Flags    string            // system flags, sorted
	Keywords string            // sorted
	Date     int64             // INTERNALDATE, Unix seconds
}

// readContent reads a whole account and changes nothing in it.
func readContent(ctx context.Context, addr, user string) (*content, error) {
	conn, err := rawimap.Dial(ctx, addr, user)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	folders, err := conn.List()
	if err != nil {
		return nil, err
	}
	out := &content{Mail: map[mailKey]int{}}
	var body []byte
	for _, f := range folders {
		name := strings.Trim(f.Token, `"`)
		if f.Subscribed {
			out.Subscribed = append(out.Subscribed, name)
		}
		if body, err = out.folder(conn, f.Token, name, body); err != nil {
			return nil, fmt.Errorf("read folder %s of %s: %w", name, user, err)
		}
	}
	slices.Sort(out.Subscribed)
	return out, nil
}

// folder adds the messages of one folder. It returns the buffer for the next one.
func (c *content) folder(conn *rawimap.Conn, token, name string, body []byte) ([]byte, error) {
	if err := conn.Do("EXAMINE "+token, nil); err != nil {
		return body, err
	}
	tag := conn.Send("FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")
	if err := conn.Flush(); err != nil {
		return body, err
	}
	for {
		line, literal, err := conn.Line()
		if err != nil {
			return body, err
		}
		if literal < 0 {
			// An empty folder has no message 1.
			if bytes.HasPrefix(line, []byte(tag+" BAD")) {
				return body, nil
			}
			if done, err := rawimap.Answer(line, tag); done || err != nil {
				return body, err
			}
			continue
		}
		m, _ := rawimap.ParseFetch(line)
		if int64(cap(body)) < literal {
			body = make([]byte, literal)
		}
		body = body[:literal]
		if _, err := io.ReadFull(conn.R, body); err != nil {
			return body, err
		}
		key, err := keyOf(name, m, body)
		if err != nil {
			return body, err
		}
		c.Mail[key]++
		if end, _, err := conn.Line(); err != nil || string(end) != ")" {
			return body, fmt.Errorf("after a body: %q, %v", end, err)
		}
	}
}

func keyOf(folder string, m rawimap.Message, body []byte) (mailKey, error) {
	date, err := rawimap.ParseDate(m.Date)
	if err != nil {
		return mailKey{}, err
	}
	key := mailKey{Folder: folder, Date: date.Unix(), Sum: sha256.Sum256(body)}
	key.Plain = key.Sum
	if begin, end := addedHeader(body); end > 0 {
		key.Plain = sha256.Sum256(slices.Concat(body[:begin], body[end:]))
	}
	var system, keywords []string
	for _, f := range strings.Fields(m.Flags) {
		if strings.HasPrefix(f, `\`) {
			system = append(system, strings.ToLower(f))
		} else {
			keywords = append(keywords, f)
		}
	}
	slices.Sort(system)
	slices.Sort(keywords)
	key.Flags, key.Keywords = strings.Join(system, " "), strings.Join(keywords, " ")
	return key, nil
}

// addedHeader finds the line X-TUID in the header of a message.
func addedHeader(body []byte) (begin, end int) {
	header := body
	if i := bytes.Index(body, []byte("\r\n\r\n")); i >= 0 {
		header = body[:i+2]
	}
	const name = "X-TUID: "
	if !bytes.HasPrefix(header, []byte(name)) {
		begin = bytes.Index(header, []byte("\n"+name)) + 1
		if begin == 0 {
			return 0, 0
		}
	}
	return begin, begin + bytes.IndexByte(header[begin:], '\n') + 1
}

// exact is what arrived says when nothing is lost, added or changed.
const exact = "exact"

// arrived says in words how got differs from want.
func arrived(want, got *content) string {
	var words []string
	say := func(n int, what string) {
		if n > 0 {
			words = append(words, fmt.Sprintf("%s (%d)", what, n))
		}
	}
	same := func(k mailKey) mailKey { return mailKey{Folder: k.Folder, Plain: k.Plain} }
	missing := lacks(want.Mail, got.Mail, same)
	say(missing, "messages missing")
	say(lacks(got.Mail, want.Mail, same), "messages that were not there")
	for _, aspect := range []struct {
		what string
		of   func(k, more mailKey) mailKey
	}{
		{"a header added", func(k, all mailKey) mailKey { k.Sum = all.Sum; return k }},
		{"flags differ", func(k, all mailKey) mailKey { k.Flags = all.Flags; return k }},
		{"keywords differ", func(k, all mailKey) mailKey { k.Keywords = all.Keywords; return k }},
		{"dates differ", func(k, all mailKey) mailKey { k.Date = all.Date; return k }},
	} {
		say(lacks(want.Mail, got.Mail, func(k mailKey) mailKey { return aspect.of(same(k), k) })-missing, aspect.what)
	}
	if !slices.Equal(want.Subscribed, got.Subscribed) {
		words = append(words, fmt.Sprintf("subscriptions differ (%d for %d)", len(got.Subscribed), len(want.Subscribed)))
	}
	if len(words) == 0 {
		say(lacks(want.Mail, got.Mail, func(k mailKey) mailKey { return k }), "messages got the flags or dates of others")
	}
	if len(words) == 0 {
		return exact
	}
	return strings.Join(words, ", ")
}

// lacks counts the messages of want that got has not, as seen through view.
func lacks(want, got map[mailKey]int, view func(mailKey) mailKey) int {
	left := map[mailKey]int{}
	for k, n := range got {
		left[view(k)] += n
	}
	missing := 0
	for k, n := range want {
		v := view(k)
		missing += max(0, n-max(0, left[v]))
		left[v] -= n
	}
	return missing
}
