package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	status := m.Run()
	_ = os.RemoveAll(builtIn)
	if status == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	os.Exit(status)
}

// buildFlags go to "go build".
var buildFlags []string

// tiny shows every pass of the benchmark in a moment.
var tiny = corpus{Name: "Tiny", Messages: 45, Bytes: 400e3, Folders: 7, Changes: 6, Repeat: true, FarFirst: true}

func tinyOptions(tools ...string) options {
	return options{
		corpora: []corpus{tiny}, networks: map[string][]network{"Tiny": {lan, wan}}, tools: tools,
		rounds: 1, limit: time.Minute, delay: time.Millisecond, log: io.Discard,
	}
}

// builtIn is where the programs of all tests lie; TestMain removes it.
var builtIn string

var buildOnce = sync.OnceValues(func() (p programs, err error) {
	if builtIn, err = os.MkdirTemp("", "mailweir-bench-test"); err != nil {
		return p, err
	}
	return build(context.Background(), builtIn, buildFlags...)
})

func buildPrograms(t *testing.T) programs {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the benchmark runs on Linux only")
	}
	p, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRun_measuresEveryContestantAndChecksWhatArrives(t *testing.T) {
	tools := []string{"floor", "mbsync", "doveadm", "ours"}
	if testing.Short() {
		tools = []string{"floor"}
	}
	o := tinyOptions(tools...)
	r, err := run(t.Context(), t, o, buildPrograms(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for tool, why := range r.Missing {
		if os.Getenv("CI") == "true" {
			t.Errorf("%s can not be run: %s", tool, why)
		}
		t.Logf("%s is not run: %s", tool, why)
	}
	for _, s := range r.Samples {
		if s.Error != "" || s.Wrong {
			t.Errorf("%s, %s over %s: error %q, arrived: %s", s.Tool, s.Pass, s.Network, s.Error, s.Arrived)
			continue
		}
		if s.Wall <= 0 || s.PeakMB <= 0 {
			t.Errorf("%s, %s over %s cost %+v", s.Tool, s.Pass, s.Network, s.cost)
		}
	}
	if want := 6 * (len(tools) - len(r.Missing)); len(r.Samples) != want {
		t.Errorf("%d samples, want %d: three passes over two networks for each contestant", len(r.Samples), want)
	}
	if r.wrong() {
		t.Error("the results are called wrong")
	}
}

func TestRun_aCopierThatDoesNothingIsCaught(t *testing.T) {
	p := buildPrograms(t)
	p.floor = "/bin/true"
	o := tinyOptions("floor")
	o.networks["Tiny"] = []network{lan}
	r, err := run(t.Context(), t, o, p, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !r.wrong() {
		t.Errorf("nothing was copied, and that was called right: %+v", r.Samples)
	}
	for _, s := range r.Samples {
		if !strings.Contains(s.Arrived, "messages missing") || !strings.Contains(s.Arrived, "subscriptions differ") {
			t.Errorf("%s over %s: arrived: %s", s.Pass, s.Network, s.Arrived)
		}
	}
}

func TestRun_aCopierThatHangsIsEnded(t *testing.T) {
	p := buildPrograms(t)
	p.floor = filepath.Join(t.TempDir(), "floor")
	if err := os.WriteFile(p.floor, []byte("#!/bin/sh\nsleep 1000\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	o := tinyOptions("floor")
	o.limit = 50 * time.Millisecond
	o.networks["Tiny"] = []network{lan}
	r, err := run(t.Context(), t, o, p, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Samples) != 1 || !strings.Contains(r.Samples[0].Error, "not done after") {
		t.Errorf("samples: %+v", r.Samples)
	}
}

func TestRun_aProgramThatIsNotInstalledGetsAColumnThatSaysSo(t *testing.T) {
	p := buildPrograms(t)
	p.mailweir = filepath.Join(t.TempDir(), "nowhere")
	o := tinyOptions("floor", "ours")
	o.networks["Tiny"] = []network{lan}
	r, err := run(t.Context(), t, o, p, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r.summarize(false)
	var table bytes.Buffer
	r.markdown(&table)
	if !strings.Contains(table.String(), "nowhere") {
		t.Errorf("the table does not say why there is no figure:\n%s", table.String())
	}
}

func TestSummarize_takesMediansAndRatios(t *testing.T) {
	r := results{Tools: []string{"floor", "ours", "mbsync"}}
	add := func(tool string, walls ...float64) {
		for i, wall := range walls {
			r.Samples = append(r.Samples, sample{
				Corpus: "M", Pass: first, Network: lan, Tool: tool, Round: i + 1, cost: cost{Wall: wall, PeakMB: 10 * wall}, Arrived: exact,
			})
		}
	}
	add("floor", 1, 3, 2)
	add("ours", 5, 4, 9, 3) // the median of an even number lies between two
	add("mbsync", 9)
	r.Samples = append(r.Samples, sample{Corpus: "M", Pass: first, Network: lan, Tool: "mbsync", Round: 2, Error: "not done after 1m0s"})
	r.summarize(true)
	if len(r.Rows) != 1 {
		t.Fatalf("%d rows, want 1", len(r.Rows))
	}
	got := r.Rows[0]
	if got.Medians["floor"].Wall != 2 || got.Medians["ours"].Wall != 4.5 || got.Medians["ours"].PeakMB != 45 || got.Medians["mbsync"].Wall != 9 {
		t.Errorf("medians: %+v", got.Medians)
	}
	if got.OverIt != 2.25 || got.Ahead != 2 || got.Goal == "" {
		t.Errorf("ours/floor %v, mbsync/ours %v, goal %q", got.OverIt, got.Ahead, got.Goal)
	}
	var table bytes.Buffer
	r.markdown(&table)
	for _, want := range []string{
		"| M first copy, LAN | 2.00 / 0.000 / 20 | 4.50 / 0.000 / 45 | 9.00 / 0.000 / 90 | 2.25 | 2.00 | 1.45 s",
		"| what arrives | exact | exact | exact |",
		"mbsync failed: M first copy, LAN, round 2: not done after 1m0s",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, table.String())
		}
	}
	text, err := json.Marshal(&r)
	if err != nil || !bytes.Contains(text, []byte(`"wall_s":4.5`)) {
		t.Errorf("json: %s, %v", text, err)
	}
}

func TestGoals_nameMeasuredCases(t *testing.T) {
	for key := range goals {
		name, _, _ := strings.Cut(key, " ")
		if !slices.ContainsFunc(corpora, func(c corpus) bool { return c.Name == name }) {
			t.Errorf("goal of %q: there is no such corpus", key)
		}
	}
}

func TestChoose_saysWhatIsWrong(t *testing.T) {
	tests := []struct {
		cases, tools []string
		rounds       int
		want         string // part of the error; "" is none
	}{
		{[]string{"M", "s/wan", "BIG"}, []string{"ours"}, 3, ""},
		{[]string{"M"}, []string{"ours"}, 0, "--rounds"},
		{[]string{"XL"}, []string{"ours"}, 1, `no corpus "XL"`},
		{[]string{"BIG/wan"}, []string{"ours"}, 1, "not measured"},
		{[]string{"M"}, []string{"imapcopy"}, 1, `no contestant "imapcopy"`},
	}
	for _, tt := range tests {
		o := options{rounds: tt.rounds, tools: tt.tools}
		err := o.choose(tt.cases, true)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("cases %v, tools %v, rounds %d: %v, want %q", tt.cases, tt.tools, tt.rounds, err, tt.want)
		}
	}
}
