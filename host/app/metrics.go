package app

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// metrics are what a Prometheus server reads. No label has a task, an account or an
// address: there would be as many series as those, and names of people in them.
type metrics struct {
	registry *prometheus.Registry
	store    *store.Store
	log      *slog.Logger

	ended    *prometheus.CounterVec
	messages *prometheus.CounterVec
	bytes    prometheus.Counter
	seconds  prometheus.Histogram
	requests *prometheus.HistogramVec

	tasks, runs, nodes, notices, up *prometheus.Desc
}

func newMetrics(db *store.Store, log *slog.Logger) *metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("mailweir_"+name, help, labels, nil)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(), store: db, log: log,
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mailweir_runs_ended_total", Help: "Runs that ended on this node, by what came of them.",
		}, []string{"status"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mailweir_messages_total", Help: "Messages of the runs that ended on this node, by what became of them.",
		}, []string{"fate"}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mailweir_copied_bytes_total", Help: "Size of the messages that were copied by runs that ended on this node.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mailweir_run_seconds", Help: "How long runs on this node took.", Buckets: []float64{1, 5, 15, 60, 300, 1800, 7200, 28800, 86400},
		}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mailweir_http_request_seconds", Help: "How long answers took, without streams.", Buckets: []float64{.005, .02, .1, .2, .5, 1, 5, 30},
		}, []string{"kind", "code"}),
		tasks:   desc("tasks", "Tasks in the database.", "state"),
		runs:    desc("runs", "Runs that have not ended, on all nodes.", "state"),
		nodes:   desc("nodes", "Processes that execute runs."),
		notices: desc("notices_waiting", "Notices that are still to be told."),
		up:      desc("database_up", "Whether the database answered when this was read."),
	}
	for _, s := range []task.Status{task.StatusDone, task.StatusWarnings, task.StatusIncomplete, task.StatusNeedsYou, task.StatusCancelled, task.StatusFault} {
		m.ended.WithLabelValues(string(s))
	}
	m.registry.MustRegister(m, m.ended, m.messages, m.bytes, m.seconds, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "mailweir_build_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": Version()}})
	build.Set(1)
	m.registry.MustRegister(build)
	return m
}

// handler answers scrapes.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: 3, Timeout: 10 * time.Second})
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.tasks, m.runs, m.nodes, m.notices, m.up} {
		to <- d
	}
}

// Collect implements prometheus.Collector: it counts in the database.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	st, err := m.store.Stats(ctx)
	if err != nil {
		m.log.Warn("metrics of the database can not be read", "error", err)
		gauge(m.up, 0)
		return
	}
	gauge(m.up, 1)
	gauge(m.tasks, st.Tasks-st.Paused, "active")
	gauge(m.tasks, st.Paused, "paused")
	for state, n := range st.Runs {
		gauge(m.runs, n, string(state))
	}
	gauge(m.nodes, st.Nodes)
	gauge(m.notices, st.Notices)
}

// ran counts a run that has ended here, or the part of it that was done here.
func (m *metrics) ran(r *task.Report) {
	if m == nil {
		return
	}
	m.ended.WithLabelValues(string(r.Outcome.Status())).Inc()
	for fate, n := range map[string]int64{
		"copied": r.Counts.Copied, "present": r.Counts.Present, "skipped": r.Counts.Skipped, "held": r.Counts.Held, "failed": r.Counts.Failed,
	} {
		m.messages.WithLabelValues(fate).Add(float64(max(n, 0)))
	}
	m.bytes.Add(float64(max(r.Counts.Bytes, 0)))
	m.seconds.Observe(max(r.Ended.Sub(r.Started).Seconds(), 0))
}

// timed measures the answers of a handler.
func (m *metrics) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			next.ServeHTTP(w, r)
			return
		}
		kind := "page"
		if strings.HasPrefix(r.URL.Path, "/api/") {
			kind = "api"
		}
		begun, seen := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		m.requests.WithLabelValues(kind, strconv.Itoa(seen.status)).Observe(time.Since(begun).Seconds())
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
