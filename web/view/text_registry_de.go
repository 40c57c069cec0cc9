package view

var germanRegistry = registryTexts{
	Accounts: "Konten", Domains: "Eigene Domains", Directories: "Benutzerverzeichnisse", Rules: "Regeln", Settings: "Einstellungen",
	Notifications: "Meldungen", SubMenu: "Seiten neben dieser",

	AccountsLead:  func(n int) string { return pluralDE(int64(n), "gespeichertes Konto", "gespeicherte Konten") },
	AccountsEmpty: "Noch ist kein Konto gespeichert", AccountsEmptyLead: "Speichern Sie ein Konto einmal, und beliebig viele Aufgaben können es verwenden. Ein neues Passwort hilft dann allen.",
	NewAccount: "Neues Konto", ColAccount: "Konto", ColMailbox: "Postfach", ColUsedBy: "Verwendet von", ColTested: "Getestet",
	AccountUntested: "Nicht getestet", AccountBroken: "Geht nicht", AccountWorks: "Geht",
	AccountTest: "Testen", AccountSave: "Speichern", AccountMake: "Konto speichern",
	AccountName: "Name", AccountNameHint: "Für Menschen, etwa „Archiv“.",
	AccountFindOther: "Ein anderer Server, und was von seinem Anbieter bekannt ist", AccountTestTyped: "Eingaben testen",
	AccountFind: "Server finden", AccountFindLead: "Geben Sie die Adresse des Postfachs ein, oder wählen Sie seinen Anbieter. Dorthin geht nichts als die Frage.",
	AccountAddress: "Adresse", AccountFindDo: "Finden", AccountPreset: "Anbieter", AccountPresetNone: "bitte wählen …", AccountPresetDo: "Ausfüllen",
	AccountFound: "Was gefunden wurde", AccountFoundNone: "Kein Server wurde gefunden. Fragen Sie den Betreiber des Postfachs nach dem Namen seines IMAP-Servers.",
	AccountFoundNotes: "Was vergeblich gefragt wurde", AccountUse: "Diesen verwenden",
	AccountUnsure: "Das sagt nur der Namensdienst, der sich fälschen lässt. Sehen Sie sich den Namen an, bevor Sie ein Passwort dorthin senden.",
	AccountOAuth:  "nimmt kein Passwort, nur OAuth, das mailweir noch nicht spricht",
	AccountLogin:  "Meldet sich an mit", AccountKnown: "Gut zu wissen", AccountSaved: "Gespeichert.",
	AccountUntestedLead: "Noch hat niemand dieses Konto getestet.",
	AccountRemove:       "Konto entfernen", AccountRemoveLead: "Sein Passwort wird vergessen. Die E-Mails bleiben, wo sie sind.",
	AccountRemoveNot: "Es kann nicht entfernt werden, solange etwas es verwendet. Ändern oder entfernen Sie das zuerst.",
	AccountUses:      "Verwendet von", AccountUsesNone: "Noch verwendet nichts dieses Konto.",
	AccountAbilities: "Was der Server kann", AccountServer: "Server", AccountHolds: "Enthält", AccountQuota: "Platz", AccountTLS: "Verbindung",
	AccountAppends: "Größte Nachricht", AccountNames: "In den Worten des Servers",
	AccountChangesAll: "Eine Änderung gilt für alle Aufgaben, die das Konto verwenden, ab ihrem nächsten Lauf.",
	AccountTestOf:     func(server string) string { return "Test von " + server },
	AccountFolders: func(folders int, messages int64) string {
		return pluralDE(int64(folders), "Ordner", "Ordner") + ", " + pluralDE(messages, "Nachricht", "Nachrichten")
	},
	AccountQuotaOf:  func(used, limit string) string { return used + " von " + limit + " belegt" },
	AccountProvider: func(name string) string { return "Was von " + name + " bekannt ist" },
	UsesMore:        func(n int) string { return "und " + numberDE(int64(n)) + " weitere" },
	Ways: map[string]string{
		"provider": "aus der Tabelle der Anbieter", "SRV record": "von der Domain genannt (SRV-Eintrag)", "autoconfig": "von einer Seite der Domain genannt",
		"mail exchanger": "danach, wohin die E-Mails der Domain gehen", "guess": "geraten, aber es antwortet",
	},
	ProviderLogin: map[string]string{
		"address": "der ganzen Adresse", "user": "dem, was vor dem „@“ steht", "as set up": "dem, was sein Verwalter eingerichtet hat",
	},
	ProviderPassword: "Das Passwort des Kontos öffnet es.", ProviderAppPassword: "Ein Passwort, das für Programme gemacht ist, öffnet es.",
	ProviderOAuth:    "Es nimmt auch OAuth, das mailweir noch nicht spricht.",
	LimitConnections: "Gleichzeitige Verbindungen", LimitMessage: "Größte Nachricht", LimitDownload: "Herunterladen je Tag", LimitUpload: "Hochladen je Tag",
	UseTask: "Aufgabe", UseRule: "Regel",

	AbleUIDPlus:       "Sagt, wo er jede Nachricht speichert; so ist jede Kopie sofort sicher.",
	UnableUIDPlus:     "Sagt nicht, wo er Nachrichten speichert: Jede Kopie muss nachgesehen werden, was länger dauert.",
	AbleCondstore:     "Sagt, was sich seit dem letzten Mal geändert hat; so sind spätere Läufe kurz.",
	UnableCondstore:   "Sagt nicht, was sich geändert hat: Spätere Läufe vergleichen die Markierungen aller Nachrichten.",
	AbleMultiAppend:   "Nimmt viele Nachrichten auf einmal an.",
	UnableMultiAppend: "Nimmt immer nur eine Nachricht an, was über weite Strecken langsamer ist.",
	AbleSpecialUse:    "Sagt, welcher Ordner Gesendet, Entwürfe, Papierkorb und Spam ist.",
	UnableSpecialUse:  "Sagt nicht, welcher Ordner wofür ist: Gesendet, Entwürfe, Papierkorb und Spam werden am Namen erkannt.",
	AbleCompress:      "Komprimiert, was über langsame Leitungen geht.",
	AbleQuota:         "Sagt, wie viel Platz da ist.",
	UnableQuota:       "Sagt nicht, wie viel Platz da ist.",

	DomainsLead:  func(n int) string { return pluralDE(int64(n), "eigene Domain", "eigene Domains") },
	DomainsEmpty: "Noch gibt es keine eigene Domain", DomainsEmptyLead: "Wenn Sie den Mailserver einer Domain betreiben, kann eine Anmeldung alle ihre Postfächer öffnen. Aufgaben brauchen dann keine Passwörter der Benutzer.",
	NewDomain: "Neue eigene Domain", ColDomain: "Domain", ColServer: "Server", ColWay: "Geöffnet durch",
	DomainName: "Domain", DomainNameHint: "Was hinter dem „@“ steht. Sie lässt sich später nicht ändern.", DomainHost: "Server",
	DomainWay: "Wie Postfächer geöffnet werden", DomainMaster: "Hauptbenutzer", DomainMasterHint: "Meldet sich an als POSTFACH*ADMIN, wie bei Dovecot.",
	DomainAuthzid: "Stellvertretende Anmeldung", DomainAuthzidHint: "ADMIN meldet sich mit SASL PLAIN für das Postfach an, wie bei Cyrus.",
	DomainAdmin: "Wer alle Postfächer öffnen darf", DomainAdminHint: "Name des Hauptbenutzers oder Verwalters.",
	DomainShort: "Der Server nennt Postfächer nach dem, was vor dem „@“ steht", DomainShortHint: "anna statt anna@example.org.",
	DomainSave: "Speichern", DomainMake: "Domain speichern", DomainSaved: "Gespeichert. Testen Sie ein Postfach, um zu sehen, ob es geht.",
	DomainRemove: "Domain entfernen", DomainRemoveLead: "Ihr Passwort wird vergessen. Die Postfächer bleiben.",
	DomainRemoveNot: "Sie kann nicht entfernt werden, solange etwas sie verwendet. Ändern oder entfernen Sie das zuerst.",
	DomainTest:      "Postfach testen", DomainTestLead: "Öffnet das Postfach einer Adresse und sieht sich um. Nichts darin ändert sich.", DomainTestAddress: "Adresse",
	DomainTestHint: "Eine, die es gibt, etwa Ihre eigene.",
	DomainSep:      "Trennzeichen", DomainPassword: "Passwort",
	FaultDomain: "Eine Domain sieht aus wie example.org, in Kleinbuchstaben.", FaultAdmin: "Nennen Sie den Benutzer, der alle Postfächer öffnen darf.", FaultDomainHost: "Nennen Sie den Mailserver der Domain.",

	DirectoriesLead: func(n int) string {
		return pluralDE(int64(n), "Benutzerverzeichnis", "Benutzerverzeichnisse")
	},
	DirectoriesEmpty: "Noch ist kein Benutzerverzeichnis gespeichert", DirectoriesEmptyLead: "Ein Benutzerverzeichnis weiß, wer ein Postfach hat: ein LDAP-Server oder Active Directory, eine CSV-Datei oder eine Liste, die Sie eingeben. Regeln geben seinen Benutzern Aufgaben.",
	NewDirectory: "Neues Benutzerverzeichnis", ColDirectory: "Benutzerverzeichnis", ColKind: "Art", ColWhere: "Wo", ColRules: "Regeln",
	DirectoryLDAP: "LDAP oder Active Directory", DirectoryCSV: "CSV-Datei", DirectoryStatic: "Liste",
	DirectoryUsers: func(n int) string { return pluralDE(int64(n), "Benutzer", "Benutzer") },
	DirectoryName:  "Name", DirectoryKind: "Art", DirectoryURL: "Server", DirectoryURLHint: "ldaps://HOST, oder ldap://HOST mit StartTLS. Nur mit ?tls=none geht es im Klartext.",
	DirectoryBase: "Suchbasis", DirectoryBaseHint: "Wo seine Benutzer sind, etwa ou=people,dc=example,dc=org.",
	DirectoryBind: "Bind-DN", DirectoryBindHint: "Wer fragt; bei Active Directory geht benutzer@domain. Leer: niemand.", DirectoryPassword: "Passwort",
	DirectoryMore: "Filter, Attribute, Gruppen", DirectoryFilter: "Filter", DirectoryAddressAt: "Attribut mit der Adresse", DirectoryNameAt: "Attribut mit dem Namen",
	DirectoryGroupsAt: "Attribut mit den Gruppen", DirectoryGroupBase: "Suchbasis der Gruppen", DirectoryGroupBaseHint: "Für Server, deren Benutzer ihre Gruppen nicht nennen.",
	DirectoryCA: "Datei mit Zertifizierungsstellen", DirectoryFile: "Datei", DirectoryFileHint: "Ein absoluter Pfad auf dem Rechner des Dienstes. Spalten: address, name, groups.",
	DirectoryList: "Benutzer", DirectoryListHint: "Eine Zeile für jeden: Adresse, Name und nach „=“ die Gruppen.",
	DirectoryTest: "Testen", DirectorySave: "Speichern", DirectoryMake: "Benutzerverzeichnis speichern", DirectorySaved: "Gespeichert.",
	DirectoryRemove: "Benutzerverzeichnis entfernen", DirectoryRemoveLead: "Niemand darin wird angerührt.", DirectoryRemoveNot: "Es kann nicht entfernt werden, solange Regeln es fragen.",
	DirectorySearch: "Benutzer suchen", DirectorySearchText: "Name oder Adresse", DirectorySearchGroup: "Gruppe", DirectorySearchDo: "Suchen",
	DirectorySearchLead: "Fragt das Benutzerverzeichnis jetzt.", DirectoryAnyGroup: "beliebig", ColGroups: "Gruppen", ColName: "Name",
	FaultDirectoryPassword: "Geben Sie das Passwort noch einmal ein: Das gespeicherte gehört zu einem anderen Server oder Bind-DN.",
	DirectoryFound:         func(n int) string { return pluralDE(int64(n), "Benutzer", "Benutzer") + " gefunden." },
	DirectoryFirst: func(n int) string {
		if n == 1 {
			return "Der erste:"
		}
		return "Die ersten " + numberDE(int64(n)) + ":"
	},
	DirectoryNobody:     "Das Benutzerverzeichnis antwortet und kennt niemanden dieser Art.",
	DirectoryGroupCount: func(n int) string { return pluralDE(int64(n), "Gruppe", "Gruppen") },
	DirectorySkipped: func(n int) string {
		return pluralDE(int64(n), "Eintrag hat keine verwendbare Adresse", "Einträge haben keine verwendbare Adresse")
	},
	FaultURL: "Ein Server sieht aus wie ldaps://dc.example.org.", FaultBase: "Sagen Sie, wo seine Benutzer sind.", FaultFile: "Ein Pfad beginnt mit „/“.", FaultUsers: "Nennen Sie mindestens einen Benutzer.",
	FaultMailbox: func(domain string) string { return "Eine Adresse in dieser Domain endet auf „@" + domain + "“." },

	RulesLead:  func(n int) string { return pluralDE(int64(n), "Regel", "Regeln") },
	RulesEmpty: "Noch gibt es keine Regel", RulesEmptyLead: "Eine Regel gibt jedem Benutzer einer Gruppe eine Aufgabe. Wer neu ist, bekommt sie innerhalb einer Viertelstunde; die Aufgabe von jemandem, der geht, wird pausiert, und nie wird etwas gelöscht.",
	RulesNeedDirectory: "Eine Regel braucht ein Benutzerverzeichnis, das die Benutzer kennt.", NewRule: "Neue Regel", ColRule: "Regel", ColGroup: "Wen",
	ColApplied: "Angewandt", ColUsers: "Benutzer", RuleBroken: "Scheitert", RuleNever: "Nicht angewandt", RuleWorks: "Angewandt", RuleEverybody: "alle",
	RuleName: "Name", RuleNameHint: "Die Aufgaben heißen „NAME: ADRESSE“.", RuleOf: "Benutzerverzeichnis", RuleGroup: "Gruppe", RuleGroupHint: "Leer: alle.",
	RuleFrom: "Von", RuleTo: "Nach", RuleWhom: "Für wen sie ist",
	SideKind: "Was es ist", SideDomain: "Postfach einer eigenen Domain", SideAccount: "Gespeichertes Konto", SideMaildir: "Verzeichnis dieses Rechners (Maildir)",
	SideAddress: "Adresse des Postfachs", SideAddressHint: "Etwa {address}, oder {user}@alt.example.", SideDir: "Verzeichnis",
	SideRoot: "Nur unterhalb dieses Ordners", SideRootHint: "Leer: alle Ordner. Auch hier gehen Muster.", SideChoose: "bitte wählen …",
	RulePatterns: "{address}, {user} und {domain} stehen für die Adresse jedes Benutzers und ihre beiden Hälften.",
	RuleHooks:    "Plugins", RuleHooksNow: "Die Aufgaben werden angelegt mit", RuleHooksNone: "Die Aufgaben werden ohne Plugins angelegt.",
	RuleLike: "Plugins wie die der Aufgabe", RuleLikeHint: "Name einer Aufgabe. Leer: Sie bleiben, wie sie sind.", RuleNoHooks: "Von jetzt an ohne Plugins",
	RuleWho: "Wer bekäme eine Aufgabe?", RuleSave: "Speichern", RuleMake: "Regel speichern", RuleSaved: "Gespeichert. Sie wird innerhalb einer Viertelstunde angewandt, oder jetzt.",
	RuleApply: "Jetzt anwenden", RuleApplyLead: "Fragt das Benutzerverzeichnis und legt Aufgaben an, ändert, pausiert und setzt sie fort. Der Dienst tut das alle Viertelstunde auch selbst.",
	RuleApplyMany: "Ja, so viele sind gegangen: ihre Aufgaben pausieren", RuleRemove: "Regel entfernen", RuleRemoveLead: "Ihre Aufgaben bleiben, als hätte jemand sie von Hand angelegt.",
	RuleMakes: "Bekommt eine Aufgabe", RuleKeeps: "Hat eine Aufgabe", RuleResumes: "Ist wieder da", RulePauses: "Ist gegangen", RuleRefuses: "Kann keine haben",
	RuleWhoTitle: "Wer eine Aufgabe bekäme", RuleWhoLead: "Nach dem, was jetzt eingegeben ist. Nichts wurde geändert.",
	RuleUnlikely: "So viele sind gegangen, dass nichts pausiert würde, ohne dass Sie es ausdrücklich sagen.", RuleNobody: "Das Benutzerverzeichnis kennt niemanden dieser Art.",
	ColFrom: "Von", ColTo: "Nach",
	RuleApplied: func(users, made, changed, paused, resumed int) string {
		return pluralDE(int64(users), "Benutzer", "Benutzer") + ": " + pluralDE(int64(made), "Aufgabe", "Aufgaben") + " angelegt, " + numberDE(int64(changed)) + " geändert, " +
			numberDE(int64(paused)) + " pausiert, " + numberDE(int64(resumed)) + " fortgesetzt."
	},
	RuleCount: func(n int, e RuleEffect) string {
		switch e {
		case RuleMakes:
			return pluralDE(int64(n), "bekommt eine Aufgabe", "bekommen eine Aufgabe")
		case RuleResumes:
			return pluralDE(int64(n), "ist wieder da", "sind wieder da")
		case RulePauses:
			return pluralDE(int64(n), "ist gegangen", "sind gegangen")
		case RuleRefuses:
			return pluralDE(int64(n), "kann keine haben", "können keine haben")
		}
		return pluralDE(int64(n), "hat eine Aufgabe", "haben eine Aufgabe")
	},
	RuleMore:      func(n int) string { return "und " + numberDE(int64(n)) + " weitere" },
	FaultRuleName: "Geben Sie der Regel einen Namen von bis zu 100 Bytes.", FaultRuleDirectory: "Wählen Sie das Benutzerverzeichnis, das die Benutzer kennt.",
	FaultLike: "Eine Aufgabe dieses Namens gibt es nicht.", FaultSide: "Wählen Sie das Konto, oder nennen Sie das Postfach.", FaultDirPath: "Ein Pfad beginnt mit „/“.",
}
