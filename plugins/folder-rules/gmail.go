package main

import (
	"fmt"
	"slices"
	"strings"
)

// The folders of Gmail that hold messages of other folders once more. All Mail also
// holds those that have no label.
const (
	gmailAll       = "all"
	gmailImportant = "important"
	gmailStarred   = "starred"
)

// gmailNames are what Gmail calls these folders, below one of gmailRoots. Where the
// server tells the use of a folder, that decides; it does for All Mail and Starred.
var gmailNames = map[string]string{
	gmailAll: "All Mail|Alle Nachrichten|Tous les messages|Todos|Tutti i messaggi|Todos os e-mails|Todo o correio|Alle e-mails|" +
		"Alle berichten|Wszystkie|Вся почта|Вся пошта|Alla mail|Alle mails|All e-post|Kaikki viestit|Všechny zprávy|" +
		"Összes levél|Toate mesajele|Tüm Postalar|Όλα τα μηνύματα|すべてのメール|所有邮件|全部郵件|所有郵件|전체보관함|כל הדואר",
	gmailImportant: "Important|Wichtig|Importantes|Importanti|Importante|Belangrijk|Ważne|Важное|Важливо|Viktigt|Viktig|Vigtigt|" +
		"Tärkeät|Důležité|Dôležité|Fontos|Önemli|Σημαντικά|重要|重要邮件|重要郵件|중요|중요편지함|חשוב",
	gmailStarred: "Starred|Markiert|Suivis|Messages suivis|Destacados|Speciali|Com estrela|Met ster|Oznaczone gwiazdką|Помеченные|" +
		"Із зірочкою|Stjärnmärkt|S hvězdičkou|Csillagozott|Cu stea|Yıldızlı|スター付き|已加星标|已加星號|별표편지함|מסומן בכוכב",
}

var gmailRoots = []string{"[Gmail]", "[Google Mail]"}

// belowGmail cuts off the folder that Gmail's own folders are in.
func belowGmail(name string) (rest string, ok bool) {
	for _, root := range gmailRoots {
		if rest, ok := strings.CutPrefix(name, root+"/"); ok {
			return rest, true
		}
	}
	return name, false
}

// gmailVirtual says which of the three a folder is; "" is none. Labels that people
// have made are none, whatever they are called.
func gmailVirtual(name, use string) string {
	rest, below := belowGmail(name)
	switch {
	case use == "All":
		return gmailAll
	case use == "Flagged":
		return gmailStarred
	case use != "" || !below:
		return ""
	}
	for kind, names := range gmailNames {
		if slices.Contains(strings.Split(names, "|"), rest) {
			return kind
		}
	}
	return ""
}

// gmail applies the preset: where a folder goes, or why it is left out.
func (r rule) gmail(name, use, proposed string) (target, excludedBy string) {
	if slices.Contains(gmailRoots, name) {
		return "", "the preset gmail: it only holds other folders"
	}
	if kind := gmailVirtual(name, use); kind != "" && !slices.Contains(r.keep, kind) {
		return "", fmt.Sprintf("the preset gmail: %s is not among keep", kind)
	}
	if proposed == name {
		proposed, _ = belowGmail(proposed)
	}
	return proposed, ""
}
