package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

const (
	// noticeTick is how often is looked for what is to be told.
	noticeTick = 5 * time.Second
	// tellTime bounds one attempt, well within the time that the store gives it.
	tellTime = time.Minute
	// tellersAtOnce are attempts at the same time: one target that does not answer
	// must not hold up the others.
	tellersAtOnce = 4
)

// teller tells people and programs what became of tasks.
type teller struct {
	store  *store.Store
	relays map[string]Relay
	bound  Reach  // where webhooks of users who are no admins may go, beside public addresses
	from   string // sender of mail; "" is found by the relay's login
	log    *slog.Logger
}

// run tells what is due, until ctx ends.
func (n *teller) run(ctx context.Context) {
	tick := time.NewTicker(noticeTick)
	defer tick.Stop()
	for {
		if err := n.round(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("notices have to wait", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// round tells all that is due now.
func (n *teller) round(ctx context.Context) error {
	due, err := n.store.NoticesDue(ctx)
	if err != nil || !due {
		return err
	}
	for err == nil {
		err = n.store.ClaimDigest(ctx)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var faults []error
	for range tellersAtOnce {
		wg.Go(func() {
			for ctx.Err() == nil {
				notice, err := n.store.ClaimNotice(ctx)
				if err == nil {
					err = n.attempt(ctx, notice)
				}
				if err != nil {
					mu.Lock()
					defer mu.Unlock()
					if !errors.Is(err, store.ErrNotFound) {
						faults = append(faults, err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(faults...)
}

// attempt tells one notice, and notes how that went.
func (n *teller) attempt(ctx context.Context, notice task.Notice) error {
	c, err := n.store.ChannelWithSecret(ctx, notice.Channel)
	if err == nil {
		err = n.tell(ctx, c, notice)
	}
	fault := ""
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err() // the service stops; another attempt comes
		}
		fault = Sentence(err)
	}
	givenUp, err := n.store.NoticeTold(context.WithoutCancel(ctx), notice, fault)
	log := n.log.With("channel", c.Name, "event", notice.Event, "attempt", notice.Attempts)
	switch {
	case fault == "":
		log.Info("told")
	case givenUp:
		log.Error("not told, and given up", "error", fault)
	default:
		log.Warn("not told yet", "error", fault)
	}
	return err
}

// tell tells one notice on its channel.
func (n *teller) tell(ctx context.Context, c task.Channel, notice task.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	if c.Kind == task.ChannelWebhook {
		return n.post(ctx, c, notice)
	}
	return n.mail(ctx, c, notice)
}

// post sends a notice to a webhook. Receivers know it by its ID, should it come twice.
func (n *teller) post(ctx context.Context, c task.Channel, notice task.Notice) error {
	body, err := json.Marshal(struct {
		ID      string `json:"id"`
		Channel string `json:"channel"`
		task.NoticeBody
	}{notice.ID, c.Name, notice.Body})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Target, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL of the webhook can not be used")
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "mailweir")
	req.Header.Set("Mailweir-Event", string(notice.Event))
	req.Header.Set("Mailweir-Notice", notice.ID)
	req.Header.Set("Mailweir-Signature", "t="+now+",v1="+Sign(c.Secret.Reveal(), now, body))
	resp, err := n.client(c).Do(req)
	if err != nil {
		return webhookFault(err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can end in order
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the webhook answers %d", resp.StatusCode)
	}
	return nil
}

// Sign is the signature of a webhook's body at a Unix time: HMAC-SHA256, in
// hexadecimal, of the time, a dot and the body.
func Sign(secret, unix string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, unix+".")
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// webhookFault leaves the URL out, whose path may be a secret.
func webhookFault(err error) error {
	if inner := errors.Unwrap(err); inner != nil { // of *url.Error
		err = inner
	}
	return fmt.Errorf("the webhook can not be reached: %w", err)
}

// client sends requests of a channel: of one whose owner is no admin to public
// addresses only, whatever its name means at that moment. Redirects are answers.
func (n *teller) client(c task.Channel) *http.Client {
	dial := (&net.Dialer{Timeout: 20 * time.Second}).DialContext
	if channelBound(c) {
		dial = n.bound.pages().dial
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, DisableKeepAlives: true, TLSHandshakeTimeout: 20 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// channelBound reports whether limits bind where a channel goes to.
func channelBound(c task.Channel) bool { return c.Owner.ID != "" && access.Role(c.Owner.Role).Bound() }

// mail sends a notice as mail.
func (n *teller) mail(ctx context.Context, c task.Channel, notice task.Notice) error {
	relay, ok := n.relays[c.Relay]
	if !ok {
		return fmt.Errorf("there is no relay %q; the service has to be started with --smtp-relay %s=URL", c.Relay, c.Relay)
	}
	password := relay.Password
	if relay.Secret != "" {
		secrets, err := n.store.RevealSecrets(ctx)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			if s.Name == relay.Secret {
				password = s.Value
			}
		}
	}
	from := n.sender(relay)
	to := strings.Fields(c.Target)
	return relay.Send(ctx, password.Reveal(), from, to, letterOf(from, to, notice, time.Now()))
}
