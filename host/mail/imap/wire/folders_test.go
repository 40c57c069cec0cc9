package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

const listItems = "(MESSAGES UIDNEXT UIDVALIDITY)"

func TestList_readsWhatServersSend(t *testing.T) {
	tests := []struct {
		name   string
		answer string
		want   []ListEntry
	}{
		{
			"all LIST, then all STATUS",
			"* LIST (\\HasNoChildren \\Subscribed) \"/\" INBOX\n* LIST (\\Sent) \"/\" \"Gesendet\"\n" +
				"* STATUS Gesendet (UIDVALIDITY 7 UIDNEXT 9 MESSAGES 3)\n* STATUS \"inbox\" (MESSAGES 1 X-NEW (a \"b\") SIZE 5 UIDVALIDITY 8 UIDNEXT 2)\n",
			[]ListEntry{
				{Raw: "INBOX", Delim: '/', Attrs: []string{`\HasNoChildren`, `\Subscribed`}, Subscribed: true, Status: &mail.Status{UIDValidity: 8, UIDNext: 2, Messages: 1}},
				{Raw: "Gesendet", Delim: '/', Attrs: []string{`\Sent`}, Status: &mail.Status{UIDValidity: 7, UIDNext: 9, Messages: 3}},
			},
		},
		{
			"names as literals, with escapes, with 8-bit bytes, with broken modified UTF-7",
			"* LIST (\\Noselect) \".\" {5}\na\"b\\c\n* LIST (\\Noselect) \".\" \"x \\\"y\\\" \\\\z\"\n" +
				"* LIST (\\Noselect) \".\" \"Entw\xfcrfe\"\n* LIST (\\Noselect) \".\" &\xff-broken&\n",
			[]ListEntry{
				{Raw: `a"b\c`, Delim: '.', Attrs: []string{`\Noselect`}},
				{Raw: `x "y" \z`, Delim: '.', Attrs: []string{`\Noselect`}},
				{Raw: "Entw\xfcrfe", Delim: '.', Attrs: []string{`\Noselect`}},
				{Raw: "&\xff-broken&", Delim: '.', Attrs: []string{`\Noselect`}},
			},
		},
		{
			"bare name with spaces, no delimiter, odd delimiter, extended data",
			"* LIST (\\NonExistent) NIL Sent Mail \n* LIST (\\NonExistent) \"ab\" x\n" +
				"* LIST (\\NonExistent) \"\\\\\" \"y\" (\"CHILDINFO\" (\"SUBSCRIBED\") OLDNAME ({1}\n)))\n* LIST (\\NonExistent) \"/\" z (OLDNAME (a))\n",
			[]ListEntry{
				{Raw: "Sent Mail", Attrs: []string{`\NonExistent`}},
				{Raw: "x", Attrs: []string{`\NonExistent`}},
				{Raw: "y", Delim: '\\', Attrs: []string{`\NonExistent`}},
				{Raw: "z", Delim: '/', Attrs: []string{`\NonExistent`}},
			},
		},
		{
			"a folder twice",
			"* LIST (\\Noselect) \"/\" a\n* LIST (\\noselect \\HasChildren) \"/\" \"a\"\n",
			[]ListEntry{{Raw: "a", Delim: '/', Attrs: []string{`\Noselect`, `\HasChildren`}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "LIST-EXTENDED LIST-STATUS", Limits{}, func(s *server) {
				tag := s.expect(`LIST "" "*" RETURN (SUBSCRIBED STATUS ` + listItems + `)`)
				s.say("%s%s OK done\n", tt.answer, tag)
			})
			got, err := c.List(t.Context(), true)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestList_neverLeavesFolderOut(t *testing.T) {
	c := play(t, "LIST-EXTENDED", Limits{Name: 10}, func(s *server) {
		tag := s.expect(`LIST "" "*" RETURN (SUBSCRIBED)`)
		s.say("* LIST (\\x \"/\" broken\n* LIST () \"/\" {20}\n01234567890123456789\n* LIST () \"/\" %s\n* LIST ()\n* LIST () \"/\" good\n%s OK done\n",
			strings.Repeat("x", 11), tag)
	})
	got, err := c.List(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 {
		t.Fatalf("got %d folders: %+v", len(got), got)
	}
	for i, e := range got {
		if (e.Fault == "") != (i == 4) {
			t.Errorf("%q has the fault %q", e.Raw, e.Fault)
		}
	}
}

func TestList_refusesTooManyFolders(t *testing.T) {
	c := play(t, "LIST-EXTENDED", Limits{Folders: 3}, func(s *server) {
		s.line()
		for i := range 10 {
			s.say("* LIST () \"/\" x%d\n", i)
		}
	})
	_, err := c.List(t.Context(), false)
	wantKind(t, err, mail.ErrProtocol)
}

func TestList_fallsBackToListLsubAndStatus(t *testing.T) {
	for _, caps := range []string{"", "CONDSTORE", "LIST-EXTENDED LIST-STATUS SPECIAL-USE QRESYNC"} {
		t.Run(caps, func(t *testing.T) {
			items := listItems
			if caps != "" {
				items = "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
			}
			c := play(t, caps, Limits{}, func(s *server) {
				if strings.Contains(caps, "LIST-EXTENDED") {
					s.say("%s BAD what\n", s.expect(`LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS `+items+`)`))
				}
				list, lsub := s.expect(`LIST "" "*"`), s.expect(`LSUB "" "*"`)
				s.say("* LIST () \".\" INBOX\n* LIST (\\NoSelect) \".\" a\n* LIST () \".\" a.b\n* LIST () \".\" gone\n%s OK\n", list)
				s.say("* LSUB () \".\" Inbox\n* LSUB () \".\" old\n* LSUB (\\NoSelect) \".\" gone\n* LSUB () \".\" a.b\n%s OK\n", lsub)
				one, two, three := s.expect(`STATUS "INBOX" `+items), s.expect(`STATUS "a.b" `+items), s.expect(`STATUS "gone" `+items)
				s.say("%s NO [NONEXISTENT] gone\n", three) // answered out of order
				s.say("* STATUS a.b (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 4 HIGHESTMODSEQ 5)\n%s OK\n", two)
				s.say("* STATUS INBOX (MESSAGES 1 UIDNEXT 4294967296 UIDVALIDITY 4)\n%s OK\n", one)
			})
			got, err := c.List(t.Context(), true)
			if err != nil {
				t.Fatal(err)
			}
			want := []ListEntry{
				{Raw: "INBOX", Delim: '.', Subscribed: true, Status: &mail.Status{Messages: 1, UIDValidity: 4}},
				{Raw: "a", Delim: '.', Attrs: []string{`\NoSelect`}},
				{Raw: "a.b", Delim: '.', Subscribed: true, Status: &mail.Status{Messages: 2, UIDNext: 3, UIDValidity: 4, HighestModSeq: 5}},
				{Raw: "gone", Delim: '.'},
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestList_asksManyStatusWithoutStalling(t *testing.T) {
	const n = 1000
	c := play(t, "LIST-EXTENDED", Limits{}, func(s *server) {
		tag := s.expect(`LIST "" "*" RETURN (SUBSCRIBED)`)
		for i := range n {
			s.say("* LIST () \"/\" f%d\n", i)
		}
		s.say("%s OK\n", tag)
		for i := range n {
			tag := s.expect(fmt.Sprintf(`STATUS "f%d" %s`, i, listItems))
			s.say("* STATUS f%d (MESSAGES %d UIDNEXT 1 UIDVALIDITY 1)\n%s OK\n", i, i, tag)
		}
	})
	got, err := c.List(t.Context(), true)
	if err != nil || len(got) != n || got[n-1].Status == nil || got[n-1].Status.Messages != n-1 {
		t.Errorf("got %d folders, %v", len(got), err)
	}
}

func TestSize_isWhatTheServerSaysOfThatFolder(t *testing.T) {
	for _, tt := range []struct {
		name, caps, answer string
		want               int64
		fault              string
	}{
		{"told", "STATUS=SIZE", "* STATUS other (SIZE 1)\n* STATUS a.b (X-NEW (1 2) SIZE 5000000000)\n", 5000000000, ""},
		{"nothing there", "STATUS=SIZE", "* STATUS a.b (SIZE 0)\n", 0, ""},
		{"not told", "STATUS=SIZE", "* STATUS a.b (MESSAGES 1)\n", 0, "no SIZE in the answer"},
		{"no number", "STATUS=SIZE", "* STATUS a.b (SIZE many)\n", 0, "no SIZE in the answer"},
		{"too large a number", "STATUS=SIZE", "* STATUS a.b (SIZE 99999999999999999999)\n", 0, "no SIZE in the answer"},
		{"not known", "IDLE", "", 0, "unsupported"},
	} {
		c := play(t, tt.caps, Limits{}, func(s *server) {
			if tt.answer != "" {
				tag := s.expect(`STATUS "a.b" (SIZE)`)
				s.say(tt.answer+"%s OK\n", tag)
			}
		})
		got, err := c.Size(t.Context(), "a.b")
		if got != tt.want || (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%s: %d, %v", tt.name, got, err)
		}
	}
}

func TestSelect_collectsStateOfTheFolder(t *testing.T) {
	c := play(t, "CONDSTORE", Limits{}, func(s *server) {
		tag := s.expect(`SELECT "x" (CONDSTORE)`)
		s.say("* FLAGS (\\Seen $a)\n* 17 EXISTS\n* 2 RECENT\n* OK [UNSEEN 3] x\n* OK [PERMANENTFLAGS (\\Seen a] $b \\*)] ok\n"+
			"* OK [UIDVALIDITY 3857529045] ok\n* OK [UIDNEXT 4392 ] ok\n* OK [HIGHESTMODSEQ 715194045007] ok\n* VANISHED (EARLIER) 1:5\n* 18 EXISTS\n* 3 EXPUNGE\n%s OK [READ-WRITE] done\n", tag)
	})
	got, err := c.Select(t.Context(), "x", false)
	if err != nil {
		t.Fatal(err)
	}
	want := Selected{
		Status:    mail.Status{UIDValidity: 3857529045, UIDNext: 4392, Messages: 17, HighestModSeq: 715194045007},
		Permanent: []mail.Flag{`\Seen`, "a]", "$b"}, AllowsKeywords: true, Exists: 17,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for f, keeps := range map[mail.Flag]bool{`\seen`: true, `\Draft`: false, "$b": true, "new": true} {
		if got.Keeps(f) != keeps {
			t.Errorf("Keeps(%s) is %v", f, !keeps)
		}
	}
}

func TestSelect_withoutPermanentFlagsAllFlagsAreKept(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		tag := s.expect(`EXAMINE "x"`)
		s.say("* FLAGS (\\Seen $a)\n* OK [NOMODSEQ] none\n%s OK [READ-ONLY] done\n", tag)
	})
	got, err := c.Select(t.Context(), "x", true)
	want := Selected{Permanent: []mail.Flag{`\Seen`, "$a"}, AllowsKeywords: true, ReadOnly: true}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestSelect_tellsReasonOfRefusal(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		s.say("%s NO [NONEXISTENT] Mailbox doesn't exist: x\n", s.expect(`SELECT "x"`))
	})
	_, err := c.Select(t.Context(), "x", false)
	e := wantKind(t, err, mail.ErrNoFolder)
	if want := `open folder "x": no such folder: NO (the server says "[NONEXISTENT] Mailbox doesn't exist: x")`; e.Error() != want {
		t.Errorf("got %s", e)
	}
	var status *StatusError
	if !errors.As(err, &status) || status.Type != "NO" || status.Code != "NONEXISTENT" {
		t.Errorf("got %+v", status)
	}
}

func TestUnselect_expungesNothing(t *testing.T) {
	tests := []struct {
		caps     string
		readOnly bool
		want     []string
	}{
		{"UNSELECT", false, []string{"UNSELECT"}},
		{"", true, []string{"CLOSE"}},
		{"", false, []string{`EXAMINE "x"`, "CLOSE"}},
	}
	for _, tt := range tests {
		c := play(t, tt.caps, Limits{}, func(s *server) {
			s.open(`"x"`, "")
			for _, want := range tt.want {
				s.say("%s OK\n", s.expect(want))
			}
		})
		if _, err := c.Select(t.Context(), "x", tt.readOnly); err != nil {
			t.Fatal(err)
		}
		if err := c.Unselect(t.Context()); err != nil {
			t.Error(err)
		}
		if err := c.Unselect(t.Context()); err != nil { // nothing is open: nothing is sent
			t.Error(err)
		}
	}
}

func TestCreate_makesFolder(t *testing.T) {
	tests := []struct {
		name   string
		caps   string
		use    mail.Use
		script []string // command, answer, ...
		kind   error
	}{
		{"plain", "", mail.UseSent, []string{`CREATE "x"`, "OK"}, nil},
		{"with use", "CREATE-SPECIAL-USE", mail.UseSent, []string{`CREATE "x" (USE (\Sent))`, "OK"}, nil},
		{"use that we do not know", "CREATE-SPECIAL-USE", `Sent) x`, []string{`CREATE "x"`, "OK"}, nil},
		{"use refused", "CREATE-SPECIAL-USE", mail.UseSent, []string{`CREATE "x" (USE (\Sent))`, "NO [USEATTR] no", `CREATE "x"`, "OK"}, nil},
		{"there already", "", "", []string{`CREATE "x"`, "NO [ALREADYEXISTS] is there"}, nil},
		{"there already, without a code", "", "", []string{`CREATE "x"`, "NO is there", `LIST "" "x"`, "* LIST () \"/\" x\n+OK"}, nil},
		{"subscribed only", "", "", []string{`CREATE "x"`, "NO no", `LIST "" "x"`, "* LIST (\\NonExistent) \"/\" x\n+OK"}, mail.ErrRefused},
		{"refused", "", "", []string{`CREATE "x"`, "NO [NOPERM] no", `LIST "" "x"`, "OK"}, mail.ErrDenied},
		{"name not allowed, without a code", "", "", []string{`CREATE "x"`, "NO Invalid mailbox name", `LIST "" "x"`, "OK"}, mail.ErrBadName},
		{"name not allowed", "", "", []string{`CREATE "x"`, "NO [CANNOT] no", `LIST "" "x"`, "OK"}, mail.ErrBadName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, tt.caps, Limits{}, func(s *server) {
				for i := 0; i < len(tt.script); i += 2 {
					tag := s.expect(tt.script[i])
					before, status, ok := strings.Cut(tt.script[i+1], "+")
					if !ok {
						before, status = "", tt.script[i+1]
					}
					s.say("%s%s %s\n", before, tag, status)
				}
			})
			err := c.Create(t.Context(), "x", tt.use)
			if tt.kind != nil {
				wantKind(t, err, tt.kind)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSubscribe_sendsNameByteForByte(t *testing.T) {
	c := play(t, "LITERAL+", Limits{}, func(s *server) {
		tag := s.expect(`SUBSCRIBE {8+}`)
		if got := s.line(); got != "Entw\xfcrfe" {
			s.stop("got %q", got)
		}
		s.say("%s OK\n", tag)
		s.say("%s OK\n", s.expect(`SUBSCRIBE "&AOQ-"`))
	})
	for _, raw := range []string{"Entw\xfcrfe", "&AOQ-"} {
		if err := c.Subscribe(t.Context(), raw); err != nil {
			t.Error(err)
		}
	}
}

func TestStoreFlags_isPipelinedAndGoesOnAfterRefusal(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		a := s.expect(`UID STORE 1:3,7 +FLAGS.SILENT (\Seen $x)`)
		b := s.expect(`UID STORE 9 -FLAGS.SILENT (\Answered)`)
		d := s.expect(`UID STORE 10 +FLAGS.SILENT (\Draft)`)
		s.say("* 1 FETCH (UID 1 FLAGS ())\n") // unasked
		e := s.expect(`UID STORE 10 -FLAGS.SILENT (\Seen)`)
		s.say("%s NO [NOPERM] no\n* 1 FETCH (UID 9 FLAGS ())\n%s OK\n%s OK\n%s OK\n", a, b, d, e)
	})
	set := mail.UIDSpan(1, 3)
	set.Add(7)
	err := c.StoreFlags(t.Context(), []mail.FlagChange{
		{UIDs: set, Add: []mail.Flag{mail.FlagSeen, "$x"}},
		{UIDs: mail.UIDs(9), Remove: []mail.Flag{mail.FlagAnswered}},
		{UIDs: mail.UIDSet{}, Add: []mail.Flag{mail.FlagSeen}},
		{UIDs: mail.UIDs(8)},
		{UIDs: mail.UIDs(10), Add: []mail.Flag{mail.FlagDraft}, Remove: []mail.Flag{mail.FlagSeen}},
	})
	wantKind(t, err, mail.ErrDenied)
	if c.Err() != nil {
		t.Error(c.Err())
	}
}

func TestStoreFlags_sendsNothingWhenFlagIsInvalid(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) { s.say("%s OK\n", s.expect("NOOP")) })
	err := c.StoreFlags(t.Context(), []mail.FlagChange{
		{UIDs: mail.UIDs(9), Add: []mail.Flag{mail.FlagSeen}}, {UIDs: mail.UIDs(10), Add: []mail.Flag{"a\r\nb"}},
	})
	wantKind(t, err, mail.ErrRefused)
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLogout_closesConnection(t *testing.T) {
	for _, answer := range []string{"* BYE bye\n%s OK\n", "* BYE bye\n", ""} {
		c := play(t, "", Limits{}, func(s *server) {
			tag := s.expect("LOGOUT")
			if answer != "" {
				s.say("%s", strings.ReplaceAll(answer, "%s", tag))
			}
		})
		if err := c.Logout(t.Context()); err != nil {
			t.Errorf("after %q: %v", answer, err)
		}
		if c.Err() == nil {
			t.Error("still open")
		}
	}
}

func TestConn_commandsEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := play(t, "", Limits{}, func(s *server) {
		s.expect("NOOP")
		cancel()
		s.line()
	})
	if err := c.Noop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := c.Noop(t.Context()); !errors.Is(err, mail.ErrConnect) {
		t.Errorf("got %v from a connection that is closed", err)
	}
}

func TestConn_isNotHurtByContextThatEndedBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := play(t, "", Limits{}, func(s *server) { s.say("%s OK\n", s.expect("NOOP")) })
	if err := c.Noop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConn_quotesBye(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		s.expect("NOOP")
		s.say("* BYE Too many simultaneous connections. (Failure)\n")
	})
	e := wantKind(t, c.Noop(t.Context()), mail.ErrBusy)
	if !e.Fatal() || !e.Retryable() {
		t.Errorf("got %+v", e)
	}
}

func TestConn_refusesLineThatIsNoResponse(t *testing.T) {
	for _, line := range []string{"HTTP/1.1 400 Bad Request", "W1", "W1 MAYBE", "Wx OK", "X1 OK"} {
		c := play(t, "", Limits{}, func(s *server) {
			s.line()
			s.say("%s\n", line)
		})
		wantKind(t, c.Noop(t.Context()), mail.ErrProtocol)
	}
}
