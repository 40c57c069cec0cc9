package view

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestWizardSummary_writesNumbersAsItsLanguageDoes(t *testing.T) {
	w := Wizard{Template: TemplateOnce, Plan: &task.Plan{Rows: []task.PlanRow{
		{Source: "old", Folder: "INBOX", Target: "INBOX", Messages: 1234, ToCopy: 1234, Bytes: 1_500_000},
	}}}
	for language, want := range map[Language][]string{English: {"1,234", "1.5 MB"}, German: {"1.234", "1,5 MB"}} {
		var page strings.Builder
		if err := wizardSummary(w).Render(WithLanguage(t.Context(), language), &page); err != nil {
			t.Fatal(err)
		}
		for _, number := range want {
			if !strings.Contains(page.String(), number) {
				t.Errorf("%s: there is no %s in %s", language, number, page.String())
			}
		}
	}
}
