package access

import "testing"

// The extent must never say more, nor less, than Allowed says of each object.
func TestExtent_isWhatAllowedSaysOfEachObject(t *testing.T) {
	objects := []Object{
		{},
		{Owner: "me", OwnerRole: RoleUser},
		{Owner: "me", OwnerRole: RoleUser, Domains: []string{"b.example"}},
		{Owner: "other", OwnerRole: RoleUser},
		{Owner: "other", OwnerRole: RoleAdmin, Domains: []string{"a.example"}},
		{Owner: "other", OwnerRole: RoleUser, Domains: []string{"a.example"}},
		{Domains: []string{"a.example"}},
	}
	for do := range rules {
		for _, role := range []Role{RoleReader, RoleUser, RoleOperator, RoleAdmin, "unheard of"} {
			for _, domains := range [][]string{nil, {"a.example"}} {
				for _, token := range []string{"", "token"} {
					a := Actor{UserID: "me", Role: role, Domains: domains, TokenID: token, Scopes: []Scope{ScopeRead}}
					extent := ExtentOf(a, do)
					for _, o := range objects {
						allowed := Allowed(a, do, o)
						says := map[Extent]bool{ExtentAll: true, ExtentOwn: o.Owner == a.UserID, ExtentSome: allowed, ExtentNone: false}[extent]
						if allowed != says {
							t.Errorf("%s by a %s of %v, token %q, to %+v: allowed %v, extent %d", do, role, domains, token, o, allowed, extent)
						}
					}
				}
			}
		}
	}
	if ExtentOf(Actor{Role: RoleAdmin}, ReadTask) != ExtentNone {
		t.Error("nobody reaches something")
	}
}
