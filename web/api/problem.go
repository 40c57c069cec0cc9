package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Problem says why a request was not done (RFC 9457).
type Problem struct {
	Title  string   `json:"title" doc:"The status in words" example:"Not Found"`
	Status int      `json:"status" doc:"The status once more" example:"404"`
	Detail string   `json:"detail" doc:"What and where, in one sentence" example:"there is no such task"`
	Faults []string `json:"faults,omitempty" doc:"Each thing that is wrong with the request, if it is several"`
}

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

var _ huma.StatusError = (*Problem)(nil)

// Error is the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return ProblemType }

// NewProblem makes one. Several lines of detail are several faults.
func NewProblem(status int, detail string) *Problem {
	p := &Problem{Title: http.StatusText(status), Status: status}
	lines := strings.Split(strings.TrimSpace(detail), "\n")
	if len(lines) > 1 {
		p.Faults = lines
	}
	p.Detail = cmp.Or(strings.Join(lines, "; "), strings.ToLower(p.Title))
	return p
}

// WriteProblem answers with a Problem.
func WriteProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", ProblemType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(NewProblem(status, detail)) // a client that is gone
}

func init() { huma.NewError = asProblem }

// asProblem is what the reader of requests has found wrong. It repeats no value: that
// may be a password.
func asProblem(status int, message string, errs ...error) huma.StatusError {
	var lines []string
	for _, err := range errs {
		var d *huma.ErrorDetail
		switch {
		case err == nil:
		case errors.As(err, &d) && d.Location != "":
			lines = append(lines, strings.TrimPrefix(d.Location, "body.")+": "+d.Message)
		default:
			lines = append(lines, err.Error())
		}
	}
	if len(lines) == 0 {
		lines = []string{message}
	}
	return NewProblem(status, strings.Join(lines, "\n"))
}

func (a *API) problem(ctx context.Context, err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return NewProblem(a.opts.Problem(ctx, err))
}

func invalid(err error) error { return NewProblem(http.StatusUnprocessableEntity, err.Error()) }

// seconds is a time as Retry-After has it, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
