package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func (a *API) linkOperations() {
	add(a, about{
		id: "make-link", method: http.MethodPost, path: "/tasks/{task}/link", action: access.ChangeTask, tag: "links",
		summary: "Makes a link by which somebody without an account gives the password of a task",
		more:    "It is shown this once, and takes the place of one that the task had. Whoever has it can give the password once, and see how the copy goes until it expires.",
		status:  http.StatusCreated,
	}, a.makeLink)
	add(a, about{
		id: "show-link", method: http.MethodGet, path: "/tasks/{task}/link", action: access.ChangeTask, tag: "links", summary: "Shows what has become of a task's link",
		more: "Without its address, of which only a digest is kept.",
	}, a.showLink)
	add(a, about{id: "revoke-link", method: http.MethodDelete, path: "/tasks/{task}/link", action: access.ChangeTask, tag: "links", summary: "Takes a task's link away"}, a.revokeLink)
	add(a, about{id: "show-service", method: http.MethodGet, path: "/service", action: access.ListTasks, tag: "service", summary: "Says what the service is, and where"}, a.showService)
}

type aboutService struct {
	Body struct {
		Version string `json:"version"`
		URL     string `json:"url" doc:"Where people reach its pages (serve --public-url); empty if it does not know"`
	}
}

func (a *API) showService(context.Context, *struct{}) (*aboutService, error) {
	out := &aboutService{}
	out.Body.Version, out.Body.URL = a.opts.Version, a.opts.PublicURL
	return out, nil
}

// LinkPrefix is where links lead to.
const LinkPrefix = "/link/"

// Link is a link in JSON.
type Link struct {
	URL     string    `json:"url,omitempty" doc:"What to send to the person. Empty if the service does not know its public address (serve --public-url): put its address before path then"`
	Path    string    `json:"path,omitempty"`
	By      string    `json:"by" doc:"Name of who made it"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero" doc:"When the password was given"`
	Asked   []string  `json:"asked" nullable:"false" doc:"Names of the sources whose passwords it asks for; '' is the destination"`
}

type linkOutput struct{ Body Link }

func (a *API) linkOutput(ctx context.Context, l task.Link, err error) (*linkOutput, error) {
	if err != nil {
		return nil, err
	}
	t, err := a.svc.Task(ctx, l.TaskID)
	return &linkOutput{Link{By: l.By, Created: l.Created, Expires: l.Expires, Used: l.Used, Asked: append([]string{}, t.Asked()...)}}, err
}

type makeLinkInput struct {
	OfTask
	Body *struct {
		Hours int `json:"hours,omitempty" minimum:"1" maximum:"2160" doc:"How long it is good for; 336 (14 days) unless given"`
	}
}

func (a *API) makeLink(ctx context.Context, in *makeLinkInput) (*linkOutput, error) {
	good := task.LinkTime
	if in.Body != nil && in.Body.Hours > 0 {
		good = time.Duration(in.Body.Hours) * time.Hour
	}
	token, link, err := a.svc.MakeLink(ctx, in.Task, good)
	out, err := a.linkOutput(ctx, link, err)
	if err != nil {
		return nil, err
	}
	out.Body.Path = LinkPrefix + token
	if a.opts.PublicURL != "" {
		out.Body.URL = strings.TrimSuffix(a.opts.PublicURL, "/") + out.Body.Path
	}
	return out, nil
}

func (a *API) showLink(ctx context.Context, in *OfTask) (*linkOutput, error) {
	l, err := a.svc.Link(ctx, in.Task)
	return a.linkOutput(ctx, l, err)
}

func (a *API) revokeLink(ctx context.Context, in *OfTask) (*struct{}, error) {
	return nil, a.svc.RevokeLink(ctx, in.Task)
}
