package mailtest_test

import (
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func ExampleDiff() {
	m := mailtest.Mail{
		UID: 1, Flags: []string{`\Seen`}, Date: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Body: []byte("Subject: hello\r\n\r\nworld\r\n"),
	}
	want := mailtest.Account{"INBOX": {m, m}, "Archive": nil}
	got := mailtest.Account{"INBOX": {m}, "Archive": nil}
	fmt.Print(mailtest.Diff(want, got))
	// Output:
	// "INBOX": 2 messages wanted, 1 there; 1 missing, 0 extra
	//   missing: UID 1, 25 bytes, sha256 463e4146163a580d, 2024-05-06 07:08:09, [\Seen], "Subject: hello"
}
