package kit

import (
	"context"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/plugin"
)

// Figures are what the questions of one hook took.
type Figures struct {
	Hook      string
	N         int
	Median    time.Duration
	P99       time.Duration
	Ticks     int64 // the most that one question took
	Limit     int64 // of that question
	HostCalls int   // the most that one question took
	Memory    int64 // linear memory of the instance at the end, in bytes
}

// warmUp is how many questions are not counted: the first ones fill caches of the
// machine, and run times grow their memory.
const warmUp = 100

// Bench asks n questions of each hook that a plugin has, about a folder and a
// message, and says what they took. All are put to one instance, as long as it
// does not fail; a hook that fails is the error.
func Bench(ctx context.Context, probe *Probe, folder Folder, message Message, n int) ([]Figures, error) {
	candidate, state, err := message.candidate()
	if err != nil {
		return nil, err
	}
	return probe.often(n, func() ([]Answer, error) {
		_, answers, err := probe.AskFolder(ctx, folder)
		if err != nil {
			return nil, err
		}
		_, more, err := probe.askCandidate(ctx, message, candidate, state)
		return append(answers, more...), err
	})
}

// BenchQuestion puts any one question n times, see [Probe.Ask], and says what its hooks
// took, as Bench does.
func BenchQuestion(ctx context.Context, probe *Probe, q *Question, n int) ([]Figures, error) {
	return probe.often(n, func() ([]Answer, error) { return RunQuestion(ctx, probe, q) })
}

// often asks n times after the warming up, and adds up what each hook took.
func (p *Probe) often(n int, ask func() ([]Answer, error)) ([]Figures, error) {
	spent := map[string][]plugin.Spent{}
	for i := range n + warmUp {
		answers, err := ask()
		if err != nil {
			return nil, err
		}
		for _, a := range answers {
			if a.Err != nil {
				return nil, a.Err
			}
			if i >= warmUp {
				spent[a.Hook] = append(spent[a.Hook], a.Spent)
			}
		}
	}
	var out []Figures
	for _, hook := range p.Hooks {
		if all := spent[hook]; len(all) > 0 {
			out = append(out, figures(hook, all))
		}
	}
	return out, nil
}

func figures(hook string, all []plugin.Spent) Figures {
	f := Figures{Hook: hook, N: len(all), Memory: all[len(all)-1].Memory}
	times := make([]time.Duration, 0, len(all))
	for _, s := range all {
		times = append(times, s.Time)
		if s.Ticks >= f.Ticks {
			f.Ticks, f.Limit = s.Ticks, s.Limit
		}
		f.HostCalls = max(f.HostCalls, s.HostCalls)
	}
	slices.Sort(times)
	// The smallest time that as many are not above: nearest rank.
	rank := func(percent int) time.Duration { return times[(len(times)*percent+99)/100-1] }
	f.Median, f.P99 = rank(50), rank(99)
	return f
}
