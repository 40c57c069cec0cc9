package view

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestSchedule_inWords(t *testing.T) {
	night := task.Window{From: 22 * 60, To: 6 * 60}
	tests := []struct {
		give task.Schedule
		want string
	}{
		{task.Schedule{}, "by hand"},
		{task.Schedule{Every: time.Hour}, "every hour"},
		{task.Schedule{Every: 90 * time.Minute, Zone: "Europe/Berlin"}, "every 90 minutes"},
		{task.Schedule{Every: 2 * time.Hour, Jitter: 10, Window: night}, "every 2 hours, the service's time zone, between 22:00 and 06:00, up to 10 % later"},
		{task.Schedule{Cron: "30 2 * * 1-5", Zone: "Europe/Berlin", Window: night}, "every weekday at 02:30, Europe/Berlin, between 22:00 and 06:00"},
		{task.Schedule{Cron: "@daily", Zone: "UTC"}, "every day at 00:00, UTC"},
		{task.Schedule{Cron: "0 6,18 * * 0,3"}, "every Wednesday and Sunday at 06:00 and 18:00, the service's time zone"},
		{task.Schedule{Cron: "15 4 1,15,31 * *", Zone: "UTC"}, "on the days 1, 15 and 31 of every month at 04:15, UTC"},
		{task.Schedule{Cron: "15 4 2 * *", Zone: "UTC"}, "on day 2 of every month at 04:15, UTC"},
		{task.Schedule{Cron: "0 * * * *", Zone: "UTC"}, "every hour, on the hour, UTC"},
		{task.Schedule{Cron: "*/20 * * * *", Zone: "UTC"}, "every hour, at the minutes 0, 20 and 40, UTC"},
		{task.Schedule{Cron: "* * * * *"}, "every minute, the service's time zone"},
		{task.Schedule{Cron: "*/5 * * * *", Zone: "UTC"}, "every 5 minutes, UTC"},
		{task.Schedule{Cron: "1-59/5 * * * *", Zone: "UTC"}, "by the cron line 1-59/5 * * * *, UTC"},
		{task.Schedule{Cron: "*/7 * * * *", Zone: "UTC"}, "by the cron line */7 * * * *, UTC"},
		{task.Schedule{Cron: "*/10 8-18 * * *", Zone: "UTC"}, "by the cron line */10 8-18 * * *, UTC"},
		{task.Schedule{Cron: "0 5 */2 * *", Zone: "UTC"}, "by the cron line 0 5 */2 * *, UTC"},
		{task.Schedule{Cron: "0 5 1-31 * 1", Zone: "UTC"}, "every day at 05:00, UTC"},
		{task.Schedule{Cron: "0 5 13 * 5", Zone: "UTC"}, "by the cron line 0 5 13 * 5, UTC"},
		{task.Schedule{Cron: "0 5 1 1 *", Zone: "UTC"}, "by the cron line 0 5 1 1 *, UTC"},
		{task.Schedule{Every: time.Hour, Zone: "UTC", Window: task.Window{Days: workdays}}, "every hour, UTC, on weekdays"},
		{task.Schedule{Every: time.Hour, Zone: "UTC", Window: task.Window{From: 60, To: 120, Days: 1<<time.Saturday | 1}}, "every hour, UTC, between 01:00 and 02:00 on Saturday and Sunday"},
	}
	for _, tt := range tests {
		if got := schedule(t.Context(), tt.give); got != tt.want {
			t.Errorf("%+v:\ngot  %s\nwant %s", tt.give, got, tt.want)
		}
	}
}

func TestScheduleForm_showsAStoredSchedule(t *testing.T) {
	f := scheduleForm(task.Schedule{Cron: "@daily", Zone: "UTC", Jitter: 7, Window: task.Window{From: 22 * 60, To: 6 * 60, Days: 1<<time.Friday | 1}})
	if f.Kind != "cron" || f.Cron != "@daily" || f.Zone != "UTC" || f.Jitter != "7" || f.From != "22:00" || f.To != "06:00" || !f.has(time.Sunday) || !f.has(time.Friday) || f.has(time.Monday) || !f.more(nil) {
		t.Errorf("got %+v", f)
	}
	if f := scheduleForm(task.Schedule{Every: time.Hour}); f.Kind != "every" || f.Every != "1" || f.Unit != "hours" || f.more(nil) || !f.more(map[string]string{"zone": "x"}) {
		t.Errorf("got %+v", f)
	}
}
