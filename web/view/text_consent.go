package view

// consentTexts is about accounts whose access tokens are got with OAuth.
type consentTexts struct {
	Consent, ConsentAuthorize, ConsentAgain, ConsentByCode           string
	ConsentGivenAt, ConsentRenewed, ConsentEndsAt, ConsentFailed     string
	ConsentRefused, ConsentRefusedLong                               string
	ConsentRevoked, ConsentRevokedLong                               string
	ConsentAsked, ConsentAskedLong                                   string
	ConsentNone, ConsentNoneLong                                     string
	ConsentClient, ConsentClientLong                                 string
	ConsentGood, ConsentGoodLong                                     string
	ConsentExpired, ConsentExpiredLong                               string
	ConsentEnds                                                      func(days int) string
	ConsentEndsLong                                                  string
	ConsentUntil                                                     func(date string) string
	ConsentUntilLong                                                 string
	ConsentRegister, ConsentNoAddress, ConsentNoWay                  string
	ConsentGo, ConsentType                                           func(host, user string) string
	ConsentGoOn, ConsentOpen                                         func(host string) string
	ConsentBack, ConsentCodeGood, ConsentCodeWaits, ConsentDone      string
	ConsentSaved, ConsentLost, ConsentChanged                        string
	OAuthTitle, OAuthLead, OAuthClient, OAuthClientHint              string
	OAuthSecret, OAuthSecretHint, OAuthSecretKeep                    string
	OAuthGrant, OAuthGrantPerson, OAuthGrantClient                   string
	OAuthScope, OAuthEndpointsHint                                   string
	OAuthAuthURL, OAuthTokenURL, OAuthDeviceURL                      string
	OAuthRefresh, OAuthRefreshHint, OAuthStoreFirst, OAuthNoPassword string
}

var englishConsent = consentTexts{
	Consent: "Consent", ConsentAuthorize: "Authorize", ConsentAgain: "Authorize again", ConsentByCode: "Authorize with a code",
	ConsentGivenAt: "Given", ConsentRenewed: "Renewed", ConsentEndsAt: "Ends", ConsentFailed: "Consent was not given.",
	ConsentRefused: "Not given", ConsentRefusedLong: "Consent was asked for, and not given.",
	ConsentRevoked: "Revoked", ConsentRevokedLong: "It does not hold any more. Runs wait until it is given again.",
	ConsentAsked: "Asked for", ConsentAskedLong: "Somebody is asked for it. Load this page again to see how that went.",
	ConsentNone: "No consent yet", ConsentNoneLong: "Runs wait until it is given.",
	ConsentClient: "By the client itself", ConsentClientLong: "Nobody has to give consent.",
	ConsentGood: "Given", ConsentGoodLong: "It holds until somebody revokes it.",
	ConsentExpired: "Expired", ConsentExpiredLong: "Runs wait until it is given again.",
	ConsentEnds: func(days int) string {
		if days < 1 {
			return "Ends today"
		}
		return "Ends in " + plural(int64(days), "day", "days")
	},
	ConsentEndsLong: "Give it again before that, so that no run has to wait.",
	ConsentUntil:    func(date string) string { return "Valid until " + date }, ConsentUntilLong: "Until then access tokens are renewed by themselves.",
	ConsentRegister:  "Register this address with the client, character by character:",
	ConsentNoAddress: "Consent in the browser needs an address of these pages that begins with https://, or is on this machine. Start the service behind a proxy with TLS (--behind-tls, --public-url).",
	ConsentNoWay:     "Enter the authorization endpoint, or a refresh token that another program got.",
	ConsentGo: func(host, user string) string {
		return "You go on to " + host + ". Log in there as " + user + ", and consent."
	},
	ConsentType: func(host, user string) string {
		return "Open " + host + " in any browser, log in as " + user + ", and type this code:"
	},
	ConsentGoOn:     func(host string) string { return "Go on to " + host },
	ConsentOpen:     func(host string) string { return "Open " + host },
	ConsentBack:     "Then you come back here, and the account is tested.",
	ConsentCodeGood: "Good until", ConsentCodeWaits: "The service notices by itself when that is done.", ConsentDone: "I have done that",
	ConsentSaved:   "Consent was given. Runs that have waited for it go on.",
	ConsentLost:    "This answer belongs to no request of this browser, or the request is too old. Begin again on the page of the account.",
	ConsentChanged: "The account is another one than when consent was asked for; begin again",

	OAuthTitle: "OAuth instead of a password", OAuthLead: "For providers that take no password. The client is one that you register with the provider.",
	OAuthClient: "Client ID", OAuthClientHint: "Without one the account has a password.",
	OAuthSecret: "Client secret", OAuthSecretHint: "If the client has one.", OAuthSecretKeep: "Empty keeps what is stored.",
	OAuthGrant: "Consent", OAuthGrantPerson: "Somebody gives it", OAuthGrantClient: "The client has it by itself (client credentials)",
	OAuthScope: "Scope", OAuthEndpointsHint: "Scope and endpoints of Google and Microsoft are known and may stay empty.",
	OAuthAuthURL: "Authorization endpoint", OAuthTokenURL: "Token endpoint", OAuthDeviceURL: "Device endpoint",
	OAuthRefresh: "Refresh token", OAuthRefreshHint: "Only if another program got one. Empty keeps what is stored.",
	OAuthStoreFirst: "Store the account and give consent first; then it can be tested.",
	OAuthNoPassword: "With a client ID there is no password.",
}
