package kit

import (
	"context"

	"github.com/mailweir/mailweir/host/copier"
)

// Run asks a plugin about a folder and about a message in it, as a copy would: a
// message in a folder that is left out, or held, is not asked about, and what is asked
// about a copy only if the message passes. message nil is a folder alone.
func Run(ctx context.Context, probe *Probe, folder Folder, message *Message) ([]Answer, error) {
	state, answers, err := probe.AskFolder(ctx, folder)
	if err != nil {
		return nil, err
	}
	left := state.Verdict != Pass || len(answers) > 0 && answers[0].Err != nil
	if message != nil && !left {
		m := *message
		m.Folder, m.Use, m.Target = folder.Name, folder.Use, state.Target
		c, state, err := m.candidate()
		if err != nil {
			return answers, err
		}
		more, err := probe.askAll(ctx, c, state)
		if err != nil {
			return answers, err
		}
		answers = append(answers, more...)
	}
	if len(answers) == 0 {
		return nil, probe.noAnswer()
	}
	return answers, nil
}

// askAll asks about a message on its whole way.
func (p *Probe) askAll(ctx context.Context, c copier.Candidate, state State) ([]Answer, error) {
	state, answers, err := p.askCandidate(ctx, c, state)
	if err != nil || state.Verdict != Pass || len(answers) > 0 && answers[len(answers)-1].Err != nil {
		return answers, err
	}
	more, err := p.askStored(ctx, c, state)
	return append(answers, more...), err
}
