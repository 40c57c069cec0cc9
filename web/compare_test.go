package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestRun_pageTellsWhatItWasStartedWith(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	s.finish(run)
	got := words(byID(s.page("/runs/"+run).page, "run-options"))
	for _, want := range []string{
		"What it was started with", "From old imaps://anna%40old.example@imap.old.example the task", "Schedule 15m the task", "Deletes at the source nothing default",
		"Version of mailweir 1.2.3", "folder-rules Version 1.0.0", "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef", "the task wants this file",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
	if strings.Contains(got, "canary") || strings.Contains(got, "Archive/") {
		t.Errorf("the page tells a password or a configuration: %s", got)
	}
	s.svc.started = map[string]*task.RunOptions{run: nil}
	if got := words(byID(s.page("/runs/"+run).page, "run-options")); !strings.Contains(got, "This was not kept") {
		t.Errorf("a run of an earlier version: %s", got)
	}
	if a := s.get("/api/v1/runs/" + run + "/options"); a.status != http.StatusNotFound || !strings.Contains(a.text, "is not kept") {
		t.Errorf("the API: %d %s", a.status, a.text)
	}
}

func TestCompare_showsWhatDiffersBetweenTwoRuns(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	first := s.run(tk.ID)
	s.finish(first)
	s.svc.started = map[string]*task.RunOptions{first: {
		Program: "1.2.3", Options: []task.Option{{Name: task.OptionSchedule, Value: "<b>6h</b>", From: task.FromRule, By: "<i>sales"}},
		Hooks: []task.HookUsed{{Plugin: "folder-rules", ID: "folder-rules", Version: "0.9.0", Digest: "sha256:1"}},
	}}
	s.svc.folders[0].Copied -= 2
	s.svc.folders[0].Failed = 2
	s.svc.listed = []task.Listed{{Source: "old", Folder: "INBOX", UID: 17, Fate: task.FateFailed, Reason: "message too big: 70 MB"}}
	second := s.run(tk.ID)
	s.finish(second)

	if strings.Contains(words(byID(s.page("/runs/"+first).page, "run-head")), "Compare") {
		t.Error("the first run is compared with the one before")
	}
	if !strings.Contains(words(byID(s.page("/runs/"+second).page, "run-head")), "Compare with the run before") {
		t.Error("there is no way to the comparison")
	}
	for _, path := range []string{"/runs/" + second + "/compare", "/runs/" + second + "/compare?with=" + first} {
		got := words(byID(s.page(path).page, "content"))
		for _, want := range []string{
			"Schedule <b>6h</b> rule <i>sales 15m the task", "folder-rules version, its file", "Version 0.9.0", "new Messages are larger than the destination takes. 0 1",
			"Failed 0 2", "old INBOX", "1,250 → 1,248", "4 folders are the same in both.",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q: %s", path, want, got)
			}
		}
	}
	if a := s.get("/runs/" + first + "/compare"); a.status != http.StatusConflict || !strings.Contains(a.text, "no earlier run") {
		t.Errorf("nothing to compare with: status %d", a.status)
	}
	other := sampleTask()
	other.Name = "another one"
	foreign := s.run(s.svc.put(other).ID)
	s.finish(foreign)
	if a := s.get("/runs/" + second + "/compare?with=" + foreign); a.status != http.StatusNotFound {
		t.Errorf("a run of another task: status %d", a.status)
	}
	s.post("/language", url.Values{"language": {"de"}})
	if got := words(byID(s.page("/runs/"+second+"/compare").page, "content")); !strings.Contains(got, "Zwei Läufe im Vergleich") || !strings.Contains(got, "Regel <i>sales") {
		t.Errorf("in German: %s", got)
	}
}
