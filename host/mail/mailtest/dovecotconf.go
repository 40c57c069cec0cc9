package mailtest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"os/user"
	"slices"
	"strconv"
	"text/template"
)

// dovecotConf is the whole configuration: no file of the system is read. Chroots
// are off because only root could use them. The auth penalty is off because it
// would slow down everyone on 127.0.0.1 after one wrong password.
var dovecotConf = template.Must(template.New("dovecot.conf").Parse(`
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {{.InternalUser}}
default_internal_group = {{.InternalGroup}}
default_login_user = {{.LoginUser}}
default_vsz_limit = 0
first_valid_uid = 1
first_valid_gid = 1
shutdown_clients = yes

mail_location = {{.Location}}
mail_fsync = never
mail_max_userip_connections = 1000

disable_plaintext_auth = no
auth_mechanisms = plain login{{if .Tokens}} xoauth2 oauthbearer{{end}}
auth_failure_delay = 0
auth_master_user_separator = *
passdb {
  driver = passwd-file
  args = scheme=PLAIN.b64 username_format=%u {{.Dir}}/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN.b64 username_format=%u {{.Dir}}/users
}
{{- if .Tokens}}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {{.Dir}}/tokens
}
{{- end}}
userdb {
  driver = static
  args = uid={{.UID}} gid={{.GID}} home={{.Dir}}/mail/%u
}

namespace inbox {
  inbox = yes
  separator = "{{.Separator}}"
  prefix = "{{.Prefix}}"
{{- range .Mailboxes}}
  mailbox "{{.Name}}" {
    special_use = \{{.Use}}
    auto = subscribe
  }
{{- end}}
}

ssl = {{if .TLS}}yes{{else}}no{{end}}
{{- if .TLS}}
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem
{{- end}}

service imap-login {
  chroot =
  process_min_avail = 1
  service_count = 0
  process_limit = 20
  client_limit = 500
  inet_listener imap {
    port = {{.Port}}
  }
  inet_listener imaps {
    port = {{if .TLS}}{{.TLSPort}}{{else}}0{{end}}
    ssl = yes
  }
}
service imap {
  service_count = 256
  process_limit = 200
}
service auth {
  client_limit = 2000
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}

{{.Extra}}
`))

// config spells the configuration for the ports in use.
func (d *Dovecot) config() ([]byte, error) {
	type mailbox struct{ Name, Use string }
	var mailboxes []mailbox
	for _, name := range slices.Sorted(maps.Keys(d.opts.SpecialUse)) {
		mailboxes = append(mailboxes, mailbox{name, d.opts.SpecialUse[name]})
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	group, err := user.LookupGroupId(strconv.Itoa(os.Getgid()))
	if err != nil {
		return nil, err
	}
	internal, internalGroup, login := me.Username, group.Name, me.Username
	if os.Getuid() == 0 { // the users that the package made; Dovecot refuses root here
		internal, internalGroup, login = "dovecot", "dovecot", "dovenull"
	}
	var out bytes.Buffer
	err = dovecotConf.Execute(&out, map[string]any{
		"Dir":          d.dir,
		"InternalUser": internal, "InternalGroup": internalGroup, "LoginUser": login,
		"UID": d.owner.uid, "GID": d.owner.gid,
		"Location":  d.opts.Format + ":~/" + mailRoot(d.opts.Format),
		"Separator": string(d.opts.Separator), "Prefix": d.opts.Prefix, "Mailboxes": mailboxes,
		"TLS": d.opts.TLS, "Port": d.port, "TLSPort": d.tlsPort,
		"Tokens": d.opts.Introspect != "",
		"Extra":  d.opts.Extra,
	})
	return out.Bytes(), err
}

// mailRoot is the directory below a user's home that holds the mail.
func mailRoot(format string) string {
	if format == "maildir" {
		return "Maildir"
	}
	return format
}

// tokensFile has Dovecot ask whether an access token is active, and whose it is.
func tokensFile(introspect string) []byte {
	return fmt.Appendf(nil, `introspection_mode = post
introspection_url = %s
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 10000
`, introspect)
}

// passwordFile spells users as Dovecot's passwd-file. Base64 lets a password
// hold any character.
func passwordFile(users map[string]string) []byte {
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(users)) {
		fmt.Fprintf(&out, "%s:{PLAIN.b64}%s\n", name, base64.StdEncoding.EncodeToString([]byte(users[name])))
	}
	return out.Bytes()
}
