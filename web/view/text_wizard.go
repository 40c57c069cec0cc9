package view

// wizardTexts is the part of the catalogue about making a task step by step.
type wizardTexts struct {
	WizardTitle, WizardLead, WizardSteps       string
	WizardStep                                 map[string]string // by the name of the step
	WizardStepLead                             map[string]string
	WizardNext, WizardBack, WizardLook         string
	WizardAllOptions, WizardAllOptionsHint     string
	WizardTemplateName                         map[string]string // by the name of the template
	WizardTemplateText                         map[string]string
	WizardTemplateFault                        string
	WizardPick, WizardPickTyped                string
	WizardPickLocal                            string
	WizardAddressLocal, WizardAddressLocalHint string
	WizardSearch, WizardSearchDo               string
	WizardSearchNone                           string
	WizardSearchMore                           func(n int) string
	WizardTest, WizardUse                      string
	WizardFaultLocal, WizardFaultPick          string
	WizardOpenNot, WizardAnyway                string
	WizardNotLooked, WizardNotLookedLead       string
	WizardLookAgain, WizardRowsHint            string
	WizardFlags, WizardFlagsText               string
	WizardDuplicates, WizardDuplicatesText     string
	WizardKeeps                                string
	WizardRun, WizardRunHint                   string
	WizardDry, WizardDryHint                   string
	WizardSave, WizardSaveHint                 string
	WizardChange                               string
	WizardSlow, WizardTimeUp                   string
	WizardLeftOut                              func(n int) string
	WizardScript, WizardScriptHint             string
	WizardStale, WizardHooksHint               string
}

var englishWizard = wizardTexts{
	WizardTitle: "New task", WizardLead: "What is it that you want?",
	WizardSteps: "Steps",
	WizardStep: map[string]string{
		StepTemplate: "Kind", StepAccounts: "Accounts", StepMapping: "Folders",
		StepSafety: "Safety", StepSchedule: "Schedule", StepSummary: "Summary",
	},
	WizardStepLead: map[string]string{
		StepTemplate: "What is it that you want? Everything can be changed in the steps that follow.",
		StepAccounts: "Where the mail comes from, and where it goes. Nothing is copied before you say so.",
		StepMapping:  "This is where each folder would go, as both sides are now.",
		StepSafety:   "Nothing is deleted unless you ask for it here.",
		StepSchedule: "When mailweir copies by itself.",
		StepSummary:  "Look through it once more. Until now nothing has been saved.",
	},
	WizardNext: "Next", WizardBack: "Back", WizardLook: "Look at the folders",
	WizardAllOptions: "All options on one page", WizardAllOptionsHint: "For those who know what they want.",
	WizardTemplateName: map[string]string{
		TemplateOnce: "Move in once", TemplatePull: "Keep pulling", TemplateBackup: "Backup",
		TemplateCombine: "Combine several accounts", TemplateInbox: "INBOX only",
	},
	WizardTemplateText: map[string]string{
		TemplateOnce:    "Copies all folders of an account into a new one when you say so; a later run copies only what has arrived since.",
		TemplatePull:    "Copies what is new every quarter of an hour, so that an old account goes on filling the new one.",
		TemplateBackup:  "Copies what is new every night, and keeps in the copy what is deleted at the source.",
		TemplateCombine: "Copies two or more accounts into one; folders of the same name become one, and you see which before anything is copied.",
		TemplateInbox:   "Copies the INBOX and leaves all other folders out; you can take single ones in again.",
	},
	WizardTemplateFault: "Choose one of these.",
	WizardPick:          "Account", WizardPickTyped: "I type the server and the password",
	WizardPickLocal:    "A mailbox of a local domain",
	WizardAddressLocal: "Address of the mailbox", WizardAddressLocalHint: "mailweir opens it by itself: no password is needed.",
	WizardSearch: "Find somebody in the directory", WizardSearchDo: "Search",
	WizardSearchNone: "Nobody of that name has a mailbox that you may open.",
	WizardSearchMore: func(n int) string {
		return plural(int64(n), "more is", "more are") + " not shown. Type more of the name."
	},
	WizardTest: "Test", WizardUse: "Use ",
	WizardFaultLocal: "An address in one of the local domains, such as anna@example.org.", WizardFaultPick: "This account is not there any more, or not yours.",
	WizardOpenNot: "Not all accounts could be opened. Mend what is said below, and look again.", WizardAnyway: "Go on all the same",
	WizardNotLooked: "The folders are not known yet", WizardNotLookedLead: "mailweir logs in to all accounts and compares their folders. Nothing is changed.",
	WizardLookAgain: "Look again", WizardRowsHint: "What you change here wins over every rule.",
	WizardFlags: "Flags", WizardFlagsText: "Read, answered, flagged and keywords are carried over, and what changes later at the source follows in later runs.",
	WizardDuplicates: "Duplicates", WizardDuplicatesText: "What is at the destination already, by its Message-ID, size and date, is recognised and not copied again.",
	WizardKeeps: "Nothing is deleted on either side.",
	WizardRun:   "Save and run now", WizardRunHint: "Copying begins at once, and you watch it.",
	WizardDry: "Save and dry run first", WizardDryHint: "A plan is made that you approve; no run copies anything before.",
	WizardSave: "Save only", WizardSaveHint: "It runs by its schedule, or when you start it.",
	WizardChange: "Change",
	WizardSlow:   "This may take a moment: mailweir logs in to all accounts.", WizardTimeUp: "The accounts could not be listed within two minutes.",
	WizardScript: "JavaScript", WizardScriptHint: "Look again shows where it puts each folder. Once the task is saved, an editor shows what it does with the mail itself.",
	WizardStale: "The table is from before you changed the plugins. Look again.", WizardHooksHint: "They decide where folders go, and which messages are copied.",
	WizardLeftOut: func(n int) string { return plural(int64(n), "folder is", "folders are") + " left out." },
}

var germanWizard = wizardTexts{
	WizardTitle: "Neue Aufgabe", WizardLead: "Was haben Sie vor?",
	WizardSteps: "Schritte",
	WizardStep: map[string]string{
		StepTemplate: "Art", StepAccounts: "Konten", StepMapping: "Ordner",
		StepSafety: "Sicherheit", StepSchedule: "Zeitplan", StepSummary: "Übersicht",
	},
	WizardStepLead: map[string]string{
		StepTemplate: "Was haben Sie vor? In den folgenden Schritten lässt sich alles noch ändern.",
		StepAccounts: "Woher die Mail kommt und wohin sie soll. Nichts wird kopiert, bevor Sie es sagen.",
		StepMapping:  "Dorthin käme jeder Ordner, so wie beide Seiten jetzt aussehen.",
		StepSafety:   "Nichts wird gelöscht, solange Sie es hier nicht verlangen.",
		StepSchedule: "Wann mailweir von selbst kopiert.",
		StepSummary:  "Sehen Sie es noch einmal durch. Bis jetzt ist nichts gespeichert.",
	},
	WizardNext: "Weiter", WizardBack: "Zurück", WizardLook: "Ordner ansehen",
	WizardAllOptions: "Alle Einstellungen auf einer Seite", WizardAllOptionsHint: "Für alle, die wissen, was sie wollen.",
	WizardTemplateName: map[string]string{
		TemplateOnce: "Einmal umziehen", TemplatePull: "Laufend abholen", TemplateBackup: "Sicherung",
		TemplateCombine: "Mehrere Konten zusammenführen", TemplateInbox: "Nur INBOX",
	},
	WizardTemplateText: map[string]string{
		TemplateOnce:    "Kopiert alle Ordner eines Kontos in ein neues, sobald Sie es sagen; ein späterer Lauf kopiert nur, was seither dazugekommen ist.",
		TemplatePull:    "Kopiert jede Viertelstunde, was neu ist, sodass ein altes Konto das neue weiter füllt.",
		TemplateBackup:  "Kopiert jede Nacht, was neu ist, und behält in der Kopie, was an der Quelle gelöscht wird.",
		TemplateCombine: "Kopiert zwei oder mehr Konten in eines; gleichnamige Ordner werden zu einem, und Sie sehen vorher, welche.",
		TemplateInbox:   "Kopiert die INBOX und lässt alle anderen Ordner aus; einzelne können Sie wieder hinzunehmen.",
	},
	WizardTemplateFault: "Wählen Sie eine Art aus.",
	WizardPick:          "Konto", WizardPickTyped: "Ich gebe Server und Passwort ein",
	WizardPickLocal:    "Ein Postfach einer lokalen Domain",
	WizardAddressLocal: "Adresse des Postfachs", WizardAddressLocalHint: "mailweir öffnet es selbst: ein Passwort ist nicht nötig.",
	WizardSearch: "Jemanden im Verzeichnis suchen", WizardSearchDo: "Suchen",
	WizardSearchNone: "Niemand dieses Namens hat ein Postfach, das Sie öffnen dürfen.",
	WizardSearchMore: func(n int) string {
		return pluralDE(int64(n), "weiterer Treffer wird", "weitere Treffer werden") + " nicht gezeigt. Geben Sie mehr vom Namen ein."
	},
	WizardTest: "Testen", WizardUse: "Übernehmen ",
	WizardFaultLocal: "Eine Adresse in einer der lokalen Domains, etwa anna@example.org.", WizardFaultPick: "Dieses Konto gibt es nicht mehr, oder es gehört Ihnen nicht.",
	WizardOpenNot: "Nicht alle Konten ließen sich öffnen. Beheben Sie, was unten steht, und sehen Sie noch einmal nach.", WizardAnyway: "Trotzdem weiter",
	WizardNotLooked: "Die Ordner sind noch nicht bekannt", WizardNotLookedLead: "mailweir meldet sich bei allen Konten an und vergleicht die Ordner. Nichts wird verändert.",
	WizardLookAgain: "Noch einmal nachsehen", WizardRowsHint: "Was Sie hier ändern, geht jeder Regel vor.",
	WizardFlags: "Markierungen", WizardFlagsText: "Gelesen, beantwortet, markiert und Schlagwörter werden übernommen; was sich an der Quelle später ändert, folgt in späteren Läufen.",
	WizardDuplicates: "Doppelte", WizardDuplicatesText: "Was schon am Ziel liegt, wird an Message-ID, Größe und Datum erkannt und nicht noch einmal kopiert.",
	WizardKeeps: "Auf keiner Seite wird etwas gelöscht.",
	WizardRun:   "Speichern und jetzt starten", WizardRunHint: "Das Kopieren beginnt sofort, und Sie sehen zu.",
	WizardDry: "Speichern und erst proben", WizardDryHint: "Es entsteht ein Plan, den Sie freigeben; vorher kopiert kein Lauf etwas.",
	WizardSave: "Nur speichern", WizardSaveHint: "Die Aufgabe läuft nach ihrem Zeitplan, oder wenn Sie sie starten.",
	WizardChange: "Ändern",
	WizardSlow:   "Das kann einen Moment dauern: mailweir meldet sich bei allen Konten an.", WizardTimeUp: "Die Konten ließen sich nicht innerhalb von zwei Minuten auflisten.",
	WizardScript: "Das Skript, in JavaScript", WizardScriptHint: "„Noch einmal nachsehen“ zeigt, wohin es jeden Ordner legt. Ist die Aufgabe gespeichert, zeigt ein Editor, was es mit den E-Mails selbst macht.",
	WizardStale: "Die Tabelle ist von vorher, bevor Sie die Plugins geändert haben. Sehen Sie noch einmal nach.", WizardHooksHint: "Sie entscheiden, wohin Ordner gehen und welche Nachrichten kopiert werden.",
	WizardLeftOut: func(n int) string {
		return pluralDE(int64(n), "Ordner wird", "Ordner werden") + " ausgelassen."
	},
}
