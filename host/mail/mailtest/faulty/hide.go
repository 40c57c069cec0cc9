package faulty

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// Codes of a capability that a server uses unasked once it has it.
var traces = map[string]*regexp.Regexp{
	"UIDPLUS":   regexp.MustCompile(`\[(APPENDUID|COPYUID|UIDNOTSTICKY)[^\]]*\] ?`), // RFC 4315 section 3
	"CONDSTORE": regexp.MustCompile(`\[HIGHESTMODSEQ[^\]]*\] ?`),                    // RFC 7162 section 3.1.2
}

var announcement = regexp.MustCompile(`CAPABILITY [^\]\r\n]*`)

// hide takes what is not to be known out of a line of the server.
func (p *Proxy) hide(line []byte) []byte {
	if len(p.opts.Without) == 0 {
		return line
	}
	if bytes.HasPrefix(line, []byte("* CAPABILITY ")) || bytes.Contains(line, []byte("[CAPABILITY ")) {
		line = announcement.ReplaceAllFunc(line, func(list []byte) []byte {
			atoms := slices.DeleteFunc(strings.Fields(string(list)), func(atom string) bool {
				return slices.ContainsFunc(p.opts.Without, func(name string) bool { return strings.EqualFold(name, atom) })
			})
			return []byte(strings.Join(atoms, " "))
		})
	}
	for _, name := range p.opts.Without {
		if code := traces[strings.ToUpper(name)]; code != nil {
			line = code.ReplaceAll(line, nil)
		}
	}
	return line
}
