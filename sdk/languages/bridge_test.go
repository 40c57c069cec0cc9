package languages_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
	"github.com/mailweir/mailweir/sdk/sdktest"
)

// start makes the functions of package sdktest ask a module: its imports are answered
// by sdktest, and its exports are what the hooks call. script is what an engine runs.
func start(t *testing.T, wasm []byte, manifest, config, script string) error {
	t.Helper()
	ctx := t.Context()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	t.Cleanup(func() {
		runtime.Close(context.WithoutCancel(ctx))
		guest.Reset()
		guest.Current = nil
		sdktest.World = sdktest.Outside{}
	})
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		t.Fatal(err)
	}
	host := runtime.NewHostModuleBuilder(abi.Module)
	for _, imp := range abi.Imports {
		host.NewFunctionBuilder().WithGoModuleFunction(answer(imp, script), types(imp.Params), types(imp.Results)).Export(imp.Name)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	compiled, err := runtime.CompileModule(ctx, wasm)
	if err != nil {
		t.Fatal(err)
	}
	call := func(m api.Module, export string) int32 {
		fn := m.ExportedFunction(export)
		if fn == nil {
			guest.Break("it does not export " + export)
			return abi.ResultError
		}
		result, err := fn.Call(ctx)
		if err != nil {
			guest.Break("it trapped: " + err.Error())
			return abi.ResultError
		}
		return int32(result[0])
	}

	guest.Reset()
	m, err := abi.ParseManifest([]byte(manifest))
	if err != nil {
		return err
	}
	var module api.Module
	asked := int32(-1)
	for i, hook := range abi.Hooks {
		if !m.Implements(hook) {
			continue
		}
		guest.Handle(hook, func() int32 {
			if asked > 0 && asked>>i&1 == 0 {
				guest.Break("the script does not define it")
				return abi.ResultError
			}
			return call(module, hook)
		})
	}
	guest.OnStart(func() error {
		var err error
		module, err = runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithStartFunctions(abi.ExportInitialize).WithSysWalltime().WithSysNanotime().WithStderr(os.Stderr))
		if err != nil {
			return err
		}
		if minor := call(module, abi.ExportMinor); minor != abi.Minor {
			return fmt.Errorf("its code says 1.%d", minor)
		}
		if module.ExportedFunction(abi.ExportInit) == nil {
			return nil
		}
		said = ""
		if asked = call(module, abi.ExportInit); asked < 0 {
			return errors.New(said)
		}
		return nil
	})
	return sdktest.StartAs(manifest, config)
}

// compiled keeps modules from being compiled again and again.
var compiled = wazero.NewCompilationCache()

// said is the last text of fail.
var said string

// answer calls the method of the fake host that has the name of the import. Memory is
// handed over as it is cut out by pointer and length.
func answer(imp abi.Import, script string) api.GoModuleFunc {
	name := strings.ReplaceAll(imp.Name, "_", "")
	method := -1
	host := reflect.TypeFor[guest.Host]()
	for i := range host.NumMethod() {
		if strings.EqualFold(host.Method(i).Name, name) {
			method = i
		}
	}
	var names []string
	if imp.Args != "" {
		names = strings.Split(imp.Args, ", ")
	}
	return func(_ context.Context, m api.Module, stack []uint64) {
		cut := func(at uint64, n uint64) []byte {
			b, ok := m.Memory().Read(uint32(at), uint32(n))
			if !ok {
				panic(fmt.Sprintf("%s: %d bytes at %d are outside of the memory", imp.Name, n, at))
			}
			return b
		}
		if imp.Name == "fail" {
			said = string(cut(stack[0], stack[1]))
		}
		if imp.Name == "prop_str" && int32(stack[0]) == abi.PropScript {
			if len(script) <= int(uint32(stack[3])) { // the upper half of an i32 can hold anything
				copy(cut(stack[2], uint64(len(script))), script)
			}
			stack[0] = uint64(len(script))
			return
		}
		fn := reflect.ValueOf(guest.Current).MethodByName(host.Method(method).Name)
		var args []reflect.Value
		for i := 0; i < len(names); i++ {
			t := fn.Type().In(len(args))
			switch t.Kind() {
			case reflect.String:
				args = append(args, reflect.ValueOf(string(cut(stack[i], stack[i+1]))))
				i++
			case reflect.Slice:
				args = append(args, reflect.ValueOf(cut(stack[i], stack[i+1])))
				i++
			case reflect.Int64:
				args = append(args, reflect.ValueOf(int64(stack[i])))
			default:
				args = append(args, reflect.ValueOf(int32(stack[i])))
			}
		}
		for _, out := range fn.Call(args) {
			if stack[0] = uint64(out.Int()); out.Kind() == reflect.Int32 {
				stack[0] = uint64(uint32(out.Int()))
			}
		}
	}
}

func types(list []abi.ValueType) []api.ValueType {
	out := make([]api.ValueType, len(list))
	for i, t := range list {
		out[i] = api.ValueType(t)
	}
	return out
}
