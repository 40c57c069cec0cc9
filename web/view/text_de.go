package view

import (
	"fmt"
	"net/http"
)

// german is the catalogue in German: the same areas as english, each in a file beside
// that of its English texts. It says Sie, and the words of the field are always the
// same: Konto, Postfach, Ordner, Nachricht, Aufgabe, Lauf, Quelle, Ziel, Stapel.
var german = texts{
	peopleTexts:   germanPeople,
	pluginTexts:   germanPlugins,
	hookTexts:     germanHooks,
	scriptTexts:   germanScripts,
	planTexts:     germanPlan,
	listTexts:     germanLists,
	holdTexts:     germanHold,
	consentTexts:  germanConsent,
	historyTexts:  germanHistory,
	deletedTexts:  germanDeleted,
	removalTexts:  germanRemoval,
	registryTexts: germanRegistry,
	settingsTexts: germanSettings,
	batchTexts:    germanBatches,
	linkTexts:     germanLinks,
	wizardTexts:   germanWizard,
	languageTexts: germanLanguage,

	Skip: "Zum Inhalt springen", Tasks: "Aufgaben", NewTask: "Neue Aufgabe", LogOut: "Abmelden", Menu: "Hauptmenü",
	Theme: "Farben", ThemeSystem: "Wie das System", ThemeLight: "Hell", ThemeDark: "Dunkel",
	DemoRibbon: "Das ist die Demo: Ihre E-Mails sind erfunden, und alles ist weg, sobald das Programm endet.",
	Footer:     "mailweir kopiert E-Mails zwischen IMAP-Konten.",
	Page:       func(title string) string { return title + " · mailweir" },

	LoginTitle: "Anmelden", LoginLead: "E-Mail unterwegs, und alles im Griff.", LoginName: "Name", LoginPassword: "Passwort", LogIn: "Anmelden",
	LoginRefused:  "Name oder Passwort ist falsch.",
	LoginHintDemo: "Das Passwort der Demo steht in dem Terminal, aus dem sie gestartet wurde.",
	LoginHint:     "Passwort vergessen? Ein Admin kann Ihnen ein neues geben; im Terminal geht es mit „mailweir user password“.",
	LoginWait: func(wait string) string {
		return "Zu viele Versuche von Ihrer Adresse. Bitte warten Sie " + wait + " und versuchen Sie es dann noch einmal."
	},

	StateNever: "Nie gelaufen", StateNeverLong: "Diese Aufgabe ist noch nicht gelaufen.",
	StateQueued: "Wartet", StateQueuedLong: "Wartet, bis sie an der Reihe ist.",
	StateRunning:  "Läuft",
	StateStopping: "Hält an", StateStoppingLong: "Beendet noch, was unterwegs ist, und hält dann an.",
	PhaseConnect: "Verbindet sich mit den Konten", PhasePlan: "Sieht sich die Ordner beider Seiten an",
	PhaseTransfer: "Kopiert Nachrichten", PhaseDeliver: "Meldet Plugins die kopierten Nachrichten", PhaseDone: "Schließt ab",

	OutcomeDone: "Fertig", OutcomeDoneLong: "Jede Nachricht ist da oder wurde mit Absicht ausgelassen.",
	OutcomeListed: "Fertig, nicht alles", OutcomeListedLong: "Der Lauf ist fertig, aber einige Nachrichten wurden nicht kopiert. Sie sind unten aufgeführt; der nächste Lauf versucht es noch einmal.",
	OutcomeTemporary: "Unterbrochen", OutcomeTemporaryLong: "Etwas kam dazwischen, das von selbst vorbeigehen kann. Der nächste Lauf macht hier weiter.",
	OutcomeNeedsUser: "Braucht Sie", OutcomeNeedsUserLong: "Das behebt sich nicht von selbst. Prüfen Sie Server, Benutzer und Passwort des Kontos und starten Sie die Aufgabe dann noch einmal.",
	OutcomeFull: "Ziel voll", OutcomeFullLong: "Das Ziel nimmt keine Nachrichten mehr an. Schaffen Sie dort Platz und starten Sie die Aufgabe noch einmal; sie macht hier weiter.",
	OutcomeSafety: "Zur Sicherheit angehalten", OutcomeSafetyLong: "Weiterzumachen könnte schaden, darum wurde nichts mehr angerührt. Bitte sehen Sie sich die Ursache an und entscheiden Sie.",
	OutcomeUsage: "Nicht gestartet", OutcomeUsageLong: "In der Aufgabe stimmt etwas nicht. Bearbeiten Sie sie und starten Sie sie dann noch einmal.",
	OutcomeStopped: "Angehalten", OutcomeStoppedLong: "Der Lauf wurde angehalten. Was kopiert ist, bleibt kopiert; der nächste Lauf macht hier weiter.",
	OutcomeBug: "Fehler in mailweir", OutcomeBugLong: "Das liegt nicht an Ihnen. Nichts ging verloren; der nächste Lauf macht hier weiter. Mehr steht im Protokoll des Dienstes.",

	TasksEmpty:     "Noch nichts zu kopieren",
	TasksEmptyLead: "Eine Aufgabe sagt, welche E-Mails wohin sollen: aus einem Konto oder aus mehreren, alle in eines. Legen Sie die erste an; sie läuft erst, wenn Sie es sagen.",
	ColState:       "Zustand", ColTask: "Aufgabe", ColLast: "Letzter Lauf", ColNext: "Nächster Lauf", ColActions: "Aktionen",
	ColStarted: "Begonnen", ColDuration: "Dauer", ColFolder: "Ordner", ColSize: "Größe",
	ColReason: "Grund", ColMessage: "Nachricht",
	SummaryRunning: func(n int) string { return pluralDE(int64(n), "läuft", "laufen") },
	SummaryNeeds:   func(n int) string { return pluralDE(int64(n), "braucht Sie", "brauchen Sie") },
	SummaryFine:    func(n int) string { return numberDE(int64(n)) + " in Ordnung" },
	RunNow:         "Jetzt starten", Stop: "Anhalten", Edit: "Bearbeiten", Delete: "Löschen",
	Never: "nie", JustNow: "gerade eben",
	Ago: func(n int, unit string) string { return "vor " + agoDE(n, unit) },
	In:  func(n int, unit string) string { return "in " + agoDE(n, unit) },

	ByHand: "von Hand",
	Every: func(n int64, unit string) string {
		if n == 1 {
			return map[string]string{"seconds": "jede Sekunde", "minutes": "jede Minute", "hours": "jede Stunde", "days": "jeden Tag"}[unit]
		}
		return "alle " + numberDE(n) + " " + map[string]string{"seconds": "Sekunden", "minutes": "Minuten", "hours": "Stunden", "days": "Tage"}[unit]
	},
	Later:   func(hundredths int) string { return fmt.Sprintf("bis zu %d %% später", hundredths) },
	Between: func(from, to string) string { return "zwischen " + from + " und " + to + " Uhr" },
	OnDays: func(days string) string {
		switch days {
		case germanDay:
			return "an jedem Tag"
		case germanWorkday:
			return "an Werktagen"
		}
		return "am " + days
	},
	Each: func(days string) string {
		if days == germanDay || days == germanWorkday {
			return "an jedem " + days
		}
		return "jeden " + days
	},
	EveryMonthOn: func(days []int) string {
		words := numbers(days)
		for i := range words {
			words[i] += "."
		}
		return "am " + listDE(words) + " jedes Monats"
	},
	Hourly: func(minutes []int) string {
		switch {
		case len(minutes) == 1 && minutes[0] == 0:
			return "jede Stunde, zur vollen Stunde"
		case len(minutes) == 1:
			return "jede Stunde, zur Minute " + listDE(numbers(minutes))
		}
		return "jede Stunde, zu den Minuten " + listDE(numbers(minutes))
	},
	At:       func(days string, at []string) string { return days + " um " + listDE(at) + " Uhr" },
	CronLine: func(line string) string { return "nach der Cron-Zeile " + line },
	And:      listDE,

	ServiceZone: "in der Zeitzone des Dienstes", EveryDay: "jeden Tag", AnyDay: germanDay, Workday: germanWorkday,
	Weekday:      germanDays,
	WeekdayShort: germanShortDays,
	Pause:        "Pausieren", Resume: "Fortsetzen", Paused: "Pausiert", PausedBy: "von",
	PausedNothing: "Sie ist pausiert: Nichts startet von selbst. Von Hand kann sie gestartet werden.", TaskNext: "Nächste Läufe",
	Skips: func(n int64) string {
		return numberDE(n) + "-mal übersprungen, weil der Lauf davor noch nicht fertig war; zuletzt"
	},
	SummaryPaused: func(n int) string { return numberDE(int64(n)) + " pausiert" },
	SourceCount:   func(n int) string { return pluralDE(int64(n), "Quelle", "Quellen") },

	TaskSources: "Von", TaskDestination: "Nach", TaskHooks: "Gefragte Plugins, in dieser Reihenfolge", TaskSchedule: "Läuft",
	TaskHistory: "Bisherige Läufe", TaskHistoryEmpty: "Diese Aufgabe ist noch nicht gelaufen. Starten Sie sie jetzt: An der Quelle wird nie etwas geändert.",
	TaskAs: "meldet sich an als", TaskBelow: "nur unterhalb von", TaskChanged: "Geändert",
	TaskNoHooks: "Keine: Alle Ordner behalten ihre Namen, und alle Nachrichten werden kopiert.",
	TLSImplicit: "TLS", TLSStart: "STARTTLS", TLSNone: "Klartext",
	TLSNoneWarning: "Passwort und E-Mails gehen für alle lesbar durch das Netz. Wählen Sie das nur innerhalb eines Rechners.",

	DeleteTitle:   func(name string) string { return "„" + name + "“ löschen?" },
	DeleteLead:    "Die E-Mails bleiben, wo sie sind, an den Quellen und am Ziel.",
	DeleteKeeps:   "Nirgends wird eine Nachricht gelöscht.",
	DeleteForgets: "Ein Lauf, der arbeitet, wird angehalten. Einen Tag lang lässt sich das rückgängig machen. Danach sind die Aufgabe, ihre gespeicherten Passwörter, ihre Läufe und ihr Gedächtnis davon, was sie kopiert hat, endgültig weg, und eine neue Aufgabe dieser Art muss beide Seiten von Neuem vergleichen.",
	DeleteYes:     "Aufgabe löschen", Cancel: "Abbrechen",

	RunTitle: func(taskName string) string { return "Lauf von " + taskName },
	RunBack:  "Zur Aufgabe", RunAgain: "Noch einmal starten", RunDownload: "Bericht",
	RunTrigger: triggerDE,
	Found:      "Gefunden", Copied: "Kopiert", Present: "Schon da", Skipped: "Ausgelassen", Held: "Zurückgestellt", Failed: "Gescheitert", Flags: "Markierungen übertragen", NotCopied: "Nicht kopiert",
	PresentHint: "schon vorher am Ziel", SkippedHint: "weil eine Regel oder ein Plugin es sagt",
	HeldHint: "im nächsten Lauf wieder versucht", FailedHint: "ließen sich nicht kopieren",
	Elapsed: "Bisher", Left: "Verbleibend", Took: "Dauer", HandledUnknown: "Noch nicht gezählt",
	MessagesPerSecond: "Nachrichten/s", BytesPerSecond: "pro Sekunde",
	Handled: func(done, all int64) string {
		return numberDE(done) + " von " + pluralDE(all, "Nachricht", "Nachrichten")
	},
	Announce: func(state string, percent int) string {
		if percent == 0 {
			return state
		}
		return fmt.Sprintf("%s: %d Prozent", state, percent)
	},
	GraphTitle: "Tempo im Verlauf", GraphEmpty: "Die Kurve beginnt mit den nächsten Zahlen.", GraphMessages: "Nachrichten/s", GraphBytes: "Bytes/s",
	Folders: "Ordner", FoldersEmpty: "Die Ordner erscheinen hier, sobald beide Seiten angesehen sind.", FoldersSum: "Summe",
	FoldersMore: func(n int) string {
		return pluralDE(int64(n), "weiterer Ordner ist", "weitere Ordner sind") + " in den Summen und im Bericht enthalten."
	},
	FolderDone: "fertig", FolderNow: "jetzt", FolderWaiting: "wartet", FolderExcluded: "ausgelassen", FolderFailed: "aufgegeben",
	FolderBy: func(by string) string { return "entschieden von " + by },
	Log:      "Protokoll", LogEmpty: "Noch nichts protokolliert.", LogWarn: "Warnung", LogError: "Fehler",
	Notes: "Gut zu wissen", Listed: "Nicht kopierte Nachrichten", ListedLead: "Sie sind noch an der Quelle, unverändert.",
	ListedMore: func(n int) string {
		return pluralDE(int64(n), "weitere Nachricht steht", "weitere Nachrichten stehen") + " im Bericht als JSON."
	},
	FateSkipped: "ausgelassen", FateHeld: "zurückgestellt", FateFailed: "gescheitert",
	FateUntold: "aufgegeben", Untold: "Kopierte Nachrichten, die einem Plugin nicht gemeldet werden konnten",
	UntoldLead: "Sie sind am Ziel. Gemeldet wird erneut, wenn das Plugin oder seine Einstellungen geändert werden.",
	Outbox: func(delivered, waiting, givenUp int64) string {
		return fmt.Sprintf("Kopierte Nachrichten, die Plugins gemeldet werden: %s zugestellt, %s warten auf den nächsten Lauf, %s aufgegeben.",
			numberDE(delivered), numberDE(waiting), numberDE(givenUp))
	},
	UID:  func(uid uint32) string { return fmt.Sprintf("Nummer %d", uid) },
	Lost: "Die Verbindung zu mailweir ist unterbrochen. Neuer Versuch …", NoScriptRefresh: "Diese Seite wird alle 5 Sekunden neu geladen.",

	FormNew:  "Neue Aufgabe",
	FormEdit: func(name string) string { return "„" + name + "“ bearbeiten" },
	FormName: "Name der Aufgabe", FormNameHint: "Für Sie und Ihre Kollegen, etwa „Anna zieht ein“.",
	FormSources: "Von", FormSourcesLead: "Die Konten, aus denen kopiert wird. Dort wird nie etwas geändert.",
	FormSource:     func(n int) string { return "Quelle " + numberDE(int64(n)) },
	FormSourceName: "Kurzname", FormSourceNameHint: "Buchstaben, Ziffern, . _ - wie in „alt“.",
	FormAddSource:   "Quelle hinzufügen",
	FormDestination: "Nach", FormDestinationLead: "Das Konto, in das alles kopiert wird.",
	FormKind: "Art", FormKindIMAP: "IMAP-Server", FormKindMaildir: "Maildir auf diesem Rechner",
	FormHost: "Server", FormPort: "Port", FormTLS: "Schutz",
	FormUser: "Benutzer", FormPassword: "Passwort", FormKeep: "Leer lassen, um das gespeicherte zu behalten.",
	FormRetype: "Bitte geben Sie das Passwort noch einmal ein: Es wird nie an die Seite zurückgeschickt.",
	FormDir:    "Verzeichnis", FormDirHint: "Ein absoluter Pfad, etwa /var/mail/anna/Maildir.",
	FormAdvanced: "Weitere Einstellungen",
	FormAuth:     "Art der Anmeldung", FormAuthAuto: "Die beste, die der Server anbietet",
	FormMaster: "Hauptbenutzer", FormMasterHint: "Wer das Postfach des Benutzers mit eigenem Passwort öffnet.",
	FormSep:     "Trennzeichen",
	FormAuthzid: "Handeln als", FormAuthzidHint: "Der Benutzer, dessen Postfach geöffnet wird, wenn die PLAIN-Anmeldung des Servers das erlaubt.",
	FormRoot: "Nur unterhalb des Ordners", FormRootHint: "Etwa Archiv/2019. Leer ist das ganze Konto.",
	FormCA: "Datei mit Zertifizierungsstellen", FormCAHint: "Eine PEM-Datei auf diesem Rechner; ihr wird statt denen des Systems vertraut.",
	FormPin: "Festgelegter Schlüssel", FormPinHint: "sha256: und 64 Ziffern des öffentlichen Schlüssels des Servers. Ersetzt die Zertifizierungsstellen.",
	FormHooks: "Plugins", FormHooksLead: "Sie werden in dieser Reihenfolge gefragt, wohin jeder Ordner geht und welche Nachrichten kopiert werden.",
	FormHooksNone: "Ohne Plugins behalten alle Ordner ihre Namen, und alle Nachrichten werden kopiert.",
	FormHook:      func(n int) string { return "Plugin " + numberDE(int64(n)) },
	FormPlugin:    "Plugin", FormPluginChoose: "Bitte wählen",
	FormPluginMissing: func(name string) string { return name + " (nicht installiert)" },
	FormConfig:        "Einstellungen", FormConfigHint: "JSON. Leer sind die Vorgaben des Plugins.", FormSchema: "Was sich einstellen lässt (JSON Schema)",
	FormGrants: "Erlaubt", FormGrantsHint: "Was das Plugin außer Antworten darf, eines je Zeile. Sonst darf es nichts.", FormAskOptional: "(Es startet auch ohne.)",
	FormAddHook: "Plugin hinzufügen", FormRemove: "Entfernen", FormUp: "Früher", FormDown: "Später",
	FormSchedule: "Läuft", FormByHand: "Nur von Hand", FormEvery: "Immer wieder, alle",
	FormEveryNumber: "Anzahl", FormEveryUnit: "Einheit", Seconds: "Sekunden", Minutes: "Minuten", Hours: "Stunden", Days: "Tage",
	FormCron: "Nach einer Cron-Zeile", FormCronLine: "Cron-Zeile",
	FormCronHint:     "Minute, Stunde, Tag, Monat, Wochentag: 30 2 * * 1-5 ist an jedem Werktag um 02:30 Uhr. Oder @hourly, @daily, @weekly, @monthly.",
	FormScheduleMore: "Zeitfenster, Zeitzone, Streuung",
	FormFrom:         "Nur starten von", FormTo: "bis", FormToHint: "Am nächsten Tag, wenn es früher ist.",
	FormDays: "Zeitfenster öffnet am", FormDaysHint: "Keiner gewählt heißt: jeden Tag.",
	FormZone: "Zeitzone", FormZoneHint: func(now string) string {
		return "Etwa Europe/Berlin. Leer ist die des Dienstes, zurzeit " + now + "."
	},
	FormJitter:     "Streuung, in %",
	FormJitterHint: "Später starten, um bis zu diesen Anteil der Zeit bis zum nächsten Lauf und höchstens um eine Stunde, damit nicht viele Aufgaben zugleich starten.",
	FormPreview:    "Nächste Läufe zeigen", FormPreviewLater: "Die Streuung kommt noch dazu.",
	FormPreviewPaused: "Die Aufgabe ist pausiert: Diese Zeiten gelten, sobald sie fortgesetzt wird.",
	FormSave:          "Speichern", FormCreate: "Aufgabe anlegen",
	FormProblems: "Die Aufgabe konnte nicht gespeichert werden",
	FormChanged:  "Jemand anderes hat die Aufgabe geändert, seit Sie dieses Formular geöffnet haben. Was Sie eingegeben haben, ist noch da: Vergleichen Sie es mit der Seite der Aufgabe, und speichern Sie noch einmal, um deren Änderung zu ersetzen.",

	FaultName: "Die Aufgabe braucht einen Namen.", FaultHost: "Der Server fehlt.", FaultUser: "Der Benutzer fehlt.",
	FaultPort:       "Ein Port ist eine Zahl von 1 bis 65535.",
	FaultSourceName: "Bis zu 64 Buchstaben, Ziffern, „.“, „_“ und „-“; am Anfang ein Buchstabe oder eine Ziffer.", FaultSourceTwice: "Eine andere Quelle heißt schon so.",
	FaultPassword: "Das Passwort fehlt.", FaultPasswordRenamed: "Die Quelle hat einen neuen Namen. Bitte geben Sie ihr Passwort noch einmal ein.",
	FaultPasswordMoved: "Server oder Anmeldung wurden geändert. Bitte geben Sie das Passwort noch einmal ein, damit das gespeicherte nicht an eine Stelle geht, für die es nicht gedacht war.",
	FaultDir:           "Das Verzeichnis muss ein absoluter Pfad sein.", FaultJSON: "Das ist kein gültiges JSON: ", FaultGrant: "Das kann nicht erlaubt werden: ", FaultPlugin: "Wählen Sie ein Plugin oder entfernen Sie diesen Eintrag.",
	FaultEvery:      "Eine ganze Zahl, von 1 Minute bis 31 Tage.",
	FaultCron:       "Das ist keine Cron-Zeile: ",
	FaultZone:       "Eine Zeitzone dieses Namens gibt es nicht. Etwa Europe/Berlin oder UTC.",
	FaultClock:      "Eine Uhrzeit, etwa 22:00.",
	FaultWindowEnd:  "Ein Zeitfenster hat einen Anfang und ein Ende.",
	FaultWindowSame: "Das Zeitfenster muss zu einer anderen Zeit enden, als es beginnt.",
	FaultNeverOpen:  "Kein Zeitpunkt der Cron-Zeile liegt in diesem Zeitfenster.",
	FaultJitter:     "Eine ganze Zahl von 0 bis 50.",
	FaultNoSource:   "Die Aufgabe braucht eine Quelle.", FaultTooMany: "Das sind mehr, als eine Aufgabe haben kann.",

	ErrorTitle: map[int]string{
		http.StatusForbidden:             "Abgelehnt",
		http.StatusNotFound:              "Nicht hier",
		http.StatusMethodNotAllowed:      "Nicht hier",
		http.StatusConflict:              "Nicht jetzt",
		http.StatusRequestEntityTooLarge: "Zu viel",
		http.StatusUnprocessableEntity:   "So nicht",
		http.StatusInternalServerError:   "Interner Fehler",
	},
	ErrorText: map[int]string{
		http.StatusForbidden:             "Diese Anfrage kam von der Seite einer anderen Website, darum wurde nichts getan. Bitte machen Sie hier weiter.",
		http.StatusNotFound:              "Unter dieser Adresse gibt es nichts. Vielleicht wurde es gelöscht.",
		http.StatusMethodNotAllowed:      "Unter dieser Adresse gibt es nichts. Vielleicht wurde es gelöscht.",
		http.StatusConflict:              "Das geht im Moment nicht.",
		http.StatusRequestEntityTooLarge: "Was gesendet wurde, ist größer, als mailweir annimmt.",
		http.StatusUnprocessableEntity:   "In der Anfrage stimmt etwas nicht.",
		http.StatusInternalServerError:   "In mailweir ist etwas schiefgegangen. Was, steht im Protokoll des Dienstes; laufende Kopien sind nicht betroffen.",
	},
	ErrorBack: "Zu den Aufgaben",
}

// The words for days that german itself has to know again, because they are bent.
const (
	germanDay     = "Tag"
	germanWorkday = "Werktag"
)
