package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/mailweir/mailweir/host/access"
)

// Prefix is where all operations are, but for DescriptionPath.
const Prefix = "/api/v1"

// DescriptionPath is where the description of the API is.
const DescriptionPath = "/api/openapi.json"

const (
	// MaxBody bounds a request's body: a task with many sources and the
	// configuration of its hooks.
	MaxBody = 1 << 20
	// MaxTable bounds a table with its quotes escaped.
	MaxTable = 40 << 20
	// maxDepth bounds how deep JSON may be nested. A task has seven levels, and the
	// configuration of a plugin a few more.
	maxDepth = 32
	// bodyTime bounds how long a body may take to arrive.
	bodyTime = 20 * time.Second
)

// Operation is one thing that can be done, for the table of routes.
type Operation struct {
	Method string
	Path   string // with parameters as {name}
	Action access.Action
	Stream bool // answered by the caller of the API, as long as it lasts
}

// Options are what the API needs besides the Service.
type Options struct {
	// Problem says which status an error of the Service stands for, and what to say
	// of it in one sentence. Errors that are nobody's fault but ours it has logged.
	Problem func(ctx context.Context, err error) (status int, sentence string)
	Version string // of the program
	// PublicURL is where browsers elsewhere reach the pages; "" is not known.
	PublicURL string
	// Rate is how many requests a second each actor may make over time; 0 is 25.
	Rate float64
}

// API answers requests for its operations. Make one with New.
type API struct {
	svc   Service
	opts  Options
	mux   *http.ServeMux
	huma  huma.API
	ops   []Operation
	rates *rates
}

// New returns the API of svc.
func New(svc Service, opts Options) *API {
	a := &API{svc: svc, opts: opts, mux: http.NewServeMux(), rates: newRates(opts.Rate)}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "mailweir", Version: opts.Version,
				Description: "Tasks that copy mail between accounts, and their runs. All that the pages do is done by these operations, too. " +
					"What somebody may not see answers 404, what they may not do 403. Errors are problem details (RFC 9457) in one sentence.",
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Servers: []*huma.Server{{URL: "/"}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer", Description: "A token of a user, within its scopes: Authorization: Bearer mailweir_..."},
					"session": {Type: "apiKey", In: "cookie", Name: "mailweir", Description: "The session of a browser. Behind TLS the cookie is __Host-mailweir."},
				},
			},
			Security: []map[string][]string{{"token": {}}, {"session": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	a.huma = humago.New(a.mux, config)
	a.taskOperations()
	a.deletedOperations()
	a.planOperations()
	a.runOperations()
	a.historyOperations()
	a.accountOperations()
	a.peopleOperations()
	a.channelOperations()
	a.batchOperations()
	a.linkOperations()
	return a
}

// Operations are all of them.
func (a *API) Operations() []Operation { return a.ops }

// Description is the description of the API, as OpenAPI 3.1 in JSON.
func (a *API) Description() ([]byte, error) {
	text, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return text, nil
}

// ServeHTTP answers a request of which has been decided that its actor may make it.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if wait := a.rates.take(access.From(r.Context()), time.Now()); wait > 0 {
		w.Header().Set("Retry-After", seconds(wait))
		WriteProblem(w, http.StatusTooManyRequests, "too many requests; wait for "+seconds(wait)+" s")
		return
	}
	a.mux.ServeHTTP(w, r)
}

// about is what the description says of an operation.
type about struct {
	id, method, path string
	action           access.Action
	tag, summary     string
	more             string
	status           int   // of success; 0 is 200, or 204 without a body
	errors           []int // besides those that all have
	maxBody          int64
}

// add makes an operation. A method of API can not have type parameters.
func add[I, O any](a *API, o about, do func(context.Context, *I) (*O, error)) {
	errors := append([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}, o.errors...)
	if strings.Contains(o.path, "{") {
		errors = append(errors, http.StatusNotFound)
	}
	if o.method != http.MethodGet && o.method != http.MethodDelete {
		errors = append(errors, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
	}
	if o.maxBody == 0 {
		o.maxBody = MaxBody
	}
	a.ops = append(a.ops, Operation{Method: o.method, Path: Prefix + o.path, Action: o.action})
	huma.Register(a.huma, huma.Operation{
		OperationID: o.id, Method: o.method, Path: Prefix + o.path, Tags: []string{o.tag},
		Summary: o.summary, Description: strings.TrimSpace(o.more + " Needs the right to " + string(o.action) + "."),
		DefaultStatus: o.status, Errors: errors, MaxBodyBytes: o.maxBody, BodyReadTimeout: bodyTime,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// addStream describes an operation that somebody else answers, with an event stream.
func (a *API) addStream(o about) {
	a.ops = append(a.ops, Operation{Method: o.method, Path: Prefix + o.path, Action: o.action, Stream: true})
	op := &huma.Operation{
		OperationID: o.id, Method: o.method, Path: Prefix + o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.more,
		Responses: map[string]*huma.Response{
			"200": {Description: "The stream", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}},
		},
	}
	if strings.Contains(o.path, "{run}") {
		op.Parameters = []*huma.Param{{Name: "run", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}}
	}
	a.huma.OpenAPI().AddOperation(op)
}

// jsonFormat is JSON that is not nested too deep: what reads it would go as deep.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if err := shallow(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

// shallow is an error for JSON that is nested deeper than maxDepth. It does not
// decide whether it is JSON at all.
func shallow(data []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("it is nested deeper than %d levels", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
