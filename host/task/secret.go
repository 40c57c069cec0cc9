package task

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Secret is a value that the host fills in for plugins where they name it, and that
// no plugin sees.
type Secret struct {
	Name    string
	Hosts   []Endpoint // where it may be sent; without a port only by https
	Value   Password
	Updated time.Time // the store's to set
}

// MaxSecret is the largest value in bytes. It has to fit into a header field.
const MaxSecret = 8 << 10

// Validate reports all that is wrong with the secret, and quotes nothing of its value.
func (s Secret) Validate() error {
	var errs []error
	if err := ValidSecretName(s.Name); err != nil {
		errs = append(errs, err)
	}
	value := s.Value.Reveal()
	switch {
	case value == "":
		errs = append(errs, fmt.Errorf("the secret %s is empty", s.Name))
	case len(value) > MaxSecret:
		errs = append(errs, fmt.Errorf("the secret %s is longer than %d bytes", s.Name, MaxSecret))
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		errs = append(errs, fmt.Errorf("the secret %s holds a control character, which no header field can have", s.Name))
	}
	if len(s.Hosts) == 0 {
		errs = append(errs, fmt.Errorf("the secret %s is bound to no host", s.Name))
	}
	for _, e := range s.Hosts {
		if again, err := ParseEndpoint(e.String()); err != nil || again != e {
			errs = append(errs, fmt.Errorf("the secret %s: %q is no HOST[:PORT]", s.Name, e))
		}
	}
	return errors.Join(errs...)
}
