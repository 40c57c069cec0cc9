package view

var germanPeople = peopleTexts{
	Users: "Benutzer", NewUser: "Neuer Benutzer", Audit: "Änderungsverlauf", Account: "Ihr Benutzerkonto",
	RoleForbids:  "Ihre Rolle erlaubt das nicht. Ein Admin kann das ändern.",
	TokenRefused: "Das Token öffnet nichts: Es ist unbekannt, widerrufen oder abgelaufen.",

	SetupTitle: "Willkommen", SetupLead: "Ein Schritt: Legen Sie den ersten Benutzer an. Er ist Admin und legt alle anderen an.",
	SetupCode: "Einrichtungscode", SetupCodeHint: "Er stand im Terminal, als mailweir gestartet ist. In einem Browser auf jenem Rechner wird nicht nach ihm gefragt.",
	SetupWrongCode: "Das ist nicht der Einrichtungscode des mailweir, das gerade läuft.", SetupMake: "Admin anlegen",
	PasswordAgain: "Das Passwort noch einmal", PasswordsDiffer: "Die beiden Passwörter sind nicht gleich.", PasswordHint: "Mindestens 10 Zeichen; ein paar Wörter sind gut.",
	CodeTitle: "Einmalcode", CodeLead: "Ihr Passwort ist richtig. Nun noch der Code, den Ihr Telefon zeigt.", CodeField: "Code",
	CodeHint: "Sechs Ziffern, oder einer Ihrer Ersatzcodes.", CodeRefused: "Dieser Code ist falsch oder wurde schon verwendet.", CodeGo: "Weiter",
	CodeWait: func(wait string) string {
		return "Zu viele falsche Codes. Bitte warten Sie " + wait + " und versuchen Sie es dann noch einmal."
	},

	RoleReader: "Nur lesen", RoleUser: "Benutzer", RoleOperator: "Betreuer", RoleAdmin: "Admin",
	RoleReaderHint:   "Sieht Aufgaben und Läufe, alle oder die einiger Domains, und ändert nichts.",
	RoleUserHint:     "Hat eigene Aufgaben und sieht keine anderen.",
	RoleOperatorHint: "Hat Aufgaben und betreut alle, die zu einigen Domains gehören.",
	RoleAdminHint:    "Darf alles und verwaltet die Benutzer.",
	ScopeRead:        "read: Aufgaben und Läufe ansehen", ScopeRun: "run: Aufgaben starten, anhalten, pausieren und fortsetzen",
	ScopeWrite: "write: Aufgaben anlegen, ändern und löschen", ScopeAdmin: "admin: was nur Admins dürfen",

	AccountRole:   func(role string) string { return role },
	PasswordTitle: "Passwort", PasswordNow: "Jetziges Passwort", PasswordNew: "Neues Passwort", PasswordChange: "Passwort ändern",
	PasswordDone: "Das Passwort ist geändert. Alle Ihre anderen Sitzungen sind beendet.", PasswordWrong: "Das Passwort ist falsch.",
	PasswordEnds: "Alle Ihre anderen Sitzungen enden damit. Tokens bleiben.",

	CodesTitle: "Einmalcodes", CodesOff: "Das Passwort allein öffnet Ihr Benutzerkonto.", CodesOn: "Jede Anmeldung fragt außer nach dem Passwort nach einem Code.",
	CodesAdvice: "Als Admin sollten Sie sie einschalten: Wer Ihr Passwort hat, hat alles.",
	CodesManage: "Codes verwalten", CodesLead: "Ein Programm auf Ihrem Telefon zeigt alle 30 Sekunden einen neuen Code. Jede Anmeldung fragt nach einem, sodass Ihr Passwort allein für andere wertlos ist.",
	CodesStart: "Codes einschalten", CodesScan: "Scannen Sie das mit dem Programm auf Ihrem Telefon, etwa Aegis, FreeOTP oder Google Authenticator.",
	CodesType: "Oder geben Sie diesen Schlüssel ein:", CodesConfirm: "Bestätigen", CodesConfirmField: "Der Code, den es jetzt zeigt", CodesWrong: "Das ist nicht der Code dieses Schlüssels. Geht die Uhr des Telefons richtig?",
	CodesTurnOff: "Codes ausschalten", CodesRenew: "Anderes Telefon verwenden", CodesQR: "QR-Code mit dem Schlüssel",
	CodesLeft:     func(n int) string { return pluralDE(int64(n), "Ersatzcode ist", "Ersatzcodes sind") + " übrig." },
	RecoveryTitle: "Ihre Ersatzcodes", RecoveryLead: "Jeder öffnet Ihr Benutzerkonto einmal, wenn das Telefon verloren ist. Sie werden nur dieses eine Mal gezeigt: Drucken Sie sie aus, oder bewahren Sie sie bei Ihren Passwörtern auf.",
	RecoveryDone: "Ich habe sie aufbewahrt",

	SessionsTitle: "Sitzungen", SessionsLead: "Wo Sie angemeldet sind. Eine Sitzung endet nach 30 Minuten ohne Benutzung.",
	SessionsEnd: "Beenden", SessionsEndOthers: "Alle anderen beenden", SessionThis: "diese", BrowserUnknown: "ohne Namen",
	ColAddress: "Adresse", ColBrowser: "Browser", ColSeen: "Zuletzt benutzt", ColSince: "Seit",

	TokensTitle: "Tokens", TokensLead: "Mit ihnen handeln Programme für Sie, soweit die Rechte des Tokens reichen: „Authorization: Bearer …“.",
	TokensEmpty: "Sie haben keine.", TokenMade: "Das Token ist angelegt", TokenMadeLead: "Es wird nur dieses eine Mal gezeigt. Bewahren Sie es auf wie ein Passwort.",
	TokenNew: "Neues Token", TokenName: "Wofür es ist", TokenNameHint: "Etwa „Sicherungsskript“.", TokenScopes: "Was es darf",
	TokenDays: "Gültig für Tage", TokenDaysHint: "Leer ist für immer.", TokenMake: "Token anlegen", TokenRevoke: "Widerrufen",
	TokenExpired: "abgelaufen", TokenNever: "nie", TokenDaysFault: "Ein Token gilt 1 bis 3650 Tage.",
	ColToken: "Token", ColScopes: "Rechte", ColExpires: "Läuft ab", ColUsed: "Zuletzt benutzt",

	UsersLead: func(n int) string { return pluralDE(int64(n), "Benutzer", "Benutzer") },
	ColUser:   "Benutzer", ColRole: "Rolle", ColTasks: "Aufgaben", ColCodes: "Codes", ColLogin: "Letzte Anmeldung",
	UserActive: "Aktiv", UserDisabled: "Gesperrt", UserAllDomains: "alle Domains",
	UserName: "Name", UserNameHint: "Zum Anmelden; eine Adresse ist gut. Er lässt sich später nicht ändern.", UserPassword: "Erstes Passwort", UserRole: "Rolle",
	UserDomains: "Domains", UserDomainsHint: "Die eines Betreuers, oder die, die jemand sieht, der nur liest (leer: alle). Durch Leerzeichen getrennt.",
	UserEnabled: "Kann sich anmelden", UserEnabledHint: "Sonst enden Sitzungen, und Tokens öffnen nichts. Aufgaben laufen weiter nach ihren Zeitplänen.",
	UserSave: "Speichern", UserMake: "Benutzer anlegen", UserSaved: "Gespeichert.",
	UserPasswordTitle: "Neues Passwort", UserPasswordLead: "Alle Sitzungen des Benutzers enden damit.", UserPasswordSet: "Das Passwort ist gesetzt, und die Sitzungen des Benutzers sind beendet.",
	UserCodesTitle: "Einmalcodes", UserCodesLead: "Für einen Benutzer, der Telefon und Ersatzcodes verloren hat.", UserCodesOff: "Codes ausschalten", UserCodesRemoved: "Die Codes sind ausgeschaltet.",
	UserRemoveTitle: "Benutzer entfernen", UserRemoveLead: "Sitzungen und Tokens enden. Aufgaben bleiben und bekommen einen anderen Besitzer.", UserRemove: "Benutzer entfernen",
	UserHeir: "Die Aufgaben bekommt", UserHeirHint: "Läufe und Passwörter bleiben bei den Aufgaben.", UserSelf: "Das sind Sie selbst. Jemand anderes muss Ihre Rolle ändern oder Sie entfernen.",
	Yes: "ja", No: "nein", On: "An", Off: "Aus", UserPasswordDo: "Passwort setzen",
	UserTasks: func(n int) string { return pluralDE(int64(n), "Aufgabe", "Aufgaben") },

	AuditLead: "Wer was getan hat, und wann. Nichts darin lässt sich ändern.", AuditActor: "Wer", AuditDeed: "Was", AuditObject: "Woran", AuditAny: "alles",
	AuditShow: "Zeigen", AuditAll: "Alles zeigen", AuditOlder: "Ältere", AuditEmpty: "Von dieser Art gibt es nichts.",
	AuditKeep: "Wie lange er aufbewahrt wird", AuditKeepDays: "Tage", AuditKeepSave: "Speichern", AuditTimeline: "Verlauf",
	AuditTimelineOf: func(name string) string { return "Verlauf von „" + name + "“" },
	ColWhen:         "Wann", ColWho: "Wer", ColDeed: "Was", ColObject: "Woran", ColDetail: "Näheres",
	TheService: func(via string) string {
		if via == "command line" {
			return "die Befehlszeile"
		}
		return "mailweir selbst"
	},
	BrowserOn: func(browser, system string) string { return browser + " unter " + system },
	Somebody:  "jemand", ByToken: "mit einem Token",

	TaskOf: "von", TaskOwner: "Besitzer", OwnerNone: "mailweir selbst", OwnerChange: "Ändern", OwnerGive: "Aufgabe übergeben", OwnerMissing: "Diesen Benutzer gibt es nicht mehr.",
	OwnerLead:  "Der Besitzer sieht die Aufgabe, ändert und startet sie. Wohin sie sich verbinden darf, bestimmt die Rolle des Besitzers.",
	OwnerTitle: func(name string) string { return "„" + name + "“ übergeben an" },
}
