package wire

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

func upload(body string, flags ...mail.Flag) mail.Upload {
	return mail.Upload{Flags: flags, Size: int64(len(body)), Body: strings.NewReader(body)}
}

// appendAll is Append followed by Wait.
func appendAll(ctx context.Context, c *Conn, raw string, batch ...mail.Upload) (uint32, []mail.UID, error) {
	a, err := c.Append(ctx, raw, batch)
	if err != nil {
		return 0, nil, err
	}
	return a.Wait(ctx)
}

func TestAppend_sendsBatchAsOneMultiappend(t *testing.T) {
	zone := time.FixedZone("", -7*3600-30*60)
	c := play(t, "MULTIAPPEND LITERAL+ UIDPLUS", Limits{}, func(s *server) {
		tag := s.expect(`APPEND "a \"b\" \\c" (\Seen $Label1) "02-Jan-2024 03:04:05 -0730" {3+}`)
		if got := s.body(3); got != "one" {
			s.stop("got body %q", got)
		}
		if got := s.line(); got != ` () {0+}` {
			s.stop("got %q", got)
		}
		if got := s.line(); got != ` (\Draft) {5+}` {
			s.stop("got %q", got)
		}
		if got := s.body(7); got != "three\r\n" {
			s.stop("got %q", got)
		}
		s.say("* 7 EXISTS\n* XNEWS\n%s OK [APPENDUID 38505 3955,3957:3958] done\n", tag)
	})
	first := upload("one", mail.FlagSeen, "$Label1")
	first.InternalDate = time.Date(2024, 1, 2, 3, 4, 5, 999, zone)
	validity, uids, err := appendAll(t.Context(), c, `a "b" \c`, first, upload(""), upload("three", mail.FlagDraft))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]mail.UID{3955, 3957, 3958}, uids); d != "" || validity != 38505 {
		t.Errorf("UIDVALIDITY %d, UIDs %s", validity, d)
	}
}

func TestAppend_pipelinesSinglesWithoutMultiappend(t *testing.T) {
	c := play(t, "LITERAL+ UIDPLUS", Limits{}, func(s *server) {
		var tags []string
		for _, body := range []string{"one", "two", "six"} {
			tags = append(tags, s.expect(`APPEND "x" () {3+}`))
			if got := s.body(5); got != body+"\r\n" {
				s.stop("got %q", got)
			}
		}
		// All are there before the first answer.
		s.say("%s OK [APPENDUID 1 5] done\n%s NO [TOOBIG] no\n%s OK done\n", tags[0], tags[1], tags[2])
	})
	_, uids, err := appendAll(t.Context(), c, "x", upload("one"), upload("two"), upload("six"))
	var batch *mail.BatchError
	if !errors.As(err, &batch) {
		t.Fatalf("got %v, want a *mail.BatchError", err)
	}
	if batch.Errs[0] != nil || batch.Errs[2] != nil {
		t.Errorf("got errors %v", batch.Errs)
	}
	wantKind(t, batch.Errs[1], mail.ErrTooBig)
	if d := cmp.Diff([]mail.UID{5, 0, 0}, uids); d != "" {
		t.Error(d)
	}
}

func TestAppend_waitsWithSynchronizingLiterals(t *testing.T) {
	for _, caps := range []string{"", "LITERAL-", "MULTIAPPEND LITERAL-"} {
		t.Run(caps, func(t *testing.T) {
			big := strings.Repeat("b", literalMinus+1)
			c := play(t, caps, Limits{}, func(s *server) {
				tag := s.expect(`APPEND "x" () {4097}`)
				s.say("* OK have patience\n+ go on\n")
				s.body(len(big))
				sync := caps == ""
				next := ` () {3+}`
				if strings.Contains(caps, "MULTIAPPEND") {
					if got := s.line(); got != next {
						s.stop("got %q", got)
					}
				} else {
					s.line()
					if sync {
						next = ` () {3}`
					}
					second := s.expect(`APPEND "x"` + next)
					s.say("%s OK [APPENDUID 1 1]\n", tag) // the first answer comes while the second waits
					tag = second
				}
				if sync {
					s.say("+\n")
				}
				s.body(5)
				s.say("%s OK [APPENDUID 1 %s]\n", tag, map[bool]string{true: "1:2", false: "2"}[strings.Contains(caps, "MULTI")])
			})
			_, uids, err := appendAll(t.Context(), c, "x", upload(big), upload("two"))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]mail.UID{1, 2}, uids); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAppend_keepsConnectionWhenLiteralIsRefused(t *testing.T) {
	tests := []struct {
		answer string
		kind   error
	}{
		{"NO [TRYCREATE] no such folder", mail.ErrNoFolder},
		{"NO [OVERQUOTA] full", mail.ErrQuota},
		{"NO [TOOBIG] too big", mail.ErrTooBig},
		{"NO [LIMIT] slowly", mail.ErrBusy},
		{"NO [NOPERM] no", mail.ErrDenied},
		{"NO no", mail.ErrRefused},
		{"BAD what", mail.ErrProtocol},
	}
	for _, tt := range tests {
		c := play(t, "MULTIAPPEND", Limits{}, func(s *server) {
			tag := s.expect(`APPEND "x" () {3}`)
			s.say("%s %s\n", tag, tt.answer)
			s.say("%s OK\n", s.expect("NOOP"))
		})
		_, uids, err := appendAll(t.Context(), c, "x", upload("one"), upload("two"))
		if e := wantKind(t, err, tt.kind); e.Unknown {
			t.Errorf("%s: counts as perhaps stored", tt.answer)
		}
		if d := cmp.Diff([]mail.UID{0, 0}, uids); d != "" {
			t.Error(d)
		}
		if err := c.Noop(t.Context()); err != nil {
			t.Errorf("%s: %v", tt.answer, err)
		}
	}
}

func TestAppend_dropsConnectionAfterBADWithOpenLiteral(t *testing.T) {
	c := play(t, "MULTIAPPEND LITERAL+", Limits{}, func(s *server) {
		tag := s.expect(`APPEND "x" () {1048576+}`)
		s.say("%s BAD what\n", tag)
		_, _ = io.Copy(io.Discard, s.r) // until the other side hangs up
	})
	body := strings.Repeat("W9 DELETE INBOX\r\n", 1<<20/17+1)[:1<<20]
	_, _, err := appendAll(t.Context(), c, "x", upload(body))
	if e := wantKind(t, err, mail.ErrProtocol); e.Unknown {
		t.Error("counts as perhaps stored")
	}
	if c.Err() == nil {
		t.Error("the connection is still open")
	}
	wantKind(t, c.Noop(t.Context()), mail.ErrConnect)
}

func TestAppend_sendsNothingThatCouldRunAsCommand(t *testing.T) {
	tests := []struct {
		name string
		raw  string
		up   mail.Upload
		kind error
	}{
		{"flag with line end", "x", upload("", "a\r\nW9 DELETE x"), mail.ErrRefused},
		{"flag with space", "x", upload("", "a b"), mail.ErrRefused},
		{"flag with parenthesis", "x", upload("", "a)"), mail.ErrRefused},
		{"Recent", "x", upload("", mail.FlagRecent), mail.ErrRefused},
		{"year 10000", "x", mail.Upload{InternalDate: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, mail.ErrRefused},
		{"year -1", "x", mail.Upload{InternalDate: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}, mail.ErrRefused},
		{"negative size", "x", mail.Upload{Size: -1}, mail.ErrRefused},
		{"beyond APPENDLIMIT", "x", upload("0123456789"), mail.ErrTooBig},
		{"folder with line end", "x\r\nW9 DELETE x", upload(""), mail.ErrBadName},
		{"folder with NUL", "x\x00", upload(""), mail.ErrBadName},
		{"empty folder name", "", upload(""), mail.ErrBadName},
		{"long folder name", strings.Repeat("x", 2000), upload(""), mail.ErrBadName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "MULTIAPPEND LITERAL+ APPENDLIMIT=9", Limits{}, func(s *server) {
				s.say("%s OK\n", s.expect("NOOP"))
			})
			_, err := c.Append(t.Context(), tt.raw, []mail.Upload{upload("good"), tt.up})
			if e := wantKind(t, err, tt.kind); e.Unknown {
				t.Error("counts as perhaps stored")
			}
			if err := c.Noop(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAppend_writesOddZonesAsUTC(t *testing.T) {
	c := play(t, "LITERAL+", Limits{}, func(s *server) {
		tag := s.expect(`APPEND "x" () "31-Dec-1899 23:06:32 +0000" {0+}`)
		s.line()
		s.say("%s OK\n", tag)
	})
	up := upload("")
	up.InternalDate = time.Date(1900, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 53*60+28))
	if _, _, err := appendAll(t.Context(), c, "x", up); err != nil {
		t.Fatal(err)
	}
}

func TestAppend_storesNothingOfShortBody(t *testing.T) {
	broken := errors.New("source broke")
	tests := []struct {
		name  string
		body  io.Reader
		cause error
	}{
		{"ends early", strings.NewReader("abc"), io.ErrUnexpectedEOF},
		{"fails", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), broken},
		{"reads nothing for ever", idle{}, io.ErrNoProgress},
	}
	for _, caps := range []string{"MULTIAPPEND LITERAL+", "LITERAL+"} {
		for _, tt := range tests {
			t.Run(caps+" "+tt.name, func(t *testing.T) {
				got := make(chan string, 1)
				c := play(t, caps, Limits{}, func(s *server) {
					b, _ := io.ReadAll(s.r)
					got <- string(b)
				})
				_, err := c.Append(t.Context(), "x", []mail.Upload{upload("one"), {Size: 10, Body: tt.body}})
				e := wantKind(t, err, mail.ErrShortBody)
				if !errors.Is(err, tt.cause) {
					t.Errorf("got %v, want its cause to be %v", err, tt.cause)
				}
				// Without MULTIAPPEND the first message was a command of its own.
				if want := !strings.Contains(caps, "MULTIAPPEND"); e.Unknown != want {
					t.Errorf("Unknown is %v", e.Unknown)
				}
				if c.Err() == nil {
					t.Error("the connection is still open")
				}
				if sent := <-got; strings.Contains(sent, "{10+}\r\nabc\r\n") {
					t.Errorf("the short message was ended: %q", sent)
				}
			})
		}
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestAppend_saysWhetherLostMessageMayBeStored(t *testing.T) {
	big := strings.Repeat("x", 3*bufferSize)
	tests := []struct {
		name    string
		caps    string
		take    int // bytes that the server reads before it hangs up
		unknown bool
	}{
		{"cut within the literal", "LITERAL+", 1000, false},
		{"cut within the second literal", "MULTIAPPEND LITERAL+", len(big) + 1000, false},
		{"cut within the second command", "LITERAL+", len(big) + 1000, true},
		{"cut before the answer", "MULTIAPPEND LITERAL+", -1, true},
		{"cut before the plus", "", 10, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, tt.caps, Limits{}, func(s *server) {
				if tt.take >= 0 {
					s.body(tt.take)
					return
				}
				s.line()
				s.body(len(big))
				s.line()
				s.body(len(big) + 2)
			})
			_, _, err := appendAll(t.Context(), c, "x", upload(big), upload(big))
			if e := wantKind(t, err, mail.ErrConnect); e.Unknown != tt.unknown {
				t.Errorf("got %v, Unknown is %v", err, e.Unknown)
			}
		})
	}
}

func TestAppend_quotesTheServersLastWords(t *testing.T) {
	c := play(t, "LITERAL+", Limits{}, func(s *server) {
		s.expect(`APPEND "x" () {1000000+}`)
		s.say("* BYE [UNAVAILABLE] going down\n")
	})
	_, _, err := appendAll(t.Context(), c, "x", upload(strings.Repeat("x", 1000000)))
	if e := wantKind(t, err, mail.ErrBusy); e.Text != "going down" || e.Unknown {
		t.Errorf("got %+v", e)
	}
}

func TestAppend_doesNotStallWhenServerTalksInsteadOfReading(t *testing.T) {
	c := play(t, "MULTIAPPEND LITERAL+", Limits{}, func(s *server) {
		tag := s.expect(`APPEND "x" () {1000000+}`)
		for range 1000 {
			s.say("* OK still here, and not reading before you have read this\n")
		}
		s.body(1000002)
		s.say("%s OK [APPENDUID 1 1]\n", tag)
	})
	if _, _, err := appendAll(t.Context(), c, "x", upload(strings.Repeat("x", 1000000))); err != nil {
		t.Fatal(err)
	}
}

func TestAppend_readsEarlyNoWhileItWrites(t *testing.T) {
	c := play(t, "MULTIAPPEND LITERAL+", Limits{}, func(s *server) {
		tag := s.expect(`APPEND "x" () {1000000+}`)
		s.say("%s NO [OVERQUOTA] full\n", tag)
		s.body(1000002) // RFC 7888: it still takes the literal
		s.say("%s OK\n", s.expect("NOOP"))
	})
	_, _, err := appendAll(t.Context(), c, "x", upload(strings.Repeat("x", 1000000)))
	wantKind(t, err, mail.ErrQuota)
	if err := c.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAppend_doesNotBelieveOKForWhatItHasNotSent(t *testing.T) {
	c := play(t, "MULTIAPPEND LITERAL+", Limits{}, func(s *server) {
		s.say("%s OK [APPENDUID 1 1] done\n", s.expect(`APPEND "x" () {1000000+}`))
		s.say("* OK\n") // once this is read, that was judged, and the rest was not read yet
		_, _ = io.Copy(io.Discard, s.r)
	})
	_, _, err := appendAll(t.Context(), c, "x", upload(strings.Repeat("x", 1000000)))
	wantKind(t, err, mail.ErrProtocol)
}

func TestAppend_severalInFlightAreWaitedForByAnotherGoroutine(t *testing.T) {
	const n = 20
	c := play(t, "MULTIAPPEND LITERAL+", Limits{}, func(s *server) {
		var tags []string
		for range n {
			tags = append(tags, s.expect(`APPEND "x" () {3+}`))
			s.body(5)
		}
		for i, tag := range tags {
			if i%2 == 1 {
				s.say("%s NO [OVERQUOTA] full\n", tag)
				continue
			}
			s.say("%s OK [APPENDUID 9 %d] done\n", tag, i+1)
		}
		s.say("%s OK\n", s.expect("NOOP"))
	})
	receipts := make(chan *Append, n)
	done := make(chan error)
	go func() {
		defer close(done)
		i := 0
		for a := range receipts {
			i++
			_, uids, err := a.Wait(t.Context())
			switch {
			case i%2 == 0:
				if !errors.Is(err, mail.ErrQuota) {
					done <- err
				}
			case err != nil:
				done <- err
			case len(uids) != 1 || uids[0] != mail.UID(i):
				done <- errors.New("wrong UIDs")
			}
		}
	}()
	for range n {
		a, err := c.Append(t.Context(), "x", []mail.Upload{upload("abc")})
		if err != nil {
			t.Fatal(err)
		}
		receipts <- a
	}
	close(receipts)
	for err := range done {
		t.Error(err)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAppend_otherCommandsWaitForItsAnswers(t *testing.T) {
	c := play(t, "LITERAL+", Limits{}, func(s *server) {
		tag := s.expect(`APPEND "x" () {3+}`)
		s.body(5)
		s.say("%s OK done\n", tag)
		s.say("%s OK\n", s.expect("NOOP"))
	})
	a, err := c.Append(t.Context(), "x", []mail.Upload{upload("abc")})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, uids, err := a.Wait(t.Context()); err != nil || len(uids) != 1 || uids[0] != 0 {
		t.Errorf("got %v, %v", uids, err)
	}
}

func TestAppend_waitEndsWhenTheContextDoes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := play(t, "LITERAL+", Limits{}, func(s *server) {
		s.expect(`APPEND "x" () {3+}`)
		s.body(5)
		cancel()
		s.line()
	})
	a, err := c.Append(t.Context(), "x", []mail.Upload{upload("abc")})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = a.Wait(ctx)
	if !errors.Is(err, context.Canceled) || !mail.OutcomeUnknown(err) {
		t.Errorf("got %v", err)
	}
}

func TestAppendUID_needsOneUIDForEachMessage(t *testing.T) {
	tests := []struct {
		give string
		n    int
		want []mail.UID
	}{
		{"1 5", 1, []mail.UID{5}},
		{"1 5:7", 3, []mail.UID{5, 6, 7}},
		{"1 7:5", 3, []mail.UID{5, 6, 7}},
		{"1 9,5:6", 3, []mail.UID{9, 5, 6}},
		{"1  5 ", 1, []mail.UID{5}},
		{"1 5:7", 2, nil},
		{"1 5:7", 4, nil},
		{"1 1:4294967295", 100, nil},
		{"1 0", 1, nil},
		{"1 4294967296", 1, nil},
		{"1 *", 1, nil},
		{"1", 1, nil},
		{"x 5", 1, nil},
		{"", 1, nil},
	}
	for _, tt := range tests {
		_, got := appendUID(tt.give, tt.n)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q for %d messages: %s", tt.give, tt.n, d)
		}
	}
}

func TestScan_asksServerToLookWhenAppendCameWithoutEXISTS(t *testing.T) {
	tests := []struct {
		name   string
		answer string // to the APPENDs
		noop   bool
	}{
		{"no word", "%s OK [APPENDUID 9 1] done\n%s OK [APPENDUID 9 2] done\n", true},
		{"one of two", "* 1 EXISTS\n%s OK [APPENDUID 9 1] done\n%s OK [APPENDUID 9 2] done\n", true},
		{"each at once", "* 1 EXISTS\n%s OK [APPENDUID 9 1] done\n* 2 EXISTS\n%s OK [APPENDUID 9 2] done\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "UIDPLUS LITERAL+", Limits{}, func(s *server) {
				s.open(`"Box"`, "* 0 EXISTS\n* OK [UIDVALIDITY 9] ok\n")
				var tags []any
				for range 2 {
					tags = append(tags, s.expect(`APPEND "Box" () {1+}`))
					s.body(len("a\r\n"))
				}
				s.say(tt.answer, tags...)
				for range 2 { // the second time there is nothing to catch up with
					if tt.noop {
						s.say("* 2 EXISTS\n%s OK\n", s.expect("NOOP"))
						tt.noop = false
					}
					s.say("* 1 FETCH (UID 1)\n* 2 FETCH (UID 2)\n%s OK\n", s.expect("UID FETCH 1:2 (UID)"))
				}
			})
			if _, err := c.Select(t.Context(), "Box", false); err != nil {
				t.Fatal(err)
			}
			if _, _, err := appendAll(t.Context(), c, "Box", upload("a"), upload("b")); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				n := 0
				err := c.Scan(t.Context(), mail.UIDSpan(1, 2), mail.ScanOptions{}, func(mail.Message) error { n++; return nil })
				if err != nil || n != 2 {
					t.Errorf("%d messages, %v; want 2", n, err)
				}
			}
		})
	}
}
