package imap

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/mailweir/mailweir/host/mail"
)

// useNames are the names that mail programs and providers give to special
// folders, in lower case, the likeliest first. They count only on a server that
// knows nothing of special uses (RFC 6154), and only for a top-level folder.
//
// A name that people also give to folders of their own ("Copies", "Sent 2019") is
// not here: a wrong guess mixes mail, a missing one only keeps a name.
var useNames = []struct {
	use   mail.Use
	names []string
}{
	{mail.UseSent, []string{
		"sent", "sent items", "sent messages", "sent mail", "sent-mail",
		"gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten", "postausgang gesendet",
		"envoyés", "éléments envoyés", "messages envoyés", "courrier envoyé",
		"enviados", "elementos enviados", "mensajes enviados", "itens enviados", "mensagens enviadas",
		"inviata", "posta inviata", "inviati", "elementi inviati",
		"verzonden", "verzonden items", "verzonden objecten",
		"wysłane", "elementy wysłane", "odeslaná pošta", "odeslané", "odoslané", "elküldött elemek", "elküldött",
		"skickat", "skickade", "sendt", "sendte elementer", "sendt post", "lähetetyt", "saadetud",
		"отправленные", "надіслані", "изпратени", "послато", "trimise", "elemente trimise", "poslano", "gönderilmiş öğeler",
		"gönderilmiş", "απεσταλμένα", "נשלח", "المرسلة", "送信済み", "送信済みアイテム", "送信済みメール", "已发送", "已发送邮件", "寄件備份", "보낸 편지함",
	}},
	{mail.UseTrash, []string{
		"trash", "deleted items", "deleted messages", "deleted",
		"papierkorb", "gelöschte elemente", "gelöschte objekte", "gelöscht",
		"corbeille", "éléments supprimés", "messages supprimés",
		"papelera", "elementos eliminados", "lixeira", "itens excluídos", "itens eliminados", "lixo",
		"cestino", "posta eliminata", "elementi eliminati",
		"prullenbak", "prullenmand", "verwijderde items",
		"kosz", "elementy usunięte", "koš", "odstraněná pošta", "kôš", "odstránené", "lomtár", "törölt elemek", "kuka",
		"papperskorg", "papperskorgen", "borttaget", "papirkurv", "slettede elementer", "slettet post", "roskakori", "poistetut", "prügikast",
		"корзина", "удаленные", "удалённые", "кошик", "видалені", "изтрити", "отпад", "gunoi", "coș de gunoi", "elemente șterse", "smeće", "çöp",
		"silinmiş öğeler", "κάδος απορριμμάτων", "διαγραμμένα", "אשפה", "المهملات", "ごみ箱", "削除済みアイテム", "已删除", "已删除邮件", "垃圾桶", "휴지통",
	}},
	{mail.UseDrafts, []string{
		"drafts", "draft",
		"entwürfe", "entwurf",
		"brouillons", "borradores", "rascunhos", "bozze", "concepten",
		"kopie robocze", "szkice", "wersje robocze", "koncepty", "rozpracované", "piszkozatok",
		"utkast", "kladder", "kladde", "luonnokset", "mustandid",
		"черновики", "чернетки", "чернови", "нацрти", "ciorne", "osnutki", "skice", "taslaklar",
		"πρόχειρα", "טיוטות", "المسودات", "下書き", "草稿", "草稿箱", "임시 보관함", "임시보관함",
	}},
	{mail.UseJunk, []string{
		"junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk mail",
		"spamverdacht", "unerwünscht", "junk-e-mail",
		"courrier indésirable", "indésirables", "pourriel",
		"correo no deseado", "no deseado", "correo basura", "lixo eletrônico", "lixo eletrónico", "posta indesiderata",
		"ongewenste e-mail", "ongewenst", "wiadomości-śmieci", "nevyžádaná pošta", "nevyžiadaná pošta", "levélszemét",
		"skräppost", "søppelpost", "uønsket e-mail", "uønsket post", "roskaposti", "rämpspost",
		"спам", "нежелательная почта", "небажана пошта", "нежелана поща", "neželena pošta", "önemsiz", "gereksiz",
		"ανεπιθύμητα", "ανεπιθύμητη αλληλογραφία", "דואר זבל", "البريد العشوائي", "迷惑メール", "垃圾邮件", "垃圾郵件", "스팸", "스팸편지함",
	}},
	{mail.UseArchive, []string{
		"archive", "archives", "archiv", "archivo", "archivio", "arquivo", "archief", "archiwum",
		"archivy", "arkiv", "arkisto", "архив", "архів", "arhiva", "arşiv", "αρχείο", "アーカイブ", "归档", "보관함",
	}},
}

// foldName makes names equal that a person takes for the same.
func foldName(name string) string { return norm.NFC.String(strings.ToLower(name)) }

// guessUses gives top-level folders a use by their names. It is for servers that
// announce none; a use that some folder has stays with it.
func guessUses(folders []mail.Folder) {
	byName := make(map[string]int, len(folders))
	for i, f := range folders {
		if f.Use != mail.UseNone {
			return // the server knows uses after all
		}
		if f.Fault == "" && f.Selectable && mail.Parent(f.Name) == "" && f.Name != mail.Inbox {
			name := foldName(f.Name)
			if _, twice := byName[name]; !twice {
				byName[name] = i
			}
		}
	}
	for _, u := range useNames {
		for _, name := range u.names {
			if i, ok := byName[name]; ok {
				folders[i].Use = u.use
				break
			}
		}
	}
}
