package kit

import "context"

// Run asks a plugin about a folder and about a message in it, as a copy would: a
// message in a folder that is left out, or held, is not asked about. message nil is
// a folder alone.
func Run(ctx context.Context, probe *Probe, folder Folder, message *Message) ([]Answer, error) {
	state, answers, err := probe.AskFolder(ctx, folder)
	if err != nil {
		return nil, err
	}
	left := state.Verdict != Pass || len(answers) > 0 && answers[0].Err != nil
	if message != nil && !left {
		m := *message
		m.Folder, m.Use, m.Target = folder.Name, folder.Use, state.Target
		_, more, err := probe.AskMessage(ctx, m)
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

// RunQuestion puts any one question, see [Probe.Ask].
func RunQuestion(ctx context.Context, probe *Probe, q *Question) ([]Answer, error) {
	_, _, answers, err := probe.Ask(ctx, q)
	if err == nil && len(answers) == 0 {
		err = probe.noAnswer()
	}
	return answers, err
}
