package access

// Extent is how far an action reaches among many objects of one kind.
type Extent int

// The extents.
const (
	ExtentNone Extent = iota // no object
	ExtentOwn                // those that the actor owns
	ExtentSome               // Allowed decides for each
	ExtentAll                // every object
)

// ExtentOf says for which objects [Allowed] would let actor a do something, so that
// not each one of thousands has to be asked about.
func ExtentOf(a Actor, do Action) Extent {
	r, known := rules[do]
	if !known || !Allowed(a, do, Object{Owner: a.UserID, OwnerRole: a.Role}) && r.of(a.Role) != watched {
		return ExtentNone
	}
	switch r.of(a.Role) {
	case all:
		return ExtentAll
	case watched:
		if len(a.Domains) > 0 {
			return ExtentSome
		}
		if Allowed(a, do, Object{}) {
			return ExtentAll
		}
	case domains, tended:
		if len(a.Domains) > 0 {
			return ExtentSome
		}
		return ExtentOwn
	case own:
		return ExtentOwn
	}
	return ExtentNone
}

// Within says for which objects Allowed decides where the extent is ExtentSome: those of
// the domains, and with own those that the actor owns. It may be less than all of them,
// so that Allowed has the last word.
func Within(a Actor, do Action) (domains []string, own bool) {
	return a.Domains, rules[do].of(a.Role) != watched
}
