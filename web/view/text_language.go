package view

import (
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// languageTexts is the part of the catalogue about the language itself, how it writes
// numbers and times, and what it makes of sentences that come from the service.
type languageTexts struct {
	Tag                                               Language // of the html element
	LanguageName                                      string   // in the language itself
	LanguageTitle, LanguageLead, LanguageAsTheBrowser string
	LanguageLabel, LanguageSave                       string

	Thousands, Decimal string // what stands between the digits of numbers
	LongDays           func(days, hours int) string
	RoughDays          func(days int) string
	Moment, ShortTime  func(at time.Time) string // to the second and to the minute
	Date               func(at time.Time) string
	LessThan           func(ms int) string

	// Sentences of the service, by what they are in English. They are empty in English.
	Advice    map[string]string // what a person can do: package task makes it
	Troubles  map[string]string // why something was left: package task knows it
	Deeds     map[string]string // of the audit trail
	DecidedBy map[string]string // where a folder goes, beside rules and plugins
	Faults    map[string]string // of forms, as the service finds them; “%” is each quoted name: text_findings_de.go
	// Findings are those of a preflight, by their codes; they get its Args.
	Findings map[task.FindingCode]func(x Catalogue, args []string) string
}

var englishLanguage = languageTexts{
	Tag: English, LanguageName: "English",
	LanguageTitle: "Language", LanguageLead: "It is kept in this browser.", LanguageAsTheBrowser: "As the browser asks for it", LanguageLabel: "Language of the pages", LanguageSave: "Save the language",

	Thousands: ",", Decimal: ".",
	LongDays:  func(days, hours int) string { return fmt.Sprintf("%d d %d h", days, hours) },
	RoughDays: func(days int) string { return fmt.Sprintf("%d d", days) },
	Moment:    func(at time.Time) string { return at.Format("Monday, 2 January 2006, 15:04:05 MST") },
	ShortTime: func(at time.Time) string { return at.Format("Mon 2 Jan 2006, 15:04 MST") },
	Date:      func(at time.Time) string { return at.Format(time.DateOnly) },
	LessThan:  func(ms int) string { return fmt.Sprintf("less than %d ms", ms) },
}
