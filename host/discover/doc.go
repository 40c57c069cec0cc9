// Package discover finds the mail server of an address.
//
// Four ways are asked, in this order; all that they name is kept, the best first:
//
//  1. The table of providers: the domain of the address is one of theirs. Then
//     nobody else is asked.
//  2. SRV records (RFC 6186, RFC 8314): _imaps._tcp and _imap._tcp of the domain.
//  3. Autoconfig, as Thunderbird has it: https://autoconfig.DOMAIN/mail/config-v1.1.xml
//     and https://DOMAIN/.well-known/autoconfig/mail/config-v1.1.xml.
//  4. The mail exchangers of the domain belong to a provider that hosts it.
//
// Only when none of them names a server, names are guessed - imap.DOMAIN,
// mail.DOMAIN, DOMAIN - and kept if a server with a valid certificate answers.
//
// What comes from the network is foreign. Answers are bounded in size, number and
// time; web pages are asked by https alone, and so are those that they redirect
// to; a server that speaks clear text only is left out. No password takes part.
// Whether a password may be sent to what was found is another question: see
// [Candidate.Sure].
package discover
