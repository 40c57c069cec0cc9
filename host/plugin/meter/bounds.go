package meter

import (
	"errors"
	"fmt"
)

// A compiler takes more than twice the time, and more than twice the memory, for a
// function that is twice as winding: a file of some KB could keep it busy for
// minutes, with GB. So what makes a function costly has bounds, which are several
// times what large programs have (in brackets: the most in staticcheck and vet,
// compiled by Go, and in QuickJS, compiled by Clang). At its bounds a function
// takes wazero some seconds, and up to 400 MB.
const (
	// maxFunctions is the number of functions of a module (10,130).
	maxFunctions = 50_000
	// maxBody is the code of one function in bytes (78,829).
	maxBody = 256 << 10
	// maxTurns is the number of places in a function where ways part or meet, those
	// that the meter adds included (3,875).
	maxTurns = 8000
	// maxTargets is the number of targets of all br_table of a function (1,642).
	maxTargets = 20_000
	// maxCarried is how many values are handed on where ways meet: each local at each
	// turn, and what blocks take and give (146,333).
	maxCarried = 400_000
	// maxElements is the size of the elements of all tables in bytes (20,104).
	maxElements = 1 << 20
)

// winding measures how hard a function is to compile.
type winding struct {
	turns   int
	targets int
	values  int // that blocks and branches hand on
}

// over says which bound a function with so many locals is over, or nil.
func (m winding) over(locals uint32) error {
	switch {
	case m.turns > maxTurns:
		return fmt.Errorf("it has more than %d branches", maxTurns)
	case m.targets > maxTargets:
		return fmt.Errorf("its tables have more than %d targets", maxTargets)
	case m.turns*int(locals)+m.values > maxCarried:
		return errors.New("it has too many branches for its number of values")
	}
	return nil
}
