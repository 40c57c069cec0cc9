package view

import "github.com/mailweir/mailweir/host/task"

// germanFindings is what a preflight finds.
var germanFindings = map[task.FindingCode]func(x Catalogue, args []string) string{
	task.FindsNotOpened: func(x Catalogue, a []string) string {
		return "Es lässt sich nicht öffnen: " + causeDE(x, argument(a, 0)) + "."
	},
	task.FindsNotAsked: func(x Catalogue, a []string) string {
		return "Nicht alles ließ sich fragen: " + causeDE(x, argument(a, 0)) + "."
	},
	task.FindsLoggedIn: func(x Catalogue, a []string) string {
		said := "Angemeldet: " + foldersDE(a, 0) + ", " + pluralDE(numberOf(a, 1), "Nachricht", "Nachrichten")
		if argument(a, 2) != "" {
			said += ", Platz für " + x.Bytes(numberOf(a, 2))
		}
		return said + "."
	},
	task.FindsRoot: func(_ Catalogue, a []string) string {
		return "Nur der Ordner „" + argument(a, 0) + "“ und was darunter liegt zählt, und die Namen beginnen dort."
	},
	task.FindsClearText: func(Catalogue, []string) string {
		return "Die Verbindung ist ungeschützt: Wer auf dem Weg sitzt, liest das Passwort und die E-Mails."
	},
	task.FindsNoUIDs: func(Catalogue, []string) string {
		return "Der Server sagt nicht, wo er Nachrichten ablegt (kein UIDPLUS): Kopien werden dort nachgeschlagen, was länger dauert, und Löschen markiert Nachrichten nur."
	},
	task.FindsNoUses: func(Catalogue, []string) string {
		return "Der Server sagt nicht, welcher Ordner wofür ist (kein SPECIAL-USE): Gesendet, Entwürfe, Papierkorb und Spam werden an ihren Namen erkannt."
	},
	task.FindsLimit: func(x Catalogue, a []string) string {
		return "Der Server nimmt keine Nachricht über " + x.Bytes(numberOf(a, 0)) + " an."
	},
	task.FindsQuota: func(_ Catalogue, a []string) string {
		return "Der Speicherplatz " + argument(a, 0) + " ist zu " + argument(a, 1) + " % voll."
	},
	task.FindsUnusable: func(x Catalogue, a []string) string {
		return "Der Ordner „" + argument(a, 0) + "“ ist nicht zu benutzen: " + causeDE(x, argument(a, 1)) + "."
	},
	task.FindsMoreUnusable: func(_ Catalogue, a []string) string {
		return pluralDE(numberOf(a, 0), "weiterer Ordner ist", "weitere Ordner sind") + " nicht zu benutzen."
	},
	task.FindsUnsized: func(_ Catalogue, a []string) string {
		return "Wie groß die Nachrichten von " + foldersDE(a, 0) + " sind, ist nicht bekannt: Es sind zu viele, oder das Fragen dauerte zu lange."
	},
	task.FindsLeft: func(x Catalogue, a []string) string {
		return "Der Ordner „" + argument(a, 0) + "“ würde nicht kopiert: " + causeDE(x, argument(a, 1)) + "."
	},
	task.FindsMoreLeft: func(_ Catalogue, a []string) string {
		return pluralDE(numberOf(a, 0), "weiterer Ordner würde", "weitere Ordner würden") + " nicht kopiert."
	},
	task.FindsTooBig: func(x Catalogue, a []string) string {
		return pluralDE(numberOf(a, 0), "Nachricht ist", "Nachrichten sind") + " größer, als es annimmt (" + x.Bytes(numberOf(a, 1)) + "); jede stünde als nicht kopiert in der Liste."
	},
	task.FindsNothing: func(Catalogue, []string) string {
		return "Es gibt nichts zu kopieren: Jede Nachricht ist schon da oder wird ausgelassen."
	},
	task.FindsNoRoom: func(x Catalogue, a []string) string {
		return "Es ist Platz für " + x.Bytes(numberOf(a, 0)) + ", und " + x.Bytes(numberOf(a, 1)) + " sind zu kopieren."
	},
	task.FindsPerhapsNoRoom: func(x Catalogue, a []string) string {
		return "Es ist Platz für " + x.Bytes(numberOf(a, 0)) + ", und bis zu " + x.Bytes(numberOf(a, 1)) + " sind zu kopieren."
	},
	task.FindsMoreMerged: func(_ Catalogue, a []string) string {
		return "Noch in " + pluralDE(numberOf(a, 0), "weiteren Fall", "weiteren Fällen") + " werden Ordner zu einem; die Tabelle kennzeichnet sie."
	},
	task.FindsMerged: func(_ Catalogue, a []string) string {
		return foldersDE(a, 0) + " werden zu einem: " + argument(a, 1) + "."
	},
	task.FindsCase: func(_ Catalogue, a []string) string {
		return argument(a, 0) + " unterscheiden sich nur in Groß- und Kleinschreibung; ein Server, der darauf nicht achtet, macht daraus einen Ordner oder lehnt einen ab."
	},
	task.FindsAlike: func(_ Catalogue, a []string) string {
		return argument(a, 0) + " sehen gleich aus und sind mit anderen Zeichen geschrieben; ein Server macht daraus vielleicht einen Ordner oder lehnt einen ab."
	},
}

func foldersDE(args []string, i int) string { return pluralDE(numberOf(args, i), "Ordner", "Ordner") }

// causeDE is why something did not go, its known cause first.
func causeDE(x Catalogue, reason string) string {
	if trouble, ok := task.TroubleOf(reason); ok {
		if cause := x.Troubles[trouble.Cause]; cause != "" {
			return cause[:len(cause)-1] + " (" + reason + ")"
		}
	}
	return reason
}

// germanFaults is what the service finds wrong with a form, as it says it in English.
var germanFaults = map[string]string{
	"Another task has this name": "Eine andere Aufgabe heißt schon so", "Another user has this name": "Ein anderer Benutzer heißt schon so",
	"The task has no name": "Die Aufgabe hat keinen Namen", "The task has no source": "Die Aufgabe hat keine Quelle", "The task's name is longer than 200 bytes": "Der Name der Aufgabe ist länger als 200 Bytes",
	"Two sources are called %":                                     "Zwei Quellen heißen „%“",
	"Somebody else has changed it; read it again":                  "Jemand anderes hat es inzwischen geändert; öffnen Sie es neu",
	"Without this user there would be no admin who can log in":     "Ohne diesen Benutzer gäbe es keinen Admin, der sich anmelden kann",
	"The user owns tasks; name a user who gets them":               "Dem Benutzer gehören Aufgaben; nennen Sie, wer sie bekommt",
	"There is a user already":                                      "Es gibt schon einen Benutzer",
	"The first user has to be an admin":                            "Der erste Benutzer muss ein Admin sein",
	"The password is needed":                                       "Das Passwort wird gebraucht",
	"Only an admin can make a task for another user":               "Nur ein Admin kann eine Aufgabe für jemand anderen anlegen",
	"Events are kept for 1 to 3650 days":                           "Ereignisse werden 1 bis 3650 Tage lang behalten",
	"The task is queued or running already":                        "Die Aufgabe wartet schon oder läuft",
	"The link has been used":                                       "Der Link ist schon benutzt",
	"The cron line has no time that ever comes":                    "Die Cron-Zeile nennt keine Zeit, die je kommt",
	"A stored account that the task % needs is not there any more": "Ein gespeichertes Konto, das die Aufgabe „%“ braucht, gibt es nicht mehr",
	"The accounts could not be listed within two minutes":          "Die Konten ließen sich nicht innerhalb von zwei Minuten auflisten",
}
