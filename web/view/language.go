package view

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
)

// Language is one that the pages speak.
type Language string

// The languages. The zero value is English.
const (
	English Language = "en"
	German  Language = "de"
)

// Languages are all that the pages speak, the one that they fall back to first.
func Languages() []Language { return []Language{English, German} }

// Catalogue is what the pages say.
type Catalogue = *texts

// In is the catalogue of a language; what it does not know is English.
func In(l Language) Catalogue {
	if l == German {
		return &german
	}
	return &english
}

type languageKey struct{}

// WithLanguage returns a context whose pages speak the language.
func WithLanguage(ctx context.Context, l Language) context.Context {
	return context.WithValue(ctx, languageKey{}, l)
}

// Texts is the catalogue for whoever ctx belongs to, English if it does not say.
func Texts(ctx context.Context) Catalogue {
	l, _ := ctx.Value(languageKey{}).(Language)
	return In(l)
}

// t is Texts, short because each component says it so often.
func t(ctx context.Context) Catalogue { return Texts(ctx) }

// others are the languages beside that of the page.
func others(ctx context.Context) (all []Language) {
	for _, l := range Languages() {
		if l != t(ctx).Tag {
			all = append(all, l)
		}
	}
	return all
}

// explained is a reason as the engine gave it, in English, for people: in another
// language its cause comes first, where that is known, and the reason stays beside it
// because it says what exactly and where.
func explained(ctx context.Context, reason string) string {
	shown := Plain(capital(reason))
	if trouble, ok := task.TroubleOf(reason); ok {
		if cause := t(ctx).Troubles[trouble.Cause]; cause != "" {
			return cause + " (" + shown + ")"
		}
	}
	return shown
}

// in is the translation of a sentence that was made outside of the pages, in English.
// What the catalogue does not have stays as it is.
func in(known map[string]string, sentence string) string {
	if translated := known[sentence]; translated != "" {
		return translated
	}
	return sentence
}
