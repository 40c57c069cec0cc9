package demo

import (
	"bytes"
	"maps"
	"slices"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// mailboxes are the folders of one user. The in-memory server keeps their mail;
// what it does not know - special uses (RFC 6154) - is kept beside it.
type mailboxes struct {
	*imapmemserver.User

	mu         sync.Mutex
	use        map[string]imap.MailboxAttr // of every folder that exists; "" is none
	subscribed map[string]bool
}

func newMailboxes(name, password string) *mailboxes {
	return &mailboxes{
		User:       imapmemserver.NewUser(name, password),
		use:        map[string]imap.MailboxAttr{},
		subscribed: map[string]bool{},
	}
}

// fill makes INBOX and the folders of content with their messages.
func (b *mailboxes) fill(content []folder) error {
	if err := b.create("INBOX", ""); err != nil {
		return err
	}
	for _, f := range content {
		if f.name != "INBOX" {
			if err := b.create(f.name, f.use); err != nil {
				return err
			}
		}
		if err := b.subscribe(f.name, true); err != nil {
			return err
		}
		for _, m := range f.messages {
			options := &imap.AppendOptions{Flags: m.flags, Time: m.date}
			if _, err := b.Append(f.name, bytes.NewReader(m.body), options); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *mailboxes) create(name string, use imap.MailboxAttr) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.Create(name, nil); err != nil {
		return err
	}
	b.use[name] = use
	return nil
}

func (b *mailboxes) subscribe(name string, on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribed[name] = on
	if on {
		return b.Subscribe(name)
	}
	return b.Unsubscribe(name)
}

// session is one connection.
type session struct {
	*imapmemserver.UserSession // nil before the login

	boxes *mailboxes
}

// Login implements imapserver.Session.
func (s *session) Login(name, password string) error {
	if err := s.boxes.Login(name, password); err != nil {
		return err
	}
	s.UserSession = imapmemserver.NewUserSession(s.boxes.User)
	return nil
}

// Create implements imapserver.Session.
func (s *session) Create(name string, _ *imap.CreateOptions) error { return s.boxes.create(name, "") }

// Delete implements imapserver.Session.
func (s *session) Delete(name string) error {
	s.boxes.mu.Lock()
	defer s.boxes.mu.Unlock()
	if err := s.boxes.User.Delete(name); err != nil {
		return err
	}
	delete(s.boxes.use, name)
	return nil
}

// Rename implements imapserver.Session.
func (s *session) Rename(from, to string, options *imap.RenameOptions) error {
	s.boxes.mu.Lock()
	defer s.boxes.mu.Unlock()
	if err := s.boxes.User.Rename(from, to, options); err != nil {
		return err
	}
	s.boxes.use[to] = s.boxes.use[from]
	delete(s.boxes.use, from)
	return nil
}

// Subscribe implements imapserver.Session.
func (s *session) Subscribe(name string) error { return s.boxes.subscribe(name, true) }

// Unsubscribe implements imapserver.Session.
func (s *session) Unsubscribe(name string) error { return s.boxes.subscribe(name, false) }

// List implements imapserver.Session. It answers for the folders that it knows,
// with their special uses.
func (s *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	const delimiter = '/'
	if len(patterns) == 0 { // RFC 9051 section 6.3.9: a question about the delimiter
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	s.boxes.mu.Lock()
	defer s.boxes.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.boxes.use)) {
		matches := func(pattern string) bool { return imapserver.MatchList(name, delimiter, ref, pattern) }
		use, subscribed := s.boxes.use[name], s.boxes.subscribed[name]
		if !slices.ContainsFunc(patterns, matches) ||
			options.SelectSubscribed && !subscribed || options.SelectSpecialUse && use == "" {
			continue
		}
		data := imap.ListData{Mailbox: name, Delim: delimiter}
		if use != "" {
			data.Attrs = append(data.Attrs, use)
		}
		if subscribed && (options.ReturnSubscribed || options.SelectSubscribed) {
			data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
		}
		if options.ReturnStatus != nil {
			status, err := s.boxes.Status(name, options.ReturnStatus)
			if err != nil {
				return err
			}
			data.Status = status
		}
		if err := w.WriteList(&data); err != nil {
			return err
		}
	}
	return nil
}

// Close implements imapserver.Session.
func (s *session) Close() error {
	if s.UserSession == nil {
		return nil
	}
	return s.UserSession.Close()
}

var _ imapserver.SessionIMAP4rev2 = (*session)(nil)
