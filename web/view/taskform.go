package view

import (
	"context"
	"strings"

	"github.com/a-h/templ"
)

func formTitle(ctx context.Context, f TaskForm) string {
	if f.ID == "" {
		return t(ctx).FormNew
	}
	return t(ctx).FormEdit(f.Name)
}

func formAction(f TaskForm) string {
	if f.ID == "" {
		return "/tasks/form"
	}
	return "/tasks/" + f.ID + "/edit"
}

func formBack(f TaskForm) string {
	if f.ID == "" {
		return "/tasks"
	}
	return "/tasks/" + f.ID
}

// passwordHint says what an empty field means.
func passwordHint(ctx context.Context, a AccountForm) string {
	switch {
	case a.Retype:
		return t(ctx).FormRetype
	case a.Stored:
		return t(ctx).FormKeep
	}
	return ""
}

// attributes are those of the <input>. A password never has a value.
func (in input) attributes(f TaskForm) templ.OrderedAttributes {
	kind := in.kind
	if kind == "" {
		kind = "text"
	}
	all := templ.OrderedAttributes{
		{Key: "id", Value: in.id},
		{Key: "name", Value: in.id},
		{Key: "type", Value: kind},
		{Key: "autocapitalize", Value: "none"},
		{Key: "spellcheck", Value: "false"},
		{Key: "required", Value: in.required},
	}
	add := func(key, value string) {
		if value != "" {
			all = append(all, templ.KeyValue[string, any]{Key: key, Value: value})
		}
	}
	if kind != "password" {
		add("value", in.value)
	}
	add("autocomplete", in.complete)
	add("inputmode", in.mode)
	add("placeholder", in.place)
	add("list", in.list)
	var described []string
	if f.Faults[in.id] != "" {
		described = append(described, in.id+"-fault")
		add("aria-invalid", "true")
	}
	if in.hint != "" {
		described = append(described, in.id+"-hint")
	}
	add("aria-describedby", strings.Join(described, " "))
	return append(all, templ.KeyValue[string, any]{Key: "autofocus", Value: f.Focus == in.id})
}

// invalid are the attributes of another kind of field that is wrong.
func invalid(f TaskForm, id string) templ.Attributes {
	a := templ.Attributes{"autofocus": f.Focus == id}
	if f.Faults[id] != "" {
		a["aria-invalid"], a["aria-errormessage"] = "true", id+"-fault"
	}
	return a
}

func toolIcon(what string) string {
	if what == "remove" {
		return "trash"
	}
	return what
}
