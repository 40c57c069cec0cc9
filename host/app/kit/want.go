package kit

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// check finds what can not be expected of the question.
func (w *Want) check(q *Question) error {
	hook := q.hook()
	isMessage := q.Message != nil
	switch {
	case w.Error != "" && (w.Verdict != "" || w.Note != nil || w.Doors != nil || w.changes()):
		return errors.New("it wants an error and something else")
	case q.Folder != nil && (w.Flags != nil || w.Date != nil):
		return errors.New("a folder has neither flags nor a date")
	case w.Target != "" && q.Folder == nil && !isMessage, w.Date != nil && !isMessage:
		return fmt.Errorf("%s changes neither target nor date", hook)
	case w.Flags != nil && !isMessage && q.MapFlags == nil:
		return fmt.Errorf("%s does not change flags", hook)
	case (w.EML != "" || w.Header != nil) && !isMessage:
		return fmt.Errorf("%s does not rewrite: eml and header are not for it", hook)
	case w.EML != "" && w.Header != nil:
		return errors.New("it wants a whole message (eml) and fields of it (header); one of the two is enough")
	case w.Key != "" && q.MessageKey == nil:
		return fmt.Errorf("%s gives no key", hook)
	case w.After != nil && (q.AfterMessage == nil || w.Verdict != Defer || *w.After <= 0):
		return errors.New("after goes with after_message and the verdict defer, and is a time such as 10m")
	}
	if err := w.checkVerdict(hook); err != nil {
		return err
	}
	_, err := parseFlags(w.Flags)
	return err
}

// changes reports whether something other than a verdict is wanted.
func (w *Want) changes() bool {
	return w.Target != "" || w.Flags != nil || w.Date != nil || w.EML != "" || w.Header != nil || w.Key != "" || w.After != nil
}

func (w *Want) checkVerdict(hook string) error {
	if w.Verdict == "" {
		return nil
	}
	var words []string
	for _, word := range []string{Pass, Skip, Defer, Copy, Replace, Stop} {
		i := slices.IndexFunc(abi.HookTable, func(h abi.HookInfo) bool { return h.Name == hook })
		if slices.Contains(abi.HookTable[i].Results, verdicts[word]) {
			words = append(words, word)
		}
	}
	if !slices.Contains(words, w.Verdict) {
		return fmt.Errorf("the verdict %q is not one of %s", w.Verdict, strings.Join(words, ", "))
	}
	if w.Verdict != Pass && (w.Target != "" || w.Flags != nil || w.Date != nil || w.EML != "" || w.Header != nil) {
		return fmt.Errorf("with the verdict %s nothing else is changed", w.Verdict)
	}
	return nil
}

// judgeDoors compares what would have been sent.
func (r *Tested) judgeDoors(want Want, doors []string) {
	if want.Doors == nil {
		return
	}
	same := len(doors) == len(want.Doors)
	for i := range want.Doors {
		same = same && strings.Contains(doors[i], want.Doors[i])
	}
	if !same {
		r.Passed = false
	}
	r.Want += fmt.Sprintf(", doors %q", want.Doors)
	r.Got += fmt.Sprintf(", doors %q", doors)
}

// judgeStored compares what is stored in place of a message.
func (r *Tested) judgeStored(c *Case, got State) error {
	if c.Message == nil || c.Want.Error != "" || got.Verdict != Pass {
		return nil
	}
	file, err := readEML(c.Message.EML, c.Message.Raw)
	if err != nil {
		return err
	}
	stored := got.Content
	if stored == nil {
		stored = file.text
	}
	switch want := c.Want; {
	case want.EML != "":
		golden, err := readEML(want.EML, c.Message.Raw)
		if err != nil {
			return err
		}
		name := filepath.Base(want.EML)
		r.Want += ", stored as in " + name
		if bytes.Equal(stored, golden.text) {
			r.Got += ", stored as in " + name
			return nil
		}
		r.Got += fmt.Sprintf(", stored otherwise: %s", difference(stored, golden.text))
	case want.Header != nil:
		r.judgeHeader(want.Header, stored, file.text)
		return nil
	case got.Content == nil:
		return nil
	default:
		r.Want += ", stored as it was"
		r.Got += fmt.Sprintf(", stored otherwise: %s", difference(stored, file.text))
	}
	r.Passed = false
	return nil
}

// judgeHeader compares some fields, and all the rest with what it was.
func (r *Tested) judgeHeader(want map[string]*string, stored, before []byte) {
	header := headerOf(stored)
	got := map[string]*string{}
	var names []string
	for name, value := range want {
		names = append(names, name)
		got[name] = fieldValue(header, name)
		if (value == nil) != (got[name] == nil) || value != nil && *value != *got[name] {
			r.Passed = false
		}
	}
	r.Want += ", with " + describeFields(want)
	r.Got += ", with " + describeFields(got)
	if a, b := without(stored, names), without(before, names); !bytes.Equal(a, b) {
		r.Passed = false
		r.Got += ", and without these fields " + difference(a, b)
	}
}
