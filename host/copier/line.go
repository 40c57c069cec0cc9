package copier

// PairLine is a [PairPlan] as the command line prints it with --json, and as
// plugins read it.
type PairLine struct {
	Type     string `json:"type"` // "pair"
	Source   string `json:"source"`
	Folder   string `json:"folder"`
	Target   string `json:"target"`
	By       string `json:"by,omitempty"`
	Excluded bool   `json:"excluded,omitempty"`
	Create   bool   `json:"create,omitempty"`
	Messages int64  `json:"messages"` // -1: not known
	ToCopy   int64  `json:"to_copy"`  // -1: not known
	Note     string `json:"note,omitempty"`
	Error    string `json:"error,omitempty"`
}

// Line is p in that shape.
func (p PairPlan) Line() PairLine {
	return PairLine{"pair", p.Source, p.Folder, p.Target, p.By, p.Excluded, p.Create, p.Messages, p.ToCopy, p.Note, p.Error}
}
