package copier

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

func TestBackoff_waitsLongerEachTimeAndAsLongAsTheServerAsks(t *testing.T) {
	r := &run{opts: Options{Retries: 5, RetryAfter: time.Second, RetryAtMost: 4 * time.Second}}
	busy := func(wait time.Duration) error {
		return fmt.Errorf("append: %w", &mail.Error{Kind: mail.ErrBusy, Wait: wait})
	}
	b := r.newBackoff()
	for i, tt := range []struct{ asks, least time.Duration }{
		{0, time.Second}, {0, 2 * time.Second}, {time.Minute, time.Minute}, {time.Second, 4 * time.Second}, {0, 4 * time.Second},
	} {
		got, err := b.next(busy(tt.asks))
		if err != nil || got < tt.least || got > tt.least+tt.least/4+1 {
			t.Errorf("wait %d is %v, %v; want %v and up to a quarter more", i+1, got, err, tt.least)
		}
	}
	if _, err := b.next(busy(0)); err == nil || !errors.Is(err, mail.ErrBusy) || !strings.Contains(err.Error(), "6 tries") {
		t.Errorf("after that: %v", err)
	}
	if _, err := r.newBackoff().next(busy(time.Hour)); err == nil || !strings.Contains(err.Error(), "1h0m0s") {
		t.Errorf("a server that asks for an hour: %v", err)
	}
}

func TestBackoff_isNotTheSameForTwo(t *testing.T) {
	r := &run{opts: Options{Retries: 5, RetryAfter: time.Minute, RetryAtMost: time.Minute}}
	seen := map[time.Duration]bool{}
	for range 20 {
		wait, err := r.newBackoff().next(errors.New("x"))
		if err != nil {
			t.Fatal(err)
		}
		seen[wait] = true
	}
	if len(seen) < 2 {
		t.Errorf("twenty that were turned away together all wait %v", seen)
	}
}
