package copier_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/maildir"
)

// A Maildir tree is copied into another one, twice.
func Example() {
	ctx := context.Background()
	fs := afero.NewMemMapFs()
	from, err := maildir.Create(fs, "/from")
	if err != nil {
		fmt.Println(err)
		return
	}
	to, err := maildir.Create(fs, "/to")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := write(ctx, from, "Archive/2015", "Subject: hello\r\n\r\nworld\r\n"); err != nil {
		fmt.Println(err)
		return
	}
	c := copier.New(copier.Config{
		Sources: []copier.SourceAccount{{Name: "old", Open: func(context.Context) (mail.Source, error) { return from, nil }}},
		Target:  func(context.Context) (mail.Target, error) { return to, nil },
		Ledger:  newLedger(&world{}), // a service has one in its database
	})
	for range 2 {
		r := c.Run(ctx)
		fmt.Printf("%s: %d copied, %d present\n", r.Outcome, r.Counts.Copied, r.Counts.Present)
	}
	// Output:
	// done: 1 copied, 0 present
	// done: 0 copied, 1 present
}

// write stores one message in a folder of an account.
func write(ctx context.Context, account mail.Target, folder, body string) error {
	f, err := account.Spell(folder)
	if err != nil {
		return err
	}
	if err := account.Create(ctx, f); err != nil {
		return err
	}
	w, err := account.Select(ctx, f)
	if err != nil {
		return err
	}
	defer w.Close()
	receipt, err := w.Append(ctx, []mail.Upload{{Size: int64(len(body)), Body: strings.NewReader(body), InternalDate: day(0)}})
	if err != nil {
		return err
	}
	_, err = receipt.Wait(ctx)
	return err
}
