package plugin

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// kvGuest calls one function of memory with arguments at address 0, and makes its
// answer a note of that many bytes ("xxx"), or fails with the reason.
func kvGuest(data, name string, args ...[]byte) guest {
	results := i32(1)
	code := seq(append(args, callFunc(0))...)
	if name == "kv_add" {
		code = seq(code, []byte{0xa7}) // i32.wrap_i64
	}
	return asking(one(abi.HookMapFolder, data+strings.Repeat("x", 100), []string{name, "door_error", "fail", "note"},
		// local 0 keeps the answer.
		unlessNegative(seq(code, []byte{0x22, 0}),
			seq(i32(int32(len(data))), []byte{0x20, 0}, callFunc(3), drop, results),
			tells(1, 2))), "kv")
}

// number asks such a guest and returns its answer.
func number(t *testing.T, h *Host, m Memory, g guest) (int, error) {
	t.Helper()
	a, err := bind(t, h, g, Access{Grants: grantsOf(t, "kv"), Memory: m}, io.Discard).MapFolder(t.Context(), question1())
	return len(a.Note), err
}

func TestKV_remembersFromRunToRun(t *testing.T) {
	h, m := newHost(t, Options{}), NewMemory()
	put := func(key, value string) guest {
		return kvGuest(key+value, "kv_put", i32(0), i32(int32(len(key))), i32(int32(len(key))), i32(int32(len(value))))
	}
	get := func(key string) guest {
		return kvGuest(key, "kv_get", i32(0), i32(int32(len(key))), i32(3000), i32(100))
	}
	add := func(key string, delta int64) guest {
		return kvGuest(key, "kv_add", i32(0), i32(int32(len(key))), i64(delta))
	}
	cas := func(key, old, value string) guest {
		k, o := int32(len(key)), int32(len(old))
		return kvGuest(key+old+value, "kv_cas", i32(0), i32(k), i32(k), i32(o), i32(k+o), i32(int32(len(value))))
	}
	steps := []struct {
		give  guest
		want  int    // the answer
		err   string // or why there is none
		value string // of the key "n" afterwards
	}{
		{put("n", "17"), 0, "", "17"},
		{get("n"), 2, "", "17"},
		{add("n", 3), 20, "", "20"},
		{add("n", -100), 0, "", "0"},
		{add("n", 7), 7, "", "7"},
		{cas("n", "8", "x"), 0, "", "7"},
		{cas("n", "7", "x"), 1, "", "x"},
		{add("n", 1), 0, `the value of the key "n" is no number`, "x"},
		{cas("n", "x", ""), 1, "", ""},
		{cas("n", "", "y"), 1, "", "y"},
		{cas("n", "", "z"), 0, "", "y"},
		{put("n", ""), 0, "", ""},
		{put("", "a"), 0, "a key is UTF-8", ""},
		{put("\xff", "a"), 0, "a key is UTF-8", ""},
		{put("a\x00b", "a"), 0, "a key is UTF-8", ""},
		{put(strings.Repeat("k", abi.MaxKey+1), "a"), 0, "a key is UTF-8", ""},
	}
	for i, s := range steps {
		got, err := number(t, h, m, s.give)
		switch {
		case s.err != "":
			wantError(t, err, s.err)
		case err != nil || got != s.want:
			t.Errorf("step %d: got %d, %v, want %d", i, got, err, s.want)
		}
		if value, _ := m.Get(t.Context(), "n"); string(value) != s.value {
			t.Errorf("step %d: remembered is %q, want %q", i, value, s.value)
		}
	}
	if _, err := number(t, h, m, get("never")); err == nil {
		t.Error("a key that is not there has a value")
	}
}

// broken is a memory whose disk is gone.
type broken struct{}

func (broken) Get(context.Context, string) ([]byte, error) {
	return nil, errors.New("/srv/data/mailweir.db: gone")
}

func (broken) Change(context.Context, string, func([]byte) ([]byte, bool)) error {
	return errors.New("/srv/data/mailweir.db: gone")
}

func TestKV_tellsOurTroubleToTheLogOnly(t *testing.T) {
	h := newHost(t, Options{})
	for _, g := range []guest{
		kvGuest("n", "kv_get", i32(0), i32(1), i32(3000), i32(100)),
		kvGuest("n", "kv_put", i32(0), i32(1), i32(0), i32(1)),
		kvGuest("n", "kv_add", i32(0), i32(1), i64(1)),
	} {
		var log strings.Builder
		_, err := bind(t, h, g, Access{Grants: grantsOf(t, "kv"), Memory: broken{}}, &log).MapFolder(t.Context(), question1())
		wantError(t, err, "the plugin's memory can not be used now")
		if err != nil && strings.Contains(err.Error(), "/srv") || !strings.Contains(log.String(), "/srv/data/mailweir.db: gone") {
			t.Errorf("the guest was told %v, the log\n%s", err, log.String())
		}
	}
}

func TestKV_addsUpWhateverAsksAtOnce(t *testing.T) {
	h, m := newHost(t, Options{}), NewMemory()
	g := asking(one(abi.HookMapFolder, "n", []string{"kv_add"}, i32(0), i32(1), i64(1), callFunc(0), []byte{0x1a}, i32(0)), "kv")
	c := bind(t, h, g, Access{Grants: grantsOf(t, "kv"), Memory: m}, io.Discard)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if _, err := c.MapFolder(t.Context(), question1()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if value, _ := m.Get(t.Context(), "n"); string(value) != "400" {
		t.Errorf("the sum is %q", value)
	}
}

func TestMapMemory_isBounded(t *testing.T) {
	m := NewMemory()
	put := func(key, value string) error {
		return m.Change(t.Context(), key, func([]byte) ([]byte, bool) { return []byte(value), true })
	}
	for i := range MemoryKeys {
		if err := put(strconv.Itoa(i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, put("one more", "x"), "the plugin's memory is full: it has 1000 keys")
	if err := put("7", ""); err != nil {
		t.Error(err)
	}
	if err := put("one more", "x"); err != nil {
		t.Error(err)
	}
	wantError(t, put("8", strings.Repeat("x", MemoryBytes)), "the plugin's memory is full: it has 1048576 bytes")
	if value, _ := m.Get(t.Context(), "8"); string(value) != "x" {
		t.Errorf("the value that did not fit is there: %d bytes", len(value))
	}
}

func TestDryMemory_forgetsWhatItWasTold(t *testing.T) {
	under := NewMemory()
	set := func(m Memory, key, value string) {
		if err := m.Change(t.Context(), key, func([]byte) ([]byte, bool) { return []byte(value), true }); err != nil {
			t.Fatal(err)
		}
	}
	set(under, "a", "1")
	set(under, "b", "2")
	dry := &dryMemory{under: under, over: map[string][]byte{}, record: func(string, string) {}}
	set(dry, "a", "3")
	set(dry, "b", "")
	for key, want := range map[string][2]string{"a": {"3", "1"}, "b": {"", "2"}, "c": {"", ""}} {
		over, _ := dry.Get(t.Context(), key)
		below, _ := under.Get(t.Context(), key)
		if string(over) != want[0] || string(below) != want[1] {
			t.Errorf("%s is %q in the dry run and %q beneath, want %q", key, over, below, want)
		}
	}
}

func FuzzAddNumber(f *testing.F) {
	for _, seed := range []string{"", "0", "17", "-1", "+1", "9223372036854775807", "4611686018427387904", "x"} {
		f.Add(seed, int64(1))
		f.Add(seed, int64(-1)<<63)
	}
	f.Fuzz(func(t *testing.T, old string, delta int64) {
		sum, ok := addNumber(old, delta)
		if ok && (sum < 0 || sum > maxNumber) {
			t.Fatalf("%q and %d make %d", old, delta, sum)
		}
	})
}
