package view

import (
	"context"
	"strings"
	"time"
)

// Limits bound how many runs are at work at the same time, on all nodes together; 0 is
// no limit.
type Limits struct{ Runs, PerHost, PerAccount int }

// Settings are what is in force for the service as a whole.
type Settings struct {
	Limits Limits
	// Fixed are those of Limits that the command line of this node sets again whenever it
	// starts.
	Fixed struct{ Runs, PerHost, PerAccount bool }

	Node         string // name of this process
	Workers      int    // runs at the same time in this process
	WorkersGiven bool   // by the command line
	PublicOnly   bool   // tasks of admins, too, go to public addresses only
	Also         []string
	Relays       []string
	MailFrom     string // "" is found by the relay's login
	Data         string // directory
	Database     string // file, or URL without a password
	Secure       bool   // browsers come by TLS
	Retention    time.Duration
	RulesEvery   time.Duration
}

// SettingsForm is what the page of settings shows.
type SettingsForm struct {
	Settings
	Runs, PerHost, PerAccount string // as typed
	Faults                    map[string]string
	Focus                     string
	Problems                  []string
	Notice                    string
}

func (f SettingsForm) fields() TaskForm { return TaskForm{Faults: f.Faults, Focus: f.Focus} }

// inForce are the settings that pages can not change, each with where it comes from.
func (s Settings) inForce(ctx context.Context) []choice {
	x := t(ctx)
	byFlag := func(given bool, flag string) string {
		if given {
			return x.SettingFlag(flag)
		}
		return x.FromDefault
	}
	reach := x.SettingReachAdmins
	if s.PublicOnly {
		reach = x.SettingReachAll
	}
	also, mailFrom, relays := x.SettingNothing, x.SettingByRelay, x.SettingNothing
	if len(s.Also) > 0 {
		also = strings.Join(s.Also, ", ")
	}
	if s.MailFrom != "" {
		mailFrom = s.MailFrom
	}
	if len(s.Relays) > 0 {
		relays = strings.Join(s.Relays, ", ")
	}
	n, unit := everyOf(s.RulesEvery)
	tls := x.No
	if s.Secure {
		tls = x.Yes
	}
	return []choice{
		{x.SettingWorkers, t(ctx).Number(int64(s.Workers)), byFlag(s.WorkersGiven, "--workers")},
		{x.SettingReach, reach, byFlag(s.PublicOnly, "--public-only")},
		{x.SettingAlso, also, byFlag(len(s.Also) > 0, "--also")},
		{x.SettingRelays, relays, byFlag(len(s.Relays) > 0, "--smtp-relay")},
		{x.SettingMailFrom, mailFrom, byFlag(s.MailFrom != "", "--mail-from")},
		{x.SettingTLS, tls, byFlag(s.Secure, "--behind-tls")},
		{x.SettingRules, x.Every(n, unit), x.FromDefault},
		{x.SettingNode, s.Node, x.SettingSystem},
		{x.SettingDatabase, s.Database, x.SettingStart},
		{x.SettingData, s.Data, x.SettingStart},
	}
}
