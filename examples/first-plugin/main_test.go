package main

import (
	"testing"

	"github.com/mailweir/mailweir/sdk/sdktest"
)

func TestMapFolder(t *testing.T) {
	tests := []struct {
		give   sdktest.Folder
		result string
		target string
	}{
		{sdktest.Folder{Name: "INBOX"}, "no opinion", "INBOX"},
		{sdktest.Folder{Name: "2019"}, "accept", "Archive/2019"},
		{sdktest.Folder{Name: "Projects/2019"}, "accept", "Archive/Projects/2019"},
		{sdktest.Folder{Name: "2019/Projects"}, "no opinion", "2019/Projects"},
		{sdktest.Folder{Name: "Spam", Use: "Junk"}, "skip", "Spam"},
	}
	if err := sdktest.Start(``); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		got := sdktest.MapFolder(tt.give)
		if got.Result != tt.result || got.Target != tt.target {
			t.Errorf("%s: got %s, %s (%s); want %s, %s", tt.give.Name, got.Result, got.Target, got.Error, tt.result, tt.target)
		}
	}
}
