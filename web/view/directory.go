package view

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// DirectoryAsk narrows what a directory is asked for.
type DirectoryAsk struct {
	Text  string // part of a name or address
	Group string
}

// DirectoryAnswer is what a directory knows.
type DirectoryAnswer struct {
	Fault   string // one sentence: why it could not be asked
	Total   int    // users that were asked for
	Users   []task.DirectoryUser
	Groups  []string // of all users, those with the most members first
	Skipped []string // users without an address, the first of them, with the reason
	Without int      // how many these are
}

// ShownUsers is how many users a page names.
const ShownUsers = 25

// Directory is what the page of a directory shows, or that of a new one. It holds no
// password.
type Directory struct {
	Directory task.Directory // as typed
	ID        string         // of the stored one; "" is a new one
	Name      string         // as stored
	Users     string         // of a list, as typed
	Retype    bool           // the password that was typed is lost with the page
	Faults    map[string]string
	Focus     string
	Problems  []string

	Ask    DirectoryAsk
	Asked  bool // Answer is that of what is stored, not of what is typed
	Answer *DirectoryAnswer
	Rules  []task.Rule // that ask it
	Notice string
}

func (f Directory) fields() TaskForm { return TaskForm{Faults: f.Faults, Focus: f.Focus} }

func (f Directory) action() string {
	if f.ID == "" {
		return "/directories/new"
	}
	return "/directories/" + f.ID
}

// more reports whether a field is in use, or wrong, that is folded away.
func (f Directory) more() bool {
	d := f.Directory
	return d.Filter+d.Address+d.NameAt+d.GroupsAt+d.GroupBase+d.CAFile != ""
}

// directoryWhere is where a directory has its users from.
func directoryWhere(ctx context.Context, d task.Directory) string {
	switch d.Kind {
	case task.DirectoryLDAP:
		return Plain(d.URL + " · " + d.Base)
	case task.DirectoryCSV:
		return Plain(d.File)
	}
	return t(ctx).DirectoryUsers(len(d.Users))
}

func directoryKind(ctx context.Context, k task.DirectoryKind) string {
	switch k {
	case task.DirectoryLDAP:
		return t(ctx).DirectoryLDAP
	case task.DirectoryCSV:
		return t(ctx).DirectoryCSV
	}
	return t(ctx).DirectoryStatic
}

// UserLines writes a list of users as a person types it: a line for each, with the
// address, the name and, after "=", the groups.
func UserLines(users []task.DirectoryUser) string {
	var b strings.Builder
	for _, u := range users {
		b.WriteString(u.Address)
		if u.Name != "" {
			b.WriteString(" " + u.Name)
		}
		if len(u.Groups) > 0 || strings.Contains(u.Name, "=") {
			b.WriteString(" = " + strings.Join(u.Groups, ", "))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// MaxUserLines bounds a list that is typed; longer ones are files.
const MaxUserLines = 2000

// ParseUserLines reads what UserLines writes. Empty lines are left out. The error names
// the line.
func ParseUserLines(text string) ([]task.DirectoryUser, error) {
	var users []task.DirectoryUser
	for i, line := range strings.Split(text, "\n") {
		// Spreadsheets put tabs between what they hand on.
		line = strings.TrimSpace(strings.ReplaceAll(line, "\t", " "))
		if line == "" {
			continue
		}
		if Plain(line) != line {
			return nil, fmt.Errorf("line %d holds a character that can not be seen", i+1)
		}
		var groups string
		if at := strings.LastIndexByte(line, '='); at >= 0 {
			line, groups = line[:at], line[at+1:]
		}
		words := strings.Fields(line)
		if len(words) == 0 || strings.Count(words[0], "@") != 1 || strings.HasPrefix(words[0], "@") || strings.HasSuffix(words[0], "@") {
			return nil, fmt.Errorf("line %d does not begin with an address like ann@example.org", i+1)
		}
		u := task.DirectoryUser{Address: words[0], Name: strings.Join(words[1:], " ")}
		for _, g := range strings.Split(groups, ",") {
			if g = strings.TrimSpace(g); g != "" {
				u.Groups = append(u.Groups, g)
			}
		}
		if users = append(users, u); len(users) > MaxUserLines {
			return nil, fmt.Errorf("line %d: a list has up to %d users; use a CSV file for more", i+1, MaxUserLines)
		}
	}
	return users, nil
}

func (f Directory) passwordHint(ctx context.Context) string {
	return passwordHint(ctx, AccountForm{Stored: f.ID != "" && f.Directory.BindDN != "", Retype: f.Retype})
}

func directoryTitle(ctx context.Context, f Directory) string {
	if f.ID == "" {
		return t(ctx).NewDirectory
	}
	return Plain(f.Name)
}

// rulesOf are the rules that ask a directory.
func rulesOf(rules []task.Rule, directoryID string) []task.Rule {
	var out []task.Rule
	for _, r := range rules {
		if r.Directory == directoryID {
			out = append(out, r)
		}
	}
	return out
}

func ruleUses(rules []task.Rule) Uses {
	var u Uses
	for _, r := range rules {
		if len(u.First) == ShownUses {
			u.More++
			continue
		}
		u.First = append(u.First, Use{Kind: "rule", ID: r.ID, Name: r.Name})
	}
	return u
}
