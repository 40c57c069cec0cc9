package copier

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
)

func TestMessageID(t *testing.T) {
	of := func(s string) [16]byte { return messageID([]byte(s)) }
	want := of("Message-ID: <a@b>\r\n\r\n")
	for _, same := range []string{
		"message-id:<a@b>\r\n\r\n", "Subject: x\r\nMESSAGE-ID:   <a@b>  \r\n\r\n", "Message-ID: <a@b>", "Message-Id : <a@b>\nTo: c\n\n",
		"Message-ID:\r\n <a@b>\r\n\r\n", "Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n\r\n",
	} {
		if of(same) != want {
			t.Errorf("%q has another Message-ID", same)
		}
	}
	for _, none := range []string{"", "\r\n\r\n", "Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", "Message-ID: \r\n\r\n", "X-Message-ID: <a@b>\r\n\r\n"} {
		if of(none) != ([16]byte{}) {
			t.Errorf("%q has a Message-ID", none)
		}
	}
}

func FuzzMessageID(f *testing.F) {
	f.Add([]byte("Message-ID: <a@b>\r\n\r\nbody"))
	f.Add([]byte("Message-ID:\r\n\t<a@b>\r\n"))
	f.Add([]byte("\n\nMessage-ID"))
	f.Fuzz(func(t *testing.T, header []byte) {
		id := messageID(header)
		// What follows the empty line belongs to the body and changes nothing.
		if head := headerOf(strings.NewReader(string(header))); len(head) < len(header) && messageID(head) != id {
			t.Errorf("%q: the body changes the Message-ID", header)
		}
	})
}

func TestHeaderOf(t *testing.T) {
	long := "Subject: " + strings.Repeat("x", 100_000) + "\r\n\r\n"
	tests := []struct{ give, want string }{
		{"A: b\r\n\r\nbody\r\n\r\n", "A: b\r\n\r\n"},
		{"A: b\n\nbody", "A: b\n\n"},
		{"A: b\r\nno end", "A: b\r\nno end"},
		{"\r\nbody", "\r\n"},
		{"\nbody", "\n"},
		{"", ""},
		{long + "body", long},
	}
	for _, tt := range tests {
		if got := string(headerOf(strings.NewReader(tt.give))); got != tt.want {
			t.Errorf("%.40q: got %.60q", tt.give, got)
		}
	}
}

func TestFlagSets_equalSetsHaveEqualNumbers(t *testing.T) {
	s := newFlagSets()
	a := s.number([]mail.Flag{`\Seen`, "Work"})
	if b := s.number([]mail.Flag{"work", `\SEEN`, `\Recent`, "Work"}); a != b {
		t.Errorf("%v is not %v", s.flags(b), s.flags(a))
	}
	if b := s.number([]mail.Flag{`\Seen`}); a == b || b == notThere || s.number(nil) == notThere {
		t.Error("different sets have one number")
	}
}

// TestMatcher_neverLosesAMessage draws two folders whose headers say little and
// checks that what is found has the same bytes, each target message once, and
// that nothing that is there is missed when sizes are right.
func TestMatcher_neverLosesAMessage(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		bodies := map[bool]map[mail.UID]int{true: {}, false: {}}
		draw := func(source bool) []trait {
			var out []trait
			for uid := range mail.UID(rnd.IntN(12)) {
				body := rnd.IntN(6)
				bodies[source][uid+1] = body
				tr := trait{uid: uid + 1, size: int64(10 + body%2), date: int64(1 + rnd.IntN(2))}
				if body > 1 { // the same Message-ID for different bodies
					tr.id = [16]byte{byte(1 + body/4)}
				}
				if body > 3 { // but then the date tells them apart
					tr.date = int64(100 + body)
				}
				out = append(out, tr)
			}
			return out
		}
		m := &matcher{source: draw(true), target: draw(false)}
		m.digest = func(_ context.Context, s, tg mail.UIDSet) (map[mail.UID]prints, map[mail.UID][16]byte, error) {
			of := func(source bool, uids mail.UIDSet) map[mail.UID][16]byte {
				out := make(map[mail.UID][16]byte)
				for uid := range uids.All() {
					out[uid] = [16]byte{byte(1 + bodies[source][uid])}
				}
				return out
			}
			return unaltered(of(true, s)), of(false, tg), nil
		}
		found, err := m.match(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if used := slices.Sorted(maps.Values(found)); len(slices.Compact(used)) != len(found) {
			t.Fatalf("seed %d: one message is the copy of two: %v", seed, found)
		}
		want := 0
		count := map[int]int{}
		for _, b := range bodies[true] {
			count[b]++
		}
		there := map[int]int{}
		for _, b := range bodies[false] {
			there[b]++
		}
		for b, n := range count {
			want += min(n, there[b])
		}
		for s, tg := range found {
			if bodies[true][s] != bodies[false][tg] {
				t.Fatalf("seed %d: body %d was taken for %d", seed, bodies[true][s], bodies[false][tg])
			}
		}
		if len(found) != want {
			t.Fatalf("seed %d: found %d, want %d", seed, len(found), want)
		}
	}
}

func unaltered(exact map[mail.UID][16]byte) map[mail.UID]prints {
	out := make(map[mail.UID]prints)
	for uid, fp := range exact {
		out[uid] = prints{exact: fp}
	}
	return out
}

// TestMatcher_findsWhatTheTargetAltered tells which message of the source a message
// is that the target may have altered: first of all one that has its very bytes.
func TestMatcher_findsWhatTheTargetAltered(t *testing.T) {
	const ended, open, other = "A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx", "A: b\r\n\r\ny"
	tests := []struct {
		name           string
		source, target []string
		want           map[mail.UID]mail.UID
	}{
		{"alone", []string{open}, []string{ended}, map[mail.UID]mail.UID{1: 1}},
		{"beside another", []string{other, open}, []string{ended}, map[mail.UID]mail.UID{2: 1}},
		{"after its own", []string{open, ended}, []string{ended}, map[mail.UID]mail.UID{2: 1}},
		{"each", []string{open, ended}, []string{ended, ended}, map[mail.UID]mail.UID{1: 2, 2: 1}},
		{"as often as it is there", []string{open, open, open}, []string{ended, ended}, map[mail.UID]mail.UID{1: 1, 2: 2}},
		{"never the other way round", []string{ended}, []string{open}, map[mail.UID]mail.UID{}},
		{"munged", []string{"A: \xfc\r\n\r\nx\r\n", "A: \xe4\xfc\r\n\r\nx"}, []string{"A: XX\r\n\r\nx\r\n"}, map[mail.UID]mail.UID{2: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &matcher{}
			for i, body := range tt.source {
				m.source = append(m.source, trait{uid: mail.UID(i + 1), size: int64(len(body)), date: 1})
			}
			for i, body := range tt.target {
				m.target = append(m.target, trait{uid: mail.UID(i + 1), size: int64(len(body)), date: 1})
			}
			m.digest = func(_ context.Context, s, tg mail.UIDSet) (map[mail.UID]prints, map[mail.UID][16]byte, error) {
				source, target := make(map[mail.UID]prints), make(map[mail.UID][16]byte)
				for uid := range s.All() {
					source[uid], _ = printsOf(strings.NewReader(tt.source[uid-1]))
				}
				for uid := range tg.All() {
					target[uid], _ = Fingerprint(strings.NewReader(tt.target[uid-1]))
				}
				return source, target, nil
			}
			found, err := m.match(t.Context(), nil)
			if err != nil || !maps.Equal(found, tt.want) {
				t.Errorf("found %v, %v; want %v", found, err, tt.want)
			}
		})
	}
}

func TestMatcher_readsOnlyWhatIsInDoubt(t *testing.T) {
	m := &matcher{}
	for i := range 100 {
		tr := trait{uid: mail.UID(i + 1), size: int64(i), date: 5, id: [16]byte{1, byte(i)}}
		m.source, m.target = append(m.source, tr), append(m.target, tr)
	}
	m.target[50].date = 6
	read := 0
	m.digest = func(_ context.Context, s, tg mail.UIDSet) (map[mail.UID]prints, map[mail.UID][16]byte, error) {
		read += s.Len() + tg.Len()
		return map[mail.UID]prints{51: {exact: [16]byte{1}}}, map[mail.UID][16]byte{51: {1}}, nil
	}
	found, err := m.match(t.Context(), nil)
	if err != nil || len(found) != 100 || read != 2 {
		t.Errorf("found %d, read %d, %v", len(found), read, err)
	}
}

func TestIndex_believesThePairThatKnowsAMessageCopied(t *testing.T) {
	x := index{
		{uid: 3, state: EntrySkipped, pair: 1},
		{uid: 1, state: 0},
		{uid: 3, state: EntryDone, pair: 2},
		{uid: 2, state: EntryIntent},
		{uid: 3, state: EntryIntent},
		{uid: 1, state: EntrySkipped},
	}.settle()
	if got := fmt.Sprint(len(x), x[0].state, x[1].state, x[2].state); got != fmt.Sprint(3, EntrySkipped, EntryIntent, EntryDone) {
		t.Errorf("got %s", got)
	}
	if x.find(2) != &x[1] || x.find(4) != nil {
		t.Error("a slot is not found")
	}
}
