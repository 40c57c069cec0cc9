package view

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
)

// themeAttr is Pico's attribute on the document; the system's choice has none.
func themeAttr(th Theme) templ.Attributes {
	if th == ThemeLight || th == ThemeDark {
		return templ.Attributes{"data-theme": string(th)}
	}
	return nil
}

func colorScheme(th Theme) string {
	if th == ThemeLight || th == ThemeDark {
		return string(th)
	}
	return "light dark"
}

func pressed(on bool) string { return strconv.FormatBool(on) }

func errorTitle(ctx context.Context, status int) string {
	if s := t(ctx).ErrorTitle[status]; s != "" {
		return s
	}
	return strconv.Itoa(status) + " " + http.StatusText(status)
}

func errorLines(ctx context.Context, status int, text string) []string {
	if text == "" {
		text = t(ctx).ErrorText[status]
	}
	return lines(text)
}
