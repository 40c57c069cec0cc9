package app

import (
	"context"
	"errors"
	"testing"
)

// counted is an account that counts.
type counted struct{ opened, closed int }

func (d *counted) open(context.Context) (*counted, error) { d.opened++; return d, nil }
func (d *counted) Close() error                           { d.closed++; return nil }

func TestAhead_opensOnceAndClosesWhatNobodyTakes(t *testing.T) {
	var left counted
	_, abandon := ahead(t.Context(), left.open)
	if abandon(); left != (counted{1, 1}) {
		t.Errorf("abandoned: %+v", left)
	}

	var taken counted
	take, abandon := ahead(t.Context(), taken.open)
	if d, err := take(t.Context()); d != &taken || err != nil {
		t.Fatal(d, err)
	}
	if abandon(); taken != (counted{1, 0}) {
		t.Errorf("taken: %+v", taken)
	}
	if _, err := take(t.Context()); err != nil || taken.opened != 2 {
		t.Errorf("the second time: %v, %+v", err, taken)
	}
}

func TestAhead_beginsBeforeAnybodyAsks(t *testing.T) {
	begun := make(chan struct{})
	refused := errors.New("refused")
	take, abandon := ahead(t.Context(), func(context.Context) (*counted, error) { close(begun); return nil, refused })
	defer abandon()
	<-begun
	if _, err := take(t.Context()); !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}

func TestAhead_panicsWhereSomebodyLooks(t *testing.T) {
	take, abandon := ahead(t.Context(), func(context.Context) (*counted, error) { panic("a bug of ours") })
	defer abandon()
	defer func() {
		if p := recover(); p != "a bug of ours" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, err := take(t.Context())
	t.Errorf("it went on with %v", err)
}

func TestAhead_endsWithWhoWaits(t *testing.T) {
	take, abandon := ahead(t.Context(), func(ctx context.Context) (*counted, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := take(ctx); !errors.Is(err, stopped) {
		t.Errorf("%v", err)
	}
	abandon() // ends the opening, and does not wait for a server
}
