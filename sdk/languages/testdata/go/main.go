// Command probe goes through what the Go SDK has. The probes of all languages do the same.
package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mailweir/mailweir/sdk"
)

func init() {
	sdk.FilterMessage(filterMessage)
	sdk.MapFlags(mapFlags)
	sdk.RewriteMessage(rewriteMessage)
	sdk.MessageKey(messageKey)
	sdk.OnConflict(onConflict)
	sdk.AfterMessage(afterMessage)
	sdk.BeforeTask(beforeTask)
	sdk.AfterFolder(told)
	sdk.AfterTask(told)
	sdk.OnError(onError)
}

func filterMessage(m *sdk.Message) sdk.Result {
	for p := range m.Parts() {
		data, _ := io.ReadAll(p.Body())
		sdk.Info(fmt.Sprintf("%s|%s|%s|%s|%d|%d|%v|%s", p.Type(), p.Charset(), p.Disposition(), p.Filename(), p.Size(), p.Depth(), p.IsLeaf(), data))
	}
	sdk.Info(m.Hash()[:4])
	return sdk.NoOpinion()
}

func mapFlags(f *sdk.FlagSet) sdk.Opinion {
	kept, all := f.Kept()
	if all {
		f.Add("$All", f.Target())
		return sdk.Accept()
	}
	f.Set(kept...)
	return sdk.NoOpinion()
}

func rewriteMessage(r *sdk.Rewrite) sdk.Result {
	switch {
	case r.Refusal() == "skip":
		return sdk.Skip("refused")
	case r.Attempt() == 0:
		r.RemoveHeader("x-old")
		r.SetHeader("Subject", "Grüße")
		r.AddHeader("X-Size", fmt.Sprint(r.Size()))
		return sdk.Accept()
	}
	io.WriteString(r.Writer(), "X: 1\r\n")
	io.Copy(r.Writer(), r.Body())
	return sdk.NoOpinion()
}

func messageKey(k *sdk.Key) sdk.Opinion {
	if k.AtTarget() {
		k.Set(k.Header("subject"))
	}
	return sdk.NoOpinion()
}

func onConflict(c *sdk.Conflict) sdk.ConflictResult {
	there := c.There()
	switch _, known := there.UID(); {
	case !known:
		return sdk.Copy("unknown")
	case there.Has("$DRAFT"):
		return sdk.Replace("a draft")
	case there.Size() > c.Size():
		return sdk.Skip("larger")
	case there.Date().After(c.Date()):
		return sdk.Defer("newer")
	}
	return sdk.NoOpinion()
}

func afterMessage(c *sdk.Copied) sdk.Result {
	if err := outside(c); err != nil {
		c.RetryAfter(90 * time.Second)
		return sdk.Defer(err.Error())
	}
	return sdk.Accept()
}

func outside(c *sdk.Copied) error {
	uid, _ := c.Stored().UID()
	r, err := sdk.HTTP(sdk.Request{
		Method: "POST", URL: "https://x.example/", Header: map[string]string{"Idempotency-Key": c.OnceKey()},
		Body: strings.NewReader(fmt.Sprintf("uid=%d", uid)),
	})
	if err != nil {
		return err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	sdk.Info(fmt.Sprint(r.Status, " ", r.Header("server"), " ", len(text)))
	n, err := sdk.KV.Add("n", 2)
	if err != nil {
		return err
	}
	no, _ := sdk.KV.CompareAndSwap("n", []byte("1"), []byte("x"))
	yes, _ := sdk.KV.CompareAndSwap("n", []byte("2"), []byte("9"))
	v, _, _ := sdk.KV.Get("n")
	_, there, _ := sdk.KV.Get("none")
	sdk.Info(fmt.Sprint(n, " ", no, " ", yes, " ", string(v), " ", there))
	conn, err := sdk.Dial("clamd:3310", sdk.DialOptions{})
	if err != nil {
		return err
	}
	defer conn.Close()
	io.WriteString(conn, "ping")
	if text, err = io.ReadAll(conn); err != nil {
		return err
	}
	sdk.Info(string(text))
	return sdk.Send(sdk.Mail{Relay: "archive", From: "a@x", To: []string{"b@x"}, Body: sdk.BodyMessage})
}

func beforeTask(r *sdk.Run) sdk.RunResult {
	if text, _ := io.ReadAll(r.Report()); strings.Contains(string(text), "too many") {
		return sdk.Stop("a person has to look")
	}
	return sdk.NoOpinion()
}

func told(r *sdk.Run) sdk.Opinion {
	text, _ := io.ReadAll(r.Report())
	sdk.Info(fmt.Sprint(sdk.TaskName(), " ", sdk.RunID(), " ", sdk.DryRun(), " ", len(text)))
	return sdk.Accept()
}

func onError(f *sdk.Failure) sdk.RunResult {
	if m := f.Message(); m != nil {
		return sdk.Skip(fmt.Sprint(f.Stage(), " ", f.Kind(), " ", f.Text(), " ", f.Attempt(), " ", m.UID()))
	}
	return sdk.Defer("later")
}

func main() {}
