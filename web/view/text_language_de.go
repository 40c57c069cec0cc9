package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
)

var germanLanguage = languageTexts{
	Tag: German, LanguageName: "Deutsch",
	LanguageTitle: "Sprache", LanguageLead: "Dieser Browser merkt sie sich.", LanguageAsTheBrowser: "Wie der Browser sie wünscht", LanguageLabel: "Sprache der Seiten", LanguageSave: "Sprache speichern",

	Thousands: ".", Decimal: ",",
	LongDays: func(days, hours int) string {
		return pluralDE(int64(days), "Tag", "Tage") + fmt.Sprintf(" %d h", hours)
	},
	RoughDays: func(days int) string { return pluralDE(int64(days), "Tag", "Tage") },
	Moment: func(at time.Time) string {
		return germanDays[at.Weekday()] + ", " + fmt.Sprintf("%d. %s", at.Day(), germanMonths[at.Month()-1]) + at.Format(" 2006, 15:04:05 Uhr MST")
	},
	ShortTime: func(at time.Time) string {
		return germanShortDays[at.Weekday()] + at.Format(" 02.01.2006, 15:04 Uhr MST")
	},
	Date:     func(at time.Time) string { return at.Format("02.01.2006") },
	LessThan: func(ms int) string { return fmt.Sprintf("weniger als %d ms", ms) },

	Advice: germanAdvice, Troubles: germanTroubles,
	Deeds: map[string]string{
		"consent asked for":      "um Einwilligung gebeten",
		"consent given":          "Einwilligung erteilt",
		string(access.DeedLogin): "angemeldet", string(access.DeedLoginFailed): "Anmeldung gescheitert", string(access.DeedLogout): "abgemeldet",
		string(access.DeedTaskMade): "Aufgabe angelegt", string(access.DeedTaskChanged): "Aufgabe geändert", string(access.DeedTaskDeleted): "Aufgabe gelöscht", string(access.DeedTaskRestored): "Aufgabe wiederhergestellt",
		string(access.DeedTaskGiven): "Aufgabe übergeben", string(access.DeedTaskPaused): "Aufgabe pausiert", string(access.DeedTaskResumed): "Aufgabe fortgesetzt",
		string(access.DeedRunStarted): "Lauf gestartet", string(access.DeedRunStopped): "Lauf angehalten", string(access.DeedRunPaused): "Lauf pausiert", string(access.DeedRunResumed): "Lauf fortgesetzt",
		string(access.DeedUserMade): "Benutzer angelegt", string(access.DeedUserChanged): "Benutzer geändert", string(access.DeedUserRemoved): "Benutzer entfernt",
		string(access.DeedPassword): "Passwort geändert", string(access.DeedTOTPOn): "Codes eingeschaltet", string(access.DeedTOTPOff): "Codes ausgeschaltet", string(access.DeedRecoveryUsed): "Ersatzcode verwendet",
		string(access.DeedTokenMade): "Token angelegt", string(access.DeedTokenRevoked): "Token widerrufen", string(access.DeedSessionsEnded): "Sitzungen beendet",
		string(access.DeedRetention): "Aufbewahrung geändert", string(access.DeedRate): "Tempo geändert", string(access.DeedLimits): "Grenzen geändert",
		string(access.DeedAccountMade): "Konto angelegt", string(access.DeedAccountChanged): "Konto geändert", string(access.DeedAccountRemoved): "Konto entfernt",
		string(access.DeedChannelMade): "Kanal angelegt", string(access.DeedChannelChanged): "Kanal geändert", string(access.DeedChannelRemoved): "Kanal entfernt",
		string(access.DeedDomainSaved): "eigene Domain gespeichert", string(access.DeedDomainRemoved): "eigene Domain entfernt",
		string(access.DeedDirectorySaved): "Benutzerverzeichnis gespeichert", string(access.DeedDirectoryRemoved): "Benutzerverzeichnis entfernt",
		string(access.DeedRuleSaved): "Regel gespeichert", string(access.DeedRuleApplied): "Regel angewandt", string(access.DeedRuleRemoved): "Regel entfernt",
		string(access.DeedPluginInstalled): "Plugin installiert", string(access.DeedPluginRemoved): "Plugin entfernt", string(access.DeedScriptSaved): "Skript gespeichert",
		string(access.DeedPlanApproved): "Plan freigegeben", string(access.DeedPlanWithdrawn): "Freigabe zurückgezogen", string(access.DeedMailRead): "E-Mails gelesen, um ein Skript auszuprobieren",
		string(access.DeedLinkMade): "Link angelegt", string(access.DeedLinkUsed): "Link benutzt", string(access.DeedLinkRevoked): "Link widerrufen",
	},
	Faults:    germanFaults,
	Findings:  germanFindings,
	DecidedBy: map[string]string{"set by hand": "von Hand gesetzt", "earlier run": "früherer Lauf"},
}

var (
	germanDays      = [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"}
	germanMonths    = [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	germanShortDays = [7]string{"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"}
)

// germanTroubles is the causes of package task.
var germanTroubles = map[string]string{
	"The consent of OAuth is missing, or has ended.":               "Die Einwilligung über OAuth fehlt oder ist abgelaufen.",
	"A folder is not as in the approved plan.":                     "Ein Ordner ist nicht so wie im freigegebenen Plan.",
	"The task runs only once a plan was approved.":                 "Die Aufgabe läuft erst, wenn ein Plan freigegeben wurde.",
	"The task is not any more what its approved plan was made of.": "Die Aufgabe ist nicht mehr die, aus der ihr freigegebener Plan gemacht wurde.",
	"The login was refused.":                                       "Die Anmeldung wurde abgelehnt.",
	"The mail server's name is not known.":                         "Der Name des Mailservers ist nicht bekannt.",
	"The server's certificate is not to be trusted.":               "Dem Zertifikat des Servers ist nicht zu trauen.",
	"The server asks to wait.":                                     "Der Server bittet zu warten.",
	"The destination is full.":                                     "Das Ziel ist voll.",
	"Messages are larger than the destination takes.":              "Nachrichten sind größer, als das Ziel annimmt.",
	"The destination does not allow a folder's name.":              "Das Ziel erlaubt den Namen eines Ordners nicht.",
	"A folder is not there any more.":                              "Ein Ordner ist nicht mehr da.",
	"The account has no right to do that.":                         "Das Konto hat kein Recht dazu.",
	"The address is out of reach for this task.":                   "Die Adresse darf diese Aufgabe nicht erreichen.",
	"The port is out of reach for this task.":                      "Den Port darf diese Aufgabe nicht erreichen.",
	"The source did not send messages as a whole.":                 "Die Quelle hat Nachrichten nicht vollständig gesendet.",
	"The server's answer is not what the protocol allows.":         "Die Antwort des Servers ist so im Protokoll nicht erlaubt.",
	"The mail server can not be reached.":                          "Der Mailserver ist nicht zu erreichen.",
	"The server refused it.":                                       "Der Server hat es abgelehnt.",
	"Somebody changed the destination meanwhile.":                  "Jemand hat das Ziel inzwischen geändert.",
	"More would be deleted than the limit allows.":                 "Es würde mehr gelöscht, als die Grenze erlaubt.",
	"A plugin failed, or kept it back.":                            "Ein Plugin ist gescheitert oder hat es zurückgestellt.",

	"A plugin puts several folders onto one, which it may not merge.": "Ein Plugin legt mehrere Ordner auf einen, darf sie aber nicht zusammenlegen.",
}

// germanAdvice is the remedies of package task.
var germanAdvice = map[string]string{
	`Give it anew on the page of the account or with "mailweir account authorize NAME" on the server, or store another refresh token or client secret in the account.`: "Erteilen Sie sie neu: auf der Seite des Kontos oder mit „mailweir account authorize NAME“ auf dem Server, oder hinterlegen Sie im Konto ein anderes Refresh-Token oder Client-Secret.",
	"Look at the task's plan: make a new one and approve it, or withdraw the one that was approved.":                                                                   "Sehen Sie sich den Plan der Aufgabe an: Machen Sie einen neuen und geben Sie ihn frei, oder ziehen Sie die Freigabe des alten zurück.",
	"Look at the task's plan, and approve it.": "Sehen Sie sich den Plan der Aufgabe an und geben Sie ihn frei.",
	"Check user name and password. Some providers want a password made for programs, or IMAP to be turned on.": "Prüfen Sie Benutzername und Passwort. Manche Anbieter verlangen ein Passwort für Programme, oder dass IMAP eingeschaltet ist.",
	"Check the host name in the account, and the name service.":                                                "Prüfen Sie den Servernamen im Konto und den Namensdienst.",
	"Check the host name; a server with an authority of its own needs ca= or pin= in the account's URL.":       "Prüfen Sie den Servernamen; ein Server mit eigener Zertifizierungsstelle braucht deren Datei oder einen festgelegten Schlüssel im Konto.",
	"Nothing: the next run goes on. If it happens every time, run it less often, or with a lower rate.":        "Nichts: Der nächste Lauf macht weiter. Wenn es jedes Mal geschieht, starten Sie die Aufgabe seltener oder mit weniger Tempo.",
	"Raise the quota or remove something there, then run it again.":                                            "Erhöhen Sie dort den Speicherplatz oder entfernen Sie etwas, und starten Sie die Aufgabe dann noch einmal.",
	"Raise the limit of the destination's server, or leave such messages out with the plugin age-and-size.":    "Heben Sie die Grenze des Zielservers an, oder lassen Sie solche Nachrichten mit dem Plugin age-and-size aus.",
	"Give the folder another name with the plugin folder-rules.":                                               "Geben Sie dem Ordner mit dem Plugin folder-rules einen anderen Namen.",
	"Run it again: it was removed or renamed meanwhile.":                                                       "Starten Sie die Aufgabe noch einmal: Er wurde inzwischen entfernt oder umbenannt.",
	"Give the user the right on the server, or name another user.":                                             "Geben Sie dem Benutzer auf dem Server das Recht, oder nennen Sie einen anderen.",
	"Its owner is no admin: an admin can own the task, or let the network in with --also.":                     "Ihr Besitzer ist kein Admin: Ein Admin kann die Aufgabe übernehmen oder das Netz mit --also zulassen.",
	"Run it again. If it stays, the message is damaged at the source.":                                         "Starten Sie die Aufgabe noch einmal. Bleibt es so, ist die Nachricht an der Quelle beschädigt.",
	"Run it again; if it stays, report it with the name and version of the server.":                            "Starten Sie die Aufgabe noch einmal; bleibt es so, melden Sie es mit Name und Version des Servers.",
	"Check host and port, and whether the server is up; the next run goes on.":                                 "Prüfen Sie Server und Port, und ob der Server läuft; der nächste Lauf macht weiter.",
	"Look at what the server says; the message may hold what it does not take.":                                "Sehen Sie nach, was der Server sagt; vielleicht enthält die Nachricht etwas, das er nicht annimmt.",
	"Run it again.": "Starten Sie die Aufgabe noch einmal.",
	"Look at what would go. If it is right, raise the task's limit on deleting, run it, and set the limit back.": "Sehen Sie nach, was gelöscht würde. Wenn es stimmt, heben Sie die Löschgrenze der Aufgabe an, starten Sie sie, und setzen Sie die Grenze zurück.",
	"Raise the limit of its server, or leave such messages out with the plugin age-and-size.":                    "Heben Sie die Grenze seines Servers an, oder lassen Sie solche Nachrichten mit dem Plugin age-and-size aus.",
	"Raise the quota, make room, or leave folders out.":                                                          "Erhöhen Sie den Speicherplatz, schaffen Sie Platz, oder lassen Sie Ordner aus.",
	"If that is not meant, give one of them another destination folder.":                                         "Ist das nicht gemeint, geben Sie einem von ihnen einen anderen Ordner am Ziel.",
	"Use imaps://, or imap:// without tls=none.":                                                                 "Nehmen Sie TLS oder STARTTLS statt ungeschützt.",
	"Look at the plan before the first copy.":                                                                    "Sehen Sie sich vor der ersten Kopie den Plan an.",
	"Make room, or raise the limit, before copying to it.":                                                       "Schaffen Sie Platz, oder erhöhen Sie die Grenze, bevor Sie dorthin kopieren.",
	"Look at the plugin's words in the list and the log; what is held is tried again in the next run.":           "Sehen Sie in der Liste und im Protokoll nach, was das Plugin sagt; Zurückgestelltes wird im nächsten Lauf wieder versucht.",

	"Give one of them another folder, by the plugin's settings or by hand in the task's plan, leave one out, or allow the plugin to merge folders.": "Geben Sie einem von ihnen einen anderen Ordner, in den Einstellungen des Plugins oder von Hand im Plan der Aufgabe, lassen Sie einen aus, oder erlauben Sie dem Plugin, Ordner zusammenzulegen.",
}

func numberDE(n int64) string { return numberWith(n, ".") }

func pluralDE(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return numberDE(n) + " " + many
}

// agoDE is a time in the dative case, as after "vor" and "in".
func agoDE(n int, unit string) string {
	words := map[string][2]string{
		"minute": {"Minute", "Minuten"}, "hour": {"Stunde", "Stunden"}, "day": {"Tag", "Tagen"},
		"month": {"Monat", "Monaten"}, "year": {"Jahr", "Jahren"},
	}[unit]
	return pluralDE(int64(n), words[0], words[1])
}

// listDE joins with commas and an "und".
func listDE(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " und " + all[len(all)-1]
}
