package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// refuse shows what the service has found wrong.
func (typed *typedTask) refuse(err error) {
	sentinel := ErrInvalid
	if errors.Is(err, ErrConflict) {
		sentinel = ErrConflict
	}
	typed.form.Problems = strings.Split(view.Sentence(err, sentinel), "\n")
	typed.form.Focus = "problems"
}

// check finds what is wrong with single fields, and reports whether there is
// nothing. What concerns the task as a whole is the service's to say.
func (typed *typedTask) check() bool {
	f, x := &typed.form, typed.says()
	f.Faults = map[string]string{}
	if strings.TrimSpace(f.Name) == "" {
		typed.fault("name", x.FaultName)
	}
	if len(f.Sources) > maxSources || len(f.Hooks) > maxHooks {
		f.Problems = append(f.Problems, x.FaultTooMany)
	}
	if len(f.Sources) == 0 {
		f.Problems = append(f.Problems, x.FaultNoSource)
	}
	typed.checkSources(x)
	typed.checkAccount(x, view.DestinationPrefix, f.Destination, typed.stored.Destination, x.FaultPassword)
	for _, h := range f.Hooks {
		if h.Plugin == "" {
			typed.fault(view.FieldID(h.Prefix(), "plugin"), x.FaultPlugin)
		}
		if err := validJSON(h.Config); err != nil {
			typed.fault(view.FieldID(h.Prefix(), "config"), x.FaultJSON+err.Error())
		}
		if _, err := view.ParseGrantLines(h.Grants); err != nil {
			typed.fault(view.FieldID(h.Prefix(), "grants"), x.FaultGrant+err.Error())
		}
	}
	typed.checkSchedule(x)
	typed.checkRemoval(x)
	if f.Focus == "" && len(f.Problems) > 0 {
		f.Focus = "problems"
	}
	return len(f.Faults) == 0 && len(f.Problems) == 0
}

func (typed *typedTask) checkSources(x view.Catalogue) {
	seen := map[string]bool{}
	for _, s := range typed.form.Sources {
		id := view.FieldID(s.Prefix(), "name")
		switch {
		case task.ValidSourceName(s.Name) != nil:
			typed.fault(id, x.FaultSourceName)
		case seen[s.Name]:
			typed.fault(id, x.FaultSourceTwice)
		}
		seen[s.Name] = true
		before, _ := typed.storedSource(s.Was)
		missing := x.FaultPassword
		account := s.Account
		if account.Stored && s.Name != s.Was {
			// The service finds a stored password by the source's name.
			account.Stored, missing = false, x.FaultPasswordRenamed
		}
		typed.checkAccount(x, s.Prefix(), account, before, missing)
	}
}

func (typed *typedTask) checkAccount(x view.Catalogue, prefix string, a view.AccountForm, before task.Account, missing string) {
	fault := func(field, text string) { typed.fault(view.FieldID(prefix, field), text) }
	if a.Kind == string(task.KindMaildir) {
		if !filepath.IsAbs(a.Dir) {
			fault("dir", x.FaultDir)
		}
		return
	}
	if a.Host == "" {
		fault("host", x.FaultHost)
	}
	if n, err := strconv.Atoi(a.Port); a.Port != "" && (err != nil || n < 1 || n > 65535) {
		fault("port", x.FaultPort)
	}
	if a.User == "" {
		fault("user", x.FaultUser)
	}
	switch {
	case typed.passwords[prefix] != "":
	case !a.Stored:
		fault("password", missing)
	case !sameLogin(account(a), before):
		fault("password", x.FaultPasswordMoved)
	}
}

// sameLogin reports whether the stored password of before may be sent to where a
// leads: else whoever can edit a task could have it sent to a server of theirs.
func sameLogin(a, before task.Account) bool {
	return a.Host == before.Host && a.Port == before.Port && a.TLS == before.TLS &&
		a.CAFile == before.CAFile && a.Pin == before.Pin && a.Auth == before.Auth &&
		a.LoginName() == before.LoginName() && a.Authzid == before.Authzid
}

// fault notes what is wrong with a field; the first is the one to go to.
func (typed *typedTask) fault(id, text string) {
	typed.form.Faults[id] = text
	typed.form.Focus = cmp.Or(typed.form.Focus, id)
}

func validJSON(text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var v any
	return json.Unmarshal([]byte(text), &v)
}
