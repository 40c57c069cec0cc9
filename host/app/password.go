package app

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// hashCost is what one guess costs: RFC 9106 section 4, second recommended
// option (64 MiB, 3 passes, 4 lanes).
type hashCost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

var defaultCost = hashCost{memory: 64 << 10, passes: 3, threads: 4}

// Bounds on what a stored hash may ask for, so that a damaged one is an error
// rather than all of the memory.
const (
	maxHashMemory = 1 << 20 // KiB
	maxHashPasses = 100
)

// hashPassword returns the argon2id hash of password in PHC string format.
func hashPassword(password string, cost hashCost) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	sum := argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.threads, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		cost.memory, cost.passes, cost.threads, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

var errHash = errors.New("the stored password hash can not be read")

// checkPassword reports whether password is the one that hash was made of.
func checkPassword(password, hash string) (bool, error) {
	cost, salt, want, err := parseHash(hash)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), salt, cost.passes, cost.memory, cost.threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func parseHash(hash string) (cost hashCost, salt, sum []byte, err error) {
	var version int
	var salt64, sum64 string
	n, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &cost.memory, &cost.passes, &cost.threads, &salt64)
	if err != nil || n != 5 || version != argon2.Version {
		return cost, nil, nil, errHash
	}
	for i := range salt64 { // Sscanf reads up to white space, thus both fields
		if salt64[i] == '$' {
			salt64, sum64 = salt64[:i], salt64[i+1:]
			break
		}
	}
	salt, err = base64.RawStdEncoding.DecodeString(salt64)
	if err != nil {
		return cost, nil, nil, errHash
	}
	sum, err = base64.RawStdEncoding.DecodeString(sum64)
	if err != nil || len(salt) < 8 || len(sum) < 16 || len(sum) > 64 {
		return cost, nil, nil, errHash
	}
	if cost.memory < 8 || cost.memory > maxHashMemory || cost.passes < 1 || cost.passes > maxHashPasses || cost.threads < 1 {
		return cost, nil, nil, errHash
	}
	return cost, salt, sum, nil
}
