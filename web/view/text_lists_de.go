package view

import "github.com/mailweir/mailweir/host/task"

var germanLists = listTexts{
	Overview: "Übersicht", Attention: "Braucht Aufmerksamkeit", AttentionNone: "Nichts braucht Sie.", AttentionMore: "Alles zeigen, was Aufmerksamkeit braucht",
	RunningNow: "Läuft gerade", RunningNone: "Im Moment läuft nichts.", NextRuns: "Nächste Läufe", NextNone: "Nichts steht an: Keine Aufgabe hat einen Zeitplan, der nicht pausiert ist.",
	LastOutcomes: "Letzte Ergebnisse", LastNone: "Noch ist kein Lauf zu Ende gegangen.", AllTasks: "Alle Aufgaben",
	Health: func(tasks, running, waiting, nodes int, answer string) string {
		s := pluralDE(int64(tasks), "Aufgabe", "Aufgaben") + ", " + pluralDE(int64(running), "Lauf", "Läufe") + " bei der Arbeit, " + pluralDE(int64(waiting), "wartet", "warten")
		if nodes > 1 {
			s += ", " + numberDE(int64(nodes)) + " Knoten"
		}
		return s + "; die Datenbank antwortet in " + answer
	},
	HealthWaits: func(n int, since string) string {
		return pluralDE(int64(n), "Lauf wartet", "Läufe warten") + " auf einen freien Platz, der erste seit " + since + "."
	},
	TimeLeft:   func(left string) string { return "noch etwa " + left },
	RemedyEdit: "Konten prüfen", RemedyRetry: "Diese noch einmal versuchen", RemedyReport: "Ursache ansehen", RemedyPlugin: "Plugins ansehen",

	Search: "Suchen", SearchHint: "Aufgabe, Konto, Server oder Besitzer", FilterState: "Zustand", FilterAny: "Beliebig", FilterPaused: "Pausiert", FilterOwner: "Besitzer",
	SortBy: "Reihenfolge", Apply: "Zeigen", ShowAll: "Alle zeigen",
	SortName: "Nach Namen", SortState: "Was Sie braucht, zuerst", SortLatest: "Letzter Lauf zuerst", SortNext: "Nächster Lauf zuerst",
	Standing: map[task.Standing]string{
		task.StandingNeedsYou: "Braucht Sie", task.StandingWaiting: "Wartet auf Benutzer", task.StandingListed: "Fertig, nicht alles", task.StandingAgain: "Unterbrochen", task.StandingActive: "Läuft oder wartet",
		task.StandingStopped: "Angehalten", task.StandingNever: "Nie gelaufen", task.StandingDone: "Fertig",
	},
	NothingFound: "Keine Aufgabe ist so", NothingFoundLead: "Versuchen Sie weniger Buchstaben oder einen anderen Zustand, oder lassen Sie sich alle zeigen.",
	ShownOf: func(from, to, all int) string {
		return numberDE(int64(from)) + "–" + numberDE(int64(to)) + " von " + numberDE(int64(all))
	},
	Earlier: "Zurück", Further: "Weiter", Pages: "Seiten",
	Choose:    func(name string) string { return name + " auswählen" },
	ChooseAll: "Alle auf dieser Seite auswählen", ChosenDo: "Mit den ausgewählten",
	AllFound: func(n int) string { return "Alle " + numberDE(int64(n)) + ", auf jeder Seite" },
	BulkRun:  "Starten", BulkPause: "Pausieren", BulkResume: "Fortsetzen", BulkStop: "Anhalten", BulkDelete: "Löschen …", BulkNone: "Wählen Sie zuerst mindestens eine Aufgabe aus.",
	BulkDone: map[string]func(n int) string{
		"run":   func(n int) string { return pluralDE(int64(n), "Lauf wurde", "Läufe wurden") + " gestartet." },
		"pause": func(n int) string { return pluralDE(int64(n), "Aufgabe ist", "Aufgaben sind") + " jetzt pausiert." },
		"resume": func(n int) string {
			return pluralDE(int64(n), "Aufgabe läuft", "Aufgaben laufen") + " jetzt wieder nach Zeitplan."
		},
		"stop":    func(n int) string { return pluralDE(int64(n), "Lauf wird", "Läufe werden") + " angehalten." },
		"delete":  func(n int) string { return pluralDE(int64(n), "Aufgabe wurde", "Aufgaben wurden") + " gelöscht." },
		"restore": func(n int) string { return pluralDE(int64(n), "Aufgabe ist", "Aufgaben sind") + " wieder da." },
	},
	BulkPassed: func(n int) string {
		return pluralDE(int64(n), "Aufgabe wurde", "Aufgaben wurden") + " übergangen: Es gab nichts zu tun, oder Sie dürfen es nicht."
	},
	BulkTitle: func(n int) string { return pluralDE(int64(n), "Aufgabe", "Aufgaben") + " löschen?" },
	BulkWord:  "löschen", BulkMistyped: "Bitte geben Sie das Wort genau so ein, wie es dasteht.",
	BulkType: func(word string) string { return "Geben Sie „" + word + "“ ein, um fortzufahren" },
	BulkMore: func(n int) string { return "und " + numberDE(int64(n)) + " weitere" },
	Spark: func(n int) string {
		if n == 1 {
			return "Der letzte Lauf"
		}
		return "Die letzten " + numberDE(int64(n)) + " Läufe, der neueste rechts"
	},
	SparkBar: func(outcome string, copied int64) string {
		return outcome + ", " + pluralDE(copied, "Nachricht", "Nachrichten") + " kopiert"
	},

	Plan: "Wohin jeder Ordner geht", PlanDry: "Wie der letzte Probelauf es plante,", PlanLast: "Wie im letzten Lauf,", PlanNone: "Der erste Lauf, oder ein Probelauf, zeigt hier, wohin jeder Ordner geht.",
	PlanFrom: "Von", PlanInto: "Nach", PlanBy: "Entschieden von",
	PlanMore: func(n int) string {
		return pluralDE(int64(n), "weiterer Ordner steht", "weitere Ordner stehen") + " im Bericht."
	},
	Timeline: "Wer was getan hat", TimelineAll: "Der ganze Verlauf", TimelineNone: "Noch hat niemand etwas an dieser Aufgabe getan.",
	Options: "Geltende Einstellungen", OptionsLead: "Was für den nächsten Lauf gilt, und woher es kommt.", OptionName: "Einstellung", OptionValue: "Wert", OptionFrom: "Woher",
	FromDefault: "Vorgabe", FromTask: "diese Aufgabe", FromAccount: "gespeichertes Konto", FromDomain: "eigene Domain", FromRule: "Regel",
	FromRole: "Rolle des Besitzers", FromService: "der Dienst",
	OptDelete: "Löschen", OptDeleteNothing: "nie wird etwas gelöscht", OptFlags: "Markierungen", OptFlagsBoth: "werden übertragen; was am Ziel geändert wurde, bleibt",
	OptZone: "Zeitzone", OptOverlap: "Wenn der Lauf davor noch arbeitet", OptOverlapSkip: "wird dieses Mal übersprungen", OptReach: "Erlaubte Server", OptReachBound: "öffentliche Mailserver",
	OptReachFree: "beliebige", OptTLS: "Schutz", OptOnError: "Wenn das Plugin scheitert", OptDigest: "Version des Plugins", OptDigestAny: "die installierte",
	OptGrants: "Was das Plugin darf", OptGrantsNone: "nur antworten", OptAccount: "Konto", OptLogin: "Art der Anmeldung", OptLoginBest: "die beste, die der Server anbietet",
	OptOnErrorHold: "woran es scheitert, wird zurückgestellt und wieder versucht", OptOnErrorIgnore: "es geht weiter, als wäre es nicht da", OptOnErrorStop: "der Lauf endet",
	OptMerges: "Ordner, die das Plugin zusammenlegt", OptMergesReport: "beide werden kopiert, mit einem Hinweis", OptMergesRefuse: "der verschobene wird zurückgestellt und wieder versucht",
	Command: "Dasselbe im Terminal", CommandLead: "Es fragt nach den Passwörtern und merkt sich selbst, was es kopiert hat.", Copy: "Kopieren", CopyDone: "Kopiert",

	Causes: "Was nicht kopiert wurde, nach Ursache", CausesLead: "Die Nachrichten sind noch an der Quelle, unverändert.", RetryThese: "Nur diese noch einmal versuchen",
	RetryHint:     "Ein Lauf, der sich nur die hier genannten Ordner ansieht.",
	CauseMessages: func(n int64) string { return pluralDE(n, "Nachricht", "Nachrichten") },
	CauseFolders:  func(n int) string { return "in " + pluralDE(int64(n), "Ordner", "Ordnern") },
	RemedyTooBig:  "Heben Sie die Grenze am Ziel an, oder lassen Sie solche Nachrichten durch eine Regel für ihre Größe aus.", RemedyRefused: "Sehen Sie nach, was das Ziel dazu sagt; ein Plugin wie repair kann beheben, was es ablehnt.",
	RemedyPluginHeld: "Sehen Sie sich das Plugin und seine Einstellungen an; im nächsten Lauf wird es wieder gefragt.", RemedyPlace: "Schaffen Sie am Ziel Platz und versuchen Sie es dann noch einmal.",
	RemedyConnection: "Das kann von selbst vorbeigehen: Versuchen Sie es noch einmal, zu einer ruhigeren Zeit oder mit weniger Tempo.", RemedyUnreadable: "Die Quelle kann diese Nachrichten nicht zeigen. Öffnen Sie sie dort; oft muss das Postfach repariert werden.",
	RemedyRights: "Geben Sie dem Konto die Rechte für diesen Ordner und versuchen Sie es dann noch einmal.", RemedyOther: "Versuchen Sie es noch einmal. Wenn es so bleibt, sagt das Protokoll mehr.", RemedyStop: "Sie kamen nicht mehr an die Reihe: Versuchen Sie es noch einmal, dann geht es weiter.",
	PaceTitle: "Tempo", PaceMessages: "Nachrichten", PaceNone: "So schnell es geht", PaceSet: "Setzen", PaceHint: "Wirkt innerhalb einer Sekunde, bis dieser Lauf endet.", PaceNow: "Jetzt:",
	PaceOf:     func(rate string) string { return "höchstens " + rate + "/s" },
	ExportJSON: "JSON", ExportFolders: "Ordner als CSV", ExportListed: "Nachrichten als CSV", Print: "Drucken",
	GraphRun: "Tempo im Verlauf", GraphNone: "Dieser Lauf war zu kurz für eine Kurve.",
	TriggerRetry: "von Hand gestartet, für das, was übrig blieb",
}

// triggerDE says what started a run; task.Run has the words.
func triggerDE(trigger string) string {
	switch trigger {
	case "schedule":
		return "vom Zeitplan gestartet"
	case "retry":
		return germanLists.TriggerRetry
	case "by hand":
		return "von Hand gestartet"
	}
	return "gestartet: " + trigger
}
