package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

func taskPreflight(t *terminal) *cobra.Command {
	f := &serverFlags{}
	cmd := &cobra.Command{
		Use: "preflight NAME", Short: "Looks at both sides of a task and makes its plan", Args: oneArgument("NAME"),
		Long: `Logs in to all accounts of a task, changes nothing, and says what was found: what stops a run,
what a person should know, where each folder goes and what decided it, and how long a run may
take, by a sample of messages that is downloaded and thrown away. The plan is kept with the task:
"mailweir task plan" shows and approves it. The exit status is 5 when something would stop a run.

` + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task preflight "ann combines"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, tk, err := f.task(ctx, t, args[0])
			if err != nil {
				return err
			}
			var p api.FullPlan
			if err := c.do(ctx, http.MethodPost, "/tasks/"+tk.ID+"/preflight", nil, &p); err != nil {
				return err
			}
			if err := t.showPlan(p, f.json); err != nil {
				return err
			}
			if task.Worst(p.Findings) == task.FindingStops {
				return &ended{outcome: task.OutcomeNeedsUser, cause: "something would stop a run", reported: f.json}
			}
			return nil
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the plan")
	return cmd
}

// task finds the service and a task.
func (f *serverFlags) task(ctx context.Context, t *terminal, name string) (*client, api.Task, error) {
	c, err := f.client(t)
	if err != nil {
		return nil, api.Task{}, err
	}
	tk, err := c.find(ctx, name)
	return c, tk, err
}

// planChanges are what the verb plan is asked to change.
type planChanges struct {
	approve, withdraw bool
	put, out, reset   []string
	required          string
}

func taskPlan(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var ch planChanges
	cmd := &cobra.Command{
		Use: "plan NAME", Short: "Shows, approves and changes the plan of a task", Args: oneArgument("NAME"),
		Long: `Shows the plan that was made last. With --approve runs do exactly what it says, until one has
carried it out: folders that are not in it, or would go elsewhere, are held back and listed, and when
accounts, plugins or folders set by hand change meanwhile, no run starts. --withdraw takes the approval
back.

--put, --leave-out and --reset set single folders by hand, which wins over rules and plugins; a new
plan is made then. They are named SOURCE:FOLDER. --required yes lets the task run only once a plan was
approved.

` + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task plan "ann combines" --approve
  mailweir task plan "ann combines" --put "office:Old mail=Archive/Old" --leave-out home:Spam`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := ch.check(); err != nil {
				return err
			}
			c, tk, err := f.task(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			p, err := ch.do(cmd.Context(), c, tk)
			if errors.Is(err, errNoPlan) {
				if ch.required != "" && !ch.approve { // that was done
					_, err := fmt.Fprintf(t.out, "%s is changed; it has no plan yet: mailweir task preflight makes one\n", plain(tk.Name))
					return err
				}
				return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("there is no plan of %s yet: mailweir task preflight makes one", plain(tk.Name))}
			}
			if err != nil {
				return err
			}
			return t.showPlan(p, f.json)
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the plan")
	flags := cmd.Flags()
	flags.BoolVar(&ch.approve, "approve", false, "let runs do exactly what the plan says")
	flags.BoolVar(&ch.withdraw, "withdraw", false, "take the approval back")
	flags.StringArrayVar(&ch.put, "put", nil, "put a folder somewhere: `SOURCE:FOLDER=TARGET`; repeatable")
	flags.StringArrayVar(&ch.out, "leave-out", nil, "leave a folder out: `SOURCE:FOLDER`; repeatable")
	flags.StringArrayVar(&ch.reset, "reset", nil, "let rules and plugins decide about a folder again: `SOURCE:FOLDER`; repeatable")
	flags.StringVar(&ch.required, "required", "", "`yes` or no: the task runs only once a plan was approved")
	return cmd
}

func (ch planChanges) byHand() bool { return len(ch.put)+len(ch.out)+len(ch.reset) > 0 }

func (ch planChanges) check() error {
	switch {
	case ch.approve && ch.withdraw:
		return usagef("--approve and --withdraw contradict each other")
	case ch.approve && ch.byHand():
		return usagef("look at the plan before you approve it: --approve goes without --put, --leave-out and --reset")
	case !slices.Contains([]string{"", "yes", "no"}, ch.required):
		return usagef("--required: %q is neither yes nor no", ch.required)
	}
	return nil
}

var errNoPlan = errors.New("there is no plan yet")

// do makes the changes and returns the plan that there is then.
func (ch planChanges) do(ctx context.Context, c *client, tk api.Task) (p api.FullPlan, err error) {
	at := "/tasks/" + tk.ID
	if ch.required != "" {
		if err := c.do(ctx, http.MethodPut, at+"/plan-first", map[string]bool{"plan_first": ch.required == "yes"}, nil); err != nil {
			return p, err
		}
	}
	if ch.withdraw {
		if err := c.do(ctx, http.MethodPost, at+"/plan/withdraw", nil, nil); err != nil {
			return p, err
		}
	}
	if ch.byHand() {
		if err := ch.set(ctx, c, at); err != nil {
			return p, err
		}
		return p, c.do(ctx, http.MethodPost, at+"/preflight", nil, &p)
	}
	err = c.do(ctx, http.MethodGet, at+"/plan", nil, &p)
	var e *ended
	if errors.As(err, &e) && e.outcome == task.OutcomeNeedsUser {
		return p, errNoPlan
	}
	if err != nil || !ch.approve {
		return p, err
	}
	return p, c.do(ctx, http.MethodPost, at+"/plan/approve", map[string]string{"plan": p.ID}, &p)
}

// set changes the folders that are set by hand.
func (ch planChanges) set(ctx context.Context, c *client, at string) error {
	var now api.Task // the list of tasks does not tell them
	if err := c.do(ctx, http.MethodGet, at, nil, &now); err != nil {
		return err
	}
	list := now.Overrides
	change := func(flag, text string, o *task.Override) error {
		source, folder, ok := strings.Cut(text, ":")
		if !ok || source == "" || folder == "" {
			return usagef("--%s: %q is not SOURCE:FOLDER", flag, text)
		}
		list = slices.DeleteFunc(list, func(l task.Override) bool { return l.Source == source && l.Folder == folder })
		if o != nil {
			o.Source, o.Folder = source, folder
			list = append(list, *o)
		}
		return nil
	}
	for _, text := range ch.put {
		from, target, ok := strings.Cut(text, "=")
		if !ok || target == "" {
			return usagef("--put: %q is not SOURCE:FOLDER=TARGET", text)
		}
		if err := change("put", from, &task.Override{Target: target}); err != nil {
			return err
		}
	}
	for _, text := range ch.out {
		if err := change("leave-out", text, &task.Override{Exclude: true}); err != nil {
			return err
		}
	}
	for _, text := range ch.reset {
		if err := change("reset", text, nil); err != nil {
			return err
		}
	}
	if list == nil {
		list = []task.Override{}
	}
	return c.do(ctx, http.MethodPut, at+"/overrides", map[string]any{"overrides": list, "version": now.Version}, nil)
}

func (t *terminal) showPlan(p api.FullPlan, asJSON bool) error {
	if asJSON {
		return t.printJSON("plan", p)
	}
	return printFullPlan(t.out, p)
}

// printFullPlan is what a preflight shows: findings, folders, sums.
func printFullPlan(w io.Writer, p api.FullPlan) error {
	for _, f := range p.Findings {
		fmt.Fprintf(w, "%-5s %s: %s\n", f.Class, plain(f.Where), plain(f.Text))
		if f.Remedy != "" {
			fmt.Fprintf(w, "      %s\n", plain(f.Remedy))
		}
	}
	if len(p.Findings) > 0 {
		fmt.Fprintln(w)
	}
	t := newTable(w, "SOURCE", "FOLDER", "GOES TO", "BECAUSE", "MESSAGES", "TO COPY", "SIZE", "")
	sources := map[string]bool{}
	for _, r := range p.Rows {
		sources[r.Source] = true
	}
	t.hide("SOURCE", len(sources) < 2)
	t.row(t.heads...)
	for _, r := range p.Rows {
		target, bytes := plain(r.Target), "?"
		if r.Bytes >= 0 {
			bytes = size(r.Bytes)
		}
		if r.Excluded {
			target = "(left out)"
		}
		t.row(plain(r.Source), plain(r.Folder), target, plain(r.By), number(r.Messages), number(r.ToCopy), bytes, strings.Join(remarks(p, r), "; "))
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	for _, n := range p.Notes {
		fmt.Fprintf(w, "note: %s\n", plain(n))
	}
	fmt.Fprintln(w, "\n"+totalsLine(p.Totals))
	if e := p.Estimate; e != nil {
		fmt.Fprintln(w, estimateLine(*e))
	}
	_, err := fmt.Fprintln(w, stateLine(p))
	return err
}

// remarks are what else there is to say of a row.
func remarks(p api.FullPlan, r task.PlanRow) []string {
	var out []string
	if r.Error != "" {
		out = append(out, plain(r.Error))
	}
	if r.Note != "" {
		out = append(out, plain(r.Note))
	}
	if r.Create {
		out = append(out, "made by the copy")
	}
	if r.TooBig > 0 {
		out = append(out, number(r.TooBig)+" too large")
	}
	for _, c := range p.Collisions {
		if c.Has(r) {
			out = append(out, "collides: "+string(c.Kind))
		}
	}
	return out
}

func totalsLine(t api.PlanTotals) string {
	line := fmt.Sprintf("%s %s of %s to copy", number(t.ToCopy), plural(t.ToCopy, "message", "messages"), number(t.Messages))
	if t.Unsure > 0 {
		line += fmt.Sprintf(", and up to %s more of which some may be there already", number(t.Unsure))
	}
	if t.Bytes > 0 {
		line += ", " + size(t.Bytes)
		if !t.BytesKnown {
			line += " or more"
		}
	}
	if t.Skipped > 0 {
		line += fmt.Sprintf(", %s left out", number(t.Skipped))
	}
	if t.Delete > 0 {
		line += fmt.Sprintf(", %s to delete", number(t.Delete))
	}
	return line
}

func estimateLine(e api.PlanEstimate) string {
	round := func(s float64) time.Duration {
		d := time.Duration(s * float64(time.Second))
		if d >= time.Minute {
			return d.Round(time.Minute)
		}
		return max(time.Second, d.Round(time.Second))
	}
	switch {
	case !e.Known:
		return "how long a run takes is not known: " + plain(e.Why)
	case e.HighSeconds == 0:
		return "a run has nothing to copy"
	}
	low, high := round(e.LowSeconds), round(e.HighSeconds)
	span := fmt.Sprintf("%s to %s", low, high)
	if low == high {
		span = "about " + low.String()
	}
	n := int64(e.Messages)
	return fmt.Sprintf("a run may take %s, by a sample of %s %s (%s)", span, number(n), plural(n, "message", "messages"), size(e.Bytes))
}

func stateLine(p api.FullPlan) string {
	line := ""
	switch task.PlanState(p.State) {
	case task.PlanApproved:
		line = fmt.Sprintf("approved by %s, %s: runs do exactly this", plain(p.ApprovedBy), at(p.Approved))
	case task.PlanEnded:
		line = fmt.Sprintf("withdrawn or replaced by %s, %s", plain(p.EndedBy), at(p.Ended))
	case task.PlanCarriedOut:
		line = fmt.Sprintf("carried out by run %s, %s", p.Run, at(p.Ended))
	default:
		line = "nobody has approved this plan"
		if p.Incomplete {
			line = "this plan is incomplete, and can not be approved"
		}
	}
	if o := p.InForce; o != nil {
		line += fmt.Sprintf("; another one, approved by %s, %s, binds runs", plain(o.ApprovedBy), at(o.Approved))
	}
	return line
}
