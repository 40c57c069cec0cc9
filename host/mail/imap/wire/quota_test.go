package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail"
)

func TestQuotaRoot_readsWhatServersSend(t *testing.T) {
	tests := []struct {
		name string
		give string
		want []Quota
		kind error
	}{
		{"Dovecot", "* QUOTAROOT INBOX \"User quota\"\n* QUOTA \"User quota\" (STORAGE 2 10240 MESSAGE 1 100)\n", []Quota{
			{"User quota", "STORAGE", 2, 10240}, {"User quota", "MESSAGE", 1, 100},
		}, nil},
		{"Courier without a limit", "* QUOTAROOT \"INBOX\" \"ROOT\"\n* QUOTA \"ROOT\"\n", nil, nil},
		{"Courier", "* QUOTAROOT \"INBOX\" \"ROOT\"\n* QUOTA \"ROOT\" (STORAGE 440 878)\n", []Quota{{"ROOT", "STORAGE", 440, 878}}, nil},
		{"Cyrus without a limit", "* QUOTAROOT INBOX\n", nil, nil},
		{"a literal, an empty name and an empty list", "* QUOTAROOT INBOX {1}\na \"\"\n* QUOTA {1}\na (Storage 1 2 )\n* QUOTA \"\" ()\n", []Quota{{"a", "STORAGE", 1, 2}}, nil},
		{"no numbers", "* QUOTA \"\" (STORAGE many 2)\n", nil, mail.ErrProtocol},
		{"no end", "* QUOTA \"\" (STORAGE 1 2\n", nil, mail.ErrProtocol},
		{"no name", "* QUOTA (STORAGE 1 2)\n", nil, mail.ErrProtocol},
		{"a long name", "* QUOTAROOT INBOX {99999999}\n", nil, mail.ErrProtocol},
		{"too many", strings.Repeat("* QUOTA \"\" (A 1 2)\n", maxQuotas+1), nil, mail.ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "QUOTA", Limits{}, func(s *server) {
				tag := s.expect(`GETQUOTAROOT "INBOX"`)
				s.say("%s", tt.give)
				s.say("%s OK done\n", tag)
			})
			got, err := c.QuotaRoot(t.Context(), "INBOX")
			if tt.kind != nil {
				wantKind(t, err, tt.kind)
			} else if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
