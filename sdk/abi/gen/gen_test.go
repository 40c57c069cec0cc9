package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// TestFiles_areUpToDate compares what is committed with what the tables give.
func TestFiles_areUpToDate(t *testing.T) {
	const root = "../../.."
	c, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want, err := f.make(c)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.name)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
			t.Errorf("%s is not what the tables in sdk/abi give: go generate ./sdk/abi", f.name)
		}
	}
}

// TestConstants_areAllFound counts what the compiler sees beside what was read.
func TestConstants_areAllFound(t *testing.T) {
	groups, err := readConstants("../abi.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]number{}
	for _, g := range groups {
		if g.doc == "" {
			t.Errorf("the group of %s has no comment", g.consts[0].name)
		}
		for _, n := range g.consts {
			found[n.name] = n
		}
	}
	for name, want := range map[string]int64{
		"Minor": abi.Minor, "ResultError": int64(abi.ResultError), "ReadFailed": int64(abi.ReadFailed), "PropKept": int64(abi.PropKept),
		"DateEpoch": abi.DateEpoch, "LogDebug": int64(abi.LogDebug), "MaxValue": abi.MaxValue, "HeaderRemove": int64(abi.HeaderRemove),
	} {
		if n, ok := found[name]; !ok || n.value != want {
			t.Errorf("%s: got %+v (%v), want %d", name, n, ok, want)
		}
	}
	if n := found["PropUIDValidity"]; n.comment != "map_folder, messages: of the source folder; absent when unknown" {
		t.Errorf("the comment is lost: %+v", n)
	}
	if !found["FlagSeen"].wide || found["PropUID"].wide {
		t.Error("types are mixed up")
	}
}

func TestNames(t *testing.T) {
	for give, want := range map[string]string{
		"PropUID": "PROP_UID", "PropTargetUIDValidity": "PROP_TARGET_UID_VALIDITY", "ResultNoOpinion": "RESULT_NO_OPINION", "MaxKey": "MAX_KEY",
	} {
		if got := upper(give); got != want {
			t.Errorf("%s: got %s, want %s", give, got, want)
		}
	}
	for give, want := range map[string]string{"kv_cas": "KVCAS", "now_ms": "NowMS", "http_open": "HTTPOpen", "log": "Log", "prop_u64": "PropU64"} {
		if got := methodName(abi.Import{Name: give}); got != want {
			t.Errorf("%s: got %s, want %s", give, got, want)
		}
	}
}

// TestParams_coverEachImport: what is put together here must add up to the types that
// cross the border.
func TestParams_coverEachImport(t *testing.T) {
	for _, imp := range abi.Imports {
		var types []abi.ValueType
		for _, p := range params(imp) {
			switch p.kind {
			case kindI64:
				types = append(types, abi.I64)
			case kindI32:
				types = append(types, abi.I32)
			default:
				types = append(types, abi.I32, abi.I32)
			}
		}
		if !bytes.Equal(letters(types), letters(imp.Params)) {
			t.Errorf("%s(%s): got the types %x, want %x", imp.Name, imp.Args, types, imp.Params)
		}
	}
}

func letters(types []abi.ValueType) []byte {
	out := make([]byte, len(types))
	for i, t := range types {
		out[i] = byte(t)
	}
	return out
}
