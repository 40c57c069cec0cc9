package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// readRemoval takes what was typed about deleting and replacing as it is.
func (typed *typedTask) readRemoval(v url.Values) {
	get := func(field string) string { return strings.TrimSpace(v.Get(field)) }
	typed.form.Removal = view.RemovalForm{Mirror: get("mirror") != "", Replace: get("replace") != "", Grace: get("grace"), Limit: get("limit")}
	typed.confirmed = get("confirm")
}

func readDelete(v url.Values, prefix string) view.DeleteForm {
	return view.DeleteForm{When: v.Get(view.FieldID(prefix, "delete")), Days: strings.TrimSpace(v.Get(view.FieldID(prefix, "delete-days")))}
}

// removal is what was typed about deleting and replacing. The form has been checked.
func (typed *typedTask) removal() task.Removal {
	f := typed.form.Removal
	r := task.Removal{Mirror: f.Mirror, Replace: f.Replace, Limit: f.Limit}
	if f.Mirror {
		r.Grace, _ = view.ParseDays(f.Grace)
	}
	for _, s := range typed.form.Sources {
		age, _ := view.ParseDays(s.Delete.Days)
		switch s.Delete.When {
		case "now":
			age = 0
		case "days":
		default:
			continue
		}
		if r.Sources == nil {
			r.Sources = make(map[string]time.Duration)
		}
		r.Sources[s.Name] = age
	}
	return r
}

// checkRemoval finds what is wrong with it. Whoever turns on that more is deleted or
// replaced than before has to type a word.
func (typed *typedTask) checkRemoval(x view.Catalogue) {
	deletes := false
	for _, s := range typed.form.Sources {
		deletes = deletes || s.Delete.When == "now" || s.Delete.When == "days"
		if _, ok := view.ParseDays(s.Delete.Days); s.Delete.When == "days" && !ok {
			typed.fault(view.FieldID(s.Prefix(), "delete-days"), x.FaultDays)
		}
	}
	f := typed.form.Removal
	if _, ok := view.ParseDays(f.Grace); f.Mirror && !ok {
		typed.fault("grace", x.FaultDays)
	}
	if f.Mirror && deletes {
		typed.fault("mirror", x.FaultBoth)
	}
	typed.form.Confirm = typed.removal().Adds(typed.before())
	if typed.form.Confirm && typed.confirmed != x.ConfirmWord {
		typed.fault("confirm", x.FaultConfirm)
	}
}

// before is what the stored task deletes, by the names that its sources have now.
func (typed *typedTask) before() task.Removal {
	r := typed.stored.Removal
	renamed := make(map[string]time.Duration, len(r.Sources))
	for _, s := range typed.form.Sources {
		if age, deletes := r.Sources[s.Was]; deletes {
			renamed[s.Name] = age
		}
	}
	r.Sources = renamed
	return r
}
