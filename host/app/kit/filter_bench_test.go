package kit_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/plugins"
)

// filters are one filter in every language, which host/bench uses, too: it looks at two
// header fields, as most filters do. Each takes the place of a file of the scaffold.
var filters = []struct{ language, file, source string }{
	{"c", "plugin.c", filterSource("filter.c.txt")},
	{"go", "main.go", filterSource("filter.go.txt")},
	{"rust", "src/lib.rs", filterSource("filter.rs.txt")},
	{"as", "assembly/index.ts", filterSource("filter.ts.txt")},
	{"js", "lists.js", filterSource("filter.js")},
}

func filterSource(name string) string {
	text, err := os.ReadFile(filepath.Join("..", "..", "bench", "filters", name))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// filterHeader is what the filters look at: 1 KB, 13 fields, as mailing lists send them.
var filterHeader = strings.ReplaceAll(`Return-Path: <gardeners-bounces@lists.example.org>
Received: from mx.example.org (mx.example.org [192.0.2.1]) by mail.example.com with ESMTPS id 4F2A1
	for <ann@example.com>; Fri, 1 Mar 2024 09:30:12 +0100
Received: from lists.example.org (lists.example.org [192.0.2.2]) by mx.example.org with ESMTP id 81B7C;
	Fri, 1 Mar 2024 09:30:10 +0100
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=lists.example.org; s=2024; t=1709281810;
	bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; h=From:To:Subject:Date:List-Id; b=dGhpcyBpcyBubyBzaWduYXR1cmUgYXQgYWxsLCBidXQgaXQgaGFzIHRoZSBsZW5ndGggb2Ygb25l
From: Carl Gardener <carl@example.org>
To: gardeners@lists.example.org
Subject: Re: [Gardeners] When to sow beans, and how deep
Date: Fri, 1 Mar 2024 09:30:00 +0100
Message-ID: <20240301083000.beans@example.org>
In-Reply-To: <20240229110000.beans@example.com>
List-Id: People who grow things <gardeners.lists.example.org>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

`, "\n", "\r\n")

func filterCandidate() *copier.Candidate {
	return &copier.Candidate{
		Source: "work", Folder: mail.Folder{Name: "INBOX", Raw: "INBOX", Selectable: true}, Target: "INBOX",
		Message: mail.Message{
			UID: 7, Flags: []mail.Flag{mail.FlagSeen}, InternalDate: time.Date(2024, 3, 1, 9, 30, 14, 0, time.UTC),
			Size: 4096, Header: []byte(filterHeader),
		},
	}
}

// loadFilter builds a filter in a scaffold of its language, with a manifest in place of the
// scaffold's unless it is "".
func loadFilter(b testing.TB, host *plugin.Host, language, file, source, manifest string) *plugin.Module {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "lists")
	if _, err := kit.New(dir, "lists", language); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(source), 0o644); err != nil {
		b.Fatal(err)
	}
	if manifest != "" && language != "js" {
		if err := os.WriteFile(filepath.Join(dir, "plugin.json"), []byte(manifest), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	var m *plugin.Module
	var err error
	if language == "js" {
		m, err = host.LoadScript(b.Context(), "lists.js", []byte(source))
	} else {
		m, err = host.Load(b.Context(), "lists", build(b, dir))
	}
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// meter takes the CPU time of batches, whose median hardly changes when others use the
// machine, too.
type meter struct {
	last    time.Duration
	batches []time.Duration
}

func (m *meter) batch() {
	now := cpuTime()
	if m.last > 0 {
		m.batches = append(m.batches, now-m.last)
	}
	m.last = now
}

// report tells the median for one of n operations of a batch.
func (m *meter) report(b *testing.B, n int) {
	if len(m.batches) > 0 {
		slices.Sort(m.batches)
		b.ReportMetric(float64(m.batches[len(m.batches)/2])/float64(n), "cpu-ns/op")
	}
}

// BenchmarkFilter is what a filter that reads two header fields adds to each message,
// with fuel, as the engine asks it.
func BenchmarkFilter(b *testing.B) {
	for _, f := range filters {
		b.Run(f.language, func(b *testing.B) {
			host, err := plugin.NewHost(b.Context(), plugin.Options{Engine: plugins.JavaScript()})
			if err != nil {
				b.Fatal(err)
			}
			defer host.Close(context.WithoutCancel(b.Context()))
			chain, err := host.Chain(b.Context(), []plugin.Binding{{Module: loadFilter(b, host, f.language, f.file, f.source, "")}}, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			defer chain.Close()
			m := filterCandidate()
			if v, err := chain.FilterEnvelope(b.Context(), m); err != nil || v.Action != copier.ActionPass {
				b.Fatalf("got %+v, %v", v, err)
			}
			b.ReportAllocs()
			const batch = 2000
			var cpu meter
			for i := 0; b.Loop(); i++ {
				if i%batch == 0 {
					cpu.batch()
				}
				if _, err := chain.FilterEnvelope(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			}
			cpu.report(b, batch)
		})
	}
}

// BenchmarkReady is how long a plugin takes from its file to its first answer when the
// compiled form of it is on disk already, in a host of its own as after a restart.
func BenchmarkReady(b *testing.B) {
	for _, f := range filters {
		b.Run(f.language, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "lists")
			if _, err := kit.New(dir, "lists", f.language); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, f.file), []byte(f.source), 0o644); err != nil {
				b.Fatal(err)
			}
			var wasm []byte
			if f.language != "js" {
				wasm = build(b, dir)
			}
			cache := b.TempDir()
			ready := func() {
				host, err := plugin.NewHost(b.Context(), plugin.Options{Engine: plugins.JavaScript(), CacheDir: cache})
				if err != nil {
					b.Fatal(err)
				}
				defer host.Close(context.WithoutCancel(b.Context()))
				var m *plugin.Module
				if wasm == nil {
					m, err = host.LoadScript(b.Context(), "lists.js", []byte(f.source))
				} else {
					m, err = host.Load(b.Context(), "lists", wasm)
				}
				if err != nil {
					b.Fatal(err)
				}
				chain, err := host.Chain(b.Context(), []plugin.Binding{{Module: m}}, slog.New(slog.DiscardHandler))
				if err != nil {
					b.Fatal(err)
				}
				defer chain.Close()
				if _, err := chain.FilterEnvelope(b.Context(), filterCandidate()); err != nil {
					b.Fatal(err)
				}
			}
			ready() // compiles it
			var cpu meter
			for b.Loop() {
				cpu.batch()
				ready()
			}
			cpu.batch()
			cpu.report(b, 1)
		})
	}
}
