package task_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

const stamp = "2006-01-02 15:04 MST"

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := task.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// moment reads a time that the clocks of a zone show once, or the first time.
func moment(t *testing.T, s string, loc *time.Location) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func weekdays(days ...time.Weekday) (set task.CronField) {
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

func TestSchedule_NextOfACronLine(t *testing.T) {
	const berlin, newYork = "Europe/Berlin", "America/New_York"
	night := task.Window{From: 22 * 60, To: 6 * 60}
	workNight := task.Window{From: 22 * 60, To: 6 * 60, Days: weekdays(1, 2, 3, 4, 5)}
	tests := []struct {
		name       string
		cron, zone string
		window     task.Window
		after      string
		want       string
	}{
		{"every night", "30 2 * * *", berlin, task.Window{}, "2026-05-01 12:00", "2026-05-02 02:30 CEST, 2026-05-03 02:30 CEST"},
		{"a time that is now is over", "30 2 * * *", berlin, task.Window{}, "2026-05-01 02:30", "2026-05-02 02:30 CEST"},
		{"weekdays", "30 2 * * 1-5", berlin, task.Window{}, "2026-05-01 12:00", "2026-05-04 02:30 CEST, 2026-05-05 02:30 CEST"},
		{"Sunday has two numbers", "0 0 * * 7", "UTC", task.Window{}, "2026-05-01 12:00", "2026-05-03 00:00 UTC, 2026-05-10 00:00 UTC"},
		{"names", "15 6 1 jan,JUL mon-wed", "UTC", task.Window{}, "2026-01-01 12:00", "2026-01-05 06:15 UTC, 2026-01-06 06:15 UTC"},
		{"day or weekday", "0 12 13 * 5", "UTC", task.Window{}, "2026-02-07 00:00", "2026-02-13 12:00 UTC, 2026-02-20 12:00 UTC, 2026-02-27 12:00 UTC, 2026-03-06 12:00 UTC, 2026-03-13 12:00 UTC"},
		{"every day or Friday is every day", "0 12 1-31 * 5", "UTC", task.Window{}, "2026-02-07 13:00", "2026-02-08 12:00 UTC, 2026-02-09 12:00 UTC"},
		{"steps", "*/20 8-18/5 * * *", "UTC", task.Window{}, "2026-02-07 08:30", "2026-02-07 08:40 UTC, 2026-02-07 13:00 UTC"},
		{"a step from a number on", "50/4 0 * * *", "UTC", task.Window{}, "2026-02-07 00:50", "2026-02-07 00:54 UTC, 2026-02-07 00:58 UTC, 2026-02-08 00:50 UTC"},
		{"monthly", "@monthly", "UTC", task.Window{}, "2026-11-30 23:59", "2026-12-01 00:00 UTC, 2027-01-01 00:00 UTC"},
		{"day 31 is not in every month", "0 5 31 * *", "UTC", task.Window{}, "2026-01-31 06:00", "2026-03-31 05:00 UTC, 2026-05-31 05:00 UTC, 2026-07-31 05:00 UTC"},
		{"leap day", "0 5 29 2 *", "UTC", task.Window{}, "2026-01-01 00:00", "2028-02-29 05:00 UTC, 2032-02-29 05:00 UTC"},
		{"leap day over 2100", "0 5 29 2 *", "UTC", task.Window{}, "2096-03-01 00:00", "2104-02-29 05:00 UTC"},

		{"Berlin leaps over it", "30 2 * * *", berlin, task.Window{}, "2026-03-28 12:00", "2026-03-29 03:00 CEST, 2026-03-30 02:30 CEST"},
		{"Berlin leaps over two, that is one", "0,30 2 * * *", berlin, task.Window{}, "2026-03-29 00:00", "2026-03-29 03:00 CEST, 2026-03-30 02:00 CEST"},
		{"Berlin shows it twice", "30 2 * * *", berlin, task.Window{}, "2026-10-24 12:00", "2026-10-25 02:30 CEST, 2026-10-26 02:30 CET"},
		{"Berlin, the hour after it", "0 3 * * *", berlin, task.Window{}, "2026-10-24 12:00", "2026-10-25 03:00 CET, 2026-10-26 03:00 CET"},
		{"New York leaps over it", "15 2 * * *", newYork, task.Window{}, "2026-03-07 12:00", "2026-03-08 03:00 EDT, 2026-03-09 02:15 EDT"},
		{"New York shows it twice", "15 1 * * *", newYork, task.Window{}, "2026-10-31 12:00", "2026-11-01 01:15 EDT, 2026-11-02 01:15 EST"},
		{"every hour follows time that passes", "30 * * * *", berlin, task.Window{}, "2026-10-25 01:30", "2026-10-25 02:30 CEST, 2026-10-25 02:30 CET, 2026-10-25 03:30 CET"},
		{"every hour, put forward", "30 * * * *", berlin, task.Window{}, "2026-03-29 00:30", "2026-03-29 01:30 CET, 2026-03-29 03:30 CEST"},
		{"midnight is leapt over", "0 0 * * *", "Asia/Beirut", task.Window{}, "2026-03-28 12:00", "2026-03-29 01:00 EEST, 2026-03-30 00:00 EEST"},
		{"a day is leapt over", "0 9 30 12 *", "Pacific/Apia", task.Window{}, "2011-12-29 12:00", "2011-12-31 00:00 +14, 2012-12-30 09:00 +14"},

		{"in the window, across midnight", "0 */6 * * *", berlin, night, "2026-05-01 12:00", "2026-05-02 00:00 CEST, 2026-05-03 00:00 CEST"},
		{"the window's end is outside", "0 6,22 * * *", berlin, night, "2026-05-01 12:00", "2026-05-01 22:00 CEST, 2026-05-02 22:00 CEST"},
		{"the night of Friday ends on Saturday", "30 2 * * *", berlin, workNight, "2026-05-01 12:00", "2026-05-02 02:30 CEST, 2026-05-05 02:30 CEST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := task.Schedule{Cron: tt.cron, Zone: tt.zone, Window: tt.window}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			want := strings.Split(tt.want, ", ")
			var got []string
			for _, at := range s.Next(len(want), moment(t, tt.after, zone(t, tt.zone)), time.Time{}, "") {
				got = append(got, at.Format(stamp))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), tt.want)
			}
		})
	}
}

func TestSchedule_NextOfAnInterval(t *testing.T) {
	tests := []struct {
		name          string
		every         time.Duration
		window        task.Window
		anchor, after string
		want          string
	}{
		{"counts from its anchor", 45 * time.Minute, task.Window{}, "2026-05-01 10:10", "2026-05-01 10:10", "1 10:55, 1 11:40, 1 12:25"},
		{"whenever it is asked", 45 * time.Minute, task.Window{}, "2026-05-01 10:10", "2026-05-01 11:39", "1 11:40, 1 12:25"},
		{"a time that is now is over", 45 * time.Minute, task.Window{}, "2026-05-01 10:10", "2026-05-01 11:40", "1 12:25"},
		{"before its anchor, when the clock was put back", time.Hour, task.Window{}, "2026-05-02 10:10", "2026-05-01 11:39", "1 12:10, 1 13:10"},
		{"waits for the window", time.Hour, task.Window{From: 22 * 60, To: 60}, "2026-05-01 10:30", "2026-05-01 10:30", "1 22:00, 1 22:30, 1 23:30, 2 00:30, 2 22:00"},
		{"goes on waiting", 24 * time.Hour, task.Window{From: 22 * 60, To: 60}, "2026-04-01 10:30", "2026-05-01 12:00", "1 22:00, 2 22:00"},
		{"does not wait twice", 24 * time.Hour, task.Window{From: 22 * 60, To: 60}, "2026-04-01 10:30", "2026-05-01 22:00", "2 22:00"},
		{"through the change of the clocks it stays even", 12 * time.Hour, task.Window{}, "2026-10-24 20:00", "2026-10-24 20:00", "25 07:00, 25 19:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := task.Schedule{Every: tt.every, Zone: "Europe/Berlin", Window: tt.window}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			loc := zone(t, s.Zone)
			var got []string
			for _, at := range s.Next(len(strings.Split(tt.want, ", ")), moment(t, tt.after, loc), moment(t, tt.anchor, loc), "") {
				got = append(got, at.Format("2 15:04"))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestSchedule_jitterSpreadsTasksAndKeepsWithinItsShare(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	now := moment(t, "2026-05-01 12:00", loc)
	tests := []struct {
		name  string
		s     task.Schedule
		slot  time.Time
		most  time.Duration
		least int // different seconds of 300 tasks
	}{
		{"interval", task.Schedule{Every: 15 * time.Minute, Jitter: 20}, now.Add(15 * time.Minute), 3 * time.Minute, 100},
		{"cron", task.Schedule{Cron: "0 13 * * *", Jitter: 2}, now.Add(time.Hour), 24 * time.Hour / 50, 200},
		{"an hour at most", task.Schedule{Cron: "0 13 1 5 *", Jitter: 50}, now.Add(time.Hour), time.Hour, 200},
		{"inside of the window", task.Schedule{Cron: "0 13 * * *", Jitter: 50, Window: task.Window{From: 12 * 60, To: 13*60 + 5}}, now.Add(time.Hour), 5 * time.Minute, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.s.Zone = "Europe/Berlin"
			seconds := map[time.Time]bool{}
			for i := range 300 {
				starts := tt.s.Next(3, now, now, fmt.Sprint("task ", i))
				if late := starts[0].Sub(tt.slot); late < 0 || late >= tt.most {
					t.Fatalf("starts %s late, less than %s is the limit", late, tt.most)
				}
				if !starts[0].Before(starts[1]) || !starts[1].Before(starts[2]) || !starts[0].Equal(tt.s.Next(1, now, now, fmt.Sprint("task ", i))[0]) {
					t.Fatalf("starts are not in order, or not the same again: %v", starts)
				}
				seconds[starts[0]] = true
			}
			if len(seconds) < tt.least {
				t.Errorf("300 tasks start in %d different seconds, want %d", len(seconds), tt.least)
			}
		})
	}
}

func TestSchedule_ValidateSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		give task.Schedule
		want string // "" is nothing
	}{
		{task.Schedule{}, ""},
		{task.Schedule{Every: 31 * 24 * time.Hour, Jitter: 50}, ""},
		{task.Schedule{Every: 59 * time.Second}, "shorter than 1m0s"},
		{task.Schedule{Every: 31*24*time.Hour + time.Minute}, "longer than 31 days"},
		{task.Schedule{Every: time.Hour, Cron: "@daily"}, "not both"},
		{task.Schedule{Every: time.Hour, Jitter: 51}, "from 0 to 50"},
		{task.Schedule{Cron: "@daily", Zone: "Europe/Bielefeld"}, `no time zone "Europe/Bielefeld"`},
		{task.Schedule{Cron: "@daily", Zone: "../../etc/passwd"}, "no time zone"},
		{task.Schedule{Cron: "@daily", Zone: "Local"}, "no time zone"},
		{task.Schedule{Cron: "@daily", Window: task.Window{From: 1440}}, "window is not one of a day"},
		{task.Schedule{Cron: "0 12 * * *", Window: task.Window{From: 22 * 60, To: 6 * 60}}, "no time of the cron line lies within"},
		{task.Schedule{Cron: "* * *"}, "5 fields (minute, hour, day, month, weekday), not 3"},
		{task.Schedule{Cron: "0 0 0 0 * *"}, "not 6"},
		{task.Schedule{Cron: "60 * * * *"}, `minute "60": not a number from 0 to 59`},
		{task.Schedule{Cron: "0 5-2 * * *"}, `hour "5-2": the range runs backwards`},
		{task.Schedule{Cron: "*/0 * * * *"}, `minute "*/0": the step`},
		{task.Schedule{Cron: "0 0 0 * *"}, `day "0"`},
		{task.Schedule{Cron: "0 0 * foo *"}, `month "foo"`},
		{task.Schedule{Cron: "0 0 * * 8"}, `weekday "8"`},
		{task.Schedule{Cron: "0 0 30 2 *"}, "no such day"},
		{task.Schedule{Cron: "@reboot"}, "none of @hourly"},
	}
	for _, tt := range tests {
		err := tt.give.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v, want %q", tt.give, err, tt.want)
		}
	}
}

func TestTask_NextRunsBeginsWithTheOneThatIsPlanned(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tk := task.Task{ID: "x", Schedule: task.Schedule{Every: time.Hour, Zone: "UTC"}}
	if got := tk.NextRuns(5, now); got != nil {
		t.Errorf("of a paused task: %v", got)
	}
	tk.Agenda = task.Agenda{Anchor: now.Add(-90 * time.Minute), Next: now.Add(-30 * time.Minute)}
	want := []time.Time{tk.Agenda.Next, now.Add(30 * time.Minute), now.Add(90 * time.Minute)}
	if got := tk.NextRuns(3, now); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzParseCron(f *testing.F) {
	for _, seed := range []string{"* * * * *", "*/15 2-4/2 1,15 jan-mar mon", "@daily", "0 0 29 2 *", "a b c d e", "1/99999999999 * * * *", "-1 * * * *", "5--7 * * * *", "*/7 0 31 4 *"} {
		f.Add(seed)
	}
	after := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, line string) {
		c, err := task.ParseCron(line)
		if err != nil {
			return
		}
		last := after
		for _, at := range (task.Schedule{Cron: line, Zone: "UTC"}).Next(3, after, after, "") {
			if !at.After(last) || !c.Minutes.Has(at.Minute()) || !c.Hours.Has(at.Hour()) || !c.Months.Has(int(at.Month())) {
				t.Errorf("%q comes at %s after %s", line, at, last)
			}
			last = at
		}
		if last.Equal(after) {
			t.Errorf("%q never comes", line)
		}
	})
}
