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
	written := map[Language][]string{English: {"1,234", "1.5 MB"}, German: {"1.234", "1,5 MB"}}
	for language, other := range map[Language]Language{English: German, German: English} {
		var page strings.Builder
		if err := wizardSummary(w).Render(WithLanguage(t.Context(), language), &page); err != nil {
			t.Fatal(err)
		}
		for i, number := range written[language] {
			if foreign := written[other][i]; !strings.Contains(page.String(), number) || strings.Contains(page.String(), foreign) {
				t.Errorf("%s: want %s and no %s in %s", language, number, foreign, page.String())
			}
		}
	}
}
