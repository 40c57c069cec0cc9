package view

import "context"

// AboutFacts say what the program is made of.
type AboutFacts struct {
	Version, Revision, Go, System string
	Plugins                       []Plugin
	Libraries                     []Library
	Assets                        []Asset
}

// Library is a Go module that is linked into the program.
type Library struct {
	Path, Version string
	Replaced      string // by what, if it was
	Licence       string // its SPDX expression; "" is not known
}

// Asset is the work of others that is sent to browsers.
type Asset struct{ Name, Version, Licence, LicenceFile string }

func (l Library) licence(ctx context.Context) string {
	if l.Licence == "" {
		return t(ctx).AboutUnknown
	}
	return l.Licence
}

func orNone(text string) string {
	if text == "" {
		return noValue
	}
	return text
}

// hint says where a limit comes from.
func (f SettingsForm) hint(ctx context.Context, fixed bool, flag string) string {
	if fixed {
		return t(ctx).SettingFixed(flag)
	}
	return t(ctx).SettingStored
}
