package jobs

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// childEnv makes the test binary a service that is busy until it is killed.
const childEnv = "JOBS_TEST_WORK"

func workForEver(path string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	s, err := store.Open(ctx, path, nil)
	fail(err)
	j, err := New(Config{Store: s, Workers: 1, Execute: func(_ context.Context, run task.Run, progress func(task.Progress), _ func(task.LogLine)) *task.Report {
		progress(task.Progress{Folder: "INBOX"})
		fmt.Println(run.ID)
		select {}
	}})
	fail(err)
	fail(j.Start(ctx))
	tasks, err := s.Tasks(ctx)
	fail(err)
	for _, tk := range tasks {
		_, err := j.RunNow(ctx, tk.ID, store.TriggerHand)
		fail(err)
	}
	select {}
}

func TestStart_goesOnWithTheRunsOfAProcessThatWasKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} { // one runs, one waits
		addTask(t, s, name)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || len(line) < 20 {
		t.Errorf("the service says %q, %v", line, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()

	s = openStore(t, path)
	open := 0
	runs, err := s.LastRuns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if run.State == task.StateRunning {
			open++
		}
	}
	if open != 1 {
		t.Fatalf("%d runs look running after the kill, want 1", open)
	}
	j := start(t, s, done)
	for _, run := range runs {
		if got := end(t, j, run.ID); got.Report.Outcome != task.OutcomeDone {
			t.Errorf("the report is %+v", got.Report)
		}
	}
}
