package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// memberships are the groups of members, by distinguished name and by uid.
type memberships map[string][]string

// groupFilter finds the usual kinds of groups: RFC 4519, RFC 2307, Active Directory.
const groupFilter = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))"

// readGroups reads who is in which group.
func (l *LDAP) readGroups(ctx context.Context, conn *ldapConn) (memberships, error) {
	out, n := memberships{}, 0
	err := conn.search(ctx, l.GroupBase, groupFilter, []string{"cn", "member", "uniqueMember", "memberUid"}, func(e *ldap.Entry) error {
		name := e.GetEqualFoldAttributeValue("cn")
		for _, a := range e.Attributes {
			if strings.EqualFold(a.Name, "cn") {
				continue
			}
			// [MS-ADTS] 3.1.1.3.1.3.3: more members than fit come in parts.
			if strings.Contains(a.Name, ";") {
				return conn.trouble("read the group "+name, ErrAnswer, errors.New("the server tells only a part of its members; read memberOf of the users instead, without a base of groups"))
			}
			for _, member := range a.Values {
				if n++; n > maxMemberships {
					return conn.trouble("read the groups", ErrTooMany, fmt.Errorf("they have more than %d members", maxMemberships))
				}
				key := "uid:" + strings.ToLower(member)
				if !strings.EqualFold(a.Name, "memberUid") {
					key = dnKey(member)
				}
				out[key] = append(out[key], name)
			}
		}
		return nil
	})
	return out, err
}

// of returns the groups of an entry.
func (m memberships) of(e *ldap.Entry) []string {
	groups := append([]string(nil), m[dnKey(e.DN)]...)
	for _, uid := range e.GetEqualFoldAttributeValues("uid") {
		groups = append(groups, m["uid:"+strings.ToLower(uid)]...)
	}
	return groups
}

// dnKey spells a distinguished name in one way: servers put blanks and capitals as
// they like.
func dnKey(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return "dn:" + strings.ToLower(dn)
	}
	return "dn:" + strings.ToLower(parsed.String())
}
