package chatapi

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// pageSize is how many communities are asked for at once, the most that Chat gives.
const pageSize = 10000

// A Page is a part of the list of all communities.
type Page struct {
	Groups []string // ids
	Total  int      // of all communities, as Chat counts them; 0 where it does not say
	Next   uint64   // where the next page begins; 0 after the last
}

// CommunitiesFrom returns the page that begins at next, which is 0 for the first and else what the page before said. It
// is what waits longest of all calls, as Chat takes it once a second (https://trtc.io/document/34960).
func (c *Client) CommunitiesFrom(ctx context.Context, next uint64) (Page, error) {
	a, err := c.call(ctx, getGroups, struct {
		Limit     int
		Next      uint64
		GroupType string
	}{pageSize, next, "Community"})
	if err != nil {
		return Page{}, err
	}
	p := Page{Groups: make([]string, 0, len(a.GroupIDList))}
	for _, g := range a.GroupIDList {
		if g.GroupID == "" {
			return Page{}, fmt.Errorf("%s: an item of the answer has no GroupId; try again", getGroups)
		}
		p.Groups = append(p.Groups, string(g.GroupID))
	}
	p.Total, _ = a.TotalCount.int()
	if next := strings.TrimSpace(string(a.Next)); next != "" {
		if p.Next, err = strconv.ParseUint(next, 10, 64); err != nil {
			return Page{}, fmt.Errorf("%s: the answer's Next is %q, which is none; try again", getGroups, c.shown(a.sig, next))
		}
	}
	// A list that lacks everything must not look like an app without communities.
	if next == 0 && p.Next == 0 && len(p.Groups) == 0 && p.Total > 0 {
		return Page{}, fmt.Errorf("%s: the answer counts %d communities and lists none; try again", getGroups, p.Total)
	}
	return p, nil
}

// Communities visits the id of every community of the app, in Chat's order, page after page. One that is made or
// disbanded meanwhile may be visited or not, or twice. An error of visit's ends it and is returned as it is.
func (c *Client) Communities(ctx context.Context, visit func(group string) error) error {
	seen := map[uint64]bool{}
	for next := uint64(0); ; {
		if seen[next] {
			return fmt.Errorf("%s: the list leads back to where it was, %d; try again", getGroups, next)
		}
		seen[next] = true
		page, err := c.CommunitiesFrom(ctx, next)
		if err != nil {
			return err
		}
		for _, g := range page.Groups {
			if err := visit(g); err != nil {
				return err
			}
		}
		if next = page.Next; next == 0 {
			return nil
		}
	}
}

// RenameGroup gives a group another name (https://trtc.io/document/34962).
func (c *Client) RenameGroup(ctx context.Context, group, name string) error {
	return c.modifyGroup(ctx, groupChange{Group: group, Name: &name})
}

// MuteGroup lets nobody but the managers write in a group, or everybody again (https://trtc.io/document/34962).
func (c *Client) MuteGroup(ctx context.Context, group string, muted bool) error {
	return c.modifyGroup(ctx, groupChange{Group: group, Mute: on(muted)})
}

type groupChange struct {
	Group string  `json:"GroupId"`
	Name  *string `json:"Name,omitempty"`
	Mute  text    `json:"MuteAllMember,omitempty"`
}

func (c *Client) modifyGroup(ctx context.Context, change groupChange) error {
	names := []string{change.Group}
	if change.Name != nil {
		names = append(names, *change.Name)
	}
	if err := named(modifyGroup, names...); err != nil {
		return err
	}
	_, err := c.call(ctx, modifyGroup, change)
	return err
}
