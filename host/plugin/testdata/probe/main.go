// Command probe is a plugin of the tests. It writes what it sees into its note and
// does what its configuration says.
package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/mailweir/mailweir/sdk"
)

var config struct {
	Do string `json:"do"`
}

func init() {
	sdk.OnStart(func() error {
		if err := sdk.Config(&config); err != nil {
			return err
		}
		do, ok := sdk.ConfigValue("do")
		if do != config.Do || ok != (do != "") {
			return fmt.Errorf("the configuration has two faces: %q, %q", do, config.Do)
		}
		if config.Do == "refuse" {
			return errors.New("this configuration is refused")
		}
		sdk.Debug("a debug line")
		sdk.Info("started at " + sdk.Now().Format("2006"))
		return nil
	})
	sdk.MapFolder(mapFolder)
	sdk.FilterEnvelope(filterEnvelope)
	sdk.FilterMessage(filterMessage)
}

func mapFolder(f *sdk.Folder) sdk.Result {
	messages, known := f.Messages()
	f.Note(fmt.Sprint(f.Source(), f.Name(), f.Target(), f.Use(), messages, known, f.Subscribed(), f.Selectable()))
	f.SetTarget("Probe/" + f.Target())
	switch config.Do {
	case "panic":
		var none []int
		_ = none[len(f.Name())]
	case "sleep":
		time.Sleep(time.Hour)
	case "fail":
		return sdk.Fail(errors.New("no luck"))
	case "hoard":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
		}
	case "print":
		fmt.Println("to standard output")
	}
	return sdk.Accept()
}

func filterEnvelope(m *sdk.Message) sdk.Result {
	if config.Do == "two headers" {
		if strings.Contains(m.Header("subject"), "[SPAM]") && m.HasHeader("list-id") {
			return sdk.Skip("spam")
		}
		return sdk.NoOpinion()
	}
	note := fmt.Sprint(m.Source(), m.Folder(), m.Target(), m.FolderUse(), m.UID(), m.Size(), m.Date().Format(time.RFC3339), m.Flags(),
		m.Has(sdk.Seen), m.Has(sdk.Draft), m.Has("$forwarded"), m.Header("subject"), m.HasHeader("X-Missing"))
	for twice := range m.Headers("X-Twice") {
		note += " " + twice
	}
	for name := range m.HeaderNames() {
		note += " " + name
	}
	note += fmt.Sprintf(" %q", m.RawHeader("Subject"))
	section, err := io.ReadAll(m.HeaderSection())
	note += fmt.Sprint(" ", len(section), err)
	switch config.Do {
	case "body":
		io.ReadAll(m.Body())
	case "skip":
		return sdk.Skip("not wanted")
	case "defer":
		m.SetTarget("Elsewhere")
		return sdk.Defer("not now")
	}
	m.SetTarget("Else/Where")
	m.AddFlags("$Probe", sdk.Flagged)
	m.RemoveFlags(`\SEEN`)
	m.SetDate(m.Date().AddDate(-1, 0, 0))
	m.Note(note)
	return sdk.NoOpinion()
}

func filterMessage(m *sdk.Message) sdk.Result {
	h := crc32.NewIEEE()
	n, err := io.Copy(h, m.Body())
	m.Note(fmt.Sprint(n, h.Sum32(), err))
	m.SetFlags()
	return sdk.NoOpinion()
}

func main() {}
