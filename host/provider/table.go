package provider

const mib = 1 << 20

// appPassword is the hint that explains most logins that are refused.
func appPassword(where string) Hint {
	return Hint{"The password of the account itself is refused.", "Make a password for programs (an app password) " + where + " and use that."}
}

func switchedOff(where string) Hint {
	return Hint{"IMAP is switched off at first, and a login is refused then.", "Switch it on " + where + "."}
}

var oauthOnly = Hint{
	"No password is taken, only OAuth.",
	"Register a client with the provider and store the account with it (mailweir account add NAME --url 'imaps://...?auth=xoauth2' --client-id ID), then give consent on its page, or with mailweir account authorize NAME.",
}

// microsoft are the endpoints for accounts of a kind: "organizations", "consumers".
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code and
// https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
func microsoft(tenant string) *OAuth {
	base := "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/"
	// Whoever has several accounts chooses one of them, instead of the one that is logged in.
	return &OAuth{TokenURL: base + "token", DeviceURL: base + "devicecode", AuthURL: base + "authorize?prompt=select_account", Scope: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"}
}

// google has no device endpoint: the scope of mail is none of those that Google gives by
// device codes. https://developers.google.com/identity/protocols/oauth2/limited-input-device
// Its authorization endpoint gives refresh tokens to who asks for them, and a second one only
// if consent is given again. https://developers.google.com/identity/protocols/oauth2/web-server
var google = &OAuth{
	TokenURL: "https://oauth2.googleapis.com/token", AuthURL: "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
	Scope: "https://mail.google.com/",
}

var table = []Provider{
	{
		ID: "gmail", Name: "Gmail", Server: "imaps://imap.gmail.com", Login: "address", Auth: []Auth{AuthOAuth, AuthAppPassword}, OAuth: google,
		Limits: Limits{Connections: 15, DownloadPerDay: 2500 * mib, UploadPerDay: 500 * mib},
		Hints: []Hint{
			appPassword("at myaccount.google.com/apppasswords (it takes 2-step verification)"),
			{"Labels look like folders, so a message with two labels is there twice, and [Gmail]/All Mail holds every message once more.", "Leave [Gmail]/All Mail out with the plugin folder-rules, unless it is all that you want."},
			{"Gmail stores equal messages once, and drops duplicates that are copied to it.", ""},
			{"Who downloads or uploads more than a day's share is locked out for a day.", "Run the copy again on the next day; it goes on where it ended."},
		},
		Sources: []string{"https://support.google.com/mail/answer/7126229", "https://support.google.com/a/answer/1071518", "https://support.google.com/accounts/answer/185833"},
		domains: []string{"gmail.com", "googlemail.com"}, hosts: []string{"imap.gmail.com", "imap.googlemail.com"},
		exchangers: []string{".google.com", ".googlemail.com"}, products: []string{"gimap"},
	},
	{
		ID: "microsoft365", Name: "Microsoft 365", Server: "imaps://outlook.office365.com", Login: "address", Auth: []Auth{AuthOAuth}, OAuth: microsoft("organizations"),
		Limits: Limits{MessageBytes: 150 * mib},
		Hints: []Hint{
			oauthOnly,
			{"IMAP may be switched off for a mailbox.", "The administrator switches it on in the Exchange admin center, under the mailbox's email apps."},
			{"Messages above 35 MB are refused unless the administrator allows more, up to 150 MB.", ""},
		},
		Sources: []string{
			"https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online",
			"https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits",
		},
		hosts: []string{"outlook.office365.com", ".office365.com", "partner.outlook.cn"}, exchangers: []string{".mail.protection.outlook.com", ".mx.microsoft"},
	},
	{
		ID: "outlook", Name: "Outlook.com", Server: "imaps://imap-mail.outlook.com", Login: "address", Auth: []Auth{AuthOAuth}, OAuth: microsoft("consumers"),
		Hints:   []Hint{oauthOnly, switchedOff("in the settings of Outlook.com, under Mail, Forwarding and IMAP")},
		Sources: []string{"https://support.microsoft.com/office/pop-imap-and-smtp-settings-for-outlook-com-d088b986-291d-42b8-9564-9c414e2aa040"},
		domains: []string{
			"outlook.com", "outlook.de", "outlook.fr", "outlook.it", "outlook.es", "hotmail.com", "hotmail.de", "hotmail.fr",
			"hotmail.it", "hotmail.co.uk", "live.com", "live.de", "live.fr", "live.co.uk", "msn.com",
		},
		hosts: []string{"imap-mail.outlook.com"}, exchangers: []string{".olc.protection.outlook.com"},
	},
	{
		ID: "yahoo", Name: "Yahoo Mail", Server: "imaps://imap.mail.yahoo.com", Login: "address", Auth: []Auth{AuthAppPassword, AuthOAuth},
		Hints: []Hint{
			appPassword("in the account's security settings"),
			{"Yahoo may show the newest 10,000 messages of a folder only.", "Compare the number of messages with what the web pages show."},
		},
		Sources: []string{"https://help.yahoo.com/kb/SLN4075.html", "https://help.yahoo.com/kb/SLN15241.html"},
		domains: []string{"yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.es", "yahoo.co.uk", "yahoo.co.in", "ymail.com", "rocketmail.com", "myyahoo.com"},
		hosts:   []string{"imap.mail.yahoo.com", ".mail.yahoo.com"}, exchangers: []string{".yahoodns.net"},
	},
	{
		ID: "icloud", Name: "iCloud Mail", Server: "imaps://imap.mail.me.com", Login: "user", Auth: []Auth{AuthAppPassword},
		Limits: Limits{MessageBytes: 20 * mib},
		Hints: []Hint{
			appPassword("at account.apple.com, where it is called app-specific"),
			{"The user name is what stands before the \"@\"; if that is refused, the whole address works.", ""},
		},
		Sources: []string{"https://support.apple.com/102525", "https://support.apple.com/102654", "https://support.apple.com/102198"},
		domains: []string{"icloud.com", "me.com", "mac.com"},
		hosts:   []string{"imap.mail.me.com", ".mail.me.com", ".mail.icloud.com"}, exchangers: []string{".mail.icloud.com"},
	},
	{
		ID: "gmx", Name: "GMX", Server: "imaps://imap.gmx.net", Login: "address", Auth: []Auth{AuthPassword, AuthAppPassword},
		Hints: []Hint{
			switchedOff("on the web pages, under E-Mail, Einstellungen, POP3/IMAP"),
			{"With two-factor authentication the password of the account is refused.", "Make a password for programs in the security settings."},
		},
		Sources: []string{"https://hilfe.gmx.net/pop-imap/einschalten.html", "https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html"},
		domains: []string{"gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.com", "gmx.fr", "gmx.org"},
		hosts:   []string{"imap.gmx.net", "imap.gmx.com"}, exchangers: []string{".gmx.net"},
	},
	{
		ID: "webde", Name: "WEB.DE", Server: "imaps://imap.web.de", Login: "address", Auth: []Auth{AuthPassword, AuthAppPassword},
		Hints: []Hint{
			switchedOff("on the web pages, under E-Mail, Einstellungen, POP3/IMAP"),
			{"With two-factor authentication the password of the account is refused.", "Make a password for programs in the security settings."},
		},
		Sources: []string{"https://hilfe.web.de/pop-imap/einschalten.html", "https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html"},
		domains: []string{"web.de", "email.de"}, hosts: []string{"imap.web.de"}, exchangers: []string{".web.de"},
	},
	{
		ID: "fastmail", Name: "Fastmail", Server: "imaps://imap.fastmail.com", Login: "address", Auth: []Auth{AuthAppPassword},
		Limits: Limits{MessageBytes: 70 * mib},
		Hints:  []Hint{appPassword("in the settings, under Privacy & Security")},
		Sources: []string{
			"https://www.fastmail.help/hc/en-us/articles/1500000279921", "https://www.fastmail.help/hc/en-us/articles/360058752854",
			"https://www.fastmail.help/hc/en-us/articles/1500000277382",
		},
		domains: []string{"fastmail.com", "fastmail.fm", "messagingengine.com"},
		hosts:   []string{"imap.fastmail.com", "imap.messagingengine.com"}, exchangers: []string{".messagingengine.com"},
	},
	{
		ID: "zoho", Name: "Zoho Mail", Server: "imaps://imap.zoho.com", Login: "address", Auth: []Auth{AuthPassword, AuthAppPassword},
		Hints: []Hint{
			switchedOff("in the settings, under Mail accounts"),
			{"With two-factor authentication the password of the account is refused.", "Make an application-specific password in the security settings."},
			{"Accounts of a domain of their own are at imappro.zoho.com, those of another data center at imap.zoho.eu, .in, .com.au or .jp.", ""},
			{"Only folders that are chosen for IMAP in the settings are shown.", ""},
		},
		Sources: []string{"https://www.zoho.com/mail/help/imap-access.html", "https://www.zoho.com/mail/help/usage-policy.html"},
		domains: []string{"zoho.com", "zohomail.com", "zoho.eu", "zohomail.eu", "zoho.in"},
		hosts: []string{
			"imap.zoho.com", "imappro.zoho.com", "imap.zoho.eu", "imappro.zoho.eu", "imap.zoho.in", "imappro.zoho.in",
			"imap.zoho.com.au", "imappro.zoho.com.au", "imap.zoho.jp",
		},
		exchangers: []string{".zoho.com", ".zoho.eu", ".zoho.in"},
	},
	{
		ID: "dovecot", Name: "Dovecot", Login: "as set up", Auth: []Auth{AuthPassword},
		Limits: Limits{Connections: 10},
		Hints: []Hint{
			{"A master user opens every mailbox with one password.", "Set auth_master_user_separator and a passdb with master = yes; then the URL takes master=ADMIN."},
			{"10 connections are allowed for a user and address (mail_max_userip_connections).", ""},
		},
		Sources:  []string{"https://doc.dovecot.org/2.3/configuration_manual/authentication/master_users/", "https://doc.dovecot.org/2.3/settings/core/#core_setting-mail_max_userip_connections"},
		products: []string{"dovecot"},
	},
	{
		ID: "cyrus", Name: "Cyrus IMAP", Login: "as set up", Auth: []Auth{AuthPassword},
		Hints: []Hint{
			{"8-bit bytes in the headers of a message are stored as X, or the message is refused.", "As a destination it takes munge8bit: no in imapd.conf."},
			{"An administrator opens every mailbox by an authorization identity.", "Put the user into proxyservers or admins in imapd.conf; then the URL takes authzid=MAILBOX."},
		},
		Sources:  []string{"https://www.cyrusimap.org/imap/reference/manpages/configs/imapd.conf.html"},
		products: []string{"cyrus"},
	},
	{
		ID: "courier", Name: "Courier IMAP", Login: "as set up", Auth: []Auth{AuthPassword},
		Limits: Limits{Connections: 20},
		Hints: []Hint{
			{"A last line that has no end gets one, so that such a message is a byte or two longer.", ""},
			{"Few connections are allowed from one address (MAXPERIP: 4 as it comes, 20 in Debian).", "Raise it for the time of the copy."},
		},
		Sources:  []string{"https://www.courier-mta.org/imap/INSTALL.html"},
		products: []string{"courier"},
	},
	{
		ID: "exchange", Name: "Exchange Server", Login: "as set up", Auth: []Auth{AuthPassword},
		Limits: Limits{Connections: 16},
		Hints: []Hint{
			switchedOff("by starting the services Microsoft Exchange IMAP4 and IMAP4 Backend"),
			{"Sizes of messages are estimated.", "Set-ImapSettings -EnableExactRFC822Size $true makes them exact."},
			{"16 connections are allowed for a user (MaxConnectionsPerUser).", ""},
			{"A login may have to be DOMAIN\\user rather than the address.", ""},
		},
		Sources:  []string{"https://learn.microsoft.com/powershell/module/exchange/set-imapsettings"},
		products: []string{"microsoft exchange", "microsoft.exchange"},
	},
}
