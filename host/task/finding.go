package task

// FindingCode says what a finding is about, so that programs need not read its words,
// and pages can say it in another language.
type FindingCode string

// The codes, and behind each what is in Args, in this order. Numbers and sizes in bytes
// are written in digits.
const (
	FindsNotOpened     FindingCode = "not-opened"      // why
	FindsNotAsked      FindingCode = "not-asked"       // why
	FindsLoggedIn      FindingCode = "logged-in"       // folders, messages, bytes that there is room for or ""
	FindsRoot          FindingCode = "root"            // folder
	FindsClearText     FindingCode = "clear-text"      //
	FindsNoUIDs        FindingCode = "no-uidplus"      //
	FindsNoUses        FindingCode = "no-special-use"  //
	FindsLimit         FindingCode = "message-limit"   // bytes
	FindsQuota         FindingCode = "quota"           // its name, percent
	FindsUnusable      FindingCode = "folder-unusable" // folder, why
	FindsMoreUnusable  FindingCode = "more-unusable"   // folders
	FindsUnsized       FindingCode = "unsized"         // folders
	FindsLeft          FindingCode = "folder-left"     // folder, why
	FindsMoreLeft      FindingCode = "more-left"       // folders
	FindsTooBig        FindingCode = "too-big"         // messages, bytes that one may have
	FindsNothing       FindingCode = "nothing-to-copy" //
	FindsNoRoom        FindingCode = "no-room"         // bytes there is room for, bytes to be copied
	FindsPerhapsNoRoom FindingCode = "perhaps-no-room" // bytes there is room for, bytes to be copied at most
	FindsMoreMerged    FindingCode = "more-merged"     // cases
	FindsMerged        FindingCode = "merged"          // folders, names
	FindsCase          FindingCode = "letter-case"     // names
	FindsAlike         FindingCode = "look-alike"      // names
)

// FindingCodes returns all of them.
func FindingCodes() []FindingCode {
	return []FindingCode{
		FindsNotOpened, FindsNotAsked, FindsLoggedIn, FindsRoot, FindsClearText, FindsNoUIDs, FindsNoUses, FindsLimit, FindsQuota, FindsUnusable, FindsMoreUnusable,
		FindsUnsized, FindsLeft, FindsMoreLeft, FindsTooBig, FindsNothing, FindsNoRoom, FindsPerhapsNoRoom, FindsMoreMerged, FindsMerged, FindsCase, FindsAlike,
	}
}
