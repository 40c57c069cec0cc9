package maildir_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/maildir"
)

// A tree on a MemMapFs is a mail account in memory.
func Example() {
	ctx := context.Background()
	tree, err := maildir.Create(afero.NewMemMapFs(), "/Maildir")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tree.Close()
	folder, _ := tree.Spell("Archiv/März")
	_ = tree.Create(ctx, folder)
	w, _ := tree.Select(ctx, folder)
	text := "Subject: hello\r\n\r\nworld\r\n"
	receipt, _ := w.Append(ctx, []mail.Upload{{
		Flags: []mail.Flag{mail.FlagSeen}, Size: int64(len(text)), Body: strings.NewReader(text),
	}})
	uids, _ := receipt.Wait(ctx)
	fmt.Println(folder.Raw, "UID", uids)

	_ = w.Fetch(ctx, mail.UIDs(uids...), func(m mail.Message, body io.Reader) error {
		b, err := io.ReadAll(body)
		fmt.Printf("%v %q\n", m.Flags, b)
		return err
	})
	// Output:
	// .Archiv.M&AOQ-rz UID [1]
	// [\Seen] "Subject: hello\r\n\r\nworld\r\n"
}
