package plugin

import (
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

// TestScript_hearsWhyAnArgumentOfADoorIsNone: the reason is the host's, and the error one
// that says that trying again is of no use.
func TestScript_hearsWhyAnArgumentOfADoorIsNone(t *testing.T) {
	tests := []struct{ give, want string }{
		{`kv.get("")`, "line 2: RangeError: kv: a key is UTF-8 without NUL, of 1 to 512 bytes"},
		{`kv.put("k", "x".repeat(2 << 20))`, "line 2: RangeError: kv: a value of more than 1048576 bytes"},
		{`kv.put("k", "ten"); kv.add("k", 1)`, `line 2: RangeError: kv: the value of the key "k" is no number`},
		{`http({ url: "gopher://hooks.example/" })`, "RangeError: http: the URL begins with neither http:// nor https://"},
		{`http({ url: "https://other.example/" })`, "line 2: Error: http: https://other.example:443 is not granted"},
	}
	h := scriptHost(t, Options{})
	for _, tt := range tests {
		t.Run(tt.give, func(t *testing.T) {
			m := loadScript(t, h, "function mapFolder() {\n"+tt.give+"\n}")
			var grants []task.Grant
			for _, text := range []string{"kv", "http:hooks.example"} {
				g, err := task.ParseGrant(text)
				if err != nil {
					t.Fatal(err)
				}
				grants = append(grants, g)
			}
			c, err := h.Chain(t.Context(), []Binding{{Module: m, Access: Access{Grants: grants}}}, quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, err = c.MapFolder(t.Context(), question1())
			wantError(t, err, tt.want)
		})
	}
}
