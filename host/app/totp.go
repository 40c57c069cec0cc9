package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web"
)

const (
	totpStep      = 30 * time.Second // RFC 6238 section 5.2 recommends it
	totpDrift     = 1                // steps that a phone's clock may be off, in each direction
	recoveryCodes = 10
	qrSize        = 240 // pixels; some for each module, whatever the length of the name
)

// stepOf is the time step whose code this is, or 0 if it is that of none at about
// now.
func stepOf(key, code string, now time.Time) (int64, error) {
	current := now.Unix() / int64(totpStep/time.Second)
	found := int64(0)
	for step := current - totpDrift; step <= current+totpDrift; step++ {
		want, err := hotp.GenerateCode(key, uint64(step))
		if err != nil {
			return 0, fmt.Errorf("the stored key for codes can not be used: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, nil
}

// plainCode is a code without what people put between its characters.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(code))
}

// CheckCode implements web.Service.
func (s *service) CheckCode(ctx context.Context, userID, code string) (bool, error) {
	key, _, err := s.store.TOTPKeys(ctx, userID)
	if err != nil || key == "" {
		return false, webError(err)
	}
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return false, webError(err)
	}
	code = plainCode(code)
	step, err := stepOf(key, code, time.Now())
	if err != nil {
		return false, err
	}
	good := false
	if step != 0 {
		good, err = s.store.UseStep(ctx, userID, step)
	} else if good, err = s.store.UseRecovery(ctx, userID, code); good {
		s.Note(ctx, userEvent(access.DeedRecoveryUsed, u, ""))
	}
	if err == nil && !good {
		s.Note(ctx, userEvent(access.DeedLoginFailed, u, "wrong code"))
	}
	return good, err
}

// NewKey implements web.Service.
func (s *service) NewKey(ctx context.Context, userID string) error {
	raw := make([]byte, 20) // RFC 4226 section 4, R6
	_, _ = rand.Read(raw)   // never fails, see crypto/rand
	return webError(s.store.SetPendingTOTP(ctx, userID, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)))
}

// PendingKey implements web.Service.
func (s *service) PendingKey(ctx context.Context, userID string) (web.Key, error) {
	_, pending, err := s.store.TOTPKeys(ctx, userID)
	if err != nil {
		return web.Key{}, webError(err)
	}
	if pending == "" {
		return web.Key{}, web.ErrNotFound
	}
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return web.Key{}, webError(err)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(pending)
	if err != nil {
		return web.Key{}, fmt.Errorf("the stored key for codes can not be read: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "mailweir", AccountName: u.Name, Secret: raw})
	if err != nil {
		return web.Key{}, fmt.Errorf("key for codes: %w", err)
	}
	image, err := key.Image(qrSize, qrSize)
	if err != nil {
		return web.Key{}, fmt.Errorf("draw the key for codes: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image); err != nil {
		return web.Key{}, fmt.Errorf("draw the key for codes: %w", err)
	}
	return web.Key{Secret: pending, QR: b.Bytes()}, nil
}

// ConfirmKey implements web.Service.
func (s *service) ConfirmKey(ctx context.Context, userID, code string) ([]string, error) {
	_, pending, err := s.store.TOTPKeys(ctx, userID)
	if err != nil {
		return nil, webError(err)
	}
	if pending == "" {
		return nil, web.ErrNotFound
	}
	step, err := stepOf(pending, plainCode(code), time.Now())
	if err != nil || step == 0 {
		return nil, err
	}
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return nil, webError(err)
	}
	var shown, stored []string
	for range recoveryCodes {
		c := strings.ToLower(rand.Text()[:16]) // 80 bits
		stored = append(stored, c)
		shown = append(shown, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
	}
	if err := s.store.ConfirmTOTP(ctx, userID, step, stored); err != nil {
		return nil, webError(err)
	}
	s.Note(ctx, userEvent(access.DeedTOTPOn, u, ""))
	return shown, nil
}

// RemoveKey implements web.Service.
func (s *service) RemoveKey(ctx context.Context, userID string) error {
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return webError(err)
	}
	if err := s.store.RemoveTOTP(ctx, userID); err != nil {
		return webError(err)
	}
	s.Note(ctx, userEvent(access.DeedTOTPOff, u, ""))
	return nil
}
