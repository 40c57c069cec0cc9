package main

import (
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// kinds of parameters, by their names in [abi.Import.Args].
type kind int

const (
	kindI32   kind = iota
	kindI64        //
	kindText       // NAME, NAME_len: UTF-8
	kindBytes      // data, data_len
	kindRoom       // dst, cap
)

// param is a parameter as a person thinks of it: a text with its length is one.
type param struct {
	name string
	kind kind
}

func params(imp abi.Import) []param {
	var out []param
	if imp.Args == "" {
		return nil
	}
	names := strings.Split(imp.Args, ", ")
	for i := 0; i < len(names); i++ {
		name := names[i]
		next := ""
		if i+1 < len(names) {
			next = names[i+1]
		}
		switch {
		case next == name+"_len" && name == "data":
			out = append(out, param{name, kindBytes})
			i++
		case next == name+"_len":
			out = append(out, param{name, kindText})
			i++
		case name == "dst" && next == "cap":
			out = append(out, param{name, kindRoom})
			i++
		case imp.Params[i] == abi.I64:
			out = append(out, param{name, kindI64})
		default:
			out = append(out, param{name, kindI32})
		}
	}
	return out
}

// result is the type of an import's result in the words of a language; none is what it
// has for no result.
func result(imp abi.Import, i32, i64, none string) string {
	switch {
	case len(imp.Results) == 0:
		return none
	case imp.Results[0] == abi.I64:
		return i64
	}
	return i32
}
