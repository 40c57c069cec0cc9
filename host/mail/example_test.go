package mail_test

import (
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
)

func ExampleUIDSet() {
	set := mail.UIDs(7, 3, 1, 2, 9)
	fmt.Println(set, set.Len(), set.Contains(8))
	for _, part := range set.Split(2) {
		fmt.Println(part)
	}
	// Output:
	// 1:3,7,9 5 false
	// 1:2
	// 3,7
	// 9
}

func ExampleCleanFlags() {
	fmt.Println(mail.CleanFlags([]mail.Flag{`\SEEN`, "Junk", `\Recent`, "junk", "not an atom"}))
	// Output: [\Seen Junk]
}

func ExampleError() {
	var err error = &mail.Error{
		Op: "append to Archive", Where: "mail.example.org:993", Kind: mail.ErrQuota, Code: "OVERQUOTA", Text: "Mailbox is full",
	}
	fmt.Println(err)
	fmt.Println(errors.Is(err, mail.ErrQuota))
	// Output:
	// mail.example.org:993: append to Archive: destination is full (the server says "[OVERQUOTA] Mailbox is full")
	// true
}
