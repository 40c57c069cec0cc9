package view

var germanConsent = consentTexts{
	Consent: "Einwilligung", ConsentAuthorize: "Autorisieren", ConsentAgain: "Erneut autorisieren", ConsentByCode: "Mit einem Code autorisieren",
	ConsentGivenAt: "Erteilt", ConsentRenewed: "Erneuert", ConsentEndsAt: "Endet", ConsentFailed: "Die Einwilligung wurde nicht erteilt.",
	ConsentRefused: "Nicht erteilt", ConsentRefusedLong: "Um die Einwilligung wurde gebeten, sie wurde aber nicht erteilt.",
	ConsentRevoked: "Widerrufen", ConsentRevokedLong: "Sie gilt nicht mehr. Läufe warten, bis sie neu erteilt ist.",
	ConsentAsked: "Angefragt", ConsentAskedLong: "Jemand ist darum gebeten. Laden Sie diese Seite neu, um zu sehen, was daraus wurde.",
	ConsentNone: "Noch keine Einwilligung", ConsentNoneLong: "Läufe warten, bis sie erteilt ist.",
	ConsentClient: "Durch den Client selbst", ConsentClientLong: "Niemand muss einwilligen.",
	ConsentGood: "Erteilt", ConsentGoodLong: "Sie gilt, bis jemand sie widerruft.",
	ConsentExpired: "Abgelaufen", ConsentExpiredLong: "Läufe warten, bis sie neu erteilt ist.",
	ConsentEnds: func(days int) string {
		if days < 1 {
			return "Endet heute"
		}
		return "Endet in " + pluralDE(int64(days), "Tag", "Tagen")
	},
	ConsentEndsLong: "Erteilen Sie sie vorher neu, damit kein Lauf warten muss.",
	ConsentUntil:    func(date string) string { return "Gültig bis " + date }, ConsentUntilLong: "Bis dahin erneuern sich Access-Tokens von selbst.",
	ConsentRegister:  "Tragen Sie diese Adresse beim Client ein, Zeichen für Zeichen:",
	ConsentNoAddress: "Die Einwilligung im Browser braucht eine Adresse dieser Seiten, die mit https:// beginnt oder auf diesem Rechner liegt. Starten Sie den Dienst hinter einem Proxy mit TLS (--behind-tls, --public-url).",
	ConsentNoWay:     "Geben Sie den Autorisierungsendpunkt ein, oder ein Refresh-Token, das ein anderes Programm bekommen hat.",
	ConsentGo: func(host, user string) string {
		return "Sie gehen weiter zu " + host + ". Melden Sie sich dort als " + user + " an und willigen Sie ein."
	},
	ConsentType: func(host, user string) string {
		return "Öffnen Sie " + host + " in einem beliebigen Browser, melden Sie sich als " + user + " an und geben Sie diesen Code ein:"
	},
	ConsentGoOn:     func(host string) string { return "Weiter zu " + host },
	ConsentOpen:     func(host string) string { return host + " öffnen" },
	ConsentBack:     "Danach kommen Sie hierher zurück, und das Konto wird getestet.",
	ConsentCodeGood: "Gültig bis", ConsentCodeWaits: "Der Dienst merkt von selbst, wenn das erledigt ist.", ConsentDone: "Ich habe das getan",
	ConsentSaved:   "Die Einwilligung ist erteilt. Läufe, die darauf gewartet haben, machen weiter.",
	ConsentLost:    "Diese Antwort gehört zu keiner Anfrage dieses Browsers, oder die Anfrage ist zu alt. Beginnen Sie auf der Seite des Kontos neu.",
	ConsentChanged: "Das Konto ist ein anderes als bei der Bitte um Einwilligung; beginnen Sie neu",

	OAuthTitle: "OAuth statt eines Passworts", OAuthLead: "Für Anbieter, die kein Passwort annehmen. Den Client registrieren Sie selbst beim Anbieter.",
	OAuthClient: "Client-ID", OAuthClientHint: "Ohne Client-ID hat das Konto ein Passwort.",
	OAuthSecret: "Client-Secret", OAuthSecretHint: "Falls der Client eines hat.", OAuthSecretKeep: "Leer behält, was gespeichert ist.",
	OAuthGrant: "Einwilligung", OAuthGrantPerson: "Jemand erteilt sie", OAuthGrantClient: "Der Client hat sie von sich aus (Client Credentials)",
	OAuthScope: "Umfang (Scope)", OAuthEndpointsHint: "Scope und Endpunkte von Google und Microsoft sind bekannt und dürfen leer bleiben.",
	OAuthAuthURL: "Autorisierungsendpunkt", OAuthTokenURL: "Token-Endpunkt", OAuthDeviceURL: "Geräte-Endpunkt",
	OAuthRefresh: "Refresh-Token", OAuthRefreshHint: "Nur wenn ein anderes Programm eines bekommen hat. Leer behält, was gespeichert ist.",
	OAuthStoreFirst: "Speichern Sie das Konto und erteilen Sie erst die Einwilligung; dann lässt es sich testen.",
	OAuthNoPassword: "Mit einer Client-ID gibt es kein Passwort.",
}
