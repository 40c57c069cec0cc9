package sdk

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzAppendJSON: whatever a plugin puts into a request, the host reads the same text.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{"", "a", `"\\/`, "\x00\x1f\x7f", "Grüße 📬", "\xff\xc3", "\u2028", "{{secret:x}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendJSON(nil, s), &got); err != nil {
			t.Fatalf("%q becomes no JSON: %v", s, err)
		}
		// A range over a string gives one U+FFFD for each byte that is no UTF-8.
		if want := string([]rune(s)); got != want {
			t.Errorf("%q becomes %q, want %q", s, got, want)
		}
	})
}

func TestObject_isJSON(t *testing.T) {
	got := newObject().text("a", "1").value("b", "true").milliseconds("none", 0).milliseconds("ms", 1500*time.Millisecond).
		texts("list", []string{"x", "y"}).texts("empty", nil).fields("no", nil).fields("h", map[string]string{"B": "2", "A": "1"}).end()
	if want := `{"a":"1","b":true,"ms":1500,"list":["x","y"],"empty":[],"h":{"A":"1","B":"2"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !json.Valid([]byte(got)) || strings.Contains(got, "none") {
		t.Errorf("got %s", got)
	}
}
