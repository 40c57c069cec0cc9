package view

import "github.com/mailweir/mailweir/host/task"

var germanSettings = settingsTexts{
	ChannelsLead:  func(n int) string { return pluralDE(int64(n), "Kanal", "Kanäle") },
	ChannelsEmpty: "Noch erfährt niemand etwas", ChannelsEmptyLead: "Ein Kanal meldet per E-Mail oder Webhook, wenn eine Aufgabe scheitert, Sie braucht oder wieder läuft – oder einmal am Tag, wie alles ging.",
	NewChannel: "Neuer Kanal", ColChannel: "Kanal", ColTold: "Wer es erfährt", ColEvents: "Meldet, wenn", ColAbout: "Über",
	ColNotice: "Meldung", ColAttempts: "Versuche", ChannelMail: "E-Mail", ChannelWebhook: "Webhook", ChannelEverybody: "Über die Aufgaben aller",
	ChannelAbout: func(tasks int) string {
		if tasks == 0 {
			return "alle Aufgaben"
		}
		return pluralDE(int64(tasks), "Aufgabe", "Aufgaben")
	},
	ChannelOf:   func(name string) string { return "Gehört " + name },
	ChannelName: "Name", ChannelNameHint: "Für Menschen, etwa „Bereitschaft“.", ChannelKind: "Wie er meldet",
	ChannelAddresses: "Adressen", ChannelAddressesHint: "Bis zu 20, eine je Zeile.",
	ChannelRelay: "Relay", ChannelRelayHint: "Nimmt die E-Mail an. Relays werden beim Start des Dienstes genannt: --smtp-relay.", ChannelNoRelay: "es gibt keines",
	ChannelRelayMissing: "Der Dienst hat kein Relay. Starten Sie ihn mit --smtp-relay NAME=URL, damit er E-Mails senden kann.",
	ChannelURL:          "URL", ChannelURLHint: "Bekommt JSON per POST, signiert mit dem Geheimnis.",
	ChannelSecret: "Geheimnis", ChannelSecretHint: "Leer: mailweir erzeugt eines und zeigt es einmal.", ChannelSecretKeep: "Leer: Das gespeicherte bleibt, solange die URL bleibt.",
	ChannelSecretMade: "Das Geheimnis des Webhooks", ChannelSecretLead: "Es signiert, was der Webhook bekommt. Es wird nur dieses eine Mal gezeigt.",
	ChannelAllOfAll: "Alle Aufgaben von allen", ChannelAllOwn: "Alle Ihre Aufgaben", ChannelSome: "Nur einige Aufgaben",
	ChannelTasks: "Namen der Aufgaben", ChannelTasksHint: "Einer je Zeile.",
	ChannelMake: "Kanal anlegen", ChannelSave: "Speichern", ChannelSaved: "Gespeichert.", ChannelTest: "Testmeldung senden",
	ChannelRemove: "Kanal entfernen", ChannelRemoveLead: "Was er noch zu melden hat, entfällt.",
	NoticesTitle: "Was er gemeldet hat", NoticesEmpty: "Noch nichts. Was gemeldet wird, steht hier 30 Tage lang.",
	NoticeTold: "Gemeldet", NoticeGivenUp: "Aufgegeben", NoticeAgain: "Wieder versucht", NoticeWaits: "Wartet",
	FaultAddresses: "Nennen Sie 1 bis 20 Adressen wie anna@example.org.", FaultRelay: "Wählen Sie ein Relay.", FaultHookURL: "Ein Webhook sieht aus wie https://hooks.example/mailweir.",
	FaultEvents: "Wählen Sie mindestens eines.", FaultChannelName: "Geben Sie dem Kanal einen Namen.",
	FaultTasks:     func(name string) string { return "Keine Aufgabe, die Sie sehen dürfen, heißt „" + name + "“." },
	FaultTaskTwice: func(name string) string { return "Mehr als eine Aufgabe heißt „" + name + "“." },
	FaultNoTasks:   "Nennen Sie mindestens eine Aufgabe.",
	EventWords: map[task.NoticeEvent]string{
		task.NoticeFailed: "ein Lauf scheitert", task.NoticeNeedsYou: "jemand gebraucht wird", task.NoticeRecovered: "eine Aufgabe wieder läuft",
		task.NoticeFirstSuccess: "eine Aufgabe zum ersten Mal gelingt", task.NoticeDigest: "ein Tag vorbei ist", task.NoticeTest: "ein Test",
	},
	EventHints: map[task.NoticeEvent]string{
		task.NoticeFailed:    "Mit dem nächsten Lauf geht es weiter. Eine Aufgabe, die immer wieder scheitert, wird einmal gemeldet.",
		task.NoticeNeedsYou:  "Ein Passwort, ein volles Postfach: Sie scheitert, bis ein Mensch etwas tut.",
		task.NoticeRecovered: "Nach einem der oben genannten.", task.NoticeFirstSuccess: "Einmal je Aufgabe.",
		task.NoticeDigest: "Eine Meldung über alle Aufgaben, die nicht gesunden zuerst.",
	},

	General: "Allgemein", About: "Über mailweir",
	SettingsLead: "Was für den Dienst als Ganzes gilt.", SettingsLimits: "Gleichzeitige Läufe",
	SettingsLimitsLead: "Auf allen Knoten zusammen. Was über einer Grenze liegt, wartet, bis es an der Reihe ist. Änderungen gelten sofort, für den nächsten Lauf, der beginnt.",
	SettingRuns:        "Insgesamt", SettingPerHost: "Je Mailserver", SettingPerAccount: "Je Konto", SettingNone: "keine Grenze",
	SettingSave: "Speichern", SettingSaved: "Gespeichert.", FaultLimit: "Eine Zahl ab 1; leer ist keine Grenze.",
	SettingsRest: "Auf diesem Knoten gilt", SettingsRestLead: "Das wird beim Start des Dienstes angegeben: mailweir serve --help.",
	SettingWorkers: "Gleichzeitige Läufe auf diesem Knoten", SettingReach: "Wohin Aufgaben sich verbinden dürfen",
	SettingReachAdmins: "die von Benutzern: nur zu öffentlichen Mailservern; die von Admins: überallhin", SettingReachAll: "nur zu öffentlichen Mailservern, auch die von Admins",
	SettingAlso: "Netze, die auch alle erreichen dürfen", SettingNothing: "keine", SettingRelays: "Relays für E-Mails",
	SettingMailFrom: "Meldungen per E-Mail kommen von", SettingByRelay: "der Anmeldung am Relay", SettingTLS: "Browser kommen über TLS",
	SettingRules: "Regeln werden angewandt", SettingNode: "Name dieses Knotens", SettingSystem: "Rechner und Prozess",
	SettingDatabase: "Datenbank", SettingData: "Datenverzeichnis", SettingStart: "beim Start angegeben",
	SettingsAudit: func(days int) string {
		return "wird " + pluralDE(int64(days), "Tag", "Tage") + " lang aufbewahrt; seine Seite ändert das."
	},
	SettingsTasksLead: "Die Seite jeder Aufgabe zeigt ihre geltenden Einstellungen, und woher jede kommt.",
	SettingFlag:       func(flag string) string { return "Befehlszeile (" + flag + ")" },
	SettingFixed: func(flag string) string {
		return "Die Befehlszeile dieses Knotens setzt es bei jedem Start neu (" + flag + ")."
	},
	SettingStored: "gespeichert, für alle Knoten",

	AboutLead: "mailweir kopiert E-Mails zwischen IMAP-Konten.", AboutVersion: "Version", AboutGo: "Go", AboutSystem: "System", AboutPlugins: "Plugins",
	AboutPluginsNone: "Es gibt keine.", AboutLibraries: "Bibliotheken", AboutLibrariesLead: "Sie sind Teil des Programms. Ihre Lizenzen stehen unter pkg.go.dev/BIBLIOTHEK?tab=licenses.",
	AboutAssets: "Teile der Seiten", AboutAssetsLead: "Sie gehen so an Browser, wie sie veröffentlicht wurden.", ColLicence: "Lizenz", ColLibrary: "Bibliothek",
	AboutUnknown: "siehe ihren Text", AboutRevision: "Stand", AboutLicence: "Lizenz", AboutText: "Text", AboutOwn: "Apache-2.0",
	AboutOwnText: "mailweir selbst", AboutNoLibraries: "Dieses Programm sagt nicht, aus welchen Bibliotheken es gemacht wurde.", AboutReplaced: "ersetzt durch",
}
