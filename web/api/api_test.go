package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
)

// depth is how deep v is nested.
func depth(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			n = max(n, depth(e))
		}
		return n + 1
	case []any:
		for _, e := range v {
			n = max(n, depth(e))
		}
		return n + 1
	}
	return 0
}

func FuzzShallow_agreesWithWhatJSONSays(f *testing.F) {
	for _, text := range []string{`{"a": [1, "]}[\"{", {}]}`, `"\\"`, `[`, strings.Repeat("[", 33) + strings.Repeat("]", 33), strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			_ = shallow([]byte(text)) // whatever it says: it ends
			return
		}
		if got, want := shallow([]byte(text)) == nil, depth(v) <= maxDepth; got != want {
			t.Errorf("%q is nested %d deep, shallow says %v", text, depth(v), got)
		}
	})
}

func FuzzTask_isReadAndWrittenTheSame(f *testing.F) {
	f.Add(`{"name":"a","sources":[{"name":"x","url":"imaps://a@b.example?root=X"}],"destination":{"mailbox":"a@b.example"},"schedule":{"every":"1d12h","window":{"from":"22:00","days":["mon"]}}}`)
	f.Add(`{"name":"a","sources":[{"name":"x","url":"maildir:///x"}],"destination":{"account":"7","root":"/a/"},"hooks":[{"plugin":"p","config":[1],"grants":["kv"]}],"schedule":{"cron":" 1 2 * *   * ","zone":"UTC"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var in Task
		if json.Unmarshal([]byte(text), &in) != nil {
			return
		}
		noun, err := in.Noun()
		if err != nil {
			return
		}
		if noun.Validate() != nil {
			return
		}
		again, err := TaskOf(noun, nil).Noun()
		if err != nil {
			t.Fatalf("%+v is written as what can not be read: %v", noun, err)
		}
		a, _ := json.Marshal(TaskOf(noun, nil))
		b, _ := json.Marshal(TaskOf(again, nil))
		if string(a) != string(b) {
			t.Errorf("written and read it is another task:\n%s\n%s", a, b)
		}
	})
}

func TestRates_areForEachTokenAndBounded(t *testing.T) {
	r := newRates(10)
	now := time.Unix(1_700_000_000, 0)
	token := func(id string) access.Actor { return access.Actor{UserID: "u", TokenID: id} }
	for i := range burst {
		if wait := r.take(token("a"), now); wait != 0 {
			t.Fatalf("request %d has to wait for %s", i, wait)
		}
	}
	if wait := r.take(token("a"), now); wait != 100*time.Millisecond {
		t.Errorf("one more waits for %s", wait)
	}
	if wait := r.take(token("a"), now.Add(100*time.Millisecond)); wait != 0 {
		t.Errorf("after the wait: %s", wait)
	}
	if wait := r.take(token("b"), now); wait != 0 {
		t.Errorf("another token waits for %s", wait)
	}
	for i := range 2 * tracked {
		r.take(access.Actor{Address: strings.Repeat("x", i%7) + string(rune('a'+i%26)) + time.Duration(i).String()}, now)
	}
	if r.recent.Len() > tracked || len(r.byKey) != r.recent.Len() {
		t.Errorf("%d are remembered", r.recent.Len())
	}
}
