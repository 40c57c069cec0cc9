package daemon

import (
	"net/http"
	"os/exec"
	"testing"
)

// SpamHeader is a header field that the private rspamd gives 8 points for, which is
// "add header" with its limits of 4, 6 and 15. GTUBE is rejected as everywhere.
const SpamHeader = "X-Test-Spam"

// Rspamd starts a private rspamd and returns the URL of its worker, such as
// "http://127.0.0.1:11333". It asks no other server and learns nothing.
func Rspamd(t testing.TB) string {
	t.Helper()
	program := Find(t, "rspamd", "rspamd")
	dir, addr := Dir(t), FreeAddr(t)
	rule := write(t, dir, "test.lua", `rspamd_config:register_symbol{
	name = 'TEST_SPAM', type = 'normal', score = 8.0,
	callback = function(task) return task:get_header('%s') ~= nil, 1.0 end,
}
`, SpamHeader)
	conf := write(t, dir, "rspamd.conf", `
options {
	pidfile = "%[1]s/pid";
	tempdir = "%[1]s";
	cache_file = "%[1]s/symbols.cache";
	hs_cache_dir = "%[1]s/";
	control_socket = "%[1]s/control mode=0600";
	filters = "";
	dns { timeout = 100ms; retransmits = 1; nameserver = ["127.0.0.1"]; }
}
logging { type = "console"; level = "warning"; }
worker "normal" { bind_socket = "%[2]s"; count = 1; }
metric "default" { actions { greylist = 4; "add header" = 6; reject = 15; } }
lua = "%[3]s";
`, dir, addr, rule)
	// -i: it may run as root, as in a container.
	Start(t, exec.Command(program, "-f", "-i", "-c", conf), func() bool {
		resp, err := http.Get("http://" + addr + "/ping")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return "http://" + addr
}
