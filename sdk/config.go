package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// Config decodes the plugin's configuration into v, which keeps its values where
// the configuration says nothing. Members that v does not have are an error, so
// that a typing mistake in a rule is not taken for no rule.
func Config(v any) error {
	raw, ok := guest.Config("")
	if !ok {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("configuration: something follows the JSON object")
	}
	return nil
}

// ConfigValue returns one member of the configuration, by a path such as "a.b": a
// string as its text, anything else as JSON. A plugin that needs no more than
// this stays a third smaller than with [Config].
func ConfigValue(path string) (value string, ok bool) { return guest.Config(path) }

// Debug writes a line to the log of the run, if anyone asked for that much.
func Debug(text string) {
	if guest.LogEnabled(abi.LogDebug) {
		guest.Log(abi.LogDebug, text)
	}
}

// Info writes a line to the log of the run.
func Info(text string) { guest.Log(abi.LogInfo, text) }

// Warn writes a warning to the log of the run.
func Warn(text string) { guest.Log(abi.LogWarn, text) }

// Now is the time, to the millisecond.
func Now() time.Time { return time.UnixMilli(guest.NowMS()) }
