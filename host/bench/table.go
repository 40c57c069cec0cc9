package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// results are everything that was measured.
type results struct {
	Machine string            `json:"machine"`
	Command string            `json:"command"`
	Tools   []string          `json:"tools"`
	Missing map[string]string `json:"missing,omitempty"` // tool to why it was not run
	Samples []sample          `json:"samples"`
	Rows    []row             `json:"rows"` // medians
}

// row is one line of the table.
type row struct {
	Corpus  string          `json:"corpus"`
	Pass    pass            `json:"pass"`
	Network network         `json:"network"`
	Medians map[string]cost `json:"medians"` // by tool
	OverIt  float64         `json:"ours_over_floor,omitempty"`
	Ahead   float64         `json:"mbsync_over_ours,omitempty"`
	Goal    string          `json:"goal,omitempty"`
}

// goals are from the machine that README.md names; what counts everywhere is the
// ratio to floor and to mbsync.
var goals = map[string]string{
	"M first LAN":         "1.45 s, 2.8 CPU s, 32 MB; 3x mbsync",
	"M first WAN":         "3.0 s, 32 MB; 8x mbsync",
	"M unchanged LAN":     "0.06 s",
	"M unchanged WAN":     "0.30 s; 9x mbsync",
	"M changes LAN":       "0.20 s",
	"M changes WAN":       "0.8 s; 7x mbsync",
	"S first LAN":         "0.45 s",
	"S first WAN":         "1.4 s; 7x mbsync",
	"L100k unchanged LAN": "0.08 s, 20 MB; 3.5x mbsync",
	"L100k unchanged WAN": "0.35 s, 20 MB; 4x mbsync",
	"BIG first LAN":       "24 MB",
}

// summarize turns samples into rows, in the order in which they were first seen.
func (r *results) summarize(withGoals bool) {
	r.Rows = nil
	bins := map[string]map[string][]cost{}
	for _, s := range r.Samples {
		key := fmt.Sprintf("%s %s %s", s.Corpus, s.Pass, s.Network)
		if bins[key] == nil {
			bins[key] = map[string][]cost{}
			line := row{Corpus: s.Corpus, Pass: s.Pass, Network: s.Network, Medians: map[string]cost{}}
			if withGoals {
				line.Goal = goals[key]
			}
			r.Rows = append(r.Rows, line)
		}
		if s.Error == "" {
			bins[key][s.Tool] = append(bins[key][s.Tool], s.cost)
		}
	}
	for i := range r.Rows {
		line := &r.Rows[i]
		for tool, costs := range bins[fmt.Sprintf("%s %s %s", line.Corpus, line.Pass, line.Network)] {
			line.Medians[tool] = medians(costs)
		}
		line.OverIt = ratio(line.Medians["ours"].Wall, line.Medians["floor"].Wall)
		line.Ahead = ratio(line.Medians["mbsync"].Wall, line.Medians["ours"].Wall)
	}
}

func ratio(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a / b
}

// medians takes the median of each figure by itself.
func medians(costs []cost) cost {
	of := func(figure func(cost) float64) float64 {
		values := make([]float64, 0, len(costs))
		for _, c := range costs {
			values = append(values, figure(c))
		}
		slices.Sort(values)
		middle := len(values) / 2
		if len(values)%2 == 1 {
			return values[middle]
		}
		return (values[middle-1] + values[middle]) / 2
	}
	return cost{
		Wall: of(func(c cost) float64 { return c.Wall }), CPU: of(func(c cost) float64 { return c.CPU }),
		Tool: of(func(c cost) float64 { return c.Tool }), Servers: of(func(c cost) float64 { return c.Servers }),
		PeakMB: of(func(c cost) float64 { return c.PeakMB }),
	}
}

// markdown prints the table.
func (r *results) markdown(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n`%s`\n\n", r.Machine, r.Command)
	fmt.Fprintf(w, "Medians: wall s / CPU s of the program and both servers / peak MB of the program.\n\n")
	fmt.Fprintf(w, "| | %s | ours/floor | mbsync/ours | goal of ours |\n", strings.Join(r.Tools, " | "))
	fmt.Fprintf(w, "|---|%s---|---|---|\n", strings.Repeat("---|", len(r.Tools)))
	for _, line := range r.Rows {
		fmt.Fprintf(w, "| %s %s, %s |", line.Corpus, passName[line.Pass], line.Network)
		for _, tool := range r.Tools {
			c, ok := line.Medians[tool]
			switch {
			case ok:
				fmt.Fprintf(w, " %s / %s / %.0f |", figure(c.Wall), figure(c.CPU), c.PeakMB)
			case r.Missing[tool] != "":
				fmt.Fprintf(w, " %s |", r.Missing[tool])
			default:
				fmt.Fprint(w, " failed |")
			}
		}
		fmt.Fprintf(w, " %s | %s | %s |\n", times(line.OverIt), times(line.Ahead), cmp.Or(line.Goal, "-"))
	}
	fmt.Fprint(w, "| what arrives |")
	for _, tool := range r.Tools {
		fmt.Fprintf(w, " %s |", r.arrivals(tool))
	}
	fmt.Fprint(w, " | | |\n")
	for _, s := range r.Samples {
		if s.Error != "" {
			fmt.Fprintf(w, "\n%s failed: %s %s, %s, round %d: %s\n", s.Tool, s.Corpus, passName[s.Pass], s.Network, s.Round, s.Error)
		}
		if s.Wrong {
			fmt.Fprintf(w, "\n%s is WRONG: %s %s, %s, round %d: %s\n", s.Tool, s.Corpus, passName[s.Pass], s.Network, s.Round, s.Arrived)
		}
	}
}

var passName = map[pass]string{first: "first copy", unchanged: "no change", changes: "incremental"}

// arrivals joins what was seen of a tool's work, without the counts.
func (r *results) arrivals(tool string) string {
	seen := map[string]bool{}
	for _, s := range r.Samples {
		if s.Tool == tool && s.Arrived != "" {
			for _, word := range strings.Split(s.Arrived, ", ") {
				word, _, _ = strings.Cut(word, " (")
				seen[word] = true
			}
		}
	}
	if len(seen) > 1 {
		delete(seen, exact) // some corpora have nothing to lose
	}
	return cmp.Or(strings.Join(slices.Sorted(maps.Keys(seen)), ", "), "-")
}

// figure spells seconds with two significant digits at least.
func figure(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.3f", s)
	case s < 10:
		return fmt.Sprintf("%.2f", s)
	}
	return fmt.Sprintf("%.1f", s)
}

func times(r float64) string {
	if r == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", r)
}

// wrong reports whether a contestant that promises exact copies made another one
// or none.
func (r *results) wrong() bool {
	return slices.ContainsFunc(r.Samples, func(s sample) bool {
		return s.Wrong || s.Error != "" && (s.Tool == "floor" || s.Tool == "ours")
	})
}
