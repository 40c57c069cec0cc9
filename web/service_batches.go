package web

import "github.com/mailweir/mailweir/web/api"

// Nouns of batches and links, the same for pages and programs.
type (
	BatchRow   = api.BatchRow
	DraftRow   = api.DraftRow
	DraftQuery = api.DraftQuery
	LoginFault = api.LoginFault
	Linked     = api.Linked
)
