package app

import (
	"strings"
	"testing"
)

// cheap keeps the tests fast; the format is the same.
var cheap = hashCost{memory: 64, passes: 1, threads: 1}

func TestCheckPassword_acceptsOnlyTheRightOne(t *testing.T) {
	hash := hashPassword("correct horse", cheap)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("hash %q is not in PHC string format", hash)
	}
	if hash == hashPassword("correct horse", cheap) {
		t.Error("two hashes of one password are the same: there is no salt")
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horse ": false, "": false, "Correct horse": false} {
		got, err := checkPassword(password, hash)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", password, got, err, want)
		}
	}
}

func TestCheckPassword_readsTheHashOfAnotherProgram(t *testing.T) {
	// From the tests of the reference implementation, phc-winner-argon2 test.c.
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if right, err := checkPassword("password", hash); err != nil || !right {
		t.Errorf("the right password: %v, %v", right, err)
	}
	if wrong, err := checkPassword("passwort", hash); err != nil || wrong {
		t.Errorf("a wrong password: %v, %v", wrong, err)
	}
}

func TestCheckPassword_damagedHashIsAnError(t *testing.T) {
	good := hashPassword("x", cheap)
	for _, give := range []string{
		"",
		"x",
		"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", // all the memory there is
		"$argon2id$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", // nothing to compare with: everything would fit
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
		strings.TrimSuffix(good, good[len(good)-5:]) + "!",
	} {
		if ok, err := checkPassword("x", give); err == nil || ok {
			t.Errorf("%q: %v, %v; want an error", give, ok, err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(hashPassword("x", cheap))
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, hash string) {
		cost, salt, sum, err := parseHash(hash)
		if err != nil {
			return
		}
		if cost.memory > maxHashMemory || cost.passes > maxHashPasses || cost.threads == 0 || len(salt) < 8 || len(sum) < 16 {
			t.Errorf("%q is accepted as %+v, %d bytes of salt, %d of sum", hash, cost, len(salt), len(sum))
		}
	})
}
