package wire

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
)

func TestScanFlags_readsManyFoldersAtOnceAndTrustsWholeOnesOnly(t *testing.T) {
	raws := []string{"good", "gone", "short", "order", "a\r\nb", "odd", "empty"}
	c := play(t, "", Limits{}, func(s *server) {
		tags := map[string]string{}
		for _, f := range []string{"good", "gone", "short", "order", "odd", "empty"} { // all of them before any answer
			tags[f] = s.expect(`EXAMINE "` + f + `"`)
			tags["in "+f] = s.expect("UID FETCH 1:* (UID FLAGS)")
		}
		opened := func(f string, exists int) {
			s.say("* FLAGS (\\Seen)\n* %d EXISTS\n* OK [UIDVALIDITY 7] x\n* OK [UIDNEXT 9] x\n%s OK [READ-ONLY] x\n", exists, tags[f])
		}
		opened("good", 2)
		s.say("* 1 FETCH (UID 3 FLAGS (\\Seen x))\n* 2 FETCH (FLAGS () UID 5)\n* 3 EXISTS\n%s OK\n", tags["in good"])
		s.say("%s NO [NONEXISTENT] no\n%s BAD no folder is open\n", tags["gone"], tags["in gone"])
		opened("short", 2)
		s.say("* 1 FETCH (UID 3 FLAGS ())\n%s OK\n", tags["in short"])
		opened("order", 2)
		s.say("* 2 FETCH (UID 5 FLAGS ())\n* 1 FETCH (UID 3 FLAGS ())\n%s OK\n", tags["in order"])
		opened("odd", 2)
		s.say("* 1 FETCH (UID 3 FLAGS ()\n* 2 FETCH (UID 5 FLAGS ())\n%s OK\n", tags["in odd"])
		opened("empty", 0)
		s.say("%s OK\n", tags["in empty"])
		s.say("%s OK\n", s.expect("NOOP"))
	})
	var got, ends []string
	err := c.ScanFlags(t.Context(), raws, func(i int, m mail.Message) {
		if i == 0 {
			got = append(got, fmt.Sprintf("%d (%s)", m.UID, flagText(m.Flags)))
		}
	}, func(i int, s mail.Status) {
		ends = append(ends, fmt.Sprintf("%s %d %d %d", raws[i], s.UIDValidity, s.UIDNext, s.Messages))
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`3 (\Seen x)`, "5 ()"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"good 7 9 2", "empty 7 9 0"}; !slices.Equal(ends, want) {
		t.Errorf("whole are %q, want %q", ends, want)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestScanFlags_aLostConnectionIsAnError(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) {
		s.expect(`EXAMINE "a"`)
		s.say("* 1 EXISTS\n")
	})
	err := c.ScanFlags(t.Context(), []string{"a"}, func(int, mail.Message) {}, func(int, mail.Status) { t.Error("a folder has an end") })
	wantKind(t, err, mail.ErrConnect)
}
