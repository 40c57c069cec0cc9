package maildir

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const dovecotList = "3 V1795465629 N3 G878b3b2e9da1046b9f58000083ecc375\n" +
	"1 :1795465629.M794295P22687.vm,S=8,W=10\n" +
	"2 W12 S9 :1795465629.M796771P22687.vm,S=9\n" +
	"7 :1795465629.M799893P22687.vm,S=9,W=12:2,S\n"

func TestParseUIDList_readsWhatDovecotWrites(t *testing.T) {
	got, err := parseUIDList(dovecotList)
	if err != nil {
		t.Fatal(err)
	}
	want := &uidList{
		validity: 1795465629, next: 8, extra: " G878b3b2e9da1046b9f58000083ecc375",
		entries: []uidEntry{
			{1, "", "1795465629.M794295P22687.vm,S=8,W=10"},
			{2, " W12 S9", "1795465629.M796771P22687.vm,S=9"},
			{7, "", "1795465629.M799893P22687.vm,S=9,W=12"},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(uidList{}, uidEntry{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseUIDList_seesAWriterThatCrashed(t *testing.T) {
	got, err := parseUIDList(dovecotList + "8 :17954656")
	if err != nil || !got.torn || len(got.entries) != 3 || got.next != 8 {
		t.Errorf("got %+v, %v; want three entries and torn", got, err)
	}
}

func TestParseUIDList_namesTheDamagedLine(t *testing.T) {
	tests := []struct{ name, give, want string }{
		{"empty", "\n", "dovecot-uidlist:1: version"},
		{"no line end", "3 V1 N1", "no header"},
		{"other version", "1 1 1\n", "dovecot-uidlist:1: version"},
		{"no validity", "3 N1\n", "dovecot-uidlist:1: no UIDVALIDITY"},
		{"bad validity", "3 V0 N1\n", "dovecot-uidlist:1: UIDVALIDITY"},
		{"bad next", "3 V1 Nx\n", "dovecot-uidlist:1: next UID"},
		{"no file", "3 V1 N1\n1 :a\n2\n", "dovecot-uidlist:3: no file name"},
		{"empty file", "3 V1 N1\n1 :\n", "dovecot-uidlist:2: no file name"},
		{"no UID", "3 V1 N1\nx :a\n", "dovecot-uidlist:2: \"x\" is no UID"},
		{"descending", "3 V1 N1\n2 :a\n1 :b\n", "dovecot-uidlist:3: UID 1 after 2"},
		{"UID 0", "3 V1 N1\n0 :a\n", "dovecot-uidlist:2: \"0\" is no UID"},
		{"last UID", "3 V1 N1\n4294967295 :a\n", "dovecot-uidlist:2: UID 4294967295 leaves"},
		{"too large", "3 V1 N1\n4294967296 :a\n", "dovecot-uidlist:2: \"4294967296\" is no UID"},
	}
	for _, tt := range tests {
		if _, err := parseUIDList(tt.give); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestUIDList_addRefusesToRunOut(t *testing.T) {
	l := &uidList{validity: 1, next: lastUID - 2}
	if _, _, err := l.add([]string{"a", "b", "c"}); err == nil || len(l.entries) != 0 {
		t.Errorf("error %v and %d entries, want an error and none", err, len(l.entries))
	}
	uids, lines, err := l.add([]string{"a", "b"})
	if err != nil || len(uids) != 2 || lines != "4294967293 :a\n4294967294 :b\n" {
		t.Errorf("add = %v, %q, %v", uids, lines, err)
	}
}

func FuzzParseUIDList(f *testing.F) {
	f.Add(dovecotList)
	f.Add(dovecotList + "8 :torn")
	f.Add("3 V1 N1\n")
	f.Add("3 V1 N4294967295\n1 :a\n")
	f.Add("3\n1 :a")
	f.Add("3 V100\n1::0\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseUIDList(text)
		if err != nil {
			return
		}
		l.torn = false
		again, err := parseUIDList(l.String())
		if err != nil {
			t.Fatalf("%q is written as %q, which is not read: %v", text, l.String(), err)
		}
		if diff := cmp.Diff(l, again, cmp.AllowUnexported(uidList{}, uidEntry{})); diff != "" {
			t.Error(diff)
		}
		for i, e := range l.entries {
			if e.uid >= l.next || (i > 0 && e.uid <= l.entries[i-1].uid) {
				t.Errorf("entry %d has UID %d, the next is %d", i, e.uid, l.next)
			}
		}
	})
}
