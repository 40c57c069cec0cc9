package wire

import (
	"testing"
)

const surveyed = "NAMESPACE LIST-EXTENDED LIST-STATUS"

func TestSurvey_asksForEverythingAtOnce(t *testing.T) {
	c := play(t, surveyed, Limits{}, func(s *server) {
		namespace := s.expect("NAMESPACE")
		list := s.expect(`LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY))`)
		s.say("* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"shared.\" \".\"))\n%s OK\n", namespace)
		s.say("* LIST (\\Subscribed) \".\" INBOX\n* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 5)\n%s OK\n", list)
	})
	got, err := c.Survey(t.Context())
	if err != nil || got.Prefix != "INBOX." || got.Delim != '.' || len(got.Others) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if len(got.Folders) != 1 || got.Folders[0].Status == nil || got.Folders[0].Status.Messages != 3 || !got.Folders[0].Subscribed {
		t.Errorf("got the folders %+v", got.Folders)
	}
}

func TestSurvey_asksAgainForWhatIsRefused(t *testing.T) {
	c := play(t, surveyed, Limits{}, func(s *server) {
		namespace := s.expect("NAMESPACE")
		list := s.line()[:2]
		s.say("%s BAD no\n%s NO not so\n", namespace, list)
		s.say("%s BAD no\n", s.expect("NAMESPACE"))
		s.say("* LIST () \"/\" \"\"\n%s OK\n", s.expect(`LIST "" ""`))
	})
	got, err := c.Survey(t.Context())
	if err != nil || got.Prefix != "" || got.Delim != '/' || got.Folders != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSurvey_doesNotListWhereThatTakesMore(t *testing.T) {
	c := play(t, "NAMESPACE LIST-EXTENDED", Limits{}, func(s *server) {
		s.say("* NAMESPACE ((\"\" \"/\")) NIL NIL\n%s OK\n", s.expect("NAMESPACE"))
	})
	if got, err := c.Survey(t.Context()); err != nil || got.Delim != '/' || got.Folders != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}
